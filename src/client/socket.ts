/**
 * A socket to a node's door for programs: operations out, answers in, any number of them under way
 * within what the welcome allows. What one turn of the event loop asks leaves as one frame.
 *
 * Operations in flight stand in a window by the lower bits of their number. Numbers only have to
 * grow, so one whose place is still taken is left out; there is neither a map nor a search.
 */
import { WebSocket } from 'ws';
import { Reader } from '../core/codec.js';
import { ANSWER_TABLE, type AnswerOf, type ClientAnswer } from '../core/wire/client/answers.js';
import { CLIENT_CLOSE } from '../core/wire/client/closing.js';
import {
  CLIENT_PROTOCOL_VERSION,
  type ClientRequest,
  REQUEST_TABLE,
} from '../core/wire/client/requests.js';
import { FrameGatherer } from '../core/wire/frames/framing.js';
import { SMALL_FRAME_BYTES, smallFrame } from '../core/wire/frames/small-frame.js';
import { FRAME_BYTES_LIMIT } from '../core/wire/limits.js';
import type { Clock } from '../ports.js';
import type { Answer, Operation } from './operation.js';

const FLUSH_BYTES = 256 << 10;
const HANDSHAKE_MS = 3000;
/** A node that has something to answer, and is silent for so long, is asked for a sign of life. */
const ASK_MS = 1000;
const LOST_MS = 2500;
/** Longer than a node's own bound, for the answer to come. */
const LATE_MS = 50;
const CLOSE_LIMIT_MS = 1000;
const SOCKET_OPTIONS = {
  perMessageDeflate: false,
  maxPayload: FRAME_BYTES_LIMIT,
  skipUTF8Validation: true,
  handshakeTimeout: HANDSHAKE_MS,
  /** The library skips masking for a mask of zeros; nothing here is a page of somebody else's. */
  generateMask: (mask: Buffer) => void mask.fill(0),
};

type Welcome = AnswerOf<'client.welcome'>;

export interface SocketEvents {
  welcomed(welcome: Welcome): void;
  ring(ring: AnswerOf<'client.ring'>): void;
  answered(operation: Operation, answer: Answer): void;
  /** It was sent, and no answer will come any more. */
  lost(operation: Operation): void;
  /** It was never sent. */
  unsent(operation: Operation): void;
  /** The node wants nothing more. */
  leaving(): void;
  /** Once, after all else. `status`: of an answer in plain HTTP, if that is what came. */
  closed(why: { readonly code: number; readonly status: number; readonly reason: string }): void;
}

