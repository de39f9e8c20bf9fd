/** What is done again and again, for as long as the process lives. */
import type { Clock } from '../ports.js';

export function every(clock: Clock, ms: number, run: () => void): void {
  clock.setTimeout(() => {
    run();
    every(clock, ms, run);
  }, ms);
}
