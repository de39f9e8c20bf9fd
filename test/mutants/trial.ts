/**
 * One mutant before the judges of its file: first the tests, those before that notice most in the
 * least time, and then whole clusters.
 *
 * Tests that cannot be asked while they are loaded run in processes of their own, one for each
 * mutant; those that never come by it are left out. What code has kept from before, in a variable
 * of its module, can hide a mistake from loaded tests: then it is shown as a survivor, and looked
 * at.
 */
import { spawn } from 'node:child_process';
import { runFile } from '../support/runner/runner.js';
import { STOP_VARIABLE } from '../support/runner/suite.js';
import type { LoadedJudge } from './judges/loaded-judge.js';
import { compiledWith, type Mutation } from './mutations/mutations.js';
import type { Sandbox } from './sandbox.js';

/** `slow`: it never came to an end, which is as good as caught. */
export type Verdict = 'killed' | 'slow' | 'survived';

export interface Outcome {
  readonly verdict: Verdict;
  /** The test file or the seed that noticed. */
  readonly by?: string;
}

const PATIENCE = 5;
const LEAST_LIMIT_MS = 10_000;
const SEED_LIMIT_MS = 180_000;

export interface Court {
  readonly sandbox: Sandbox;
  readonly judges: readonly LoadedJudge[];
  readonly seeds: readonly number[];
}

/** `number`: of the mutant, among those that the judges have loaded. */
export async function tryMutant(
  { sandbox, judges, seeds }: Court,
  file: { readonly path: string; readonly text: string },
  mutation: Mutation,
  number: number,
): Promise<Outcome> {
  const near = judges
    .filter((judge) => judge.reaches(number))
    .sort((a, b) => b.promise - a.promise);
  const unasked: LoadedJudge[] = [];
  for (const judge of near) {
    const notice = judge.canJudge(number) ? await judge.judge(number) : 'spoilt';
    if (notice === 'killed' || notice === 'slow') return { verdict: notice, by: judge.path };
    if (notice === 'spoilt') unasked.push(judge);
  }
  const compiled = compiledWith(mutation, file.path, file.text);
  return sandbox.with(file.path, compiled, async () => {
    for (const { path, seconds } of unasked) {
      const limitMs = Math.max(LEAST_LIMIT_MS, seconds * 1000 * PATIENCE);
      const result = await runFile(sandbox.compiled(path), limitMs, { [STOP_VARIABLE]: '1' });
      if (result.failed === 0) continue;
      const isSlow = result.problems.some((problem) => problem.startsWith('killed'));
      return { verdict: isSlow ? 'slow' : 'killed', by: path };
    }
    for (const seed of seeds) {
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
