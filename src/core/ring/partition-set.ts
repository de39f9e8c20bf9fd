/** Sets of partitions, as they travel: one bit for each. */

/** Of a ring with as many partitions as there may be. */
export const MAX_PARTITION_SET_BYTES = 65536 / 8;

export function partitionSet(partitions: Iterable<number>, count: number): Buffer {
  const set = Buffer.alloc(Math.ceil(count / 8));
  for (const partition of partitions) set[partition >> 3]! |= 1 << (partition & 7);
  return set;
}

/** The partitions of a set, in their order; those from `count` on are none. */
export function partitionsIn(set: Uint8Array, count: number): number[] {
  const partitions: number[] = [];
  const end = Math.min(count, set.length * 8);
  for (let partition = 0; partition < end; partition++) {
    if ((set[partition >> 3]! & (1 << (partition & 7))) !== 0) partitions.push(partition);
  }
  return partitions;
}
