/** Translates what owners and operations say, towards the operations and towards clients. */
import {
  CORRUPT,
  DOUBTED,
  type PromiseAnswer,
  type ReadAnswer,
  type WriteAnswer,
} from '../../../actors/coordinator/answers.js';
import type { Defeat } from '../../../actors/coordinator/caspaxos/steps.js';
import type { Failed } from '../../../actors/coordinator/operation.js';
import type { WriteFailed } from '../../../actors/coordinator/write.js';
import { isIntactRecord } from '../../core/data/record.js';
import { isBallot, NO_VERSION, type Version } from '../../core/data/version.js';
import {
  CLOCK_IS_UNKNOWN,
  CLOCK_IS_WRONG,
  DISK_IS_UNSURE,
  NO_ROOM,
  OPERATION_REUSED,
  OVERLOADED,
  TOO_FAR_AHEAD,
} from '../../core/failures.js';
import type { Failure, FailureCode } from '../../core/requests.js';
import type { MessageOf } from '../../core/wire/messages.js';
import type { CallFailure } from '../rpc/calls.js';

export function isFenced<R extends { outcome: string; epoch: number }>(
  reply: R | CallFailure,
): reply is R & { outcome: 'fenced' } {
  return typeof reply !== 'string' && reply.outcome === 'fenced';
}

/**
 * What to make of a version that an owner shows. `impossible`: it claims an epoch that has not
 * come, and its owner has failed. `doubted`: its time is too far ahead.
 */
export type Judge = (version: Version) => 'believed' | 'doubted' | 'impossible';

const IMPOSSIBLE = 'corrupt';

const STORED: WriteAnswer = { kind: 'stored' };

export function writeAnswer(
  reply: MessageOf<'replica.written'> | CallFailure,
  judge: Judge,
): WriteAnswer {
  if (reply === 'unreachable') return { kind: 'refused', reason: reply };
  if (typeof reply === 'string') return { kind: 'lost', reason: reply };
  if (reply.outcome === 'ok') return STORED;
  if (reply.outcome === 'superseded' || reply.outcome === 'promised') {
    const version = reply.version ?? NO_VERSION;
    const judgement = judge(version);
    if (judgement === 'impossible') return { kind: 'refused', reason: IMPOSSIBLE };
    if (judgement === 'doubted') return { kind: 'doubted', version };
    if (reply.outcome === 'promised') return { kind: 'superseded', version, by: 'promise' };
    return isBallot(version)
      ? { kind: 'superseded', version, by: 'round' }
      : { kind: 'superseded', version };
  }
  return { kind: 'refused', reason: reply.outcome };
}

export function readAnswer(
  reply: MessageOf<'replica.found'> | CallFailure,
  judge: Judge,
): ReadAnswer {
  if (typeof reply === 'string') return { kind: 'failed', reason: reply };
  return shown('holds', reply, judge);
}

export function promiseAnswer(
  reply: MessageOf<'replica.promised'> | CallFailure,
  judge: Judge,
): PromiseAnswer {
  if (typeof reply === 'string') return { kind: 'failed', reason: reply };
  if (reply.outcome !== 'superseded') return shown('promised', reply, judge);
  const { version = NO_VERSION } = reply;
  const judgement = judge(version);
  if (judgement === 'impossible') return { kind: 'failed', reason: IMPOSSIBLE };
  return { kind: judgement === 'doubted' ? judgement : 'superseded', version };
}

/** What an owner holds. Here the records that come to a coordinator are checked, and only here. */
function shown<K extends 'holds' | 'promised'>(
  as: K,
  reply: Pick<MessageOf<'replica.found'>, 'outcome' | 'version' | 'record'>,
  judge: Judge,
) {
  const { outcome, record, version = NO_VERSION } = reply;
  const judgement = judge(version);
  if (judgement === 'impossible') return { kind: 'failed', reason: IMPOSSIBLE } as const;
  const kind = judgement === 'doubted' ? judgement : as;
  if (outcome !== 'ok') return { kind: 'failed', reason: outcome } as const;
  if (!record) return { kind, version };
  if (!isIntactRecord(record)) return { kind: 'failed', reason: CORRUPT } as const;
  return { kind, version, record };
}

function shortfall({ needed, got, reasons }: Failed): string {
  const why = reasons.length > 0 ? ` (${reasons.join(', ')})` : '';
  return `${needed} owners of the key must answer, ${got} did${why}`;
}

/** Too few owners can be reached for a write to begin, or to begin again with others. */
export function unreachable(refusal: Failure, applied: 'no' | 'unknown'): Failure {
  return { ...refusal, applied, ...(applied === 'unknown' && { code: 'outcome_unknown' }) };
}

/** How a write ended, whichever way it went; `why` as far as it is not what owners said. */
export function writeFailure(step: WriteFailed & { readonly why?: Defeat }): Failure {
  const { applied, needed, got, reasons, why } = step;
  const code = ((): FailureCode => {
    if (applied === 'unknown') return 'outcome_unknown';
    if (why === 'reused') return OPERATION_REUSED.code;
    if (why === 'contention') return 'contention';
    if (reasons.includes(NO_ROOM)) return 'overloaded';
    if (reasons.includes('readOnly')) return 'read_only';
    return isAboutClocks(reasons) ? 'clock_drift' : 'quorum_unavailable';
  })();
  return { ok: false, code, detail: detailOf(step), needed, got, applied };
}

/** How a read ended. */
export function readFailure(step: Failed): Failure {
  const { needed, got, reasons } = step;
  if (reasons.includes(NO_ROOM)) return OVERLOADED;
  return { ok: false, code: 'quorum_unavailable', detail: shortfall(step), needed, got };
}

/** How a linearizable read ended: it may have had to store what it found. */
export function linearizableReadFailure(step: Failed & { readonly why: Defeat }): Failure {
  const { needed, got, why, reasons } = step;
  if (reasons.includes(NO_ROOM)) return OVERLOADED;
  const code = ((): FailureCode => {
    if (why === 'contention') return 'contention';
    if (reasons.includes('readOnly')) return 'read_only';
    return isAboutClocks(reasons) ? 'clock_drift' : 'quorum_unavailable';
  })();
  return { ok: false, code, detail: detailOf(step), needed, got };
}

function detailOf(step: Failed & { readonly why?: Defeat }): string {
  const ofOurs = step.reasons.find((reason) => OF_OUR_STAMPS.includes(reason));
  return (step.why && WHY[step.why]) ?? ofOurs ?? shortfall(step);
}

/** Nothing was sent under any stamp, or none after it: it says all there is to say. */
const OF_OUR_STAMPS: readonly string[] = [CLOCK_IS_WRONG, CLOCK_IS_UNKNOWN, DISK_IS_UNSURE];
const OF_CLOCKS: readonly string[] = [CLOCK_IS_WRONG, CLOCK_IS_UNKNOWN, DOUBTED, TOO_FAR_AHEAD];

function isAboutClocks(reasons: readonly string[]): boolean {
  return reasons.some((reason) => OF_CLOCKS.includes(reason));
}

/** What owners said is no reason for these. */
const WHY: { readonly [why in Defeat]?: string } = {
  reused: OPERATION_REUSED.detail,
  contention: 'too many requests change this key at the same time',
  overtaken: 'something newer was found, and nobody can tell whether this write came before it',
};
