/** Carries out plain writes: drives `actors/coordinator/write.ts`. */
import { WriteOperation, type WriteStep } from '../../../actors/coordinator/write.js';
import { encodeRecord, isSame, originOf } from '../../core/data/record.js';
import { failure, NOT_STAMPED, OPERATION_REUSED, RING_MOVED } from '../../core/failures.js';
import type { Failure, WriteRequest, Written } from '../../core/requests.js';
import { ownersOfKey } from '../../core/ring/ring.js';
import { isFenced, writeAnswer, writeFailure } from './answers.js';
import { type Attempt, recordOf } from './attempt.js';
import { Misses } from './misses.js';
import { runRead } from './read.js';

export function runWrite(
  request: WriteRequest,
  attempt: Attempt,
  done: (outcome: Written | Failure) => void,
): void {
  const { rings, selection, counts, versionClock } = attempt.ports;
  const ring = rings.current!;
  const { epoch } = ring;
  const groups = selection.groups(ring, request.key, request.level, 'write');
  if (!Array.isArray(groups)) {
    return done(attempt.mayBeStored ? { ...groups, applied: 'unknown' } : groups);
  }
  attempt.stamp(epoch, 'plain', (first) => {
    if (!first) {
      const applied = attempt.mayBeStored ? 'unknown' : 'no';
      const code = attempt.mayBeStored ? 'outcome_unknown' : 'quorum_unavailable';
      return done(failure(code, NOT_STAMPED, applied));
    }
    let version = first;
    const operation = new WriteOperation(groups, version);
    const misses = new Misses(attempt);
    const send = () => {
      const number = operation.attempt;
      const record = encodeRecord({ ...recordOf(request), version });
      misses.begin(record);
      for (const owner of operation.owners) {
        attempt.ask(owner, 'replica.write', { epoch, record }, (reply) => {
          misses.note(owner, record, reply);
          if (isFenced(reply)) {
            if (operation.phase === 'settled') return;
            operation.phase = 'settled';
            attempt.mayBeStored = true;
            attempt.afterRing(owner, reply.epoch, (late) => {
              if (late) done(failure('outcome_unknown', RING_MOVED, 'unknown'));
              else runWrite(request, attempt, done);
            });
          } else {
            follow(operation.answer(owner, number, writeAnswer(reply, attempt.isTooFarAhead)));
          }
        });
      }
    };
    const follow = (step: WriteStep) => {
      switch (step.next) {
        case 'wait':
          return;
        case 'applied':
          misses.acknowledged();
          return done({ ok: true, version, epoch, reached: String(request.level) });
        case 'restamp':
          counts.restamps++;
          if (!versionClock.observe(step.above)) {
            operation.phase = 'settled';
            const detail = 'the key holds a version further ahead than clocks may differ';
            return done(failure('clock_drift', detail, 'unknown'));
          }
          return attempt.stamp(epoch, 'plain', (next) => {
            // An owner that was asked before may have fenced us off while we waited.
            if (operation.phase !== 'restamping') return;
            if (!next || attempt.isLate) {
              operation.phase = 'settled';
              return done(failure('outcome_unknown', NOT_STAMPED, 'unknown'));
            }
            attempt.explanation?.note('stamped again, above what an owner holds');
            version = next;
            operation.restamped(version);
            send();
          });
        case 'failed':
          return done(writeFailure(step, attempt.mayBeStored));
      }
    };
    send();
  });
}

/**
 * Level `any`: one owner is enough, and if none can be had, a hint on our own disk. A hint is no
 * copy that reads would find: it only waits for the owners to come back.
 */
export function runAny(
  request: WriteRequest,
  attempt: Attempt,
  done: (outcome: Written | Failure) => void,
): void {
  runWrite(request, attempt, (outcome) => {
    if (outcome.ok) return done({ ...outcome, reached: 'one' });
    const { rings, missed } = attempt.ports;
    const { epoch } = rings.current!;
    attempt.stamp(epoch, 'plain', (version) => {
      if (!version) return done(outcome);
      const record = encodeRecord({ ...recordOf(request), version });
      const { present, coming = [] } = ownersOfKey(rings.current!, request.key);
      const owners = [...new Set([...present, ...coming])];
      let unanswered = owners.length;
      let kept = 0;
      for (const owner of owners) {
        missed(owner, record, (isKept) => {
          unanswered--;
          if (isKept) kept++;
          if (unanswered > 0) return;
          if (kept === 0) return done(outcome);
          attempt.explanation?.note('no owner took it: kept as hints');
          done({ ok: true, version, epoch, reached: 'hint' });
        });
      }
    });
  });
}

type RetriableRequest = WriteRequest & { readonly operation: Uint8Array };

export function isRetriable(request: WriteRequest): request is RetriableRequest {
  return request.operation !== undefined;
}

/**
 * A write that the client may have sent before: if it finds itself, it is not made again. That is
 * one more round trip for the first try.
 */
export function runRetriable(
  request: RetriableRequest,
  attempt: Attempt,
  done: (outcome: Written | Failure) => void,
): void {
  const { key, level, timeoutMs } = request;
  runRead({ key, level, timeoutMs }, attempt, (found) => {
    if (!found.ok) return done({ ...found, applied: 'no' });
    const { record, epoch, reached } = found;
    if (!record?.operation || Buffer.compare(record.operation, request.operation) !== 0) {
      return runWrite(request, attempt, done);
    }
    if (!isSame(record, recordOf(request))) return done(OPERATION_REUSED);
    attempt.explanation?.note('an earlier try has stored it');
    done({ ok: true, version: originOf(record), epoch, reached });
  });
}
