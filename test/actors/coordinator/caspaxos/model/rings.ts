/** The chain of rings, as far as it concerns one key: who owns it, and since when. */
import type { NodeId } from '../../../../../src/core/data/version.js';
import type { Stream } from '../../../../sim/world/random.js';

export interface ModelRing {
  readonly epoch: number;
  readonly present: readonly NodeId[];
  readonly coming?: readonly NodeId[];
  /** The epoch since which one of the groups has been asked in every epoch. */
  readonly ownersSince: number;
}

export class Rings {
  readonly #chain: ModelRing[];
  readonly #since = new Map<readonly NodeId[], number>();

  constructor(present: readonly NodeId[]) {
    this.#chain = [{ epoch: 1, present, ownersSince: 1 }];
    this.#since.set(present, 1);
  }

  at(epoch: number): ModelRing {
    return this.#chain[epoch - 1]!;
  }

  get last(): ModelRing {
    return this.#chain.at(-1)!;
  }

  #decide(groups: { present: readonly NodeId[]; coming?: readonly NodeId[] }): void {
    const epoch = this.last.epoch + 1;
    const asked = groups.coming ? [groups.present, groups.coming] : [groups.present];
    for (const group of [...this.#since.keys()])
      if (!asked.includes(group)) this.#since.delete(group);
    for (const group of asked) if (!this.#since.has(group)) this.#since.set(group, epoch);
    const ownersSince = Math.min(...this.#since.values());
    this.#chain.push({ epoch, ...groups, ownersSince });
  }

  /** Begins a transition; of one that is under way, one that goes elsewhere instead. */
  transition(coming: readonly NodeId[]): void {
    this.#decide({ present: this.last.present, coming });
  }

  giveUp(): void {
    this.#decide({ present: this.last.present });
  }

  settle(): void {
    this.#decide({ present: this.last.coming! });
  }
}

/** Those that have to pull before the coming owners count: see `core/ring/ring.ts`. */
export function pullersOf({ present, coming = [] }: ModelRing): NodeId[] {
  return coming.filter((owner) => !present.includes(owner) || coming.length < present.length);
}

/** One to three owners; a few of those before stay. */
export function randomOwners(
  random: Stream,
  nodes: readonly NodeId[],
  before: readonly NodeId[] = [],
): NodeId[] {
  const count = random.pick([1, 2, 3, 3, 3, 3, 3, 3]);
  const staying = random.sample(before, random.pick([0, 1, 1, 2]));
  const others = nodes.filter((node) => !before.includes(node));
  return [...staying, ...random.sample(others)].slice(0, count);
}
