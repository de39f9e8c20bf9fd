/** One mutant before its judges: first the tests, then whole clusters. */
import { spawn } from 'node:child_process';
import { runFile } from '../support/runner/runner.js';
import { compiledWith, type Mutation } from './mutations.js';
import type { Sandbox } from './sandbox.js';

/** `slow`: it never came to an end, which is as good as caught. */
export type Verdict = 'killed' | 'slow' | 'survived';

export interface Outcome {
  readonly verdict: Verdict;
  /** The test file or the seed that noticed. */
  readonly by?: string;
}

/** A test file, and how long it takes without a mutant. */
export interface TimedTest {
  readonly path: string;
  readonly seconds: number;
}

/** So many times as long as without a mutant, and then some: machines are busy at times. */
const PATIENCE = 5;
const LEAST_LIMIT_MS = 10_000;
const SEED_LIMIT_MS = 180_000;

export async function tryMutant(
  sandbox: Sandbox,
  file: { readonly path: string; readonly text: string },
  mutation: Mutation,
  judges: { readonly tests: readonly TimedTest[]; readonly seeds: readonly number[] },
): Promise<Outcome> {
  const compiled = compiledWith(mutation, file.path, file.text);
  return sandbox.with(file.path, compiled, async () => {
    for (const { path, seconds } of judges.tests) {
      const limitMs = Math.max(LEAST_LIMIT_MS, seconds * 1000 * PATIENCE);
      const result = await runFile(sandbox.compiled(path), limitMs);
      if (result.failed === 0) continue;
      const isSlow = result.problems.some((problem) => problem.startsWith('killed'));
      return { verdict: isSlow ? 'slow' : 'killed', by: path };
    }
    for (const seed of judges.seeds) {
      if (!(await holds(sandbox, seed))) return { verdict: 'killed', by: `seed ${seed}` };
    }
    return { verdict: 'survived' };
  });
}

/** Whether the simulator finds nothing wrong; a run without an end is one. */
function holds(sandbox: Sandbox, seed: number): Promise<boolean> {
  const main = sandbox.compiled('test/sim/main.ts');
  const child = spawn(process.execPath, [main, '--seed', String(seed)], {
    stdio: 'ignore',
    timeout: SEED_LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code === 0));
  });
}
