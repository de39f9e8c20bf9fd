/**
 * How well we are ourselves, 0 (well) to a maximum.
 *
 * Intuition: who hears nothing from anybody should first doubt its own ears. A node that misses the
 * nacks of its relays, has to deny its own death, or sees its timers fire late, is slow itself; it
 * then probes less often and waits longer, and stops accusing the healthy. (Lifeguard, Dadgar et
 * al. 2018, §IV-A.)
 */
import type { MembershipConfig } from './config.js';

export class LocalHealth {
  readonly #max: number;
  #score = 0;

  constructor(config: MembershipConfig) {
    this.#max = config.lifeguard ? config.localHealthMax : 0;
  }

  get score(): number {
    return this.#score;
  }

  probeAnswered(): void {
    this.#add(-1);
  }

  /** `missedNacks`: relays from which neither an answer nor a nack came. */
  probeFailed(missedNacks: number): void {
    this.#add(missedNacks);
  }

  /** Nobody could be asked to relay, so that there is no telling whose fault it is. */
  probeFailedAlone(): void {
    this.#add(1);
  }

  wasAccused(): void {
    this.#add(1);
  }

  timerWasLate(): void {
    this.#add(1);
  }

  /** An interval or timeout, as long as our health demands. */
  scale(ms: number): number {
    return ms * (this.#score + 1);
  }

  #add(delta: number): void {
    this.#score = Math.min(Math.max(this.#score + delta, 0), this.#max);
  }
}
