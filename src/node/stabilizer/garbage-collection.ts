/**
 * Drops what this node still holds of partitions that now belong to others.
 *
 * Why that is safe: before they became the owners, the new ones pulled from so many of the old ones
 * that every acknowledged row is among what they hold between them; and once the trees of all of
 * them are equal, every one of them holds all of it. Should a change of the ring bring the
 * partition back to us, nothing more is dropped from that moment on.
 */

import { assert } from '../../core/assert.js';
import type { NodeId } from '../../core/data/version.js';
import { ownersOf, type Ring } from '../../core/ring/ring.js';
import type { PartitionSize, Store } from '../../ports.js';
import { TransferFailed } from '../base/work.js';
import type { CurrentRing } from '../ring/current-ring.js';
import type { PartitionSync } from './partition-sync.js';

export class GarbageCollection {
  readonly #self: NodeId;
  readonly #rings: Pick<CurrentRing, 'current'>;
  readonly #sync: PartitionSync;
  readonly #store: Pick<Store, 'sizes'>;

  constructor(options: {
    self: NodeId;
    rings: Pick<CurrentRing, 'current'>;
    sync: PartitionSync;
    store: Pick<Store, 'sizes'>;
  }) {
    this.#self = options.self;
    this.#rings = options.rings;
    this.#sync = options.sync;
    this.#store = options.store;
  }

  /** The partitions of which rows are held here that others own; none unless the ring is stable. */
  async leftovers(): Promise<number[]> {
    const sizes = await new Promise<PartitionSize[]>((resolve) => this.#store.sizes(resolve));
    return sizes
      .filter(({ partition, rows }) => rows > 0 && this.#ownersIfOthers(partition))
      .map(({ partition }) => partition);
  }

  /**
   * Drops our rows of a partition, if all its owners hold the same; returns how many there were.
   * Rejects with `TransferFailed` if not, or if the ring changes on the way.
   */
  async collect(epoch: number, partition: number): Promise<number> {
    this.#sync.check(epoch);
    const owners = this.#ownersIfOthers(partition);
    if (!owners) throw new TransferFailed('its owners may change');
    const [first, ...others] = await Promise.all(
      owners.map((owner) => this.#sync.treeOf(owner, epoch, partition)),
    );
    assert(first !== undefined, 'a partition of others has owners');
    if (!others.every((tree) => tree.equals(first))) {
      throw new TransferFailed(`the owners of partition ${partition} differ`);
    }
    return this.#sync.drop(epoch, partition);
  }

  /** The owners of a partition that is for good none of ours: as a member of a stable ring. */
  #ownersIfOthers(partition: number): NodeId[] | undefined {
    const ring = this.#rings.current;
    if (!ring || ring.transition || !isMember(ring, this.#self)) return undefined;
    const { present } = ownersOf(ring, partition);
    return present.includes(this.#self) ? undefined : present;
  }
}

function isMember(ring: Ring, node: NodeId): boolean {
  return ring.members.some(({ id }) => id === node);
}
