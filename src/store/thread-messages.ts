/** What the store and its thread say to each other beside the operations of `operations.ts`. */
import type { DataDirProblem } from './data-dir.js';

export interface ThreadOptions {
  readonly dataDir: string;
  readonly partitions: number;
  readonly maxHintBytes: number;
  /** Where the thread counts what it commits: see `commit-stats.ts`. */
  readonly commits: SharedArrayBuffer;
}

/** The thread's first word. */
export type Opening =
  | { readonly kind: 'opened'; readonly meta: readonly (readonly [name: string, text: string])[] }
  | { readonly kind: 'refused'; readonly code: DataDirProblem; readonly message: string };
export type ToThread = ArrayBuffer | 'close';
/** Answers to the oldest batch that has none, or a last word. */
export type FromThread = ArrayBuffer | { readonly failure: string } | 'closed';
