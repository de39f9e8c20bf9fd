/** Many seeds, spread over processes, and what they come to together. */
import { type ChildProcess, fork } from 'node:child_process';
import { drawOptions, type Options } from './options.js';
import type { PlantedBug } from './planted/bug.js';
import { findPlanted } from './planted/planted.js';
import { type RunResult, simulate } from './run.js';

export interface SweepOptions {
  readonly seeds: readonly number[];
  /** Processes; 0 runs everything in this one. */
  readonly jobs: number;
  /** The name of a planted bug. */
  readonly planted?: string | undefined;
  readonly stopAtFirst?: boolean;
  readonly ended: (result: RunResult) => void;
}

/** The same run once more, with the same planted bug. */
export function replayCommand(seed: number, planted?: string): string {
  return `npm run sim -- --seed ${seed}${planted === undefined ? '' : ` --planted ${planted}`}`;
}

/** See `docs/debugging.md`. */
export function recordCommand(seed: number, planted?: string): string {
  return `${replayCommand(seed, planted)} --record run.json`;
}

/** Opens what that has recorded. */
export const CONSOLE_COMMAND = 'npm run console -- run.json';

/** Of how many seeds one is run twice, to see that it is the same run. */
const TWICE_EVERY = 20;

/** One seed, and every so often once more; with a bug that is planted, what it should break. */
export async function runSeed(seed: number, planted?: PlantedBug): Promise<RunResult> {
  if (planted) return simulate(optionsOf(seed, planted), { keep: 0 }, undefined, planted.caughtBy);
  const options = drawOptions(seed);
  const result = await simulate(options, { keep: 0 });
  if (result.violation || seed % TWICE_EVERY !== 0) return result;
  const again = await simulate(options, { keep: 0 });
  if (again.hash === result.hash && again.events === result.events) return result;
  const detail = `trace hash ${result.hash}, then ${again.hash}`;
  return { ...result, violation: { invariant: 'same seed, same run', detail, atMs: 0 } };
}

export function optionsOf(seed: number, planted?: PlantedBug): Options {
  const drawn = drawOptions(seed);
  return planted?.scenario?.(drawn) ?? drawn;
}

export async function sweep(options: SweepOptions): Promise<void> {
  const queue = options.seeds.values();
  if (options.jobs === 0) {
    const planted = options.planted === undefined ? undefined : findPlanted(options.planted);
    const undo = planted?.plant();
    try {
      for (const seed of queue) {
        const result = await runSeed(seed, planted);
        options.ended(result);
        if (result.violation && options.stopAtFirst) break;
      }
    } finally {
      undo?.();
    }
    return;
  }
  let isOver = false;
  const workers = Array.from({ length: options.jobs }, async () => {
    const worker = fork(new URL('./worker.js', import.meta.url), [options.planted ?? '']);
    for (const seed of queue) {
      const result = await ask(worker, seed);
      if (isOver) break;
      options.ended(result);
      if (result.violation && options.stopAtFirst) isOver = true;
      if (isOver) break;
    }
    worker.disconnect();
  });
  await Promise.all(workers);
}

function ask(worker: ChildProcess, seed: number): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const died = (code: number | null, signal: string | null) =>
      reject(new Error(`the process that ran seed ${seed} ended with ${signal ?? code}`));
    worker.once('exit', died);
    worker.once('message', (result) => {
      worker.off('exit', died);
      resolve(result as RunResult);
    });
    worker.send(seed);
  });
}
