/** What clients ask for now and then beside quorums and small values that stay. */
import { Stream } from '../world/random.js';

export interface WorkOptions {
  /** How many requests are at level `any` or `one`, and how many at a number of owners. */
  readonly weakShare: number;
  readonly numericShare: number;
  /** How many values expire, and after how long in the mean. */
  readonly expiringShare: number;
  readonly ttlMs: number;
  /** How many values take the bulk socket. */
  readonly largeShare: number;
}

export const PLAIN_WORK: WorkOptions = {
  weakShare: 0,
  numericShare: 0,
  expiringShare: 0,
  ttlMs: 10_000,
  largeShare: 0,
};

/** `isSlow`: what is large would not be transferred in time. */
export function drawWorkOptions(seed: number, isSlow: boolean): WorkOptions {
  const random = new Stream(seed, 'work options');
  const work = {
    weakShare: random.pick([0, 0, 0.05, 0.3]),
    numericShare: random.pick([0, 0, 0.05, 0.3]),
    expiringShare: random.pick([0, 0, 0.1, 0.5]),
    ttlMs: random.logarithmic(500, 60_000),
    largeShare: random.pick([0, 0, 0.02, 0.1]),
  };
  return isSlow ? { ...work, largeShare: 0 } : work;
}
