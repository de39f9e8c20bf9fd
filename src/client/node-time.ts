/**
 * What time it is at a node, in ms that begin again at 0 after 32 bits, so that a message can say
 * when it was sent and the node sees what has lain on its way.
 *
 * Intuition: what a node says of its time is late by however long that took to come, so what is
 * reckoned from it is behind the node's time, and messages seem older than they are: a shorter
 * deadline does no harm, a longer one would. Of what was said the promptest counts. As the two
 * clocks do not run alike, it counts for less and less: the difference of clocks that are set by
 * NTP is at most 1 ms in 2 s. (A minimum that leaks, as in NTP's clock filter: RFC 5905, 10.)
 *
 * Rejected alternative: a time by the wall clock. It jumps, and is wrong on some machines.
 */
import type { Clock } from '../ports.js';

const DRIFT = 1 / 1000;
const CIRCLE = 2 ** 32;

export class NodeTime {
  readonly #clock: Clock;
  /** What is reckoned to be the node's time, less our own. */
  #offset = 0;
  /** When it was said, by our own clock. */
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The node has said so, now. */
  told(time: number): void {
    const now = this.#clock.monotonic();
    // On the circle the nearer way to what was expected.
    const ahead = (time - Math.floor(now + this.#offset)) | 0;
    this.#offset += Math.max(ahead, DRIFT * (this.#toldAt - now));
    this.#toldAt = now;
  }

  /** At a moment of our own clock. */
  at(now: number): number {
    return modulo(Math.floor(now + this.#offset));
  }
}

function modulo(time: number): number {
  return ((time % CIRCLE) + CIRCLE) % CIRCLE;
}
