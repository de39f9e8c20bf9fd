/**
 * When the operations of an open loop are to begin: evenly spaced, whatever becomes of those before
 * them. Latency counts from there and not from when somebody was free to send: a client that waits
 * for a slow system and measures only what it sends leaves out the very operations that had to wait
 * ("coordinated omission"; Gil Tene, "How NOT to Measure Latency", 2013, and his wrk2).
 */
export class Schedule {
  readonly #beginMs: number;
  readonly #everyMs: number;
  readonly #total: number;

  /** For so many seconds from `beginMs` on. */
  constructor(beginMs: number, perSecond: number, seconds: number) {
    this.#beginMs = beginMs;
    this.#everyMs = 1000 / perSecond;
    this.#total = Math.round(perSecond * seconds);
  }

  /** Of all operations. */
  get total(): number {
    return this.#total;
  }

  /** When the operation of this number, from 0 on, is to begin. */
  intendedMs(index: number): number {
    return this.#beginMs + index * this.#everyMs;
  }

  /** How many were to begin up to now. */
  due(nowMs: number): number {
    if (nowMs < this.#beginMs) return 0;
    return Math.min(this.#total, Math.floor((nowMs - this.#beginMs) / this.#everyMs) + 1);
  }
}
