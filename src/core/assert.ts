/**
 * Invariants that are checked while the program runs. A broken one is a mistake of ours: it throws,
 * the node stops, and the simulator counts it as a violation. What comes from outside (requests,
 * frames, files) is never asserted but checked, and answered.
 *
 * Reference: Hoare, "Assertions: a personal perspective", 2003; TigerBeetle asserts at the entry
 * and the exit of each operation in the same way.
 */

/** An invariant does not hold. */
export class BrokenInvariant extends Error {}

/** Throws `BrokenInvariant` unless `condition` holds. `invariant` is what should be true. */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new BrokenInvariant(`this should hold: ${invariant}`);
}

/** The value, which has to be there. `what` names it: "a ring", "the newest record". */
export function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new BrokenInvariant(`this should be there: ${what}`);
  return value;
}
