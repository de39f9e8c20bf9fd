/**
 * How late the event loop is: a timer that fires every 100 ms notes by how much it missed that.
 *
 * Rejected alternative: `monitorEventLoopDelay` of Node, which samples every 10 ms whether or not
 * anybody asks, and costs several percent of a busy process.
 */
import { DURATION_BOUNDS_MS, Histogram } from '../core/histogram.js';
import type { Clock } from '../ports.js';

const EVERY_MS = 100;

export class EventLoopLag {
  /** In ms. */
  readonly durations = new Histogram(DURATION_BOUNDS_MS);
  readonly #clock: Clock;
  #timer: unknown;

  /** Begins at once. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#watch();
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
  }

  #watch(): void {
    const due = this.#clock.monotonic() + EVERY_MS;
    this.#timer = this.#clock.setTimeout(() => {
      this.durations.note(Math.max(0, this.#clock.monotonic() - due));
      this.#watch();
    }, EVERY_MS);
  }
}
