/** Carries out a plain write: drives `actors/coordinator/write.ts`. */
import { WriteOperation, type WriteStep } from '../../actors/coordinator/write.js';
import { type EncodedRecord, encodeRecord } from '../core/record.js';
import type { Failure, WriteRequest, Written } from '../core/requests.js';
import { ownersOfKey } from '../core/ring.js';
import { failure, isFenced, writeAnswer, writeFailure } from './answers.js';
import { type Attempt, Misses, NOT_STAMPED, RING_MOVED } from './request-parts.js';

export function runWrite(
  request: WriteRequest,
  attempt: Attempt,
  done: (outcome: Written | Failure) => void,
): void {
  const { rings, choice, counts, stamper } = attempt.ports;
  const ring = rings.current!;
  const { epoch } = ring;
  const groups = choice.groups(ring, request.key, request.level, 'write');
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
      const record = encode(request, version);
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
          if (!stamper.observe(step.above)) {
            operation.phase = 'settled';
            const detail = 'the key holds a version further ahead than clocks may differ';
            return done(failure('clock_drift', detail, 'unknown'));
          }
          return attempt.stamp(epoch, 'plain', (next) => {
            // An owner that was asked before may have fenced us off while we waited.
            if (operation.phase !== 'restamping') return;
            if (!next) {
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
      const record = encode(request, version);
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

function encode(request: WriteRequest, version: Written['version']): EncodedRecord {
  return encodeRecord({
    key: request.key,
    version,
    tombstone: request.value === undefined,
    expiresAt: request.expiresAt,
    contentType: request.contentType,
    value: request.value ?? EMPTY,
  });
}

const EMPTY = Buffer.alloc(0);
