/** Runs over several processes, each of which does one at a time. */
import { type ChildProcess, fork } from 'node:child_process';
import type { Experiment } from './experiments.js';
import type { Sample } from './scenarios.js';

/** What a process is told to do. */
export interface Task extends Pick<Experiment, 'scenario' | 'setup'> {
  readonly seed: number;
}

/** Calls `ended` for each task, in whatever order they end. Rejects if a process dies. */
export async function runAll<T extends Task>(
  tasks: readonly T[],
  jobs: number,
  ended: (task: T, sample: Sample) => void,
): Promise<void> {
  const queue = tasks.values();
  const workers = Array.from({ length: jobs }, async () => {
    const worker = fork(new URL('./worker.js', import.meta.url));
    for (const task of queue) ended(task, await ask(worker, task));
    worker.disconnect();
  });
  await Promise.all(workers);
}

function ask(worker: ChildProcess, task: Task): Promise<Sample> {
  return new Promise((resolve, reject) => {
    const died = (code: number | null, signal: string | null) =>
      reject(
        new Error(`the process that ran ${JSON.stringify(task)} ended with ${signal ?? code}`),
      );
    worker.once('exit', died);
    worker.once('message', (sample) => {
      worker.off('exit', died);
      resolve(sample as Sample);
    });
    worker.send(task);
  });
}
