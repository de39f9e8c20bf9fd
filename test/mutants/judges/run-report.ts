/** What the process that runs loaded tests says: see `loaded-tests.ts`. */

/** After loading, and after every run. */
export interface RunReport {
  /** The test that failed, if one did. */
  readonly failed?: string | undefined;
  /** It fails without the mutant, too, now that the mutant was there. */
  readonly isSpoilt?: boolean;
  /** The mutants that were asked about. */
  readonly reached: readonly number[];
  readonly seconds: number;
}

/** In the place of a mutant's number: none of them is meant. */
export const NO_MUTANT = -1;
