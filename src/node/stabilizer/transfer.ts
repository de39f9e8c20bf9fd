/**
 * Pulls one gained partition: brings it up to what so many of its present owners hold that no
 * quorum is left among the others.
 *
 * Why so many: every acknowledged write is on W of the n present owners, so n − W + 1 of them hold
 * all of it between them. And since each has to be in the new epoch to answer, those left behind in
 * the old one are too few to take a write for it (n − W + 1 again), or to answer a read from it
 * (n − R + 1; where R is smaller than W, a read quorum alone would leave enough behind for that).
 * A present owner that pulls, because owners become fewer, is one of them itself.
 *
 * An owner that cannot read a row of its own any more does not count, unless another one has
 * brought that row: it may have been acknowledged by this owner and by one that is away. To do
 * without it would make of a key that nobody can read now, because two of its owners fail, one that
 * is read as it was before. So the pull waits until the other is back, the key is written again, or
 * an operator gives the other up.
 *
 * A new owner may still hold rows from a time when the partition was its own. They save fetching
 * what has not changed; but what the owners have reaped was deleted, and must not come back by it.
 * So what is no newer than that goes before anything is pulled: all that is worth something of it
 * comes again. Up to there nothing is taken from anybody else either from then on, as by those who
 * are pulled from. Should one of them not have said at first what it has reaped, it is begun anew.
 */

import { assert, present } from '../../core/assert.js';
import {
  compareVersions,
  NO_VERSION,
  type NodeId,
  newestVersion,
  type Version,
} from '../../core/data/version.js';
import { ownersOf } from '../../core/ring/ring.js';
import { pullsNeeded } from '../../core/ring/transfer-quorum.js';
import { TransferFailed } from '../base/work.js';
import type { CurrentRing } from '../ring/current-ring.js';
import type { Moved, PartitionSync } from './partition-sync.js';

class ReapedFurther extends TransferFailed {
  constructor(owner: NodeId) {
    super(`${owner} has reaped what it did not say`);
  }
}

/** Nobody pulls again what is left out. */
const ALL_THERE_IS = { onlyCredible: false, byFingerprints: false };

export class Transfer {
  readonly #self: NodeId;
  readonly #rings: Pick<CurrentRing, 'current'>;
  readonly #sync: PartitionSync;
  /** Partitions of which what was left here is gone, since which epoch, if there was anything. */
  readonly #begun = new Map<number, { readonly epoch: number; readonly wasEmpty: boolean }>();

  constructor(options: {
    self: NodeId;
    rings: Pick<CurrentRing, 'current'>;
    sync: PartitionSync;
  }) {
    this.#self = options.self;
    this.#rings = options.rings;
    this.#sync = options.sync;
  }

  /**
   * Rejects with `TransferFailed` if too few of the present owners answer, or the ring changes.
   * `moved` is counted up all the same.
   */
  async pull(epoch: number, partition: number, moved: Moved): Promise<void> {
    this.#sync.check(epoch);
    const ring = present(this.#rings.current, 'the ring whose partitions are pulled');
    const { present: owners, coming } = ownersOf(ring, partition);
    assert(coming?.includes(this.#self) ?? false, 'who pulls a partition is to own it');
    const needed = pullsNeeded(owners.length, ring);
    const isOwner = owners.includes(this.#self);
    if (!isOwner) await this.#begin(owners, epoch, partition);
    let complete = isOwner ? 1 : 0;
    let damaged: NodeId[] = [];
    let failure: string | undefined;
    const pullFrom = async (owner: NodeId) => {
      const unreadable = await this.#pullFrom(owner, epoch, partition, moved);
      if (unreadable === 0) complete++;
      else damaged.push(owner);
    };
    for (const owner of owners) {
      if (complete >= needed) return;
      if (owner === this.#self) continue;
      try {
        await pullFrom(owner);
      } catch (error) {
        if (!(error instanceof TransferFailed) || error instanceof ReapedFurther) throw error;
        this.#sync.check(epoch);
        failure = error.message;
      }
    }
    // What one of them cannot read another may have brought since.
    const again = damaged;
    damaged = [];
    for (const owner of again) if (complete < needed) await pullFrom(owner);
    if (complete >= needed) return;
    // Where all have answered, nobody is left who could read the rows: they are lost.
    if (failure === undefined) return;
    const unread = damaged.length > 0 ? `; rows that ${damaged.join(', ')} cannot read` : '';
    throw new TransferFailed(failure + unread);
  }

  /** Once in an epoch: what comes by a pull that is interrupted stays. */
  async #begin(owners: readonly NodeId[], epoch: number, partition: number): Promise<void> {
    if (this.#begun.get(partition)?.epoch === epoch) return;
    const wasEmpty = !(await this.#sync.holdsAny(partition));
    if (!wasEmpty) {
      // An owner that does not say has to, when it is pulled from.
      const said = await Promise.allSettled(
        owners.map((owner) => this.#sync.reapedUpTo(owner, epoch, partition)),
      );
      this.#sync.check(epoch);
      let upTo = NO_VERSION;
      for (const each of said) {
        if (each.status === 'rejected') {
          if (!(each.reason instanceof TransferFailed)) throw each.reason;
        } else if (!isOfLater(each.value, epoch)) upTo = newestVersion(upTo, each.value);
      }
      if (compareVersions(upTo, NO_VERSION) > 0) await this.#sync.forget(epoch, partition, upTo);
    }
    this.#begun.set(partition, { epoch, wasEmpty });
  }

  /** Returns how many rows the owner could not read. */
  async #pullFrom(owner: NodeId, epoch: number, partition: number, moved: Moved): Promise<number> {
    const { leaves, reaped } = await this.#sync.difference(owner, epoch, partition);
    if (this.#begun.has(partition)) await this.#inherit(owner, epoch, partition, reaped);
    return leaves
      ? this.#sync.pull({ owner, epoch, partition, leaves, ...ALL_THERE_IS }, moved)
      : 0;
  }

  /**
   * In this epoch an owner that has answered reaps nothing more. So what it has reaped is known
   * since `#begin`, unless it did not say there.
   */
  async #inherit(owner: NodeId, epoch: number, partition: number, reaped: Version): Promise<void> {
    if (isOfLater(reaped, epoch)) throw new TransferFailed('corrupt');
    if (!(await this.#sync.isBeyondOurs(partition, reaped))) return;
    if (this.#begun.get(partition)?.wasEmpty) return this.#sync.raiseReaped(partition, reaped);
    this.#begun.delete(partition);
    throw new ReapedFurther(owner);
  }
}

/** Nobody has reaped such a thing; it would be in the way of every write of an absent key. */
function isOfLater(reaped: Version, epoch: number): boolean {
  return reaped.epoch > epoch;
}
