/**
 * Pulls one gained partition: brings it up to what so many of its present owners hold that no
 * quorum is left among the others.
 *
 * Why so many: every acknowledged write is on W of the n present owners, so n − W + 1 of them hold
 * all of it between them. And since each has to be in the new epoch to answer, those left behind in
 * the old one are too few to take a write for it (n − W + 1 again), or to answer a read from it
 * (n − R + 1; where R is smaller than W, a read quorum alone would leave enough behind for that).
 * A present owner that pulls, because owners become fewer, is one of them itself.
 */

import { assert, present } from '../../core/assert.js';
import type { NodeId } from '../../core/data/version.js';
import { ownersOf } from '../../core/ring/ring.js';
import { pullsNeeded } from '../../core/ring/transfer-quorum.js';
import { TransferFailed } from '../base/work.js';
import type { CurrentRing } from '../ring/current-ring.js';
import type { Moved, PartitionSync } from './partition-sync.js';

export class Transfer {
  readonly #self: NodeId;
  readonly #rings: Pick<CurrentRing, 'current'>;
  readonly #sync: PartitionSync;

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
    let complete = owners.includes(this.#self) ? 1 : 0;
    // Rows that one owner cannot read any more are, if anywhere, at another.
    let damaged = 0;
    let failure = 'no owner was asked';
    for (const owner of owners) {
      if (complete >= needed) return;
      if (owner === this.#self) continue;
      try {
        const unreadable = await this.#pullFrom(owner, epoch, partition, moved);
        if (unreadable === 0) complete++;
        else damaged++;
      } catch (error) {
        if (!(error instanceof TransferFailed)) throw error;
        this.#sync.check(epoch);
        failure = error.message;
      }
    }
    if (complete + damaged < needed) throw new TransferFailed(failure);
  }

  /** Returns how many rows the owner could not read. */
  async #pullFrom(owner: NodeId, epoch: number, partition: number, moved: Moved): Promise<number> {
    const leaves = await this.#sync.difference(owner, epoch, partition);
    return leaves
      ? this.#sync.pull({ owner, epoch, partition, leaves, onlyCredible: false }, moved)
      : 0;
  }
}
