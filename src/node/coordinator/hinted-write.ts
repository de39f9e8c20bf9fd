/**
 * Level `any`: one owner is enough, and if none can be had, a hint on our own disk. A hint is no
 * copy that reads would find: it only waits for the owners to come back.
 *
 * Our disk may be stuck, too. Who asked hears in time that it is not known, then; should the hint
 * be kept after all, it is brought to the owners.
 */
import { encodeRecord } from '../../core/data/record.js';
import { failure } from '../../core/failures.js';
import type { Failure, WriteRequest, Written } from '../../core/requests.js';
import { ownersOfKey } from '../../core/ring/key-owners.js';
import { everyoneIn } from '../../core/ring/quorum.js';
import { type Attempt, recordOf } from './attempt.js';
import { runWrite } from './write.js';

/** Owners have all of the time. What a disk takes behind it that is in order. */
const COMMIT_MS = 250;
const STUCK = failure(
  'outcome_unknown',
  'no owner took it in time, and our disk was too slow to keep it for them',
  'unknown',
);

type Done = (outcome: Written | Failure) => void;

export function runHintedWrite(request: WriteRequest, attempt: Attempt, done: Done): void {
  runWrite(request, attempt, (outcome) => {
    if (outcome.ok) done({ ...outcome, reached: 'one' });
    else keepAsHints(request, attempt, outcome, done);
  });
}

/** Is answered with `failed` if no hint could be kept. */
function keepAsHints(request: WriteRequest, attempt: Attempt, failed: Failure, done: Done): void {
  const { clock, rings, missed } = attempt.ports;
  attempt.stamp('plain', (version) => {
    if (typeof version === 'string') return done(failed);
    const { epoch } = version;
    const record = encodeRecord({ ...recordOf(request), version });
    // The ring may have changed while the disk let the clock go on: those who own the key now.
    const { present, coming = [] } = ownersOfKey(rings.inForce, request.key);
    const everyone = everyoneIn([{ owners: present }, { owners: coming }]);
    let unanswered = everyone.length;
    let kept = 0;
    let isOver = false;
    const end: Done = (outcome) => {
      if (isOver) return;
      isOver = true;
      clock.clearTimeout(timer);
      done(outcome);
    };
    const timer = clock.setTimeout(() => end(STUCK), Math.max(COMMIT_MS, attempt.timeLeft));
    for (const owner of everyone) {
      missed(owner, record, (isKept) => {
        unanswered--;
        if (isKept) kept++;
        if (unanswered > 0) return;
        if (kept === 0) return end(failed);
        attempt.explanation?.note('no owner took it: kept as hints');
        end({ ok: true, version, epoch, reached: 'hint' });
      });
    }
  });
}
