/**
 * A write that the client may have sent before, under the same id: if it finds itself, it is not
 * made again. That is one more round trip for the first try.
 *
 * Intuition: a read finds what an earlier try has left if a read quorum meets it, and has brought
 * it to a read quorum then. That is less than a write is acknowledged for: with W = 3 and R = 1 a
 * single copy. So what was found is written, as it is, until W owners hold it.
 */
import { isSame } from '../../core/data/record.js';
import { OPERATION_REUSED } from '../../core/failures.js';
import type { Failure, FailureCode, WriteRequest, Written } from '../../core/requests.js';
import { type Attempt, recordOf } from './attempt.js';
import { runRead } from './read.js';
import { runWrite } from './write.js';

type RetriableRequest = WriteRequest & { readonly operation: Uint8Array };

/** Of the first try that is known to be one, everything is known as of a write without an id. */
export function isRetriable(request: WriteRequest): request is RetriableRequest {
  return request.operation !== undefined && !request.isFirstTry;
}

export function runRetriableWrite(
  request: RetriableRequest,
  attempt: Attempt,
  done: (outcome: Written | Failure) => void,
): void {
  const { key, level, timeoutMs } = request;
  runRead({ key, level, timeoutMs }, attempt, (found) => {
    if (!found.ok) return done({ ...found, applied: 'unknown' });
    const { record } = found;
    // What has expired is no longer there: to answer with it would be to promise a value.
    if (found.absent === 'expired') return runWrite(request, attempt, done);
    if (!record?.operation || Buffer.compare(record.operation, request.operation) !== 0) {
      return runWrite(request, attempt, done);
    }
    if (!isSame(record, recordOf(request))) return done(OPERATION_REUSED);
    attempt.explanation?.note('an earlier try has stored it: enough owners are to hold it');
    runWrite(request, attempt, done, record);
  });
}

/** These have looked for other tries, and say what they know of them. */
const OF_ALL_TRIES: ReadonlySet<FailureCode> = new Set(['precondition_failed', 'operation_reused']);

/**
 * What the failure of one try says of the write: nobody here can tell whether there was an earlier
 * one, and what has become of it.
 */
export function ofAllTries(failure: Failure): Failure {
  if (failure.applied !== 'no' || OF_ALL_TRIES.has(failure.code)) return failure;
  return { ...failure, applied: 'unknown' };
}
