/**
 * Errors as RFC 9457 `application/problem+json`: a stable `code` for programs, one sentence in
 * `detail` for people.
 */
import { STATUS_CODES } from 'node:http';
import { present } from '../../core/assert.js';
import type { Failure, FailureCode } from '../../core/requests.js';
import { etagOf } from './etag.js';

export type ProblemCode =
  | FailureCode
  | 'key_invalid'
  | 'value_too_large'
  | 'bad_request'
  | 'not_found'
  | 'route_unknown'
  | 'method_not_allowed'
  | 'request_timeout'
  | 'checksum_mismatch'
  | 'content_coding_unsupported'
  | 'headers_too_large'
  | 'transfer_coding_unknown'
  | 'origin_refused'
  | 'host_refused';

const STATUS: { readonly [code in ProblemCode]: number } = {
  key_invalid: 400,
  bad_request: 400,
  checksum_mismatch: 400,
  origin_refused: 403,
  host_refused: 403,
  not_found: 404,
  route_unknown: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  change_refused: 409,
  precondition_failed: 412,
  value_too_large: 413,
  content_coding_unsupported: 415,
  operation_reused: 422,
  headers_too_large: 431,
  transfer_coding_unknown: 501,
  quorum_unavailable: 503,
  contention: 503,
  overloaded: 503,
  clock_drift: 503,
  not_ready: 503,
  shutting_down: 503,
  level_impossible: 503,
  no_majority: 503,
  outcome_unknown: 504,
  read_only: 507,
};

/** How often each was answered. */
export type ProblemCounts = { [code in ProblemCode]: number };

export function noProblems(): ProblemCounts {
  const codes = Object.keys(STATUS) as ProblemCode[];
  return Object.fromEntries(codes.map((code) => [code, 0])) as ProblemCounts;
}

/** Worth another try in a moment, here or at another node. */
const RETRY_SOON: ReadonlySet<ProblemCode> = new Set([
  'contention',
  'overloaded',
  'not_ready',
  'shutting_down',
]);

const RETRY_AFTER_MS = 1000;

/** Thrown by handlers, but no `Error`: it is an answer, and a stack trace is most of its cost. */
export class Problem {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly extra: object;
  readonly headers: { readonly [name: string]: string };

  constructor(
    code: ProblemCode,
    detail: string,
    options: { extra?: object; headers?: { readonly [name: string]: string } } = {},
  ) {
    this.code = code;
    this.detail = detail;
    this.extra = options.extra ?? {};
    const { retryAfterMs } = this;
    const retry = retryAfterMs > 0 && { 'Retry-After': String(retryAfterMs / 1000) };
    this.headers = { ...retry, ...options.headers };
  }

  /** When to try again, ms; 0 if nobody can say. */
  get retryAfterMs(): number {
    return RETRY_SOON.has(this.code) ? RETRY_AFTER_MS : 0;
  }

  static from(failure: Failure): Problem {
    const { ok: _, code, detail, current, ...extra } = failure;
    const etag = current && etagOf(current);
    return new Problem(code, detail, {
      extra: { ...extra, ...(etag && { current: etag }) },
      ...(etag && { headers: { ETag: etag } }),
    });
  }

  get status(): number {
    return STATUS[this.code];
  }

  get title(): string {
    return present(STATUS_CODES[this.status], 'a title for each status');
  }

  toJSON(): ProblemDocument {
    return {
      type: `urn:quorate:problem:${this.code}`,
      title: this.title,
      status: this.status,
      code: this.code,
      detail: this.detail,
      ...this.extra,
    };
  }
}

/** As clients get it. `current`: the ETag of what the key holds. */
export interface ProblemDocument
  extends Pick<Problem, 'status' | 'title' | 'code' | 'detail'>,
    Pick<Failure, 'needed' | 'got' | 'applied'> {
  readonly type: string;
  readonly current?: string;
}

/** What a client has sent, within a sentence. Not escaped: that is done once, with the answer. */
export function quoted(text: string, mostLetters = 100): string {
  return `'${text.slice(0, mostLetters)}'`;
}

/** `allow`: the methods that are possible, as the header of that name spells them. */
export function methodNotAllowed(method: string, allow: string): Problem {
  const detail = `${method} is not possible here; ${allow} is`;
  return new Problem('method_not_allowed', detail, { headers: { Allow: allow } });
}
