/**
 * What of a ring can be served with those of its members that can be reached.
 *
 * What a `Tally` says of one key is counted here for all partitions in one pass: who can be reached
 * is asked once for each member, and the rest is integers, as there may be 65,536 partitions.
 * Rejected alternative: to group the partitions by their sets of owners first. In a large cluster
 * nearly every partition has a set of its own, and to find that out costs more than to count.
 */
import type { NodeId } from '../data/version.js';
import { neededOf } from './quorum.js';
import type { Ring } from './ring.js';

/** What is known of the members from where one looks. */
export interface Reach {
  readonly isReachable: (id: NodeId) => boolean;
  /** A member whose disk is full can be read, and takes no write. */
  readonly hasRoom: (id: NodeId) => boolean;
}

export interface Availability {
  readonly partitions: number;
  /**
   * At place c: the partitions of which c copies can be reached; the last place is that of N, all
   * that are wanted. While owners change, of both sets of owners the one with fewer counts.
   */
  readonly byCopies: readonly number[];
  /** Partitions with fewer copies than wanted. */
  readonly fewerCopies: number;
  readonly withoutQuorum: {
    /** Partitions that cannot be written at level quorum. */
    readonly write: number;
    /** Partitions that cannot be read at level quorum. */
    readonly read: number;
    /** Partitions that lack one of them, or both. */
    readonly any: number;
    /** The numbers of the first of those. */
    readonly first: readonly number[];
  };
}

const FIRST = 20;

export function availabilityOf(ring: Ring, { isReachable, hasRoom }: Reach): Availability {
  const { replicas, writeQuorum, readQuorum, layout, transition } = ring;
  const placements = (transition ? [ring, transition] : [ring]).map(({ members, layout }) => {
    const reachable = members.map(({ id }) => isReachable(id));
    const storing = members.map(({ id }, index) => reachable[index] === true && hasRoom(id));
    return { layout, reachable, storing };
  });
  const byCopies: number[] = Array(replicas + 1).fill(0);
  const first: number[] = [];
  let [write, read, any] = [0, 0, 0];
  for (let partition = 0; partition < layout.length; partition++) {
    let copies = replicas;
    let [isWritable, isReadable] = [true, true];
    for (const { layout, reachable, storing } of placements) {
      const owners = layout[partition]!;
      let reached = 0;
      let stores = 0;
      for (const owner of owners) {
        if (reachable[owner]) reached++;
        if (storing[owner]) stores++;
      }
      copies = Math.min(copies, reached);
      if (stores < neededOf(owners.length, writeQuorum)) isWritable = false;
      if (reached < neededOf(owners.length, readQuorum)) isReadable = false;
    }
    byCopies[copies]!++;
    if (!isWritable) write++;
    if (!isReadable) read++;
    if (!isWritable || !isReadable) {
      any++;
      if (first.length < FIRST) first.push(partition);
    }
  }
  return {
    partitions: layout.length,
    byCopies,
    fewerCopies: layout.length - byCopies[replicas]!,
    withoutQuorum: { write, read, any, first },
  };
}
