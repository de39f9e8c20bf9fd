/**
 * How messages travel in frames: a frame holds one encoded message after the other, and nothing
 * else. One side gathers, the other cuts; neither knows sockets, turns or limits.
 *
 * Messages are encoded straight into one buffer: a frame costs the bytes of its messages, and not
 * an object for each of them.
 */
import { Reader, Writer } from '../../codec.js';

/** Gathers messages until somebody takes them as one frame. */
export class FrameGatherer<M> {
  readonly #writer = new Writer();
  readonly #write: (to: Writer, message: M) => void;

  /** `write`: of the table that the messages are in. */
  constructor(write: (to: Writer, message: M) => void) {
    this.#write = write;
  }

  /** Of what is gathered so far. */
  get bytes(): number {
    return this.#writer.length;
  }

  add(message: M): void {
    this.#write(this.#writer, message);
  }

  /** All that was added since the last call. */
  take(): Buffer {
    return this.#writer.finish();
  }
}

const NOTHING: Buffer = Buffer.alloc(0);

/** Cuts frames into their messages, in the order in which they came. */
export class FrameCutter<M> {
  readonly #read: (from: Reader) => M;
  readonly #frames: Buffer[] = [];
  /** When each of them arrived, in the unit of whoever says so. */
  readonly #arrivals: number[] = [];
  /** The frame that is being cut, and when it arrived. */
  #frame = NOTHING;
  #arrivedAt = 0;
  #reader: Reader | undefined;
  #bytes = 0;

  /** `read`: of the table that the messages are in. */
  constructor(read: (from: Reader) => M) {
    this.#read = read;
  }

  /** Of the frames that are not cut to their end yet. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether `next` has nothing to say, until another frame comes. */
  get isEmpty(): boolean {
    return this.#reader === undefined && this.#frames.length === 0;
  }

  /** Of the message that `next` returned last. */
  get arrivedAt(): number {
    return this.#arrivedAt;
  }

  push(frame: Buffer, arrivedAt = 0): void {
    this.#frames.push(frame);
    this.#arrivals.push(arrivedAt);
    this.#bytes += frame.length;
  }

  /** The next message; undefined if there is none. Throws an `Error` if the frame is malformed. */
  next(): M | undefined {
    while (this.#reader === undefined || this.#reader.done) {
      this.#bytes -= this.#frame.length;
      const frame = this.#frames.shift();
      this.#arrivedAt = this.#arrivals.shift() ?? 0;
      this.#frame = frame ?? NOTHING;
      this.#reader = frame && new Reader(frame);
      if (this.#reader === undefined) return undefined;
    }
    return this.#read(this.#reader);
  }

  /** Forgets what has not been cut. */
  clear(): void {
    this.#frames.length = 0;
    this.#arrivals.length = 0;
    this.#frame = NOTHING;
    this.#reader = undefined;
    this.#bytes = 0;
  }
}
