/** What a client asks of a node and what it is told: the same in every door and every role. */
import type { KeyRange } from './data/key-range.js';
import type { DataRecord, EncodedRecord } from './data/record.js';
import type { NodeId, Version } from './data/version.js';
import type { Visible } from './data/visible.js';
import type { PartEnd } from './wire/backup-stream.js';

/** How many owners must answer: a named level, or a number of the caller's own. */
export type Level = 'one' | 'quorum' | 'all' | 'linearizable' | 'any' | number;

export interface WriteRequest {
  readonly key: Buffer;
  /** Undefined deletes the key. */
  readonly value: Buffer | undefined;
  readonly contentType: string;
  /** Milliseconds since 1970; 0 = never. */
  readonly expiresAt: number;
  readonly level: Level;
  readonly timeoutMs: number;
  /** Without it the write is made whatever is there. */
  readonly condition?: Condition;
  /** The client's id of this write, hashed to `OPERATION_BYTES`: a retry has the same. */
  readonly operation?: Uint8Array;
  /** Nobody has sent the operation before: there is no earlier try to be looked for. */
  readonly isFirstTry?: boolean;
  readonly explain?: boolean;
}

/** What must hold of a key for a write to be made. A deleted or expired key is absent. */
export type Condition =
  | { readonly kind: 'always' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'present' }
  | { readonly kind: 'matches'; readonly versions: readonly Version[] };

export interface ReadRequest {
  readonly key: Buffer;
  readonly level: Level;
  readonly timeoutMs: number;
  readonly explain?: boolean;
}

/** For keys in a range, in byte order. */
export interface ListRequest {
  readonly range: KeyRange;
  /** From the end of the range. */
  readonly reverse: boolean;
  /** Keys at most. */
  readonly limit: number;
  readonly withValues: boolean;
  /** They are only counted; `limit` does not matter. */
  readonly isCount?: boolean;
  readonly level: Exclude<Level, 'linearizable' | 'any'>;
  /** After half of it a page ends where it has come to. */
  readonly timeoutMs: number;
  readonly explain?: boolean;
}

/** Stable words for programs; HTTP gives each a status. */
export type FailureCode =
  | 'quorum_unavailable'
  | 'outcome_unknown'
  | 'precondition_failed'
  | 'operation_reused'
  | 'contention'
  | 'overloaded'
  | 'read_only'
  | 'clock_drift'
  | 'not_ready'
  | 'shutting_down'
  | 'level_impossible'
  | 'change_refused'
  | 'no_majority';

export interface Failure {
  readonly ok: false;
  readonly code: FailureCode;
  /** One sentence for a person. */
  readonly detail: string;
  /** Owners that had to answer and owners that did. */
  readonly needed?: number;
  readonly got?: number;
  /** Of a failed write: certainly not stored, or nobody can tell. */
  readonly applied?: 'no' | 'unknown';
  /** Of a failed condition: the ETag's version of what was there; undefined if nothing was. */
  readonly current?: Version;
  readonly explanation?: Explained;
}

/** What happened to a request; times are milliseconds from its beginning. */
export interface RequestStep {
  /** When it was over. */
  readonly atMs: number;
  readonly what: string;
  readonly owner?: string;
  readonly answer?: string;
  readonly version?: string;
  /** Of what began earlier: how much. */
  readonly tookMs?: number;
}

/** Of a request that was to be explained. */
export interface Explained {
  readonly epoch: number;
  readonly level: Level;
  readonly tookMs: number;
  readonly steps: readonly RequestStep[];
}

export interface Written {
  readonly ok: true;
  /** Stands for the value in an ETag. */
  readonly version: Version;
  readonly epoch: number;
  /** The level reached: what was asked for, unless `any` found more or less. */
  readonly reached: string;
  readonly explanation?: Explained;
}

/** What a key holds: a value, or none and why. */
export type Found = Visible & {
  readonly ok: true;
  readonly epoch: number;
  readonly reached: string;
  readonly explanation?: Explained;
};

/** A key that holds a value. */
export interface ListedKey {
  readonly key: Buffer;
  /** As of `Written`. */
  readonly version: Version;
  /** Milliseconds since 1970; 0 = never. */
  readonly expiresAt: number;
  /** How long the value is. */
  readonly valueBytes: number;
  /** If values are wanted. */
  readonly record?: DataRecord;
}

/** The keys of a range that hold a value, or the first of them. */
export interface Listed {
  readonly ok: true;
  /** None, if they were only counted. */
  readonly keys: readonly ListedKey[];
  readonly count: number;
  /**
   * The list goes on behind this key; undefined if it has come to its end. It may go on although
   * fewer than `limit` were found, or none: time or memory had come to its end.
   */
  readonly next: Buffer | undefined;
  readonly epoch: number;
  readonly reached: string;
  readonly explanation?: Explained;
}

/** Of a part of a backup: records, the end of them, or why there are no more. */
export type BackupPage = { readonly records: readonly EncodedRecord[] } | PartEnd | Failure;

/** Of records of a backup: in which epoch they are held. */
export interface Restored {
  readonly ok: true;
  readonly epoch: number;
}

/** Where a key lives and what each owner says it holds. */
export interface Location {
  readonly partition: number;
  readonly epoch: number;
  readonly owners: readonly {
    readonly id: NodeId;
    readonly address: string;
    readonly coming: boolean;
    readonly answer: 'found' | 'absent' | 'corrupt' | 'no answer';
    readonly version?: Version;
    /** Why what was found is no value; undefined if it is one. */
    readonly gone?: Visible['absent'];
    /** Seconds until it expires there, rounded up; undefined if it never does. */
    readonly ttl?: number;
  }[];
}
