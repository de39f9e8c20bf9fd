/**
 * Requests to peers and their replies, matched by number. A request to ourselves takes the same
 * way without a socket, so that the callers need not tell owners apart.
 *
 * Every request ends exactly once: with its reply, or with how it failed. Deadlines are swept at a
 * coarse grain by one timer, not by a timer for each request.
 */

import type { NodeId } from '../../core/data/version.js';
import {
  type Message,
  type MessageOf,
  type MessageType,
  type Reply,
  type ReplyTypeOf,
  type RequestType,
  rowOf,
} from '../../core/wire/messages.js';
import type { Clock, Transport } from '../../ports.js';
import { RoundTrips } from './round-trips.js';

/**
 * `unreachable`: it was never sent, so nothing happened. `lost`: the connection broke, and
 * `timeout`: no answer came; in both cases nobody can tell what the peer did.
 */
export type CallFailure = 'unreachable' | 'lost' | 'timeout';

export type ReplyTo<T extends RequestType> = MessageOf<ReplyTypeOf<T>>;
/** Of a request beside what every request has. */
export type BodyOf<T extends RequestType> = Omit<MessageOf<T>, 'call' | 'type'>;

interface Pending {
  readonly call: number;
  readonly to: NodeId;
  readonly replyType: MessageType | undefined;
  readonly askedAt: number;
  readonly deadline: number;
  readonly done: (reply: never, tookMs: number) => void;
  /** When to call `onSlow`, once; Infinity if never. */
  slowAt: number;
  readonly onSlow: (() => void) | undefined;
}

const SWEEP_MS = 10;
/** A power of two, as every size of the window. */
const LEAST_WINDOW = 1024;

function emptyWindow(size: number): (Pending | undefined)[] {
  return new Array<Pending | undefined>(size).fill(undefined);
}

export class Calls {
  readonly roundTrips = new RoundTrips();
  /**
   * Calls in flight, by the lower bits of their number: a window over the numbers given out, from
   * the oldest in flight to the next. A Map would be simpler, but one that gains and loses 30,000
   * entries a second is rebuilt all the time, and its discarded tables, once old, keep everything
   * newer from an early garbage collection.
   */
  #window: (Pending | undefined)[] = emptyWindow(LEAST_WINDOW);
  /** Calls that stay in flight while very many others come and go: they hold up no window. */
  readonly #stragglers = new Map<number, Pending>();
  #oldest = 1;
  #next = 1;
  #inFlight = 0;
  readonly #self: NodeId;
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #serve: (from: NodeId, request: Message, reply: (message: Message) => void) => void;
  #sweeping = false;

  constructor(options: {
    self: NodeId;
    transport: Transport;
    clock: Clock;
    /** Serves the requests to ourselves. */
    serve: (from: NodeId, request: Message, reply: (message: Message) => void) => void;
  }) {
    this.#self = options.self;
    this.#transport = options.transport;
    this.#clock = options.clock;
    this.#serve = options.serve;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** `done`: how it ended, and after how long. */
  request<T extends RequestType>(
    to: NodeId,
    type: T,
    body: BodyOf<T>,
    timeoutMs: number,
    done: (reply: ReplyTo<T> | CallFailure, tookMs: number) => void,
    slow?: { afterMs: number; onSlow: () => void },
  ): void {
    const call = this.#next++ >>> 0;
    if (this.#next - this.#oldest > this.#window.length) this.#makeRoom();
    const message = { type, call, ...body } as unknown as Message;
    const now = this.#clock.monotonic();
    this.#inFlight++;
    const pending = {
      call,
      to,
      replyType: rowOf(type).reply,
      askedAt: now,
      deadline: now + timeoutMs,
      done,
      slowAt: slow ? now + slow.afterMs : Number.POSITIVE_INFINITY,
      onSlow: slow?.onSlow,
    };
    this.#window[this.#place(call)] = pending;
    if (to === this.#self) {
      this.#serve(to, message, (reply) => this.settle(to, reply as Reply));
    } else if (!this.#transport.send(to, message)) {
      this.#finish(pending, 'unreachable');
      return;
    }
    this.#sweepLater();
  }

  /** Takes a reply; one that nobody waits for any more is dropped. */
  settle(from: NodeId, reply: Reply): void {
    const { call } = reply;
    const inWindow = this.#window[this.#place(call)];
    const pending = inWindow?.call === call ? inWindow : this.#stragglers.get(call);
    if (pending?.to === from && pending.replyType === reply.type) this.#finish(pending, reply);
  }

  /** What is in flight to a peer whose last connection broke is lost. */
  peerDown(peer: NodeId): void {
    for (const pending of this.#pending()) {
      if (pending.to === peer) this.#finish(pending, 'lost');
    }
  }

  /** Once: what follows from the end of one call may end others. */
  #finish(pending: Pending, reply: Message | CallFailure): void {
    const place = this.#place(pending.call);
    if (this.#window[place] === pending) {
      this.#window[place] = undefined;
      while (this.#oldest < this.#next && !this.#window[this.#place(this.#oldest)]) this.#oldest++;
    } else if (!this.#stragglers.delete(pending.call)) return;
    this.#inFlight--;
    const failure = typeof reply === 'string' ? reply : undefined;
    const tookMs = this.#clock.monotonic() - pending.askedAt;
    this.roundTrips.note(pending.to, pending.replyType, failure, tookMs);
    pending.done(reply as never, tookMs);
  }

  #place(call: number): number {
    return call & (this.#window.length - 1);
  }

  /** Widens the window if it is well filled; else the older half of it are stragglers. */
  #makeRoom(): void {
    const { length } = this.#window;
    const inWindow = this.#inWindow();
    this.#window = emptyWindow(inWindow.length * 4 > length ? length * 2 : length);
    const half = this.#next - length / 2;
    if (this.#window.length === length) this.#oldest = half;
    for (const each of inWindow) {
      if (each.call < this.#oldest) this.#stragglers.set(each.call, each);
      else this.#window[this.#place(each.call)] = each;
    }
  }

  #pending(): Pending[] {
    return [...this.#stragglers.values(), ...this.#inWindow()];
  }

  #inWindow(): Pending[] {
    const pending: Pending[] = [];
    for (let call = this.#oldest; call < this.#next; call++) {
      const each = this.#window[this.#place(call)];
      if (each) pending.push(each);
    }
    return pending;
  }

  #sweepLater(): void {
    if (this.#sweeping) return;
    this.#sweeping = true;
    this.#clock.setTimeout(() => this.#sweep(), SWEEP_MS);
  }

  #sweep(): void {
    this.#sweeping = false;
    const now = this.#clock.monotonic();
    for (const pending of this.#pending()) {
      if (pending.deadline <= now) {
        this.#finish(pending, 'timeout');
      } else if (pending.slowAt <= now) {
        pending.slowAt = Number.POSITIVE_INFINITY;
        pending.onSlow?.();
      }
    }
    if (this.#inFlight > 0) this.#sweepLater();
  }
}
