/**
 * A write that the client may have sent before: if it finds itself, it is not made again. That is
 * one more round trip for the first try.
 */
import { isSame, originOf } from '../../core/data/record.js';
import { OPERATION_REUSED } from '../../core/failures.js';
import type { Failure, WriteRequest, Written } from '../../core/requests.js';
import { type Attempt, recordOf } from './attempt.js';
import { runRead } from './read.js';
import { runWrite } from './write.js';

type RetriableRequest = WriteRequest & { readonly operation: Uint8Array };

export function isRetriable(request: WriteRequest): request is RetriableRequest {
  return request.operation !== undefined;
}

export function runRetriableWrite(
  request: RetriableRequest,
  attempt: Attempt,
  done: (outcome: Written | Failure) => void,
): void {
  const { key, level, timeoutMs } = request;
  runRead({ key, level, timeoutMs }, attempt, (found) => {
    if (!found.ok) return done({ ...found, applied: 'no' });
    const { record, epoch, reached } = found;
    // What has expired is no longer there: to answer with it would be to promise a value.
    if (found.absent === 'expired') return runWrite(request, attempt, done);
    if (!record?.operation || Buffer.compare(record.operation, request.operation) !== 0) {
      return runWrite(request, attempt, done);
    }
    if (!isSame(record, recordOf(request))) return done(OPERATION_REUSED);
    attempt.explanation?.note('an earlier try has stored it');
    done({ ok: true, version: originOf(record), epoch, reached });
  });
}
