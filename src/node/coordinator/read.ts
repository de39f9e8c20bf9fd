/** Carries out a read by quorum: drives `actors/coordinator/read.ts`. */
import { ReadOperation, type ReadStep } from '../../../actors/coordinator/read.js';
import { decodeRecord, type EncodedRecord } from '../../core/data/record.js';
import type { NodeId } from '../../core/data/version.js';
import { visible } from '../../core/data/visible.js';
import { RING_MOVED } from '../../core/failures.js';
import type { Failure, Found, ReadRequest } from '../../core/requests.js';
import type { CallFailure, ReplyTo } from '../rpc/calls.js';
import { isFenced, readAnswer, shortfall, writeAnswer } from './answers.js';
import type { Attempt } from './attempt.js';
import { runConditional } from './conditional.js';

export function runRead(
  request: ReadRequest,
  attempt: Attempt,
  done: (outcome: Found | Failure) => void,
): void {
  const { rings, selection, counts, clock } = attempt.ports;
  const { key, level } = request;
  const ring = rings.current!;
  const { epoch } = ring;
  const groups = selection.groups(ring, key, level, 'read');
  if (!Array.isArray(groups)) {
    const { applied: _, ...refusal } = groups;
    return done(refusal);
  }
  const operation = new ReadOperation(groups, selection.preferred(groups));
  /** A promise stands in the way of a repair: only a round can end that. */
  let isBlocked = false;

  const ask = (owner: NodeId, withValue: boolean) => {
    const askedAt = clock.monotonic();
    const onSlow = () => {
      const other = operation.hedge();
      if (other === undefined) return;
      counts.hedges++;
      attempt.explanation?.note('an answer is late: one more is asked', { owner });
      ask(other, withValue);
    };
    const body = { epoch, withValue, key };
    attempt.ask(
      owner,
      'replica.read',
      body,
      (reply) => {
        if (typeof reply !== 'string') selection.note(owner, clock.monotonic() - askedAt);
        if (isFenced(reply)) restart(owner, reply.epoch);
        else follow(operation.answer(owner, readAnswer(reply, attempt.isTooFarAhead)));
      },
      onSlow,
    );
  };
  const writeBack = (owner: NodeId, record: EncodedRecord) => {
    attempt.ask(owner, 'replica.write', { epoch, record }, (reply) => {
      if (isFenced(reply)) return restart(owner, reply.epoch);
      const answer = writeAnswer(reply, attempt.isTooFarAhead);
      const isPromise = isBarred(reply);
      isBlocked ||= isPromise;
      // What superseded it is newer, and as good.
      const stored = answer.kind === 'stored' || (answer.kind === 'superseded' && !isPromise);
      follow(operation.wroteBack(owner, stored, stored ? '' : reasonOf(answer)));
    });
  };
  const restart = (owner: NodeId, newer: number) => {
    if (operation.phase === 'settled') return;
    operation.phase = 'settled';
    attempt.afterRing(owner, newer, (late) => {
      if (late) done({ ok: false, code: 'quorum_unavailable', detail: RING_MOVED });
      else runRead(request, attempt, done);
    });
  };
  const follow = (step: ReadStep) => {
    switch (step.next) {
      case 'wait':
        return;
      case 'ask':
        for (const owner of step.owners) ask(owner, step.withValue);
        return;
      case 'writeBack':
        counts.repairs++;
        attempt.explanation?.note('owners differ: the newest is written back');
        for (const owner of step.owners) writeBack(owner, step.record);
        return;
      case 'found': {
        const seen = visible(step.record && decodeRecord(step.record), clock.now());
        return done({ ...seen, ok: true, epoch, reached: String(level) });
      }
      case 'failed': {
        if (isBlocked) return runConditional({ key }, attempt, done);
        const { needed, got } = step;
        const detail = shortfall(step);
        return done({ ok: false, code: 'quorum_unavailable', detail, needed, got });
      }
    }
  };

  for (const [index, owner] of operation.begin().entries()) ask(owner, index === 0);
}

function isBarred(reply: ReplyTo<'replica.write'> | CallFailure): boolean {
  return typeof reply !== 'string' && reply.outcome === 'promised';
}

function reasonOf(answer: { kind: string; reason?: string }): string {
  return answer.reason ?? answer.kind;
}
