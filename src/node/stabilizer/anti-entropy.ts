/**
 * Compares a partition with its other owners, and brings what is newer there.
 *
 * Every owner does so for itself, so that two that differ end equal. A difference counts only if it
 * is there on two looks: between two owners that take the same writes there is always one that has
 * come to one of them only.
 *
 * Reference: Dynamo, SOSP 2007, §4.7.
 */
import type { Difference } from '../../../actors/stabilizer/anti-entropy.js';
import { assert } from '../../core/assert.js';
import type { NodeId } from '../../core/data/version.js';
import { ownersOf } from '../../core/ring/ring.js';
import type { Log } from '../../ports.js';
import { TransferFailed } from '../base/work.js';
import type { CurrentRing } from '../ring/current-ring.js';
import type { Moved, PartitionSync } from './partition-sync.js';

export class AntiEntropy {
  readonly #self: NodeId;
  readonly #rings: Pick<CurrentRing, 'current'>;
  readonly #sync: PartitionSync;
  readonly #isReachable: (owner: NodeId) => boolean;
  readonly #log: Log;

  constructor(options: {
    self: NodeId;
    rings: Pick<CurrentRing, 'current'>;
    sync: PartitionSync;
    /** Others are left for another round. */
    isReachable: (owner: NodeId) => boolean;
    log: Log;
  }) {
    this.#self = options.self;
    this.#rings = options.rings;
    this.#sync = options.sync;
    this.#isReachable = options.isReachable;
    this.#log = options.log;
  }

  /** The first look: the owners that differ from us, of those that answer. */
  async compare(epoch: number, partition: number): Promise<Difference[]> {
    const differences: Difference[] = [];
    for (const owner of this.#others(partition)) {
      await this.#attempt(owner, partition, async () => {
        const { leaves } = await this.#sync.difference(owner, epoch, partition);
        if (leaves) differences.push({ owner, leaves });
      });
    }
    return differences;
  }

  /** The second look: fetches what is newer there in the leaves that differ again. */
  async repair(
    epoch: number,
    partition: number,
    differences: readonly Difference[],
    moved: Moved,
  ): Promise<void> {
    for (const { owner, leaves: first } of differences) {
      await this.#attempt(owner, partition, async () => {
        const second = await this.#sync.difference(owner, epoch, partition);
        const leaves = second.leaves && inBoth(first, second.leaves);
        if (!leaves) return;
        await this.#sync.pull({ owner, epoch, partition, leaves, onlyCredible: true }, moved);
      });
    }
  }

  #others(partition: number): NodeId[] {
    const ring = this.#rings.current;
    if (!ring || ring.transition) return [];
    const { present } = ownersOf(ring, partition);
    return present.filter((owner) => owner !== this.#self && this.#isReachable(owner));
  }

  /** An owner that fails is left for another round. */
  async #attempt(owner: NodeId, partition: number, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof TransferFailed)) throw error;
      this.#log('debug', 'repair.failed', { owner, partition, reason: error.message });
    }
  }
}

/** The leaves in both sets, unless there are none. */
function inBoth(a: Uint8Array, b: Uint8Array): Uint8Array | undefined {
  assert(a.length === b.length, 'two sets of leaves are equally long');
  const both = a.map((byte, index) => byte & (b[index] ?? 0));
  return both.some((byte) => byte !== 0) ? both : undefined;
}
