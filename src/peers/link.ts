/**
 * One authenticated socket: messages in, messages out, in order.
 *
 * Out: what one turn of the event loop wrote leaves as one frame. While the socket is behind,
 * frames are held back and grow instead, so that a peer that has stopped costs the bytes of its
 * messages and not an object for each turn.
 *
 * In: a frame may hold thousands of messages, and each may set statecharts in motion. A bounded
 * number is delivered per turn, the rest in the next one, and the socket is paused while too much
 * waits. Each is handed over with how long it has waited, for whoever has given it a deadline.
 */
import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import { FrameCutter, FrameGatherer } from '../core/wire/frames/framing.js';
import { SMALL_FRAME_BYTES, smallFrame } from '../core/wire/frames/small-frame.js';
import { type Message, readMessage, writeMessage } from '../core/wire/messages.js';
import type { Clock } from '../ports.js';
import { CLOSE, closeSocket } from './closing.js';

const FLUSH_BYTES = 256 << 10;
/** With so much in the socket's buffer another frame would only wait in it. */
const HOLD_BYTES = 64 << 10;
const MESSAGES_PER_TURN = 512;
const PAUSE_BYTES = 4 << 20;
/** Checks in a row without a byte from the peer; the first of them asks for one. */
const SILENT_CHECKS_LIMIT = 3;

export interface LinkEvents {
  /** `waitedMs`: since its frame arrived. */
  message(message: Message, waitedMs: number): void;
  /** Nothing follows. Not called after `close`. */
  closed(code: number, reason: string): void;
}

/** A socket, the one below it, and whether it was us who dialled. */
export interface Ends {
  readonly socket: WebSocket;
  readonly raw: Socket;
  readonly dialled: boolean;
}

export class Link {
  readonly #socket: WebSocket;
  readonly #raw: Socket;
  /** By us. */
  readonly #dialled: boolean;
  readonly #clock: Clock;
  readonly #events: LinkEvents;
  readonly #outgoing = new FrameGatherer(writeMessage);
  #turnIsDue = false;

  readonly #incoming = new FrameCutter(readMessage);
  #deliveredThisTurn = 0;
  #deliveryIsDue = false;
  #paused = false;

  #bytesSeen = 0;
  #silentChecks = 0;
  /** Bytes that had come when a sign of life was asked for. */
  #bytesWhenAsked: number | undefined;
  /** How the socket ended while messages from it still wait to be delivered. */
  #ended: { code: number; reason: string } | undefined;
  #closed = false;

