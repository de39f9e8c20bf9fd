/**
 * When to try again: after a delay that doubles, up to a limit, with half of it left to chance, so
 * that nodes that lost each other together do not return together. (Exponential backoff with equal
 * jitter: M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.)
 */
import type { Clock, Random } from '../ports.js';

const FIRST_DELAY_MS = 50;
const MAX_DELAY_MS = 2000;

export class Backoff {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #attempt: () => void;
  #delayMs = FIRST_DELAY_MS;
  #timer: unknown;

  constructor(clock: Clock, random: Random, attempt: () => void) {
    this.#clock = clock;
    this.#random = random;
    this.#attempt = attempt;
  }

  /** Attempts again after the next delay; nothing if that is already due. */
  retry(): void {
    if (this.#timer !== undefined) return;
    const delayMs = this.#delayMs * (0.5 + this.#random.float() / 2);
    this.#delayMs = Math.min(this.#delayMs * 2, MAX_DELAY_MS);
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      this.#attempt();
    }, delayMs);
  }

  /** Whether an attempt is due, and not made yet. */
  get isWaiting(): boolean {
    return this.#timer !== undefined;
  }

  reset(): void {
    this.#delayMs = FIRST_DELAY_MS;
  }

  cancel(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
