/** What is done again and again. */
import type { Clock } from '../../ports.js';

/** Runs `ms` milliseconds after its last run has ended; returns how to stop that. */
export function every(clock: Clock, ms: number, run: () => void): () => void {
  let isOver = false;
  let timer: unknown;
  const wait = () => {
    timer = clock.setTimeout(() => {
      run();
      if (!isOver) wait();
    }, ms);
  };
  wait();
  return () => {
    isOver = true;
    clock.clearTimeout(timer);
  };
}
