/**
 * What a full disk does to a store: what clients write, and what is kept for others, is refused
 * before it reaches the thread, until a probe, once a second, has found room, and nothing waits any
 * more: what had found none just before the probe is tried again with the next one.
 *
 * Rows and hints are dropped all the same, if the log has room for that: it is what helps. How much
 * is kept free for what the node needs itself is decided on the thread (`thread/log/room.ts`).
 */
import type { Clock, Log } from '../ports.js';

const PROBE_INTERVAL_MS = 1000;

export class FullDisk {
  readonly #clock: Clock;
  readonly #log: Log | undefined;
  readonly #probe: (done: (hasRoom: boolean) => void) => void;
  readonly #waits: () => boolean;
  #isFull = false;
  #timer: unknown;

  constructor(options: {
    clock: Clock;
    log: Log | undefined;
    /** Tries what waits once more, and asks whether there is room again. */
    probe: (done: (hasRoom: boolean) => void) => void;
    /** Whether something has been put off until there is room. */
    waits: () => boolean;
  }) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#probe = options.probe;
    this.#waits = options.waits;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** Something found no room. */
  noticed(): void {
    if (this.#isFull) return;
    this.#isFull = true;
    this.#log?.('error', 'store.full');
    this.#probeLater();
  }

  /** No more probes. */
  stop(): void {
    this.#clock.clearTimeout(this.#timer);
  }

  #probeLater(): void {
    this.#timer = this.#clock.setTimeout(() => {
      this.#probe((hasRoom) => {
        if (!hasRoom || this.#waits()) return this.#probeLater();
        this.#isFull = false;
        this.#log?.('info', 'store.hasRoom');
      });
    }, PROBE_INTERVAL_MS);
  }
}