export class ClientSocket {
  readonly #clock: Clock;
  readonly #events: SocketEvents;
  readonly #socket: WebSocket;
  /** Of the socket below: small frames go there in one piece. */
  #raw: { write(frame: Uint8Array): unknown } | undefined;
  readonly #gathered = new FrameGatherer<ClientRequest>((to, request) =>
    REQUEST_TABLE.write(to, request),
  );
  #welcome: Welcome | undefined;
  /**
   * By the lower bits of their calls: the operations, and which of their tries it was. What was
   * given up here, and may be under way elsewhere, keeps its place until it is answered.
   */
  #window: (Operation | undefined)[] = [];
  #calls = new Uint32Array(0);
  /** Those that wait for room in the window. */
  readonly #queue = new Set<Operation>();
  #lastCall = 0;
  #inFlight = 0;
  #bytesInFlight = 0;
  #turnIsDue = false;
  #isOver = false;
  #status = 0;
  #reason = '';
  #heardAt: number;
  #isAsked = false;

  constructor(address: string, path: string, clock: Clock, program: string, events: SocketEvents) {
    this.#clock = clock;
    this.#events = events;
    this.#heardAt = clock.monotonic();
    this.#socket = new WebSocket(`ws://${address}${path}`, SOCKET_OPTIONS);
    const socket = this.#socket;
    socket.on('upgrade', ({ socket: raw }) => {
      this.#raw = raw;
    });
    socket.on('open', () => {
      const version = CLIENT_PROTOCOL_VERSION;
      this.#write({ type: 'client.hello', least: version, most: version, program });
    });
    socket.on('unexpected-response', (_request, response) => {
      this.#status = response.statusCode ?? 0;
      socket.terminate();
    });
    socket.on('message', (data, isBinary) => this.#receive(data as Buffer, isBinary));
    socket.on('pong', () => this.#heard());
    socket.on('error', ({ message }) => {
      this.#reason ||= message;
    });
    socket.on('close', (code, reason) => this.#closed(code, reason.toString()));
  }

  /** In flight, and waiting for their turn to be. */
  get pending(): number {
    return this.#inFlight + this.#queue.size;
  }

  /** Only to be called after the welcome. */
  send(operation: Operation): void {
    const { maxValueBytes = 0 } = this.#welcome ?? {};
    if (operation.wanted.value.length > maxValueBytes) {
      // A node would close the connection, and everything on it would be lost.
      this.#events.answered(operation, tooLarge(maxValueBytes));
    } else if (this.#queue.size === 0 && this.#hasRoomFor(operation)) this.#launch(operation);
    else this.#queue.add(operation);
  }

  #hasRoomFor({ size }: Operation): boolean {
    const { operations = 0, bytes = 0 } = this.#welcome ?? {};
    if (this.#inFlight === 0) return true;
    return this.#inFlight < operations && this.#bytesInFlight + size <= bytes;
  }

  #launch(operation: Operation): void {
    const mask = this.#window.length - 1;
    do this.#lastCall = (this.#lastCall + 1) >>> 0;
    while (this.#window[this.#lastCall & mask]);
    const call = this.#lastCall;
    operation.at = this;
    operation.call = call;
    this.#window[call & mask] = operation;
    this.#calls[call & mask] = call;
    if (this.#inFlight === 0) this.#heard();
    this.#inFlight++;
    this.#bytesInFlight += operation.size;
    this.#write(operation.request(call, operation.beginTry(this.#clock.monotonic())));
  }

  #write(request: ClientRequest): void {
    this.#gathered.add(request);
    if (this.#gathered.bytes >= FLUSH_BYTES) this.#flush();
    else if (!this.#turnIsDue) {
      this.#turnIsDue = true;
      setImmediate(this.#turn);
    }
  }

  readonly #turn = (): void => {
    this.#turnIsDue = false;
    this.#flush();
  };

  #flush(): void {
    if (this.#gathered.bytes === 0 || this.#socket.readyState !== this.#socket.OPEN) return;
    const payload = this.#gathered.take();
    if (payload.length > SMALL_FRAME_BYTES) this.#socket.send(payload);
    else this.#raw?.write(smallFrame(payload, true));
  }

  #heard(): void {
    this.#heardAt = this.#clock.monotonic();
    this.#isAsked = false;
  }

  #receive(frame: Buffer, isBinary: boolean): void {
    this.#heard();
    try {
      if (!isBinary) throw new Error('a text frame');
      const reader = new Reader(frame);
      while (!reader.done && !this.#isOver) this.#take(ANSWER_TABLE.read(reader), frame);
    } catch (error) {
      const reason = `what the node has said makes no sense: ${(error as Error).message}`;
      this.#socket.close(CLIENT_CLOSE.malformed, 'malformed frame');
      return this.#closed(CLIENT_CLOSE.malformed, reason);
    }
    for (const operation of this.#queue) {
      if (!this.#hasRoomFor(operation)) break;
      this.#queue.delete(operation);
      if (!operation.isSettled) this.#launch(operation);
    }
  }

  #take(answer: ClientAnswer, frame: Buffer): void {
    switch (answer.type) {
      case 'client.welcome':
        this.#welcome = answer;
        this.#window = new Array(windowFor(answer.operations)).fill(undefined);
        this.#calls = new Uint32Array(this.#window.length);
        return this.#events.welcomed(answer);
      case 'client.ring':
        return this.#events.ring(answer);
      case 'client.goodbye':
        this.#returnQueue();
        return this.#events.leaving();
      default:
        return this.#answered(answer, frame);
    }
  }

  #answered(answer: Answer, frame: Buffer): void {
    const place = answer.call & (this.#window.length - 1);
    const operation = this.#window[place];
    // A node answers once.
    if (!operation || this.#calls[place] !== answer.call) throw new Error('an answer to nothing');
    this.#window[place] = undefined;
    this.#inFlight--;
    this.#bytesInFlight -= operation.size;
    if (!this.#hasInFlight(operation, answer.call)) return;
    // A small value would keep all of a large frame.
    if (answer.type === 'client.value' && answer.value.length * 2 < frame.length) {
      answer.value = Buffer.from(answer.value);
    }
    this.#events.answered(operation, answer);
  }

  /** Whether this is the try of it that is waited for. */
  #hasInFlight({ at, call, isSettled }: Operation, sentAs: number): boolean {
    return at === this && call === sentAs && !isSettled;
  }

  #allInFlight(): Operation[] {
    return this.#window.filter(
      (each, place): each is Operation =>
        each !== undefined && this.#hasInFlight(each, this.#calls[place]!),
    );
  }

  /** To be called at a steady pace: ends what is out of time, finds a node that has vanished. */
  look(now: number, expired: (operation: Operation) => void): void {
    for (const operation of this.#allInFlight()) {
      if (operation.tryEnds + LATE_MS <= now) expired(operation);
    }
    for (const operation of this.#queue) {
      if (operation.deadline > now) continue;
      this.#queue.delete(operation);
      expired(operation);
    }
    if (this.#inFlight === 0) return;
    const silentMs = now - this.#heardAt;
    if (silentMs > LOST_MS) {
      this.#reason = 'the node has fallen silent';
      this.#socket.terminate();
    } else if (silentMs > ASK_MS && !this.#isAsked) {
      this.#isAsked = true;
      this.#socket.ping();
    }
  }

  #returnQueue(): void {
    const unsent = [...this.#queue];
    this.#queue.clear();
    for (const operation of unsent) this.#events.unsent(operation);
  }

  /** Nothing more is sent. A node that has stopped never answers a close. */
  close(): void {
    const timer = this.#clock.setTimeout(() => this.#socket.terminate(), CLOSE_LIMIT_MS);
    this.#socket.once('close', () => this.#clock.clearTimeout(timer));
    this.#socket.close(CLIENT_CLOSE.goingAway);
  }

  #closed(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const lost = this.#allInFlight();
    this.#window = [];
    for (const operation of lost) this.#events.lost(operation);
    this.#returnQueue();
    this.#events.closed({ code, status: this.#status, reason: reason || this.#reason });
  }
}

/** As the node says it. */
function tooLarge(maxValueBytes: number): Answer {
  return {
    type: 'client.failed',
    ...{ call: 0, code: 'value_too_large', status: 413, applied: 'no' },
    detail: `the value is larger than ${maxValueBytes} bytes`,
    ...{ needed: undefined, got: undefined, current: '', retryAfterMs: 0 },
  };
}

/** A power of two, with room for some that take very long. */
function windowFor(operations: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, operations) * 4));
}
