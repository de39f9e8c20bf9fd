/**
 * Has the store's thread build hash trees: some rows at a time, with pauses, and one tree at a
 * time, so that requests to the store wait for a page of rows at most, and seldom for that. All
 * rows of a partition at once, 4,000 of a million, are 15 ms, and owners ask for the trees of
 * several partitions together.
 */
import { present } from '../core/assert.js';
import type { Version } from '../core/data/version.js';
import type { Clock, Store } from '../ports.js';

/** About a millisecond. */
const PAGE_ROWS = 250;
/** After a page: a thread that only builds is busy for a fifth of the time. */
const PAUSE_MS = 4;

interface Question {
  readonly partition: number;
  readonly anew: boolean;
  /** To build on with, if the tree is not whole. */
  readonly rows: number;
}

interface Tree {
  readonly leaves: Buffer;
  readonly reaped: Version;
}

type Ask = (question: Question, done: (tree: Tree | undefined) => void) => void;
type Done = (tree: Tree) => void;

export class TreeBuilding {
  readonly #ask: Ask;
  readonly #clock: Clock;
  /** The first of them is being built. */
  readonly #toBuild: { readonly partition: number; readonly done: Done }[] = [];

  constructor(ask: Ask, clock: Clock) {
    this.#ask = ask;
    this.#clock = clock;
  }

  /** See `Store.tree`. */
  read(...[partition, done, how]: Parameters<Store['tree']>): void {
    const answer: Done = ({ leaves, reaped }) => done(leaves, reaped);
    this.#ask({ partition, anew: how === 'anew', rows: 0 }, (tree) => {
      if (tree) return answer(tree);
      this.#toBuild.push({ partition, done: answer });
      if (this.#toBuild.length === 1) this.#build();
    });
  }

  #build(): void {
    const first = present(this.#toBuild[0], 'a tree to build');
    this.#ask({ partition: first.partition, anew: false, rows: PAGE_ROWS }, (tree) => {
      if (tree) {
        this.#toBuild.shift();
        first.done(tree);
      }
      if (this.#toBuild.length > 0) this.#clock.setTimeout(() => this.#build(), PAUSE_MS);
    });
  }
}
