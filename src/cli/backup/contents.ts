/** How many keys, and what they hold. */
import { decodeHead, type EncodedRecord } from '../../core/data/record.js';

/** Longer than it takes to restore anything. */
const SECONDS = 7 * 86_400;

export class Contents {
  keys = 0;
  tombstones = 0;
  /** Keys of which a newer version was left out: `credibility.ts`. */
  disowned = 0;
  readonly #sinceMs: number;
  /** Values that expire before that, and in each second from then on; those later do not. */
  #expiredBefore = 0;
  readonly #expiring = new Uint32Array(SECONDS);

  /** Nobody will ask about a time before, milliseconds since 1970. */
  constructor(sinceMs: number) {
    this.#sinceMs = sinceMs;
  }

  add(record: EncodedRecord): void {
    const { tombstone, expiresAt } = decodeHead(record);
    this.keys++;
    if (tombstone) this.tombstones++;
    else if (expiresAt !== 0) this.#expires(Math.floor((expiresAt - this.#sinceMs) / 1000));
  }

  #expires(second: number): void {
    if (second < 0) this.#expiredBefore++;
    else if (second < SECONDS) this.#expiring[second]!++;
  }

  /** Values that have expired by then; of the second before it some may be missing. */
  expiredAt(wallMs: number): number {
    // A clock may be set back, and below 0 it would be counted from the end.
    const seconds = Math.max(0, Math.floor((wallMs - this.#sinceMs) / 1000));
    const over = this.#expiring.subarray(0, seconds);
    return over.reduce((sum, count) => sum + count, this.#expiredBefore);
  }

  /** Keys that hold a value then. */
  valuesAt(wallMs: number): number {
    return this.keys - this.tombstones - this.expiredAt(wallMs);
  }
}
