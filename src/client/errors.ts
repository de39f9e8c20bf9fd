/**
 * How an operation can end without a result. `code` is for programs: those of REST's problem
 * documents, and four of the client's own, for what no node has said.
 */
export type ClientCode = 'unreachable' | 'deadline' | 'queue_full' | 'closed';

/** What is known of a failure, from a node or from the client itself. */
export interface Failed {
  /** A problem's `code`, or a `ClientCode`. */
  readonly code: string;
  /** As REST would answer; 0 for the client's own codes. */
  readonly status: number;
  /** One sentence for a person. */
  readonly detail: string;
  /** Of a write: certainly not stored, or nobody can tell. */
  readonly applied: 'no' | 'unknown' | undefined;
  /** Owners that had to answer, and owners that did. */
  readonly needed?: number | undefined;
  readonly got?: number | undefined;
  /** The ETag of what the key holds instead; undefined if it holds nothing. */
  readonly current?: string | undefined;
  /** Worth another try after so long, ms; 0 if nobody can say. */
  readonly retryAfterMs?: number;
}

export class QuorateError extends Error {
  readonly code: string;
  readonly status: number;
  readonly applied: 'no' | 'unknown' | undefined;
  readonly needed: number | undefined;
  readonly got: number | undefined;
  readonly retryAfterMs: number;

  constructor({ code, status, detail, applied, needed, got, retryAfterMs = 0 }: Failed) {
    super(detail);
    this.name = new.target.name;
    this.code = code;
    this.status = status;
    this.applied = applied;
    this.needed = needed;
    this.got = got;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The request itself is wrong, or would be too large; the same one will never do. */
export class InvalidRequest extends QuorateError {}

/** The key does not hold what the condition asks for. */
export class PreconditionFailed extends QuorateError {
  /** The ETag of what it holds; undefined if that is nothing. */
  readonly current: string | undefined;

  constructor(failed: Failed) {
    super(failed);
    this.current = failed.current || undefined;
  }
}

/** A write of which nobody can tell whether it was made: read, and decide again. */
export class OutcomeUnknown extends QuorateError {}

/** Not done, as too few owners, no node, or no time were to be had. */
export class Unavailable extends QuorateError {}

export function errorOf(failed: Failed): QuorateError {
  if (failed.code === 'precondition_failed') return new PreconditionFailed(failed);
  if (failed.applied === 'unknown') return new OutcomeUnknown(failed);
  const isWrong = failed.status >= 400 && failed.status < 500;
  return isWrong ? new InvalidRequest(failed) : new Unavailable(failed);
}

export function ownFailure(code: ClientCode, detail: string, applied?: 'no' | 'unknown'): Failed {
  return { code, status: 0, detail, applied };
}
