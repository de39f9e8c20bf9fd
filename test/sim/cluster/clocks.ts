/** How far clocks have been ahead of true time, and what is taken for the time by them. */

import { reserveOf } from '../../../src/core/data/hybrid-clock.js';
import { MAX_CLOCK_DRIFT_MS } from '../options.js';
import type { Cluster } from './cluster.js';

/** An offset counts if its round trip was no longer than the drift, and is wrong by half of it. */
export const MEASURING_MS = MAX_CLOCK_DRIFT_MS / 2;

/** What is further ahead of a clock nobody can have taken, or passed on, whose own one is right. */
export const PLAUSIBLE_MS = 2 * MAX_CLOCK_DRIFT_MS + reserveOf(MAX_CLOCK_DRIFT_MS);

/** Of the clock that was ahead furthest (rank 0), or second most (1). */
export function mostAheadMs({ machines }: Pick<Cluster, 'machines'>, rank: 0 | 1): number {
  const most = machines.map(({ options: { wall } }) => wall.mostAheadMs);
  return most.sort((a, b) => b - a)[rank] ?? 0;
}

/**
 * The same of what a node takes for the time of the cluster; of the earliest, if several nodes have
 * to judge by it: one of them at least goes by no clock that was further ahead than the second.
 */
export function clusterAheadMs(cluster: Pick<Cluster, 'machines'>, judges: number): number {
  const second = judges > 1 ? mostAheadMs(cluster, 1) + MAX_CLOCK_DRIFT_MS : Infinity;
  return Math.min(mostAheadMs(cluster, 0), second) + MEASURING_MS;
}
