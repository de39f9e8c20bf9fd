/**
 * Compares partitions with their other owners, and brings what is newer there.
 *
 * Every owner does so for itself, so that two that differ end equal. A difference counts only if it
 * is there on two looks: between two owners that take the same writes there is always one that has
 * come to one of them only. The first look, at many partitions at once, tells groups of leaves, the
 * second one the leaves of these: a write on its way costs a look for nothing if two in a row fall
 * into the same group.
 *
 * Reference: Dynamo, SOSP 2007, §4.7.
 */
import type { Difference, Repaired } from '../../../actors/stabilizer/anti-entropy.js';
import type { NodeId } from '../../core/data/version.js';
import { ownersOf } from '../../core/ring/ring.js';
import type { Log } from '../../ports.js';
import { TransferFailed } from '../base/work.js';
import type { CurrentRing } from '../ring/current-ring.js';
import type { PartitionSync } from './partition-sync.js';

/** What is left out this time can come another time. */
const REPEATED = { onlyCredible: true, byFingerprints: true };

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

  /** The first look at some partitions: the owners that differ from us, of those that answer. */
  async compare(epoch: number, partitions: readonly number[]): Promise<Difference[]> {
    const shared = new Map<NodeId, number[]>();
    for (const partition of partitions) {
      for (const owner of this.#others(partition)) {
        shared.set(owner, [...(shared.get(owner) ?? []), partition]);
      }
    }
    const looks = [...shared].map(([owner, theirs]) => this.#look(owner, epoch, theirs));
    return (await Promise.all(looks)).flat();
  }

  async #look(owner: NodeId, epoch: number, partitions: number[]): Promise<Difference[]> {
    let differing: Omit<Difference, 'owner'>[] = [];
    await this.#attempt({ owner, partitions }, async () => {
      differing = await this.#sync.differing(owner, epoch, partitions);
    });
    return differing.map((difference) => ({ owner, ...difference }));
  }

  /**
   * The second look: fetches what is newer there, of the leaves that differ in the groups that did.
   * Returns what was fetched, of each partition that still differs.
   */
  async repair(epoch: number, differences: readonly Difference[]): Promise<Repaired[]> {
    const repaired: Repaired[] = [];
    for (const { owner, partition, groups } of differences) {
      const moved = { partition, records: 0, bytes: 0 };
      await this.#attempt({ owner, partition }, async () => {
        const { leaves } = await this.#sync.difference(owner, epoch, partition, groups);
        if (!leaves) return;
        repaired.push(moved);
        await this.#sync.pull({ owner, epoch, partition, leaves, ...REPEATED }, moved);
      });
    }
    return repaired;
  }

  #others(partition: number): NodeId[] {
    const ring = this.#rings.current;
    if (!ring || ring.transition) return [];
    const { present } = ownersOf(ring, partition);
    return present.filter((owner) => owner !== this.#self && this.#isReachable(owner));
  }

  /** An owner that fails is left for another round. */
  async #attempt(about: object, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof TransferFailed)) throw error;
      this.#log('debug', 'repair.failed', { ...about, reason: error.message });
    }
  }
}
