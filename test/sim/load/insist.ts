/** What a node has to do when all is healed, though not at the first attempt. */
import type { Machine, Running } from '../cluster/machine.js';
import type { Invariant } from '../world/invariants.js';
import type { World } from '../world/world.js';

const AGAIN_MS = 1000;
/** Attempts end by themselves, much sooner. */
const HOPELESS_MS = 300_000;

export interface Duty {
  readonly invariant: Invariant;
  /** Until when it may be tried again. */
  readonly limit: number;
  /** Calls `ended` once, with what went wrong, if anything did. */
  readonly attempt: (running: Running, ended: (failure?: string) => void) => void;
}

/** Has the node do it until it succeeds, as long as it runs; violates the world if it does not. */
export async function insist(
  world: World,
  machine: Machine,
  { invariant, limit, attempt }: Duty,
): Promise<void> {
  while (machine.running && !world.violation) {
    let isOver = false;
    let last: string | undefined = 'it has not ended';
    attempt(machine.running, (failure) => {
      isOver = true;
      last = failure;
    });
    await world.run(limit + HOPELESS_MS, () => isOver);
    if (last === undefined) return;
    if (world.now > limit) return world.violate(invariant, last);
    await world.run(world.now + AGAIN_MS);
  }
}
