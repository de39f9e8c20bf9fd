/** What is told of a planted bug: see `planted.ts`. */
import type { Options } from '../options.js';
import type { Invariant } from '../world/invariants.js';

export interface PlantedBug {
  readonly what: string;
  /** What it breaks. It is caught when that is found; what else is found does not count. */
  readonly caughtBy: Invariant;
  /** Plants it; returns how to take it out again. */
  readonly plant: () => () => void;
  /** Makes common, in every seed, what is rare without it. */
  readonly scenario?: (drawn: Options) => Options;
}

export interface PlantedBugs {
  readonly [name: string]: PlantedBug;
}
