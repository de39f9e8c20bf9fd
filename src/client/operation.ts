/** One operation of a program, from its call to its end, over however many tries. */
import type { Condition, Level } from '../core/requests.js';
import type { ClientAnswer } from '../core/wire/client/answers.js';
import type { ClientRequest } from '../core/wire/client/requests.js';

/** A node has so much time at least for a try that another one may follow. */
const LEAST_TRY_MS = 500;
/** Of the time of an operation, for a try that another one may follow. */
const TRIES = 3;
/** What a node takes. */
const MOST_TIMEOUT_MS = 60_000;

export interface Wanted {
  readonly kind: 'get' | 'put' | 'delete';
  readonly key: Buffer;
  readonly value: Buffer;
  readonly contentType: string;
  /** Seconds; 0 for never. */
  readonly ttl: number;
  readonly level: Level;
  readonly condition: Condition | undefined;
  /** By which the write is known when it is sent again; undefined if it may not be. */
  readonly id: string | undefined;
  readonly checksum: number;
  /** From its call on, ms. */
  readonly deadlineMs: number;
}

export type Answer = Extract<ClientAnswer, { call: number }>;

export class Operation {
  readonly wanted: Wanted;
  /** By the monotonic clock. */
  readonly deadline: number;
  /** Bytes that count while it is in flight. */
  readonly size: number;
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
  /** Of the try under way: whose it is, its number there, and until when it may go on. */
  at: object | undefined;
  call = 0;
  tryEnds = 0;
  tries = 0;
  /** A try of it may have been made. */
  isUnknown = false;
  isSettled = false;

  constructor(
    wanted: Wanted,
    now: number,
    resolve: (result: never) => void,
    reject: (error: Error) => void,
  ) {
    this.wanted = wanted;
    this.deadline = now + wanted.deadlineMs;
    this.size = wanted.key.length + wanted.value.length;
    this.resolve = resolve;
    this.reject = reject;
  }

  get isWrite(): boolean {
    return this.wanted.kind !== 'get';
  }

  /** A second try does no harm. */
  get isRepeatable(): boolean {
    return !this.isWrite || this.wanted.id !== undefined;
  }

  /**
   * A later try of a plain write must not begin while an earlier one may still be under way: that
   * one could come to its end behind it, over what others have written meanwhile. Conditional ones
   * and reads cannot do such harm.
   */
  get hasToEnd(): boolean {
    return this.isWrite && this.wanted.condition === undefined;
  }

  /** How long the try that begins now may take, ms; it is noted when that will be over. */
  beginTry(now: number): number {
    const left = Math.max(1, this.deadline - now);
    const share = Math.max(LEAST_TRY_MS, this.wanted.deadlineMs / TRIES);
    const tryMs = this.hasToEnd && this.isRepeatable ? Math.min(left, share) : left;
    this.tries++;
    this.tryEnds = now + tryMs;
    return Math.min(MOST_TIMEOUT_MS, Math.ceil(tryMs));
  }

  /** As it is sent. */
  request(call: number, timeoutMs: number): ClientRequest {
    const { kind, key, value, contentType, ttl, level, condition, id, checksum } = this.wanted;
    if (kind === 'get') return { type: 'client.get', call, timeoutMs, level, checksum, key };
    const operation = id === undefined ? undefined : { id, isRetry: this.tries > 1 };
    if (kind === 'delete') {
      return { type: 'client.delete', call, timeoutMs, level, checksum, condition, operation, key };
    }
    return {
      type: 'client.put',
      call,
      timeoutMs,
      level,
      checksum,
      condition,
      operation,
      ttl,
      contentType,
      key,
      value,
    };
  }
}
