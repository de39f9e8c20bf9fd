/** What is done again and again, until the node has ended. */
import type { Clock } from '../../ports.js';

export function every(clock: Clock, ms: number, isOver: () => boolean, run: () => void): void {
  clock.setTimeout(() => {
    if (isOver()) return;
    run();
    every(clock, ms, isOver, run);
  }, ms);
}
