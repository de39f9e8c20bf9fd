/** From how many owners a partition has to be pulled, and which cannot be. */

import type { NodeId } from '../data/version.js';
import { majority } from './quorum.js';
import type { Replication } from './replication.js';
import { changingPartitions, ownersOf, type Ring } from './ring.js';

/**
 * How many of a partition's present owners have to be pulled from: so many that those left could
 * neither acknowledge a write nor answer a read by themselves, nor end a round of CASPaxos, which
 * needs a majority.
 */
export function pullsNeeded(
  owners: number,
  { writeQuorum, readQuorum }: Pick<Replication, 'writeQuorum' | 'readQuorum'>,
): number {
  return owners - Math.min(writeQuorum, readQuorum, majority(owners), owners) + 1;
}

/** A partition whose owners cannot change: of the present ones `alive` live, and `needed` must. */
export interface Stuck {
  readonly partition: number;
  readonly alive: number;
  readonly needed: number;
}

/** Those that cannot be pulled, of what has to be fetched in a transition or of what is given. */
export function stuckPartitions(
  ring: Ring,
  isAlive: (id: NodeId) => boolean,
  partitions: readonly number[] = changingPartitions(ring),
): Stuck[] {
  return partitions.flatMap((partition) => {
    const { present } = ownersOf(ring, partition);
    const alive = present.filter(isAlive).length;
    const needed = pullsNeeded(present.length, ring);
    return alive < needed ? [{ partition, alive, needed }] : [];
  });
}
