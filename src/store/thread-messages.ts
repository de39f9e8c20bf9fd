/** What the store and its thread say to each other beside the operations of `operations.ts`. */
import type { DataDirProblem } from './data-dir.js';

export interface ThreadOptions {
  readonly dataDir: string;
  readonly partitions: number;
  readonly maxHintBytes: number;
  readonly cacheBytes: number;
  /** Where the thread counts what it commits: see `commit-stats.ts`. */
  readonly commits: SharedArrayBuffer;
}

/** The thread's first word. */
export type Opening =
  | { readonly kind: 'opened'; readonly meta: readonly (readonly [name: string, text: string])[] }
  | { readonly kind: 'refused'; readonly code: DataDirProblem; readonly message: string };
/** A batch from one of its items on. */
export interface Rest {
  readonly batch: ArrayBuffer;
  readonly from: number;
}
export type ToThread = ArrayBuffer | Rest | 'close';
/** Answers to a part of a batch: all would be too large. The rest is to be sent anew. */
export interface PartAnswered {
  readonly answers: ArrayBuffer;
  readonly rest: Rest;
}
/** Answers to the oldest batch that has none, or a last word. */
export type FromThread = ArrayBuffer | PartAnswered | { readonly failure: string } | 'closed';
