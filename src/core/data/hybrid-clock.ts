/**
 * A hybrid logical clock: wall-clock time where possible, a counter where not.
 *
 * Intuition: two nodes' wall clocks disagree, so "later" is decided by a number that follows the
 * wall clock but never falls behind any number this node has seen. Each reading is larger than all
 * readings issued or observed before it. (Kulkarni et al., "Logical Physical Clocks", 2014.)
 *
 * A reading is one JavaScript number: milliseconds since 2020-01-01 × 4096 + counter, 53 bits, so
 * that it compares as a number in JavaScript and in SQLite. 4,096 readings fit in a millisecond;
 * more run into the next one, which the drift bound tolerates. Half of them are kept for ballots
 * (`version.ts`): the odd ones.
 *
 * Two bounds keep one bad clock from poisoning the others:
 * - a remote time too far ahead of both our wall clock and everything that is believed already is
 *   refused, not adopted: further than the clocks of two nodes may differ, and half of that, by
 *   which a node that has begun anew is ahead of its own. So when all wall clocks are set back,
 *   readings go on from the highest there is, and nobody has to wait until time has caught up;
 * - nothing beyond `ceiling` is issued, and the ceiling is on disk before it is raised, so that a
 *   restart after the wall clock stepped back never issues a reading twice.
 */

export const CLOCK_ORIGIN_MS = Date.UTC(2020, 0, 1);
const TICKS_PER_MS = 4096;
const LEAST_AHEAD_MS = 8;
/** Versions hold no higher one: in 2089. */
const LAST_READING = Number.MAX_SAFE_INTEGER;

/** The wall-clock part of a reading, in milliseconds since 1970. */
export function wallTimeOf(time: number): number {
  return Math.floor(time / TICKS_PER_MS) + CLOCK_ORIGIN_MS;
}

/** The smallest reading of a wall-clock millisecond. */
export function readingOf(wallMs: number): number {
  return Math.max(0, Math.floor(wallMs) - CLOCK_ORIGIN_MS) * TICKS_PER_MS;
}

/** Where the ceiling is put, at most, ahead of the clock: whoever begins anew begins there. */
export function reserveOf(maxDriftMs: number): number {
  return maxDriftMs / 2;
}

export class HybridClock {
  /** What is issued next is above it. */
  #last: number;
  #ceiling: number;
  /** The highest that is believed, wherever it was seen. */
  #believed: number;
  readonly #maxDriftMs: number;
  /** Of what a node stamps whose clock is within the drift of ours. */
  readonly #maxAheadMs: number;

  /** `ceiling`: the one found on disk, 0 for a new node; nothing issued before was above it. */
  constructor(options: { ceiling: number; maxDriftMs: number }) {
    this.#last = options.ceiling;
    this.#ceiling = options.ceiling;
    this.#believed = options.ceiling;
    this.#maxDriftMs = options.maxDriftMs;
    this.#maxAheadMs = options.maxDriftMs + reserveOf(options.maxDriftMs);
  }

  get last(): number {
    return this.#last;
  }

  get ceiling(): number {
    return this.#ceiling;
  }

  /**
   * A reading above all before it, even, or odd for a ballot; undefined if the ceiling must be
   * raised on disk first.
   */
  issue(wallMs: number, kind: 'plain' | 'ballot' = 'plain'): number | undefined {
    const least = Math.max(this.#last + 1, readingOf(wallMs));
    const next = least % 2 === (kind === 'ballot' ? 1 : 0) ? least : least + 1;
    if (next > this.#ceiling) return undefined;
    this.#last = next;
    this.believe(next);
    return next;
  }

  /**
   * Where the ceiling should be put so that `aheadMs` of readings can follow. While we run ahead of
   * the wall clock it is raised by little only: a restart begins at the ceiling, and one that comes
   * soon after another must not drive us further and further ahead.
   */
  ceilingFor(wallMs: number, aheadMs: number): number {
    const least = this.#last + Math.min(aheadMs, LEAST_AHEAD_MS) * TICKS_PER_MS;
    return Math.min(LAST_READING, Math.max(least, readingOf(wallMs) + aheadMs * TICKS_PER_MS));
  }

  /** Call only when `ceiling` is on disk. */
  raiseCeiling(ceiling: number): void {
    if (ceiling > this.#ceiling) this.#ceiling = ceiling;
  }

  /**
   * In another epoch, whose versions are above all of the one before whatever their times are: goes
   * on as ever, or by the wall clock again if it was too far ahead of it. Nothing is issued before
   * the ceiling has been raised.
   */
  beginEpoch(wallMs: number): void {
    this.#ceiling = 0;
    if (wallTimeOf(this.#last) > wallMs + this.#maxDriftMs) this.#last = 0;
  }

  /** Whether a remote reading is too far ahead to be believed. */
  isTooFarAhead(time: number, wallMs: number): boolean {
    return wallTimeOf(time) > this.#reached(wallMs) + this.#maxAheadMs;
  }

  /** Whether no node whose clock is within the drift of ours can have taken a reading. */
  isImplausible(time: number, wallMs: number): boolean {
    return wallTimeOf(time) > this.latestPlausible(wallMs);
  }

  /**
   * The wall-clock part of the last that is plausible: what somebody has believed whose clock is
   * within the drift of ours.
   */
  latestPlausible(wallMs: number): number {
    return this.#reached(wallMs) + this.#maxDriftMs + this.#maxAheadMs;
  }

  #reached(wallMs: number): number {
    return Math.max(wallMs, wallTimeOf(this.#believed));
  }

  /** Takes note of a remote reading; false, and nothing adopted, if it is too far ahead. */
  observe(time: number, wallMs: number): boolean {
    if (this.isTooFarAhead(time, wallMs)) return false;
    this.believe(time);
    if (time > this.#last) this.#last = time;
    return true;
  }

  /** Takes a reading for real, however far ahead it is. What is issued need not be above it. */
  believe(time: number): void {
    if (time > this.#believed) this.#believed = time;
  }
}
