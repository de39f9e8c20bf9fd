/** What a seed has clients do at level `linearizable`, beside the plain workload. */
import { Stream } from '../world/random.js';

export interface RegisterOptions {
  readonly clients: number;
  /** Keys in use at a time that are read, written, deleted and compared-and-set. */
  readonly registers: number;
  /** Keys in use at a time that are only counted up. */
  readonly counters: number;
  /** Keys on which plain requests and linearizable ones meet. */
  readonly mixedKeys: number;
  /** Operations that a client does one after the other; then it pauses. */
  readonly burst: number;
  /** Mean pause, for each operation of a burst. */
  readonly thinkMs: number;
  readonly readShare: number;
  /** How often a client goes back to a key that is no longer in use. */
  readonly revisitShare: number;
  /** How often a round is struck in the middle. */
  readonly strikesPerMinute: number;
}

/** Undefined: this seed has none of it. */
export function drawRegisterOptions(seed: number): RegisterOptions | undefined {
  const random = new Stream(seed, 'register options');
  const options = {
    clients: random.whole(1, 5),
    registers: random.whole(1, 4),
    counters: random.pick([0, 1, 1, 2]),
    mixedKeys: random.pick([0, 0, 1, 2]),
    burst: random.pick([1, 1, 5, 20]),
    thinkMs: random.logarithmic(50, 2000),
    readShare: random.pick([0.2, 0.5, 0.8]),
    revisitShare: random.pick([0, 0.05, 0.3]),
    strikesPerMinute: random.pick([0, 0, random.logarithmic(0.5, 5), random.logarithmic(5, 60)]),
  };
  return random.chance(0.2) ? undefined : options;
}
