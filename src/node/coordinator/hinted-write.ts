/**
 * Level `any`: one owner is enough, and if none can be had, a hint on our own disk. A hint is no
 * copy that reads would find: it only waits for the owners to come back.
 */
import { encodeRecord } from '../../core/data/record.js';
import type { Failure, WriteRequest, Written } from '../../core/requests.js';
import { ownersOfKey } from '../../core/ring/key-owners.js';
import { everyoneIn } from '../../core/ring/quorum.js';
import { type Attempt, recordOf } from './attempt.js';
import { runWrite } from './write.js';

type Done = (outcome: Written | Failure) => void;

export function runHintedWrite(request: WriteRequest, attempt: Attempt, done: Done): void {
  runWrite(request, attempt, (outcome) => {
    if (outcome.ok) done({ ...outcome, reached: 'one' });
    else keepAsHints(request, attempt, outcome, done);
  });
}

/** Is answered with `failed` if no hint could be kept. */
function keepAsHints(request: WriteRequest, attempt: Attempt, failed: Failure, done: Done): void {
  const { rings, missed } = attempt.ports;
  attempt.stamp('plain', (version) => {
    if (typeof version === 'string') return done(failed);
    const { epoch } = version;
    const record = encodeRecord({ ...recordOf(request), version });
    // The ring may have changed while the disk let the clock go on: those who own the key now.
    const { present, coming = [] } = ownersOfKey(rings.inForce, request.key);
    const everyone = everyoneIn([{ owners: present }, { owners: coming }]);
    let unanswered = everyone.length;
    let kept = 0;
    for (const owner of everyone) {
      missed(owner, record, (isKept) => {
        unanswered--;
        if (isKept) kept++;
        if (unanswered > 0) return;
        if (kept === 0) return done(failed);
        attempt.explanation?.note('no owner took it: kept as hints');
        done({ ok: true, version, epoch, reached: 'hint' });
      });
    }
  });
}
