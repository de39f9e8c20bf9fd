/**
 * One program at the door: it says hello, and then asks as much at a time as the welcome allows.
 *
 * In: a bounded number of operations is begun per turn, and nothing more is read while too much
 * waits here, for its turn or to be read by the client. What breaks the protocol ends the
 * connection, with a code and a sentence; what is only wrong with one operation is its answer.
 */
import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import type { MemoryBudget } from '../../core/memory-budget.js';
import type { AnswerOf, ClientAnswer } from '../../core/wire/client/answers.js';
import { CLIENT_CLOSE } from '../../core/wire/client/closing.js';
import {
  CLIENT_PROTOCOL_VERSION,
  type ClientRequest,
  REQUEST_TABLE,
} from '../../core/wire/client/requests.js';
import { FrameCutter } from '../../core/wire/frames/framing.js';
import type { Log } from '../../ports.js';
import type { DoorContext } from '../context.js';
import type { ProblemCode } from '../http/problem.js';
import { Arriving } from './arriving.js';
import { type Asker, type Operation, operate, sizeOf } from './operations.js';
import { Outgoing } from './outgoing.js';

/** Of one client, in flight at a time. One operation may be, however large. */
const WINDOW = { operations: 256, bytes: 4 << 20 } as const;
const OPERATIONS_PER_TURN = 256;
/** Frames that wait for their turn, or answers for their reader: then nothing more is read. */
const PAUSE_BYTES = 1 << 20;
/** What seems to have lain for so long may have been sent by a wrong time. */
const LATE_MS = 50;
/** Of values that are on their way to the client, or may be: then no further read is begun. */
const READ_AHEAD_BYTES = 4 << 20;
/** How much of a smaller value counts for what is usual. */
const USUAL_SHARE = 1 / 16;
/** Looks of the door in a row: without a byte from the client, or taken by it. */
const SILENT_LOOKS = 3;
const UNREAD_LOOKS = 6;
/** In which a client learns that it is to turn to another node. */
const LEAVE_MS = 500;
/** A stopped process never answers a close. */
const CLOSE_LIMIT_MS = 1000;
/** A close frame takes 123 bytes of reason. */
const MAX_REASON_BYTES = 120;

export interface ConnectionMeans {
  readonly log: Log;
  readonly context: DoorContext;
  readonly held: MemoryBudget;
  /** Of the ring in force, or none. */
  readonly ring: () => AnswerOf<'client.ring'> | undefined;
  /** Counts a problem that is answered. */
  readonly note: (code: ProblemCode) => void;
  readonly closed: () => void;
}

export class ClientConnection {
  readonly #socket: WebSocket;
  readonly #raw: Socket;
  readonly #means: ConnectionMeans;
  readonly #outgoing: Outgoing;
  readonly #arriving: Arriving;
  /** Of what waits to be begun, or is still coming, as it was when it was last weighed. */
  #incomingBytes = 0;
  readonly #incoming = new FrameCutter<ClientRequest>((from) => REQUEST_TABLE.read(from));
  #isGreeted = false;
  #isOver = false;
  #isLeaving = false;
  #mayClose = false;
  #leaveTimer: unknown;
  /** Of the operation that came last. */
  #lastCall = 0;
  #inFlight = 0;
  #bytesInFlight = 0;
  #readsInFlight = 0;
  /** Of a value that is read: as long as nobody knows, as large as it may be. */
  #usualBytes: number;
  /** Of the ring that the client has. */
  #epoch = 0;
  /** The client may not know what time it is here. */
  #timeIsDue = false;
  #turnIsDue = false;
  #deliveryIsDue = false;
  #paused = false;
  /** What has come has room in the memory of the node. */
  #hasRoom = true;
  #bytesSeen = 0;
  #silentLooks = 0;
  #unreadLooks = 0;

