/**
 * Tells when the log of the database has become longer than checkpoints let it: then one of them
 * finds somebody else who reads, and what he may still want stays in the log.
 */
import type { Log } from '../ports.js';

/** Four times what a disk that can hardly keep up makes of it (`thread/log/checkpoints.ts`). */
const LONG_BYTES = 256 << 20;
const WHY = 'another program has quorate.db open, or the disk cannot keep up';

export class LogWatch {
  readonly #log: Log | undefined;
  #isLong = false;

  constructor(log: Log | undefined) {
    this.#log = log;
  }

  /** Its length, when it was looked at. */
  look(bytes: number): void {
    const isLong = bytes >= LONG_BYTES;
    if (isLong === this.#isLong) return;
    this.#isLong = isLong;
    if (isLong) this.#log?.('warn', 'store.longLog', { bytes, because: WHY });
    else this.#log?.('info', 'store.shortLog', { bytes });
  }
}
