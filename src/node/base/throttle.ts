/**
 * Bounds what a node moves in the background, so that requests do not wait for it.
 *
 * Intuition: a token bucket that may be overdrawn. How large an answer will be is known only when
 * it is here, so it is paid for afterwards, and nobody goes on before the debt is worked off. A row
 * costs its bytes and a fixed number more, what handling it takes: one rate bounds both bytes and
 * rows per second.
 *
 * Whoever waits goes on in the order of asking. If all were woken alike, one that never rests, such
 * as a pass over all trees, could spend each time before another one looks, which then waits for
 * ever.
 *
 * Reference: Turner, "New directions in communications", 1986.
 */
import type { Clock } from '../../ports.js';

/** The work of one more row, in bytes of copying. */
const ROW_BYTES = 512;
/** What may be saved up, in seconds of the rate. */
const BURST_S = 0.1;

export class Throttle {
  readonly #clock: Clock;
  readonly #bytesPerMs: number;
  readonly #burst: number;
  #credit: number;
  #at: number;
  readonly #waiting: (() => void)[] = [];

  constructor({ clock, bytesPerSecond }: { clock: Clock; bytesPerSecond: number }) {
    this.#clock = clock;
    this.#bytesPerMs = bytesPerSecond / 1000;
    this.#burst = bytesPerSecond * BURST_S;
    this.#credit = this.#burst;
    this.#at = clock.monotonic();
  }

  /** How long until everything spent so far is paid for. */
  get debtMs(): number {
    return Math.ceil(Math.max(0, -this.#refilled()) / this.#bytesPerMs);
  }

  /** Resolves as soon as everything spent so far is paid for, to one after the other. */
  async ready(): Promise<void> {
    if (this.#waiting.length === 0 && this.debtMs === 0) return;
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) this.#wait();
    });
  }

  #wait(): void {
    this.#clock.setTimeout(() => {
      if (this.debtMs === 0) this.#waiting.shift()!();
      if (this.#waiting.length > 0) this.#wait();
    }, this.debtMs);
  }

  spend(rows: number, bytes: number): void {
    this.#credit = this.#refilled() - rows * ROW_BYTES - bytes;
  }

  #refilled(): number {
    const now = this.#clock.monotonic();
    const earned = (now - this.#at) * this.#bytesPerMs;
    this.#at = now;
    this.#credit = Math.min(this.#burst, this.#credit + earned);
    return this.#credit;
  }
}
