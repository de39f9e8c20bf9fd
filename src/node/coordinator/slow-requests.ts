/**
 * Tells of requests that took long, with what happened to them.
 *
 * To take down the steps of every request would cost each of them something, and nobody looks at
 * those that went well. So a slow request has the next ones explained, for a while: where one was
 * slow, others will be, and those come with their steps. Of very many, some are told and the others
 * counted.
 */
import type { Level } from '../../core/requests.js';
import type { RequestFact } from '../../events/facts.js';
import type { Clock } from '../../ports.js';
import type { Attempt } from './attempt.js';

/** After a slow one so many requests are explained. */
const EXPLAINED = 64;
/** So many are told at once, and after that one in each of these times. */
const BURST = 20;
const TELL_EVERY_MS = 100;
const KEY_LETTERS = 100;

interface Ended {
  readonly operation: RequestFact['operation'];
  readonly level: Level;
  readonly key: Buffer;
  /** `ok`, or the code of the failure. */
  readonly outcome: string;
}

export class SlowRequests {
  readonly #slowMs: number;
  readonly #clock: Clock;
  readonly #tell: (fact: RequestFact) => void;
  #toExplain = 0;
  #unsaid = 0;
  /** When the burst that is allowed has its full size again, monotonic ms. */
  #calmAt = 0;

  /** A request is slow that takes longer than `slowMs`. */
  constructor(slowMs: number, clock: Clock, tell: (fact: RequestFact) => void) {
    this.#slowMs = slowMs;
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Whether the request that begins now is to be explained. */
  takeTurn(): boolean {
    if (this.#toExplain === 0) return false;
    this.#toExplain--;
    return true;
  }

  isSlow(tookMs: number): boolean {
    return tookMs > this.#slowMs;
  }

  /** A slow request has ended. */
  note(attempt: Attempt, tookMs: number, ended: Ended): void {
    this.#toExplain = EXPLAINED;
    const now = this.#clock.monotonic();
    this.#calmAt = Math.max(this.#calmAt, now);
    if (this.#calmAt - now >= BURST * TELL_EVERY_MS) {
      this.#unsaid++;
      return;
    }
    this.#calmAt += TELL_EVERY_MS;
    this.#tell({
      type: 'request.slow',
      ...ended,
      key: ended.key.toString('utf8').slice(0, KEY_LETTERS),
      tookMs: Math.round(tookMs),
      steps: attempt.explanation?.steps ?? [],
      unsaid: this.#unsaid,
    });
    this.#unsaid = 0;
  }
}
