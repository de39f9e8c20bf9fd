/**
 * Serves the requests of one connection one after the other.
 *
 * Node hands over all that a client sends ahead (pipelining). Serving that at once would take the
 * writes of a client out of their order (RFC 9112, section 9.3.2), and the answers of one that asks
 * much and reads nothing would all be held for it. So a request waits until the answers before it
 * are taken, and while one waits, nothing more is read of its connection.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { MemoryBudget } from '../../core/memory-budget.js';

/** About what a parsed request takes in memory. */
const WAITING_BYTES = 4096;

export class Pipelining {
  readonly #held: MemoryBudget;
  /** How many requests wait, of the connections where some ever did. */
  readonly #waiting = new WeakMap<Socket, number>();

  constructor(held: MemoryBudget) {
    this.#held = held;
  }

  /** Whether the requests before it are done with. */
  static isNext(response: ServerResponse): boolean {
    // Node gives the connection to one response after the other.
    return response.socket !== null;
  }

  /** Serves when the others are done with; never, if the connection closes before that. */
  wait({ socket }: IncomingMessage, response: ServerResponse, serve: () => void): void {
    if (!this.#held.take(WAITING_BYTES)) return void socket.destroy();
    if (!this.#waiting.has(socket)) this.#watch(socket);
    this.#count(socket, 1);
    socket.pause();
    response.once('socket', () => {
      if (socket.destroyed) return;
      this.#held.release(WAITING_BYTES);
      if (this.#count(socket, -1) === 0) socket.resume();
      // Node still has something to do before the response can be used.
      process.nextTick(serve);
    });
  }

  #watch(socket: Socket): void {
    // Node resumes it, too, when it has sent an answer.
    socket.on('resume', () => {
      if (this.#count(socket, 0) > 0) socket.pause();
    });
    socket.on('close', () => this.#held.release(WAITING_BYTES * this.#count(socket, 0)));
  }

  #count(socket: Socket, more: number): number {
    const count = (this.#waiting.get(socket) ?? 0) + more;
    this.#waiting.set(socket, count);
    return count;
  }
}
