/**
 * What a node tells is all there is to tell: the fold over its facts comes to what it says of
 * itself when it is asked anew.
 */
import { isDeepStrictEqual } from 'node:util';
import { namesMember } from '../../../src/core/ring/ring.js';
import type { Frame } from '../../../src/events/frame.js';
import { NOBODY, reduce } from '../../../src/events/reduce.js';
import type { NodeView, View } from '../../../src/events/view.js';
import { comparable } from '../../support/comparable-view.js';
import type { Machine, Running } from '../cluster/machine.js';
import type { Check } from './checker.js';

export const eventsTellAll: Check = ({ cluster }, violated) => {
  const folds = new WeakMap<Running, Fold>();
  const compare = ({ name, running, node }: Machine) => {
    if (!running || !node) return;
    const fold = folds.get(running);
    if (!fold) return void folds.set(running, new Fold(running));
    const now = snapshotOf(running);
    // Its actors have ended, and tell nothing more; or its streams have.
    if (fold.isOver || now.state === 'stopped' || now.state === 'failed') return;
    // Whoever has left the ring has said so, and hears of later ones that are not its own.
    if (now.ring && !namesMember(now.ring, node.id)) return;
    const [told, said] = [fold.node, now].map(comparable);
    if (isDeepStrictEqual(told, said)) return;
    const differing = Object.keys(said!).filter(
      (field) => !isDeepStrictEqual(Object(told)[field], Object(said)[field]),
    );
    const show = (view: object | undefined) =>
      JSON.stringify(Object.fromEntries(differing.map((field) => [field, Object(view)[field]])));
    violated(`${name} has told ${show(told)} and is ${show(said)}`);
  };
  const all = () => cluster.machines.forEach(compare);
  return { invariant: 'events tell all', sample: all, end: all };
};

/** What a node says of itself when it is asked. */
export function snapshotOf(running: Running): NodeView {
  const fold = new Fold(running);
  fold.stop();
  return fold.node;
}

/** What a subscriber makes of the events of one process. */
class Fold {
  #view: View = NOBODY;
  #isOver = false;
  readonly #id: string;
  readonly stop: () => void;

  constructor({ node }: Running) {
    this.#id = node.id;
    const write = (text: string) => {
      this.#view = reduce(this.#view, JSON.parse(text) as Frame);
    };
    const query = { types: [''], since: undefined, nodes: 'this' } as const;
    this.stop = node.subscribe(query, { isFull: () => false, write }, () => {
      this.#isOver = true;
    }).stop;
  }

  /** The node has ended its streams. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get node(): NodeView {
    return this.#view.nodes[this.#id]!;
  }
}
