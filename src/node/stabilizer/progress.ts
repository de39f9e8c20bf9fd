/** How far the members are with what they gain in a transition, as each of them told. */

import type { NodeId } from '../../core/data/version.js';
import { gainedPartitions, gainingMembers, type Ring } from '../../core/ring/ring.js';
import type { MessageOf } from '../../core/wire/messages.js';

export interface MemberProgress {
  readonly id: NodeId;
  /** Partitions pulled, of all it gains. */
  readonly done: number;
  readonly total: number;
  /** Fetched so far. */
  readonly bytes: number;
}

export class Progress {
  #epoch = 0;
  readonly #told = new Map<NodeId, MemberProgress>();

  note(from: NodeId, { epoch, done, total, bytes }: MessageOf<'ring.pulling'>): void {
    if (epoch < this.#epoch) return;
    if (epoch > this.#epoch) this.#told.clear();
    this.#epoch = epoch;
    this.#told.set(from, { id: from, done, total, bytes });
  }

  /** Of every member that gains something; who has not told anything has done nothing. */
  snapshot(ring: Ring): MemberProgress[] {
    return gainingMembers(ring).map((id) => {
      const told = ring.epoch === this.#epoch ? this.#told.get(id) : undefined;
      return told ?? { id, done: 0, total: gainedPartitions(ring, id).length, bytes: 0 };
    });
  }
}
