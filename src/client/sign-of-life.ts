/**
 * Whether a node that has something to answer is still there: bytes have to come from it, or, of
 * what waits to be sent, to leave. A node that is silent is asked, and has time to say so.
 *
 * Looks are counted, and not time: between two of them the program reads what has come, so one that
 * stood still itself does not hold that against the node. Bytes are counted, and not messages: a
 * large value may come slowly.
 */
import { bytesSent } from '../core/wire/frames/bytes-sent.js';

/** Of 20 ms each: a second of silence, and two and a half. */
const ASK_LOOKS = 50;
const LOST_LOOKS = 125;

interface Socket {
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

export class SignOfLife {
  readonly #socket: Socket;
  #read = 0;
  #sent = 0;
  /** At the last look something waited to be sent: our own ping is no sign of the node's. */
  #wasBehind = false;
  #silentLooks = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** To be called at a steady pace while something is to come: what is to be done about it. */
  look(): 'nothing' | 'ask' | 'giveUp' {
    const { bytesRead, bytesWritten } = this.#socket;
    const sent = bytesSent(this.#socket);
    const isMoving = bytesRead !== this.#read || (this.#wasBehind && sent !== this.#sent);
    this.#read = bytesRead;
    this.#sent = sent;
    this.#wasBehind = sent < bytesWritten;
    this.#silentLooks = isMoving ? 0 : this.#silentLooks + 1;
    if (this.#silentLooks >= LOST_LOOKS) return 'giveUp';
    return this.#silentLooks === ASK_LOOKS ? 'ask' : 'nothing';
  }

  /** Nothing is to come: from here on it counts anew. */
  rest(): void {
    this.#silentLooks = 0;
  }
}
