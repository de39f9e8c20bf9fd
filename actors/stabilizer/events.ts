/** What the stabilizer is told, and what it tells. What its children are told stands with them. */

export type StabilizerEvent =
  /** `partitions`: those that this node gains in the transition. */
  | { type: 'transition.began'; epoch: number; partitions: readonly number[] }
  /**
   * `owned`: the partitions of this node in the stable ring, in ring order, from where comparing
   * is to begin.
   */
  | { type: 'ring.settled'; epoch: number; owned: readonly number[] }
  /** Something is known to be missing in a partition: it is compared before the others. */
  | { type: 'partition.dirty'; partition: number };

/** A child tells its parent, which tells the world. */
export type StabilizerFact =
  /** So many partitions are gained. */
  | { type: 'transfer.began'; epoch: number; total: number }
  | {
      type: 'transfer.progress';
      epoch: number;
      done: number;
      total: number;
      records: number;
      bytes: number;
    }
  | { type: 'transfer.done'; epoch: number; records: number; bytes: number }
  | { type: 'repair.done'; partition: number; records: number; bytes: number }
  /** So many leaves of a partition's hash tree were not those of its rows; now they are. */
  | { type: 'tree.mismatch'; partition: number; leaves: number }
  | { type: 'partition.collected'; partition: number; rows: number }
  /** Rows that were over, held by all owners alike, are gone. */
  | { type: 'partition.reaped'; partition: number; rows: number };

/** What was fetched: records, and bytes of them. */
export interface Fetched {
  readonly records: number;
  readonly bytes: number;
}
