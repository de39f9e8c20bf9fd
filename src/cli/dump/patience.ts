/** How long something is tried again that a cluster may do in a moment. */
import { systemClock as clock, pause } from '../../system.js';
import { CommandFailed } from '../client/failures.js';
import type { ExitName } from '../exit-codes.js';

/** A node that is started again is back by then, and a dead one is routed around. */
export const PATIENCE_MS = 30_000;
const FIRST_PAUSE_MS = 100;
const MOST_PAUSE_MS = 3000;
const FOR_NOW: readonly ExitName[] = ['unreachable', 'noQuorum', 'unknown'];

/** Whether it may be otherwise in a moment. */
export function isForNow(error: unknown): error is CommandFailed {
  return error instanceof CommandFailed && FOR_NOW.includes(error.exit);
}

/** A turn for each try, with growing pauses in between, and none after so long. */
export async function* tries(patienceMs: number): AsyncGenerator<void, void> {
  const since = clock.monotonic();
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MOST_PAUSE_MS)) {
    yield;
    if (clock.monotonic() - since + pauseMs > patienceMs) return;
    await pause(pauseMs);
  }
}
