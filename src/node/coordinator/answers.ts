/** Translates what owners and operations say, towards the operations and towards clients. */
import type { PromiseAnswer } from '../../../actors/coordinator/caspaxos/operation.js';
import type { ReadAnswer } from '../../../actors/coordinator/read.js';
import type { WriteAnswer, WriteStep } from '../../../actors/coordinator/write.js';
import { isIntactRecord } from '../../core/data/record.js';
import { isBallot, NO_VERSION, type Version } from '../../core/data/version.js';
import type { Failure, FailureCode } from '../../core/requests.js';
import type { MessageOf } from '../../core/wire/messages.js';
import type { CallFailure } from '../rpc/calls.js';

export function isFenced<R extends { outcome: string; epoch: number }>(
  reply: R | CallFailure,
): reply is R & { outcome: 'fenced' } {
  return typeof reply !== 'string' && reply.outcome === 'fenced';
}

/**
 * Whether our clock cannot believe a version: its owner's clock was ahead when it was stored. Such
 * an owner counts as one that failed. Its row must not stop the others from serving the key, and if
 * a quorum had acknowledged it, then enough of them fail in this way to stop us.
 */
type Disbelief = (version: Version) => boolean;

export function writeAnswer(
  reply: MessageOf<'replica.written'> | CallFailure,
  isTooFarAhead: Disbelief,
): WriteAnswer {
  if (reply === 'unreachable') return { kind: 'refused', reason: reply };
  if (typeof reply === 'string') return { kind: 'lost', reason: reply };
  if (reply.outcome === 'ok') return { kind: 'stored' };
  if (reply.outcome === 'superseded' || reply.outcome === 'promised') {
    const version = reply.version ?? NO_VERSION;
    if (isTooFarAhead(version)) return { kind: 'refused', reason: 'clockAhead' };
    const byRound = reply.outcome === 'promised' || isBallot(version);
    return { kind: 'superseded', version, byRound };
  }
  return { kind: 'refused', reason: reply.outcome };
}

export function readAnswer(
  reply: MessageOf<'replica.found'> | CallFailure,
  isTooFarAhead: Disbelief,
): ReadAnswer {
  if (typeof reply === 'string') return { kind: 'failed', reason: reply };
  const version: Version = reply.version ?? NO_VERSION;
  if (isTooFarAhead(version)) return { kind: 'failed', reason: 'clockAhead' };
  return holding('holds', version, reply);
}

export function promiseAnswer(
  reply: MessageOf<'replica.promised'> | CallFailure,
  isTooFarAhead: Disbelief,
): PromiseAnswer {
  if (typeof reply === 'string') return { kind: 'failed', reason: reply };
  const version: Version = reply.version ?? NO_VERSION;
  if (isTooFarAhead(version)) return { kind: 'failed', reason: 'clockAhead' };
  if (reply.outcome === 'superseded') return { kind: 'superseded', version };
  return holding('promised', version, reply);
}

/** What an owner holds. Here the records that come to a coordinator are checked, and only here. */
function holding<K extends string>(
  kind: K,
  version: Version,
  { outcome, record }: Pick<MessageOf<'replica.found'>, 'outcome' | 'record'>,
) {
  if (outcome !== 'ok') return { kind: 'failed', reason: outcome } as const;
  if (!record) return { kind, version };
  if (!isIntactRecord(record)) return { kind: 'failed', reason: 'corrupt' } as const;
  return { kind, version, record };
}

export function shortfall(step: { needed: number; got: number; reasons: string[] }): string {
  const why = step.reasons.length > 0 ? ` (${step.reasons.join(', ')})` : '';
  return `${step.needed} owners of the key must answer, ${step.got} did${why}`;
}

export function writeFailure(step: WriteStep & { next: 'failed' }, mayBeStored: boolean): Failure {
  const applied = mayBeStored ? 'unknown' : step.applied;
  const { needed, got, reasons } = step;
  const code = ((): FailureCode => {
    if (applied === 'unknown') return 'outcome_unknown';
    if (reasons.includes('readOnly')) return 'read_only';
    return reasons.includes('clockAhead') ? 'clock_drift' : 'quorum_unavailable';
  })();
  return { ok: false, code, detail: shortfall(step), needed, got, applied };
}
