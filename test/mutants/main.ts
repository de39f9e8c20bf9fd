/**
 * `npm run mutants -- [options]`: how much of the code the tests hold in place. Each small mistake
 * (`mutations.ts`) is made in a copy of what was compiled, and the tests that look at the file
 * should fail, or else a seed of the simulator.
 *
 *     --files part      only files whose path contains it; several with commas between them
 *     --sample n        so many mutants, chosen by --seed (0: all)
 *     --seed n          of the choice (1)
 *     --seeds n         seeds of the simulator for what the tests let pass (1)
 *     --tests n         so many of the tests of a file at most, the nearest (8)
 *     --test-seconds n  and only as many as take so long together (15)
 *     --jobs n          files at a time (1)
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
import { Judges } from './judges/judges.js';
import { TestFinder } from './judges/tests-of.js';
import { compile } from './mutations/compile.js';
import { FOLDERS, mutatedFiles } from './mutations/mutated-files.js';
import { type Mutation, mutationsOf } from './mutations/mutations.js';
import { compiledWithAll } from './mutations/schemata.js';
import { reportOf, showMutant, showReport, type Tried } from './report.js';
import { Sandbox } from './sandbox.js';
import { tryMutant } from './trial.js';

const options = optionsOf({
  files: '',
  jobs: 1,
  sample: { fallback: 0, least: 0 },
  seed: 1,
  seeds: { fallback: 1, least: 0 },
  tests: 8,
  'test-seconds': 15,
  json: '',
});

const sandboxes: Sandbox[] = [];

interface Mutant {
  readonly file: SourceFile;
  /** Among those of its file. */
  readonly number: number;
  readonly mutation: Mutation;
}

const parts = options.files.split(',');
const files = mutatedFiles().filter(({ path }) => parts.some((part) => path.includes(part)));
if (files.length === 0) refuse(`no file in ${FOLDERS.join(', ')} has ${options.files} in its path`);

/** The mutants to try, and those that may survive. */
function chosen(): { mutants: Mutant[]; accepted: { file: string }[]; outlived: Accepted[] } {
  const survivors = new AcceptedSurvivors(ACCEPTED);
  const mutants: Mutant[] = [];
  const accepted: { file: string }[] = [];
  for (const file of files) {
    for (const [number, mutation] of mutationsOf(file.path, file.text).entries()) {
      const reason = survivors.reasonFor(file.path, file.text, mutation);
      if (reason === undefined) mutants.push({ file, number, mutation });
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

const tried: Tried[] = [];

/** The mutants of one file, one after the other. */
async function tryFile(
  sandbox: Sandbox,
  judges: Judges,
  file: SourceFile,
  mutants: readonly Mutant[],
): Promise<void> {
  const { path, text } = file;
  const all = mutationsOf(path, text);
  const original = compile(path, text);
  const seeds = Array.from({ length: options.seeds }, (_, index) => index + 1);
  await sandbox.with(path, compiledWithAll(all, path, text), async () => {
    const loaded = await judges.of({ path, mutants: all.length, original }, sandbox);
    for (const { number, mutation } of mutants) {
      const court = { sandbox, judges: loaded, seeds };
      const outcome = await tryMutant(court, file, mutation, number);
      tried.push({ file: path, mutation, ...outcome });
      if (outcome.verdict === 'survived') console.log(showMutant(tried.at(-1)!));
    }
    for (const judge of loaded) judge.close();
  });
}

async function main(): Promise<boolean> {
  const { mutants, accepted, outlived } = chosen();
  const byFile = new Map<SourceFile, Mutant[]>(mutants.map(({ file }) => [file, []]));
  for (const mutant of mutants) byFile.get(mutant.file)!.push(mutant);
  const judges = new Judges({
    finder: new TestFinder(sourceFiles(['test']), sourceFiles(['actors', 'src'])),
    most: options.tests,
    mostSeconds: options['test-seconds'],
  });
  console.log(`${mutants.length} mutants of ${byFile.size} files`);
  const queue = byFile.entries();
  for (let job = 0; job < options.jobs; job++) sandboxes.push(new Sandbox());
  try {
    await Promise.all(
      [...sandboxes].map(async (sandbox) => {
        for (const [file, those] of queue) {
          await tryFile(sandbox, judges, file, those);
          console.log(`${file.path} is through: ${tried.length} of ${mutants.length}`);
        }
      }),
    );
  } finally {
    closeAll();
  }
  for (const test of judges.failing) console.log(`${test} fails as it is, and judges nothing`);
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
