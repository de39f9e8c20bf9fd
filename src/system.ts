/**
 * The real clock and the real randomness: the only file that reads them. Everything else is given a
 * `Clock` and a `Random`, so that the simulator can give it others.
 */
import { randomBytes } from 'node:crypto';
import type { Clock, Random } from './ports.js';

/** Node runs a longer timer after one millisecond instead; 24 days later is the lesser surprise. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: (run, ms) => setTimeout(run, Math.min(ms, MAX_TIMER_MS)),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
};

/** Resolves after so many ms: for programs that wait; a node's own parts get a `Clock`. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void systemClock.setTimeout(resolve, ms));
}

/** When this process, or this thread of it, has started: wall clock, milliseconds since 1970. */
export const startedAt = performance.timeOrigin;

/** How many files and sockets this process may have open; undefined if that is not limited. */
export function openFilesLimit(): number | undefined {
  const { report } = process;
  // Sockets would be looked up by their names. Not in Node's types yet.
  Object.assign(report, { excludeNetwork: true });
  const { userLimits } = report.getReport() as {
    userLimits?: { open_files?: { soft?: number | string } };
  };
  const soft = Number(userLimits?.open_files?.soft);
  return Number.isInteger(soft) ? soft : undefined;
}

/** Memory that this process holds, all threads, bytes. */
export const residentBytes = (): number => process.memoryUsage.rss();

export const systemRandom: Random = {
  float: () => Math.random(),
  hex: (digits) =>
    randomBytes(Math.ceil(digits / 2))
      .toString('hex')
      .slice(0, digits),
};
