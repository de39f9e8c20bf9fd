/**
 * What waits for a ring that is newer than ours: until it is in force, but not for ever, and not
 * without bound.
 */
import type { NodeId } from '../../core/data/version.js';
import type { Clock } from '../../ports.js';

const MAX_WAITERS = 10_000;
/** A ring that was asked for may have been lost on its way. */
const FETCH_AGAIN_MS = 250;

interface Waiter {
  readonly epoch: number;
  readonly run: (isThere: boolean) => void;
  readonly timer: unknown;
}

export class RingWaiters {
  readonly #clock: Clock;
  readonly #fetchFrom: (source: NodeId) => void;
  readonly #waiters = new Set<Waiter>();
  #fetchedAt = 0;

  constructor(options: { clock: Clock; fetchFrom: (source: NodeId) => void }) {
    this.#clock = options.clock;
    this.#fetchFrom = options.fetchFrom;
  }

  /**
   * Fetches the ring from `source` and runs when it is at least `epoch`, or could not be had in
   * time. False, and nothing is run, if too many wait already.
   */
  add(
    { epoch, source, withinMs }: { epoch: number; source: NodeId; withinMs: number },
    run: (isThere: boolean) => void,
  ): boolean {
    if (this.#waiters.size >= MAX_WAITERS) return false;
    const now = this.#clock.monotonic();
    if (this.#waiters.size === 0 || now - this.#fetchedAt >= FETCH_AGAIN_MS) {
      this.#fetchedAt = now;
      this.#fetchFrom(source);
    }
    const timer = this.#clock.setTimeout(() => {
      this.#waiters.delete(waiter);
      run(false);
    }, withinMs);
    const waiter = { epoch, run, timer };
    this.#waiters.add(waiter);
    return true;
  }

  /** A ring of this epoch is in force. */
  release(epoch: number): void {
    const ready = [...this.#waiters].filter((waiter) => waiter.epoch <= epoch);
    for (const waiter of ready) {
      this.#clock.clearTimeout(waiter.timer);
      this.#waiters.delete(waiter);
    }
    for (const { run } of ready) run(true);
  }
}
