/** What a read (`read.ts`) waits for, and what it wants done next. */
import type { EncodedRecord } from '../../src/core/data/record.js';
import type { NodeId } from '../../src/core/data/version.js';
import type { Failed, WAIT } from './operation.js';

export type ReadPhase =
  | 'awaitingVersions'
  | 'fetchingNewest'
  | 'writingBack'
  | 'awaitingRing'
  | 'settled';

export type ReadStep =
  | typeof WAIT
  | { readonly next: 'ask'; readonly owners: readonly NodeId[]; readonly withValue: boolean }
  | {
      readonly next: 'writeBack';
      readonly owners: readonly NodeId[];
      readonly record: EncodedRecord;
    }
  | { readonly next: 'found'; readonly record: EncodedRecord | undefined }
  /** The same, and these owners lack it: it is written back to them, and nobody waits for that. */
  | {
      readonly next: 'found';
      readonly record: EncodedRecord;
      readonly lackedBy: readonly NodeId[];
    }
  /**
   * A promise stands in the way of the repair, or a damaged row that may have been newer than all
   * that is left: only a round of CASPaxos can end that.
   */
  | { readonly next: 'round' }
  | Failed;