  constructor(socket: WebSocket, raw: Socket, means: ConnectionMeans) {
    this.#socket = socket;
    this.#raw = raw;
    this.#means = means;
    this.#usualBytes = means.context.settings.maxValueBytes;
    this.#outgoing = new Outgoing(socket, raw, means.held, () => this.#scheduleTurn());
    this.#arriving = new Arriving(raw);
    socket.on('ping', ({ length }) => this.#arriving.told(length));
    socket.on('pong', ({ length }) => this.#arriving.told(length));
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('close', () => this.#end());
    // Broken sockets end in 'close' alone: an error is a frame that breaks the protocol.
    socket.on('error', ({ message }) => this.#fail(CLIENT_CLOSE.malformed, message));
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#isOver) return;
    if (!isBinary) return this.#fail(CLIENT_CLOSE.malformed, 'a text frame');
    this.#arriving.told((data as Buffer).length);
    this.#incoming.push(data as Buffer);
    // Still before any other event, but outside the library, which does not survive an exception.
    if (!this.#deliveryIsDue) process.nextTick(this.#deliver);
    this.#deliveryIsDue = true;
  }

  readonly #deliver = (): void => {
    this.#deliveryIsDue = false;
    const now = this.#now();
    for (let begun = 0; begun < OPERATIONS_PER_TURN && this.#mayBegin; begun++) {
      const message = this.#next();
      if (!message) break;
      if (message.type === 'client.hello') this.#greet(message);
      else this.#begin(message, now);
    }
    // Else it goes on when something has left, or is answered.
    if (!this.#incoming.isEmpty && this.#mayBegin) this.#scheduleTurn();
    this.#pauseIfFull();
  };

  get #mayBegin(): boolean {
    if (this.#isUnread) return false;
    const expected = this.#readsInFlight * this.#usualBytes;
    return this.#readsInFlight === 0 || this.#outgoing.waitingBytes + expected < READ_AHEAD_BYTES;
  }

  /** Whether nothing more is to be begun: the client does not read, or is gone. */
  get #isUnread(): boolean {
    return this.#isOver || this.#outgoing.waitingBytes > PAUSE_BYTES;
  }

  /** Only the reading is guarded: what follows from a message is no fault of its sender's. */
  #next(): ClientRequest | undefined {
    try {
      return this.#incoming.next();
    } catch (error) {
      this.#fail(CLIENT_CLOSE.malformed, `malformed frame: ${(error as Error).message}`);
      return undefined;
    }
  }

  #greet({ least, most, program }: Extract<ClientRequest, { type: 'client.hello' }>): void {
    if (this.#isGreeted) return this.#fail(CLIENT_CLOSE.malformed, 'a second hello');
    const version = CLIENT_PROTOCOL_VERSION;
    if (least > version || most < version) {
      const theirs = least === most ? `${least}` : `${least} to ${most}`;
      const sentence = `this node speaks version ${version}, the client ${theirs}`;
      return this.#fail(CLIENT_CLOSE.protocolVersion, sentence);
    }
    this.#isGreeted = true;
    const { context, log } = this.#means;
    const { backend, settings } = context;
    const { maxValueBytes } = settings;
    log('debug', 'client.connected', { address: this.#raw.remoteAddress, program });
    const window = { ...WINDOW, maxValueBytes };
    const cluster = backend.ring()?.clusterId ?? '';
    const time = this.#now();
    this.#answer({ type: 'client.welcome', version, node: backend.id, cluster, time, ...window });
  }

  #begin(operation: Operation, now: number): void {
    if (!this.#isGreeted) {
      return this.#fail(CLIENT_CLOSE.malformed, 'the first message has to be a hello');
    }
    const { call } = operation;
    // Numbers of 32 bits go round: of two of them the later one is less than half a circle ahead.
    if (((call - this.#lastCall) | 0) <= 0) {
      return this.#fail(CLIENT_CLOSE.order, `call ${call} comes behind ${this.#lastCall}`);
    }
    this.#lastCall = call;
    const size = sizeOf(operation);
    const isTooMuch = this.#bytesInFlight + size > WINDOW.bytes;
    if (this.#inFlight >= WINDOW.operations || (this.#inFlight > 0 && isTooMuch)) {
      return this.#fail(CLIENT_CLOSE.window, 'more is in flight than the welcome allows');
    }
    this.#inFlight++;
    this.#bytesInFlight += size;
    const isRead = operation.type === 'client.get';
    if (isRead) this.#readsInFlight++;
    const asked = new Asked(this.#outgoing, { size, isRead }, this.#ended);
    const waitedMs = Math.max(0, (now - operation.sentAt) | 0);
    if (waitedMs > LATE_MS) this.#timeIsDue = true;
    operate(operation, waitedMs, this.#means.context, asked);
  }

  readonly #ended = (asked: Asked, answer: ClientAnswer): void => {
    this.#inFlight--;
    this.#bytesInFlight -= asked.size;
    if (asked.isRead) this.#readsInFlight--;
    if (answer.type === 'client.value') this.#learn(answer.value.length);
    else if (answer.type === 'client.absent') this.#learn(0);
    if (answer.type === 'client.failed') this.#means.note(answer.code as ProblemCode);
    this.#answer(answer, asked.heldBytes);
    // Another life of the node begins behind the same door, and this one takes nothing more.
    if (answer.type === 'client.failed' && answer.code === 'shutting_down') this.leave();
    if (this.#mayClose && this.#inFlight === 0) this.#close(CLIENT_CLOSE.goingAway, LEAVING);
  };

  /** The largest counts at once, smaller ones bring it down again. */
  #learn(bytes: number): void {
    this.#usualBytes = Math.max(bytes, this.#usualBytes + (bytes - this.#usualBytes) * USUAL_SHARE);
  }

  #answer(answer: ClientAnswer, heldBytes = 0): void {
    if (this.#isOver) return;
    this.#outgoing.add(answer, heldBytes);
    this.#scheduleTurn();
  }

  #scheduleTurn(): void {
    if (this.#turnIsDue) return;
    this.#turnIsDue = true;
    setImmediate(this.#turn);
  }

  readonly #turn = (): void => {
    this.#turnIsDue = false;
    if (this.#isOver) return;
    this.#tellRing();
    if (this.#timeIsDue) this.#tellTime();
    this.#outgoing.endTurn();
    if (!this.#incoming.isEmpty) this.#deliver();
    this.#pauseIfFull();
  };

  /** With the next answer, or at the next look: who asks nothing needs none. */
  #tellRing(): void {
    const { backend } = this.#means.context;
    if (!this.#isGreeted || backend.epoch() === this.#epoch || this.#outgoing.isBehind) return;
    const ring = this.#means.ring();
    if (!ring) return;
    this.#epoch = ring.epoch;
    this.#outgoing.add(ring);
  }

  #pauseIfFull(): void {
    if (this.#isOver) return;
    this.#weigh();
    const isFull = this.#incoming.bytes > PAUSE_BYTES || this.#isUnread || !this.#hasRoom;
    if (isFull === this.#paused) return;
    this.#paused = isFull;
    if (isFull) this.#socket.pause();
    else this.#socket.resume();
  }

  /**
   * To be called at a steady pace: finds clients that have vanished without a word, never said
   * hello, or do not read.
   */
  look(): void {
    if (this.#isOver) return;
    this.#tellRing();
    this.#tellTime();
    this.#outgoing.endTurn();
    const pace = this.#arriving.look();
    this.#weigh();
    this.#unreadLooks = this.#outgoing.isStalled() ? this.#unreadLooks + 1 : 0;
    if (this.#unreadLooks >= UNREAD_LOOKS) {
      this.#fail(CLIENT_CLOSE.unread, 'answers were not read');
    } else if (pace === 'slow' && !this.#paused) {
      this.#fail(CLIENT_CLOSE.late, 'a frame came too slowly');
    } else if (pace !== 'well' && !this.#hasRoom) {
      this.#fail(CLIENT_CLOSE.late, 'there is no room for a frame that comes so slowly');
    } else if (this.#paused || this.#raw.bytesRead !== this.#bytesSeen) {
      this.#bytesSeen = this.#raw.bytesRead;
      this.#silentLooks = 0;
    } else if (!this.#isGreeted) this.#fail(CLIENT_CLOSE.late, 'no hello came');
    else if (++this.#silentLooks < SILENT_LOOKS) this.#socket.ping();
    else this.#fail(CLIENT_CLOSE.silent, 'the client has fallen silent');
    this.#pauseIfFull();
  }

  /** For the clients' messages to say when they were sent: see `client/node-time.ts`. */
  #tellTime(): void {
    this.#timeIsDue = false;
    if (!this.#isGreeted || this.#outgoing.isBehind) return;
    this.#outgoing.add({ type: 'client.time', time: this.#now() });
  }

  /** As it is told: ms that begin again at 0 after 32 bits. */
  #now(): number {
    return Math.floor(this.#means.context.clock.monotonic()) >>> 0;
  }

  /** Counts what has come and is not begun; nothing more is read while there is no room for it. */
  #weigh(): void {
    const bytes = this.#incoming.bytes + this.#arriving.bytes;
    if (bytes === this.#incomingBytes && this.#hasRoom) return;
    this.#outgoing.letGo(this.#incomingBytes);
    this.#hasRoom = this.#outgoing.hold(bytes);
    this.#incomingBytes = this.#hasRoom ? bytes : 0;
  }

  /** The node is about to go: what is in flight is answered, then the socket is closed. */
  leave(): void {
    if (this.#isLeaving || this.#isOver) return;
    this.#isLeaving = true;
    this.#answer({ type: 'client.goodbye', reason: LEAVING });
    this.#leaveTimer = this.#means.context.clock.setTimeout(() => {
      this.#mayClose = true;
      if (this.#inFlight === 0) this.#close(CLIENT_CLOSE.goingAway, LEAVING);
    }, LEAVE_MS);
  }

  /** The client has broken the protocol, or is gone. */
  #fail(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#means.note(PROBLEM_OF[code] ?? 'bad_request');
    this.#close(code, reason);
  }

  /** What is answered leaves before it; what is in flight is answered to nobody. */
  #close(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#outgoing.flush();
    this.#end();
    // The client's answer to the close has to be read.
    this.#socket.resume();
    const { clock } = this.#means.context;
    const timer = clock.setTimeout(() => this.#socket.terminate(), CLOSE_LIMIT_MS);
    this.#socket.once('close', () => clock.clearTimeout(timer));
    this.#socket.close(code, Buffer.from(reason).subarray(0, MAX_REASON_BYTES));
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#means.context.clock.clearTimeout(this.#leaveTimer);
    this.#incoming.clear();
    this.#outgoing.end();
    this.#means.closed();
  }
}

const LEAVING = 'this node is shutting down';

/** As what they are counted. */
const PROBLEM_OF: { readonly [code: number]: ProblemCode } = {
  [CLIENT_CLOSE.late]: 'request_timeout',
  [CLIENT_CLOSE.unread]: 'request_timeout',
  [CLIENT_CLOSE.silent]: 'request_timeout',
};

/** An operation in flight: what it counts for, and what is held for it. */
class Asked implements Asker {
  readonly size: number;
  readonly isRead: boolean;
  heldBytes = 0;
  readonly #outgoing: Outgoing;
  readonly #ended: (asked: Asked, answer: ClientAnswer) => void;

  constructor(
    outgoing: Outgoing,
    { size, isRead }: { size: number; isRead: boolean },
    ended: (asked: Asked, answer: ClientAnswer) => void,
  ) {
    this.#outgoing = outgoing;
    this.size = size;
    this.isRead = isRead;
    this.#ended = ended;
  }

  hasRoomFor(bytes: number): boolean {
    return this.#outgoing.hasRoomFor(bytes);
  }

  hold(bytes: number): boolean {
    if (!this.#outgoing.hold(bytes)) return false;
    this.heldBytes += bytes;
    return true;
  }

  answer(answer: ClientAnswer): void {
    this.#ended(this, answer);
  }
}
