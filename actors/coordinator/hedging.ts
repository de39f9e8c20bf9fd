/**
 * From when on an answer is late, so that one more owner is asked (hedging: Dean and Barroso, "The
 * tail at scale", 2013), and which owners are slow, so that they are asked last.
 *
 * Both are learnt from answers: per owner a running mean of round trips, and over all a running
 * 95th percentile. The percentile moves a step up with each answer above it and a nineteenth of a
 * step down with each one below, so that it rests where one of twenty is above. (Frugal streaming:
 * Ma, Muthukrishnan, Sandler, 2014.)
 *
 * An owner that was slow is passed over, and only one request of many tries it: as many as come
 * until its answer is there would otherwise all wait for it. One quick answer is believed at once.
 */
import type { NodeId } from '../../src/core/data/version.js';

const MEAN_WEIGHT = 0.1;
const STEP = 1 / 8;
const LATE_SHARE = 0.05;
const LEAST_LATE_MS = 2;
/** Owners that differ by less are as good as each other. */
const SLOWER = 4;
/** One of so many requests asks an owner that was slow first, whether it still is. */
const TRY_EVERY = 1000;

interface Pace {
  meanMs: number;
  /** Requests since one of them tried it. */
  passedOver: number;
}

export class Hedging {
  readonly #paces = new Map<NodeId, Pace>();
  #lateMs: number;

  /** `lateMs`: from when on an answer is late, until enough have come to know. */
  constructor(lateMs: number) {
    this.#lateMs = lateMs;
  }

  /** From when on an answer to a read is late. */
  get lateMs(): number {
    return this.#lateMs;
  }

  /**
   * An owner answered a read. `isSelf`: in our own memory much is found at once, which says nothing
   * of when others are late.
   */
  note(owner: NodeId, tookMs: number, isSelf = false): void {
    const pace = this.#paces.get(owner);
    if (!pace) this.#paces.set(owner, { meanMs: tookMs, passedOver: 0 });
    else if (tookMs * SLOWER < pace.meanMs) pace.meanMs = tookMs;
    else pace.meanMs += (tookMs - pace.meanMs) * MEAN_WEIGHT;
    if (isSelf) return;
    const step = this.#lateMs * STEP;
    const moved = tookMs > this.#lateMs ? step : (-step * LATE_SHARE) / (1 - LATE_SHARE);
    this.#lateMs = Math.max(LEAST_LATE_MS, this.#lateMs + moved);
  }

  /** How long its answers usually take; 0 of an owner that has not answered yet. */
  usualMs(owner: NodeId): number {
    return this.#paces.get(owner)?.meanMs ?? 0;
  }

  /**
   * Where an owner stands among its like, if they usually take `usualMs`: behind them if it was
   * slow, before them if it is tried again.
   */
  handicap(owner: NodeId, usualMs: number): number {
    const pace = this.#paces.get(owner);
    if (!pace || pace.meanMs <= SLOWER * usualMs) return 0;
    pace.passedOver = (pace.passedOver + 1) % TRY_EVERY;
    return pace.passedOver === 0 ? -0.5 : 0.5;
  }
}
