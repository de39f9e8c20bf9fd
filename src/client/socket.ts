/**
 * A socket to a node's door for programs: operations out, answers in, any number of them under way
 * within what the welcome allows. What one turn of the event loop asks leaves as one frame.
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
import { InFlight } from './in-flight.js';
import { NodeTime } from './node-time.js';
import { type Answer, LATE_MS, type Operation } from './operation.js';
import { SignOfLife } from './sign-of-life.js';
import { Waiting } from './waiting.js';

const FLUSH_BYTES = 256 << 10;
/** Until the upgrade, and as long again until the welcome. */
const HANDSHAKE_MS = 3000;
/** A stopped node never answers a close. */
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

/** What comes of operations, whichever way they went. */
export interface WayEvents {
  answered(operation: Operation, answer: Answer): void;
  /** It was sent, and no answer will come any more. */
  lost(operation: Operation): void;
  /** It was never sent. */
  unsent(operation: Operation): void;
  /** Its time is up, or that of its try. */
  expired(operation: Operation): void;
}

export interface SocketEvents extends WayEvents {
  /** Why such a node is not to be asked; undefined if it may be. */
  refusal(welcome: Welcome): string | undefined;
  welcomed(welcome: Welcome): void;
  ring(ring: AnswerOf<'client.ring'>): void;
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
  #life: SignOfLife | undefined;
  readonly #gathered = new FrameGatherer<ClientRequest>((to, request) =>
    REQUEST_TABLE.write(to, request),
  );
  readonly #time: NodeTime;
  #inFlight = new InFlight({ operations: 0, bytes: 0 });
  readonly #queue = new Waiting();
  #maxValueBytes = 0;
  #isWelcome = false;
  #turnIsDue = false;
  #isOver = false;
  #status = 0;
  #reason = '';
  #timer: unknown;
  /** When nothing of it is left. */
  readonly #ended: Promise<void>;

  constructor(address: string, path: string, clock: Clock, program: string, events: SocketEvents) {
    this.#clock = clock;
    this.#events = events;
    this.#time = new NodeTime(clock);
    this.#socket = new WebSocket(`ws://${address}${path}`, SOCKET_OPTIONS);
    const socket = this.#socket;
    socket.on('upgrade', ({ socket: raw }) => {
      this.#raw = raw;
      this.#life = new SignOfLife(raw);
    });
    socket.on('open', () => {
      const version = CLIENT_PROTOCOL_VERSION;
      this.#gathered.add({ type: 'client.hello', least: version, most: version, program });
      this.#flush();
      this.#terminateIn(HANDSHAKE_MS, 'no welcome came');
    });
    socket.on('unexpected-response', (_request, response) => {
      this.#status = response.statusCode ?? 0;
      socket.terminate();
    });
    socket.on('message', (data, isBinary) => this.#receive(data as Buffer, isBinary));
    socket.on('error', ({ message }) => {
      this.#reason ||= message;
    });
    this.#ended = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        clock.clearTimeout(this.#timer);
        resolve();
        this.#closed(code, reason.toString());
      });
    });
  }

  /** Whether operations are taken. */
  get isOpen(): boolean {
    return this.#isWelcome && this.#socket.readyState === this.#socket.OPEN;
  }

  /** In flight, and waiting for their turn to be. */
  get pending(): number {
    return this.#inFlight.count + this.#queue.size;
  }

  /** Only to be called while it is open. */
  send(operation: Operation): void {
    if (operation.wanted.value.length > this.#maxValueBytes) {
      // A node would close the connection, and everything on it would be lost.
      this.#events.answered(operation, tooLarge(this.#maxValueBytes));
    } else if (this.#queue.size === 0 && this.#hasRoomFor(operation)) this.#launch(operation);
    else this.#queue.add(operation);
  }

  readonly #hasRoomFor = (operation: Operation): boolean => this.#inFlight.hasRoomFor(operation);

  readonly #launch = (operation: Operation): void => {
    const call = this.#inFlight.nextCall();
    const now = this.#clock.monotonic();
    const timeoutMs = operation.beginTry(now);
    try {
      this.#gathered.add(operation.request(call, this.#time.at(now), timeoutMs));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return this.#events.answered(operation, refused('bad_request', 400, error.message));
    }
    operation.at = this;
    operation.call = call;
    this.#inFlight.add(operation, call);
    if (this.#gathered.bytes >= FLUSH_BYTES) this.#flush();
    else if (!this.#turnIsDue) {
      this.#turnIsDue = true;
      setImmediate(this.#turn);
    }
  };

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

  #receive(frame: Buffer, isBinary: boolean): void {
    try {
      if (!isBinary) throw new Error('a text frame');
      const reader = new Reader(frame);
      while (!reader.done && !this.#isOver) this.#take(ANSWER_TABLE.read(reader), frame);
    } catch (error) {
      const reason = `what the node has said makes no sense: ${(error as Error).message}`;
      return this.#refuse(CLIENT_CLOSE.malformed, reason);
    }
    if (this.isOpen) this.#queue.go(this.#hasRoomFor, this.#launch);
  }

  #take(answer: ClientAnswer, frame: Buffer): void {
    switch (answer.type) {
      case 'client.welcome':
        return this.#greeted(answer);
      case 'client.time':
        return this.#time.told(answer.time);
      case 'client.ring':
        return this.#events.ring(answer);
      case 'client.goodbye':
        this.#isWelcome = false;
        this.#returnQueue();
        return this.#events.leaving();
      default:
        return this.#answered(answer, frame);
    }
  }

  #greeted(welcome: Welcome): void {
    const refusal = this.#events.refusal(welcome);
    if (refusal !== undefined) return this.#refuse(CLIENT_CLOSE.goingAway, refusal);
    this.#clock.clearTimeout(this.#timer);
    this.#inFlight = new InFlight(welcome);
    this.#maxValueBytes = welcome.maxValueBytes;
    this.#time.told(welcome.time);
    this.#isWelcome = true;
    this.#events.welcomed(welcome);
  }

  #answered(answer: Answer, frame: Buffer): void {
    const operation = this.#inFlight.take(answer.call);
    if (!this.#isCurrent(operation, answer.call)) return;
    // A small value would keep all of a large frame.
    if (answer.type === 'client.value' && answer.value.length * 2 < frame.length) {
      answer.value = Buffer.from(answer.value);
    }
    this.#events.answered(operation, answer);
  }

  /** Whether this is the try of it that is waited for. */
  #isCurrent({ at, call, isSettled }: Operation, sentAs: number): boolean {
    return at === this && call === sentAs && !isSettled;
  }

  /** To be called at a steady pace: ends what is out of time, finds a node that has vanished. */
  look(now: number): void {
    if (this.pending === 0) return this.#life?.rest();
    for (const [operation, call] of this.#inFlight.all()) {
      if (operation.tryEnds + LATE_MS > now || !this.#isCurrent(operation, call)) continue;
      this.#events.expired(operation);
    }
    this.#queue.expire(now, this.#events.expired);
    const due = this.#life?.look();
    if (due === 'giveUp') this.#terminate('the node has fallen silent');
    else if (due === 'ask') this.#socket.ping();
  }

  #returnQueue(): void {
    for (const operation of this.#queue.takeAll()) this.#events.unsent(operation);
  }

  #terminate(reason: string): void {
    this.#reason ||= reason;
    this.#socket.terminate();
  }

  #terminateIn(ms: number, reason: string): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = this.#clock.setTimeout(() => this.#terminate(reason), ms);
  }

  /** Nothing more is sent. Resolves when nothing of it is left. */
  close(code: number = CLIENT_CLOSE.goingAway): Promise<void> {
    if (this.#socket.readyState !== this.#socket.CLOSED) {
      this.#terminateIn(CLOSE_LIMIT_MS, 'the close was not answered');
      this.#socket.close(code);
    }
    return this.#ended;
  }

  /** The node is not one to talk to. */
  #refuse(code: number, reason: string): void {
    void this.close(code);
    this.#closed(code, reason);
  }

  #closed(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#isWelcome = false;
    for (const [operation, call] of this.#inFlight.all()) {
      if (this.#isCurrent(operation, call)) this.#events.lost(operation);
    }
    this.#returnQueue();
    this.#events.closed({ code, status: this.#status, reason: reason || this.#reason });
  }
}

/** As the node says it. */
function tooLarge(maxValueBytes: number): Answer {
  const detail = `the value is larger than ${maxValueBytes} bytes`;
  return refused('value_too_large', 413, detail);
}

function refused(code: string, status: number, detail: string): Answer {
  return {
    type: 'client.failed',
    ...{ call: 0, code, status, detail, applied: 'no' },
    ...{ needed: undefined, got: undefined, current: '', retryAfterMs: 0 },
  };
}
