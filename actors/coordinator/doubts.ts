/**
 * Who shows what is doubted (`answers.ts`). What most owners hold is to be believed, however far
 * ahead it is: then all clocks have been set back.
 */
import {
  NO_VERSION,
  type NodeId,
  newestVersion,
  type Version,
} from '../../src/core/data/version.js';
import { majorityOf, type QuorumGroup } from '../../src/core/ring/quorum.js';

export class Doubts {
  readonly #shown = new Map<NodeId, Version>();

  add(owner: NodeId, version: Version): void {
    this.#shown.set(owner, version);
  }

  clear(): void {
    this.#shown.clear();
  }

  get isEmpty(): boolean {
    return this.#shown.size === 0;
  }

  /** Whether more than half of the owners of one group show something doubted. */
  areOfMost(groups: readonly QuorumGroup[]): boolean {
    return groups.some(({ owners }) => {
      const { needed } = majorityOf(owners);
      return owners.filter((owner) => this.#shown.has(owner)).length >= needed;
    });
  }

  get newest(): Version {
    return [...this.#shown.values()].reduce(newestVersion, NO_VERSION);
  }
}
