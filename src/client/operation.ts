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
/** Longer than a node's own bound, for its answer to come, and for clocks that do not agree. */
export const LATE_MS = 50;

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
  /** The program has given that id itself: it may have written under it before. */
  readonly isNamed: boolean;
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
   * A later try of a write must not begin while an earlier one may still be under way: that one
   * could come to its end behind it, over what others have written meanwhile, or delete again what
   * they have put where they found nothing. A version is there once: reads, and writes over exactly
   * that, cannot do such harm.
   */
  get hasToEnd(): boolean {
    return this.isWrite && this.wanted.condition?.kind !== 'matches';
  }

  /** How long the try that begins now may take, ms; it is noted when that will be over. */
  beginTry(now: number): number {
    const left = Math.max(1, this.deadline - now);
    const share = Math.max(LEAST_TRY_MS, this.wanted.deadlineMs / TRIES);
    const tryMs = this.isRepeatable ? Math.min(left, share) : left;
    this.tries++;
    this.tryEnds = now + tryMs;
    return Math.min(MOST_TIMEOUT_MS, Math.ceil(tryMs));
  }

  /**
   * As it is sent, at a time of the node's. Each is written out: spreading what they have in common
   * was among the dearest of what the client does for an operation.
   */
  request(call: number, sentAt: number, timeoutMs: number): ClientRequest {
    const { kind, key, value, contentType, ttl, level, condition, id, checksum } = this.wanted;
    if (kind === 'get')
      return { type: 'client.get', call, sentAt, timeoutMs, level, checksum, key };
    const isRetry = this.tries > 1 || this.wanted.isNamed;
    const operation = id === undefined ? undefined : { id, isRetry };
    if (kind === 'delete') {
      return {
        type: 'client.delete',
        call,
        sentAt,
        timeoutMs,
        level,
        checksum,
        condition,
        operation,
        key,
      };
    }
    return {
      type: 'client.put',
      call,
      sentAt,
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
