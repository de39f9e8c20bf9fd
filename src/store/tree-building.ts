/**
 * Has the store's thread build hash trees: some rows at a time, and one tree at a time, so that
 * requests to the store wait for a page of rows at most. All rows of a partition at once, 4,000 of
 * a million, are 15 ms, and owners ask for the trees of several partitions together.
 */
import type { Version } from '../core/data/version.js';
import type { Store } from '../ports.js';

/** About a millisecond. */
const PAGE_ROWS = 250;

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

type Done = (tree: Tree) => void;

export class TreeBuilding {
  readonly #ask: (question: Question, done: (tree: Tree | undefined) => void) => void;
  /** The first of them is being built. */
  readonly #toBuild: { readonly partition: number; readonly done: Done }[] = [];

  constructor(ask: (question: Question, done: (tree: Tree | undefined) => void) => void) {
    this.#ask = ask;
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
    const [first] = this.#toBuild;
    if (!first) return;
    this.#ask({ partition: first.partition, anew: false, rows: PAGE_ROWS }, (tree) => {
      if (tree) {
        this.#toBuild.shift();
        first.done(tree);
      }
      this.#build();
    });
  }
}