  constructor({ socket, raw, dialled }: Ends, clock: Clock, events: LinkEvents) {
    this.#socket = socket;
    this.#raw = raw;
    this.#dialled = dialled;
    this.#clock = clock;
    this.#events = events;
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('close', (code, reason) => this.#end(code, reason));
    // Broken sockets end in 'close' alone: an error is a frame that breaks the protocol.
    socket.on('error', (error) => this.#fail(CLOSE.malformed, error.message));
  }

  get isOpen(): boolean {
    return !this.#closed && this.#socket.readyState === this.#socket.OPEN;
  }

  /** What was written and has not yet been handed to the operating system. */
  get queuedBytes(): number {
    return this.#outgoing.bytes + this.#socket.bufferedAmount;
  }

  write(message: Message): void {
    this.#outgoing.add(message);
    if (this.#outgoing.bytes >= FLUSH_BYTES) this.#flush();
    else this.#scheduleTurn();
  }

  /** Sends what is written, then closes, and delivers nothing more: `closed` is not called. */
  close(code: number, reason: string): void {
    if (this.#closed) return;
    this.drain(code, reason);
    this.#closed = true;
    this.#incoming.clear();
  }

  /** Closes, but still delivers what the peer sent before it learns of that; then `closed`. */
  drain(code: number, reason: string): void {
    this.#flush();
    // The peer's answer to the close has to be read.
    this.#setPaused(false);
    closeSocket(this.#socket, this.#clock, code, reason);
  }

  /** To be called at a steady pace: finds a peer that vanished without a word. */
  checkAlive(): void {
    if (!this.isOpen || this.#paused || this.#raw.bytesRead !== this.#bytesSeen) {
      this.#bytesSeen = this.#raw.bytesRead;
      this.#silentChecks = 0;
    } else if (++this.#silentChecks < SILENT_CHECKS_LIMIT) {
      this.#socket.ping();
    } else {
      this.#fail(CLOSE.silent, 'the peer has fallen silent');
    }
  }

  /** Whether there was a sign of life since this was last asked; if not, asks for one. */
  showsLife(): boolean {
    const { bytesRead } = this.#raw;
    const hasShown = this.#bytesWhenAsked !== undefined && bytesRead !== this.#bytesWhenAsked;
    if (hasShown) this.#bytesWhenAsked = undefined;
    else if (this.#bytesWhenAsked === undefined && this.isOpen) {
      this.#bytesWhenAsked = bytesRead;
      this.#socket.ping();
    }
    return hasShown;
  }

  #scheduleTurn(): void {
    if (this.#turnIsDue) return;
    this.#turnIsDue = true;
    setImmediate(this.#turn);
  }

  readonly #turn = (): void => {
    this.#turnIsDue = false;
    this.#deliveredThisTurn = 0;
    if (this.#socket.bufferedAmount < HOLD_BYTES) this.#flush();
    this.#deliver();
  };

  #flush(): void {
    if (this.#outgoing.bytes === 0 || !this.isOpen) return;
    const payload = this.#outgoing.take();
    if (payload.length > SMALL_FRAME_BYTES) this.#socket.send(payload, this.#written);
    else this.#raw.write(smallFrame(payload, this.#dialled), this.#written);
  }

  readonly #written = (): void => {
    if (this.#outgoing.bytes > 0) this.#scheduleTurn();
  };

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#closed) return;
    if (!isBinary) return this.#fail(CLOSE.malformed, 'a text frame');
    this.#incoming.push(data as Buffer, this.#clock.monotonic());
    // Still before any other event, but outside the library, which does not survive an exception.
    if (!this.#deliveryIsDue) process.nextTick(this.#deliver);
    this.#deliveryIsDue = true;
  }

  readonly #deliver = (): void => {
    this.#deliveryIsDue = false;
    if (this.#closed) return;
    if (this.#incoming.isEmpty) {
      if (this.#ended) this.#reportEnd(this.#ended);
      return;
    }
    // The rest, if any, and a new allowance in any case.
    this.#scheduleTurn();
    // One look at the clock for a whole turn: what the turn itself takes is no waiting.
    const now = this.#clock.monotonic();
    while (this.#deliveredThisTurn < MESSAGES_PER_TURN) {
      const message = this.#nextMessage();
      if (!message) break;
      this.#deliveredThisTurn++;
      this.#events.message(message, now - this.#incoming.arrivedAt);
    }
    if (this.isOpen) this.#setPaused(this.#incoming.bytes > PAUSE_BYTES);
  };

  /** Only the reading is guarded: what the receiver of a message throws is no peer's fault. */
  #nextMessage(): Message | undefined {
    try {
      return this.#incoming.next();
    } catch (error) {
      this.#fail(CLOSE.malformed, `malformed frame: ${(error as Error).message}`);
      return undefined;
    }
  }

  #setPaused(paused: boolean): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    if (paused) this.#socket.pause();
    else this.#socket.resume();
  }

  #end(code: number, reason: Buffer): void {
    if (this.#closed) return;
    const said = reason.toString();
    this.#ended = { code, reason: said ? `closed by the peer: ${said}` : 'the connection broke' };
    this.#scheduleTurn();
  }

  /** What had arrived before the end has been delivered. */
  #reportEnd({ code, reason }: { code: number; reason: string }): void {
    this.#closed = true;
    this.#events.closed(code, reason);
  }

  #fail(code: number, reason: string): void {
    if (this.#closed) return;
    this.close(code, reason);
    this.#events.closed(code, reason);
  }
}
