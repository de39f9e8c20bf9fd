/**
 * `npm run mutants -- [options]`: how much of the code the tests hold in place. Each small mistake
 * (`mutations.ts`) is made in a copy of what was compiled, and the tests that look at the file
 * should fail, or else a seed of the simulator.
 *
 *     --files part      only files whose path contains it; several with commas between them
 *     --sample n        so many mutants, chosen by --seed (0: all)
 *     --seed n          of the choice (1)
 *     --seeds n         seeds of the simulator for what the tests let pass (1)
 *     --test-seconds n  the nearest tests of a file, as many as take so long together (15)
 *     --jobs n          mutants at a time (1)
 *     --json file       the report, and every survivor, for programs
 *
 * What may survive, and why, is in `accepted.json`. Exit code 1 if anything else does.
 */
import { writeFileSync } from 'node:fs';
import { Stream } from '../sim/world/random.js';
import { optionsOf, refuse } from '../support/command-line.js';
import { killRunningFiles } from '../support/runner/runner.js';
import { type SourceFile, sourceFiles } from '../support/source-tree.js';
import { type Accepted, AcceptedSurvivors } from './accepted.js';
import ACCEPTED from './accepted.json' with { type: 'json' };
import { Judges } from './judges.js';
import { type Mutation, mutationsOf } from './mutations.js';
import { reportOf, showMutant, showReport, type Tried } from './report.js';
import { Sandbox } from './sandbox.js';
import { TestFinder } from './tests-of.js';
import { type TimedTest, tryMutant } from './trial.js';

const FOLDERS = ['actors', 'src/core', 'src/node', 'src/store'];

const options = optionsOf({
  files: '',
  jobs: 1,
  sample: { fallback: 0, least: 0 },
  seed: 1,
  seeds: { fallback: 1, least: 0 },
  'test-seconds': 15,
  json: '',
});

const sandboxes: Sandbox[] = [];

interface Mutant {
  readonly file: SourceFile;
  readonly mutation: Mutation;
}

const parts = options.files.split(',');
const files = sourceFiles(FOLDERS).filter(
  ({ path }) => path.endsWith('.ts') && parts.some((part) => path.includes(part)),
);
if (files.length === 0) refuse(`no file in ${FOLDERS.join(', ')} has ${options.files} in its path`);

/** The mutants to try, and those that may survive. */
function chosen(): { mutants: Mutant[]; accepted: { file: string }[]; outlived: Accepted[] } {
  const survivors = new AcceptedSurvivors(ACCEPTED);
  const mutants: Mutant[] = [];
  const accepted: { file: string }[] = [];
  for (const file of files) {
    for (const mutation of mutationsOf(file.path, file.text)) {
      const reason = survivors.reasonFor(file.path, file.text, mutation);
      if (reason === undefined) mutants.push({ file, mutation });
      else accepted.push({ file: file.path });
    }
  }
  const random = new Stream(options.seed, 'mutants');
  return {
    mutants: options.sample === 0 ? mutants : random.sample(mutants, options.sample),
    accepted,
    outlived: survivors.outlived(files.map(({ path }) => path)),
  };
}

async function main(): Promise<boolean> {
  const { mutants, accepted, outlived } = chosen();
  for (let job = 0; job < options.jobs; job++) sandboxes.push(new Sandbox());
  const tried: Tried[] = [];
  try {
    const paths = [...new Set(mutants.map(({ file }) => file.path))];
    const finder = new TestFinder(sourceFiles(['test']));
    const mostSeconds = options['test-seconds'];
    const judges = new Judges({ sandbox: sandboxes[0]!, finder, mostSeconds });
    const tests = new Map<string, TimedTest[]>();
    for (const path of paths) tests.set(path, await judges.of(path));
    for (const test of judges.failing) console.log(`${test} fails as it is, and judges nothing`);
    const seeds = Array.from({ length: options.seeds }, (_, index) => index + 1);
    console.log(`${mutants.length} mutants of ${paths.length} files`);
    const queue = mutants.values();
    await Promise.all(
      [...sandboxes].map(async (sandbox) => {
        for (const { file, mutation } of queue) {
          const judged = { tests: tests.get(file.path)!, seeds };
          const outcome = await tryMutant(sandbox, file, mutation, judged);
          tried.push({ file: file.path, mutation, ...outcome });
          if (outcome.verdict === 'survived') console.log(showMutant(tried.at(-1)!));
          if (tried.length % 50 === 0) console.log(`${tried.length} of ${mutants.length}`);
        }
      }),
    );
  } finally {
    closeAll();
  }
  const report = reportOf(tried, accepted);
  console.log(`\n${showReport(report)}`);
  for (const { file, line } of outlived)
    console.log(`accepted.json: nothing of ${file} is ${line}`);
  if (options.json !== '') writeFileSync(options.json, JSON.stringify(report, undefined, 2));
  return report.survivors.length === 0 && outlived.length === 0;
}

function closeAll(): void {
  for (const sandbox of sandboxes.splice(0)) sandbox.close();
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => {
    killRunningFiles();
    closeAll();
    process.exit(code);
  });
}
process.exitCode = (await main()) ? 0 : 1;
