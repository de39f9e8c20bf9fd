/**
 * What waits for a ring that is newer than ours: until it is in force, but not for ever, and not
 * without bound.
 */
import type { NodeId } from '../../core/data/version.js';
import type { Clock } from '../../ports.js';

/** Of all that waits together. */
const MAX_BYTES = 64 << 20;
/** About what each takes beside its message. */
const WAITER_BYTES = 1024;
/** A ring that was asked for may have been lost on its way. */
const FETCH_AGAIN_MS = 250;

/** For which ring, from whom, and for how long. */
export interface Wait {
  readonly epoch: number;
  readonly source: NodeId;
  readonly withinMs: number;
  /** Of what waits, if nobody else counts it. */
  readonly bytes?: number;
}

interface Waiter {
  readonly epoch: number;
  readonly bytes: number;
  readonly run: (isThere: boolean) => void;
  readonly timer: unknown;
}

export class RingWaiters {
  readonly #clock: Clock;
  readonly #fetchFrom: (source: NodeId) => void;
  readonly #waiters = new Set<Waiter>();
  #bytes = 0;
  #fetchedAt = 0;

  constructor(options: { clock: Clock; fetchFrom: (source: NodeId) => void }) {
    this.#clock = options.clock;
    this.#fetchFrom = options.fetchFrom;
  }

  /**
   * Fetches the ring from `source` and runs when it is at least `epoch`, or could not be had in
   * time. False, and nothing is run, if too much waits already.
   */
  add(wait: Wait, run: (isThere: boolean) => void): boolean {
    const { epoch, source, withinMs } = wait;
    const bytes = WAITER_BYTES + (wait.bytes ?? 0);
    if (this.#bytes + bytes > MAX_BYTES) return false;
    const now = this.#clock.monotonic();
    if (this.#waiters.size === 0 || now - this.#fetchedAt >= FETCH_AGAIN_MS) {
      this.#fetchedAt = now;
      this.#fetchFrom(source);
    }
    const timer = this.#clock.setTimeout(() => {
      this.#remove(waiter);
      run(false);
    }, withinMs);
    const waiter = { epoch, bytes, run, timer };
    this.#waiters.add(waiter);
    this.#bytes += bytes;
    return true;
  }

  /** A ring of this epoch is in force. */
  release(epoch: number): void {
    const ready = [...this.#waiters].filter((waiter) => waiter.epoch <= epoch);
    for (const waiter of ready) {
      this.#clock.clearTimeout(waiter.timer);
      this.#remove(waiter);
    }
    for (const { run } of ready) run(true);
  }

  #remove(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    this.#bytes -= waiter.bytes;
  }
}
