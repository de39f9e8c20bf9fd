import type { Clock } from '../../src/ports.js';

/** A clock that stands still until it is told to go on. */
export class ManualClock implements Clock {
  #now = 0;
  #timers: { readonly at: number; readonly run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  setTimeout(run: () => void, ms: number): unknown {
    const timer = { at: this.#now + ms, run };
    this.#timers.push(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    this.#timers = this.#timers.filter((candidate) => candidate !== timer);
  }

  /** When the next timer fires, from now; undefined if none is set. */
  get nextMs(): number | undefined {
    const soonest = Math.min(...this.#timers.map(({ at }) => at));
    return Number.isFinite(soonest) ? soonest - this.#now : undefined;
  }

  /** Time has passed, and no timer has had its turn. */
  standStill(ms: number): void {
    this.#now += ms;
  }

  /** Timers fire in the order of their times, each at its own, or late. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.clearTimeout(due);
      this.#now = Math.max(this.#now, due.at);
      due.run();
    }
    this.#now = end;
  }
}
