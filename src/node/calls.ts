/**
 * Requests to peers and their replies, matched by number. A request to ourselves takes the same
 * way without a socket, so that the callers need not tell owners apart.
 *
 * Every request ends exactly once: with its reply, or with how it failed. Deadlines are swept at a
 * coarse grain by one timer, not by a timer for each request.
 */
import type { Message, MessageOf, MessageType, Request } from '../core/messages.js';
import type { NodeId } from '../core/version.js';
import type { Clock, Transport } from '../ports.js';

/**
 * `unreachable`: it was never sent, so nothing happened. `lost`: the connection broke, and
 * `timeout`: no answer came; in both cases nobody can tell what the peer did.
 */
export type CallFailure = 'unreachable' | 'lost' | 'timeout';

type WithoutCall<M> = M extends Request ? Omit<M, 'call'> : never;
export type RequestBody = WithoutCall<Request>;

/** The reply that belongs to a request. */
interface ReplyTypes {
  'replica.write': 'replica.written';
  'replica.read': 'replica.found';
  'ring.prepare': 'ring.promised';
  'ring.accept': 'ring.accepted';
  'ring.join': 'ring.joining';
  'partition.list': 'partition.listed';
  'partition.fetch': 'partition.fetched';
}
export type RequestType = keyof ReplyTypes;
export type ReplyTo<T extends RequestType> = MessageOf<ReplyTypes[T]>;
export type BodyOf<T extends RequestType> = Omit<MessageOf<T>, 'call' | 'type'>;

interface Pending {
  readonly to: NodeId;
  readonly replyType: MessageType;
  readonly deadline: number;
  readonly done: (reply: never) => void;
  /** When to call `onSlow`, once; Infinity if never. */
  slowAt: number;
  readonly onSlow: (() => void) | undefined;
}

const SWEEP_MS = 10;

const REPLY_OF: { readonly [T in RequestType]: ReplyTypes[T] } = {
  'replica.write': 'replica.written',
  'replica.read': 'replica.found',
  'ring.prepare': 'ring.promised',
  'ring.accept': 'ring.accepted',
  'ring.join': 'ring.joining',
  'partition.list': 'partition.listed',
  'partition.fetch': 'partition.fetched',
};

export class Calls {
  readonly #pending = new Map<number, Pending>();
  readonly #self: NodeId;
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #serve: (from: NodeId, request: Message, reply: (message: Message) => void) => void;
  #next = 1;
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
    return this.#pending.size;
  }

  request<T extends RequestType>(
    to: NodeId,
    type: T,
    body: BodyOf<T>,
    timeoutMs: number,
    done: (reply: ReplyTo<T> | CallFailure) => void,
    slow?: { afterMs: number; onSlow: () => void },
  ): void {
    const call = this.#next;
    this.#next = call === 0xffffffff ? 1 : call + 1;
    const message = { type, call, ...body } as unknown as Message;
    const now = this.#clock.monotonic();
    this.#pending.set(call, {
      to,
      replyType: REPLY_OF[type],
      deadline: now + timeoutMs,
      done,
      slowAt: slow ? now + slow.afterMs : Number.POSITIVE_INFINITY,
      onSlow: slow?.onSlow,
    });
    if (to === this.#self) {
      this.#serve(to, message, (reply) => this.settle(to, reply as Request));
    } else if (!this.#transport.send(to, message)) {
      this.#finish(call, 'unreachable');
      return;
    }
    this.#sweepLater();
  }

  /** Takes a reply; one that nobody waits for any more is dropped. */
  settle(from: NodeId, reply: Request): void {
    const pending = this.#pending.get(reply.call);
    if (pending?.to !== from || pending.replyType !== reply.type) return;
    this.#finish(reply.call, reply);
  }

  /** What is in flight to a peer whose last connection broke is lost. */
  peerDown(peer: NodeId): void {
    for (const [call, pending] of this.#pending) {
      if (pending.to === peer) this.#finish(call, 'lost');
    }
  }

  #finish(call: number, reply: Message | CallFailure): void {
    const pending = this.#pending.get(call)!;
    this.#pending.delete(call);
    pending.done(reply as never);
  }

  #sweepLater(): void {
    if (this.#sweeping) return;
    this.#sweeping = true;
    this.#clock.setTimeout(() => this.#sweep(), SWEEP_MS);
  }

  #sweep(): void {
    this.#sweeping = false;
    const now = this.#clock.monotonic();
    for (const [call, pending] of this.#pending) {
      if (pending.deadline <= now) {
        this.#finish(call, 'timeout');
      } else if (pending.slowAt <= now) {
        pending.slowAt = Number.POSITIVE_INFINITY;
        pending.onSlow!();
      }
    }
    if (this.#pending.size > 0) this.#sweepLater();
  }
}
