/** What the stabilizer is told, and what it tells. */
import type { NodeId } from '../../src/core/data/version.js';

/** Where another owner's hash tree of a partition differs from ours. */
export interface Difference {
  readonly owner: NodeId;
  /** A set of leaves: see `src/core/tree/hash-tree.ts`. */
  readonly leaves: Uint8Array;
}

export type StabilizerEvent =
  /** `partitions`: those that this node gains in the transition. */
  | { type: 'transition.began'; epoch: number; partitions: readonly number[] }
  /** `owned`: the partitions of this node in the stable ring, in ring order. */
  | { type: 'ring.settled'; epoch: number; owned: readonly number[] }
  | { type: 'partition.pulled'; epoch: number; partition: number; records: number; bytes: number }
  /** `records` and `bytes` came before it failed, and stay. */
  | {
      type: 'pull.failed';
      epoch: number;
      partition: number;
      reason: string;
      records: number;
      bytes: number;
    }
  | { type: 'progress.due' }
  /**
   * `leftovers`: partitions of which rows are held here that others own; `start`, in [0, 1): where
   * on the ring the comparisons of this round begin.
   */
  | { type: 'round.began'; epoch: number; leftovers: readonly number[]; start: number }
  | { type: 'leftover.dropped'; epoch: number; partition: number; rows: number }
  | { type: 'leftover.kept'; epoch: number; partition: number; reason: string }
  /** Something is known to be missing in a partition: it is compared before the others. */
  | { type: 'partition.dirty'; partition: number }
  | { type: 'partition.compared'; epoch: number; differences: readonly Difference[] }
  | { type: 'partition.repaired'; epoch: number; records: number; bytes: number };

export type StabilizerFact =
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
  | { type: 'partition.collected'; partition: number; rows: number };
