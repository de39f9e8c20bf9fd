/** Failures that several parts of a node tell in the same words. */
import type { Version } from './data/version.js';
import type { Failure, FailureCode } from './requests.js';

/** `detail` is one sentence for a person. */
export function failure(code: FailureCode, detail: string, applied: 'no' | 'unknown'): Failure {
  return { ok: false, code, detail, applied };
}

/** Why an operation was given up. */
export const TIME_IS_UP = 'time is up';
export const TOO_FAR_AHEAD = 'the key holds a version further ahead than clocks may differ';
export const NOT_STAMPED = 'the disk was too slow to let the clock go on';
export const NO_ROOM = 'this node holds too much for its clients already';
export const OVERLOADED = failure('overloaded', NO_ROOM, 'no');
/** Of a write that may be a second try: nobody has looked for what came of the first. */
export const OVERLOADED_RETRY = failure('overloaded', NO_ROOM, 'unknown');
export const CLOCK_IS_WRONG =
  'the clock of the node that was asked is not that of the others: it takes no writes';
export const CLOCK_IS_UNKNOWN =
  'the node that was asked has just started and not compared its clock with the others yet';
export const DISK_IS_UNSURE =
  'the node that was asked has just started, and no other has told it that its disk is no old copy';
export const RING_MOVED = 'the owners changed meanwhile and the new ring did not come in time';

/**
 * `current`: the version of what is there instead; undefined if nothing is. `applied`: of a write
 * with an id it may be that an earlier try was made, and written over.
 */
export function preconditionFailed(
  current: Version | undefined,
  applied: 'no' | 'unknown',
): Failure {
  const holds = current ? 'the key holds another value' : 'the key holds no value';
  const unless = 'whether an earlier try of this write came before it is not known';
  return {
    ok: false,
    code: 'precondition_failed',
    detail: applied === 'no' ? holds : `${holds}; ${unless}`,
    applied,
    ...(current && { current }),
  };
}

export const OPERATION_REUSED = {
  ok: false,
  code: 'operation_reused',
  detail: 'the key holds something else that was written under the same Idempotency-Key',
  applied: 'no',
} as const satisfies Failure;
