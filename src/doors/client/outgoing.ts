/**
 * The way out of a client's socket. What one turn of the event loop has answered leaves as one
 * frame. While the socket is behind, frames are held back and grow instead; what waits is weighed,
 * and counted until it has left.
 */
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { MemoryBudget } from '../../core/memory-budget.js';
import { ANSWER_TABLE, type ClientAnswer } from '../../core/wire/client/answers.js';
import { bytesSent } from '../../core/wire/frames/bytes-sent.js';
import { FrameGatherer } from '../../core/wire/frames/framing.js';
import { SMALL_FRAME_BYTES, smallFrame } from '../../core/wire/frames/small-frame.js';

const FLUSH_BYTES = 256 << 10;
/** With so much in the socket's buffer another frame would only wait in it. */
const HOLD_BYTES = 64 << 10;

export class Outgoing {
  readonly #socket: WebSocket;
  readonly #raw: Socket;
  readonly #held: MemoryBudget;
  readonly #gathered = new FrameGatherer<ClientAnswer>((to, answer) =>
    ANSWER_TABLE.write(to, answer),
  );
  /** Called when something has left. */
  readonly #onSent: () => void;
  /** Of all that is held: for this client, and of that what leaves with the next frame. */
  #heldBytes = 0;
  #leavingBytes = 0;
  /** Something waits for which there was no room: an answer is not thrown away. */
  #isOverdrawn = false;
  #isOver = false;
  #sentBefore = 0;

  constructor(socket: WebSocket, raw: Socket, held: MemoryBudget, onSent: () => void) {
    this.#socket = socket;
    this.#raw = raw;
    this.#held = held;
    this.#onSent = onSent;
  }

  /** Bytes that have not left yet; without end if they have no room already. */
  get waitingBytes(): number {
    const bytes = this.#gathered.bytes + this.#socket.bufferedAmount;
    return bytes > 0 && this.#isOverdrawn ? Number.POSITIVE_INFINITY : bytes;
  }

  hasRoomFor(bytes: number): boolean {
    return this.#held.hasRoomFor(bytes);
  }

  /** False, and nothing counted, if there is no room; what is over holds nothing. */
  hold(bytes: number): boolean {
    if (this.#isOver) return true;
    if (!this.#held.take(bytes)) return false;
    this.#heldBytes += bytes;
    return true;
  }

  letGo(bytes: number): void {
    if (this.#isOver) return;
    this.#heldBytes -= bytes;
    this.#held.release(bytes);
  }

  /** `heldBytes`: what was held for it, until it has left. */
  add(answer: ClientAnswer, heldBytes = 0): void {
    const before = this.#gathered.bytes;
    this.#gathered.add(answer);
    this.#leavingBytes += heldBytes;
    const more = this.#gathered.bytes - before - heldBytes;
    if (more > 0) {
      if (this.hold(more)) this.#leavingBytes += more;
      else this.#isOverdrawn = true;
    }
    if (this.#gathered.bytes >= FLUSH_BYTES) this.flush();
  }

  /** At the end of a turn: sends what is gathered, unless the socket is behind. */
  endTurn(): void {
    if (!this.isBehind) this.flush();
  }

  get isBehind(): boolean {
    return this.#socket.bufferedAmount >= HOLD_BYTES;
  }

  flush(): void {
    if (this.#gathered.bytes === 0 || this.#isOver) return;
    const bytes = this.#leavingBytes;
    this.#leavingBytes = 0;
    const payload = this.#gathered.take();
    const sent = () => this.#sent(bytes);
    if (payload.length > SMALL_FRAME_BYTES) this.#socket.send(payload, sent);
    else if (this.#isOpen) this.#raw.write(smallFrame(payload, false), sent);
  }

  get #isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  #sent(bytes: number): void {
    this.letGo(bytes);
    this.#isOverdrawn = false;
    this.#onSent();
  }

  /** Whether something waits, and nothing has left since this was last asked. */
  isStalled(): boolean {
    const sent = bytesSent(this.#raw);
    const isStill = sent === this.#sentBefore;
    this.#sentBefore = sent;
    return isStill && this.waitingBytes > 0;
  }

  /** The socket is closed: nothing is held for it any more. */
  end(): void {
    this.#isOver = true;
    this.#held.release(this.#heldBytes);
    this.#heldBytes = 0;
  }
}
