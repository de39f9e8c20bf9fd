/** What a seed has clients list, beside the plain workload. */
import { Stream } from '../world/random.js';

export interface ListOptions {
  /** Who list, page by page, each page at whatever node. */
  readonly clients: number;
  /** Keys that are written once and stay. */
  readonly lasting: number;
  /** Keys between those, which come and go. */
  readonly passing: number;
  /** Keys of a page. */
  readonly limit: number;
  /** Mean pause between two lists, and the one between two pages. */
  readonly thinkMs: number;
  readonly pauseMs: number;
}

/** Undefined: this seed lists nothing. */
export function drawListOptions(seed: number): ListOptions | undefined {
  const random = new Stream(seed, 'list options');
  const options = {
    clients: random.whole(1, 3),
    lasting: random.whole(2, 12),
    passing: random.whole(0, 8),
    limit: random.pick([1, 2, 3, 5, 100]),
    thinkMs: random.logarithmic(100, 3000),
    pauseMs: random.pick([0, 10, 1000]),
  };
  return random.chance(0.3) ? undefined : options;
}
