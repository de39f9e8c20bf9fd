/** What owners answer to a coordinator, in the words of its operations. */
import type { EncodedRecord } from '../../src/core/data/record.js';
import type { Version } from '../../src/core/data/version.js';

/**
 * An owner shows a version that lies further ahead than clocks may differ: a wrong clock may have
 * made it, and nobody but this owner taken it. So the owner counts as one that failed, unless
 * enough of the others hold it too.
 */
export interface Doubted {
  readonly kind: 'doubted';
  readonly version: Version;
  /** If the value was asked for. */
  readonly record?: EncodedRecord;
}

/** Why such an owner counts as one that failed. */
export const DOUBTED = 'clockAhead';

/** Why an owner has failed whose row is damaged; the newest, or what is newer yet, heals it. */
export const CORRUPT = 'corrupt';

/** What an owner holds of the key. */
export type ReadAnswer =
  | Doubted
  /** `NO_VERSION` if the key is absent; `record` if the value was asked for and is there. */
  | { readonly kind: 'holds'; readonly version: Version; readonly record?: EncodedRecord }
  | { readonly kind: 'failed'; readonly reason: string };

/** Whether an owner has promised to take nothing below a ballot. */
export type PromiseAnswer =
  | Doubted
  /** `record`: what the owner holds, intact, a tombstone included; undefined if nothing. */
  | { readonly kind: 'promised'; readonly version: Version; readonly record?: EncodedRecord }
  /** By a promise or a version that is not below the ballot. */
  | { readonly kind: 'superseded'; readonly version: Version }
  | { readonly kind: 'failed'; readonly reason: string };

/** Whether an owner has stored a record. */
export type WriteAnswer =
  /** Superseded by that: certainly not stored by this owner. */
  | Doubted
  | { readonly kind: 'stored' }
  | {
      readonly kind: 'superseded';
      readonly version: Version;
      /** By what a round of CASPaxos has promised or stored; undefined: by a plain write. */
      readonly by?: 'promise' | 'round';
    }
  /** Certainly not stored by this owner. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Nobody can tell. */
  | { readonly kind: 'lost'; readonly reason: string };
