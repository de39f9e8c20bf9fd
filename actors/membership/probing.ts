/**
 * Whom to probe next.
 *
 * Intuition: choosing at random each time would leave somebody unprobed for long by bad luck. Going
 * round a shuffled list bounds the wait by two rounds; shuffling anew each round, and inserting
 * newcomers at random places, keeps the nodes from probing in step. (SWIM, Das et al. 2002, §4.3.)
 */
import type { NodeId } from '../../src/core/data/version.js';

/** Uniform in [0, 1). */
export type Uniform = () => number;

export class ProbeOrder {
  readonly #random: Uniform;
  #round: NodeId[] = [];
  #next = 0;
  /** Members whose connection broke: they are probed out of turn. */
  readonly #urgent = new Set<NodeId>();

  constructor(random: Uniform) {
    this.#random = random;
  }

  add(id: NodeId): void {
    // It may have been no target for so short a time that it never dropped out.
    if (this.#round.includes(id)) return;
    const place = Math.floor(this.#random() * (this.#round.length + 1));
    this.#round.splice(place, 0, id);
    // Before the next one in line: it has missed this round.
    if (place < this.#next) this.#next++;
  }

  hurry(id: NodeId): void {
    this.#urgent.add(id);
  }

  /** The next target. Members that are none drop out, and are added if they become one again. */
  take(isTarget: (id: NodeId) => boolean): NodeId | undefined {
    for (const id of this.#urgent) {
      this.#urgent.delete(id);
      if (isTarget(id)) return id;
    }
    for (let rounds = 0; rounds < 2; rounds++) {
      while (this.#next < this.#round.length) {
        const id = this.#round[this.#next++]!;
        if (isTarget(id)) return id;
      }
      this.#round = this.#round.filter(isTarget);
      shuffle(this.#round, this.#random);
      this.#next = 0;
    }
    return undefined;
  }
}

/** Fisher and Yates. */
function shuffle(ids: NodeId[], random: Uniform): void {
  for (let i = ids.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [ids[i], ids[j]] = [ids[j]!, ids[i]!];
  }
}
