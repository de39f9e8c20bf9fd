/** Amounts of data, counted over partitions. */

/** Bytes are those of the records as they are encoded. */
export interface Size {
  readonly rows: number;
  readonly bytes: number;
}

export interface Load extends Size {
  readonly partitions: number;
}

/** The sum of the partitions, each counted so many times. */
export function loadOf<P extends { readonly size: Size }>(
  partitions: readonly P[],
  times: (partition: P) => number,
): Load {
  const load = { partitions: 0, rows: 0, bytes: 0 };
  for (const partition of partitions) {
    const count = times(partition);
    load.partitions += count;
    load.rows += count * partition.size.rows;
    load.bytes += count * partition.size.bytes;
  }
  return load;
}
