/** What `operation.ts` is given, and what it says is to be done next. */
import type { DataRecord, EncodedRecord } from '../../../src/core/data/record.js';
import type { NodeId, Version } from '../../../src/core/data/version.js';
import type { Condition } from '../../../src/core/requests.js';
import type { QuorumGroup } from '../../../src/core/ring/quorum.js';
import type { Failed, WAIT } from '../operation.js';

export interface ConditionalChange {
  readonly condition: Condition;
  /** The new record, whose version will be the ballot. */
  readonly record: Omit<DataRecord, 'version'>;
  /** It is known that no earlier try was made under its operation id. */
  readonly isFirstTry?: boolean | undefined;
}

/** Whom a round asks. */
export interface Register {
  /** Majorities of the present owners and, while owners change, of the coming ones. */
  readonly groups: readonly QuorumGroup[];
  /**
   * The same owners, and how many of them must have stored what is to be acknowledged: as many as
   * of a plain write (at least a majority), or plain reads, which may ask fewer, could miss it.
   */
  readonly storing: readonly QuorumGroup[];
  /**
   * The epoch since which one of the groups has been asked in every epoch. As a ring shares a group
   * with the one before it, the present epoch − 1 will always do.
   */
  readonly ownersSince: number;
}

export type ConditionalStep =
  | typeof WAIT
  /** Read the value from this owner. */
  | { readonly next: 'fetch'; readonly owner: NodeId }
  /** Stamp a ballot above this version, after a random pause if `contended`, and `prepare`. */
  | {
      readonly next: 'prepare';
      readonly above: Version;
      readonly contended: boolean;
      /** Most owners hold what is above: it is to be believed, however far ahead it is. */
      readonly isHeldByMost: boolean;
    }
  /** Have all owners store this record. */
  | { readonly next: 'store'; readonly record: EncodedRecord }
  /** The register as it was: undefined if the key was never written. */
  | { readonly next: 'found'; readonly record: EncodedRecord | undefined }
  /** `version` stands for the value in an ETag (`originOf`). */
  | { readonly next: 'applied'; readonly version: Version }
  /**
   * `current`: the version of the value that was there, `undefined` if none was. `applied`: whether
   * an earlier try of the same write may have been made before that.
   */
  | {
      readonly next: 'preconditionFailed';
      readonly record: EncodedRecord | undefined;
      readonly current: Version | undefined;
      readonly applied: 'no' | 'unknown';
    }
  | ConditionalFailed;

export interface ConditionalFailed extends Failed {
  readonly why: Defeat;
  readonly applied: 'no' | 'unknown';
}

/**
 * `overtaken`: something newer was found, and whether ours came before it is not known. `reused`:
 * another write has our operation id.
 */
export type Defeat = 'unavailable' | 'contention' | 'overtaken' | 'reused';

export type ConditionalPhase =
  | 'awaitingVersions'
  | 'awaitingBallot'
  | 'awaitingPromises'
  | 'storing'
  | 'awaitingRing'
  | 'settled';
