/**
 * The process in which a test file is loaded once and run for one mutant after the other; see
 * `loaded-judge.ts`, which starts it and is told what comes of it.
 *
 * Arguments: the compiled test file, and how many mutants the file under test has.
 */
import { pathToFileURL } from 'node:url';
import { type HeldSuite, heldSuites } from '../../support/runner/suite.js';
import { NO_MUTANT, type RunReport } from './run-report.js';

const [file, count] = process.argv.slice(2);
const asked = new Uint8Array(Number(count));
let meant = NO_MUTANT;
globalThis.isMutant = (number) => {
  asked[number] = 1;
  return number === meant;
};

/** What nobody has caught: it belongs to no test in particular. */
let stray: string | undefined;
process.on('uncaughtException', (error) => {
  stray = String(error);
});

async function runSuite({ suite, before, tests, after }: HeldSuite): Promise<string | undefined> {
  let failed = (await before()).length > 0 ? `${suite}: before` : undefined;
  for (const { name, run } of tests) {
    if (failed !== undefined) break;
    if ((await run()).length > 0) failed = `${suite}: ${name}`;
  }
  const wasLeft = (await after()).length > 0;
  return failed ?? (wasLeft ? `${suite}: after` : undefined);
}

async function runAll(): Promise<string | undefined> {
  for (const suite of heldSuites) {
    const failed = await runSuite(suite);
    if (failed !== undefined) return failed;
  }
  return stray;
}

async function judge(mutant: number): Promise<RunReport> {
  stray = undefined;
  meant = mutant;
  const { failed, ...how } = await watched(runAll);
  meant = NO_MUTANT;
  const isSpoilt = failed !== undefined && !(await holdsWithout(failed));
  return { failed, isSpoilt, ...how };
}

async function watched(run: () => Promise<string | undefined>) {
  const started = performance.now();
  asked.fill(0);
  const failed = await run();
  const reached = [...asked.keys()].filter((number) => asked[number] === 1);
  return { failed, reached, seconds: (performance.now() - started) / 1000 };
}

/** Whether what failed does not, now that the mutant is gone. */
async function holdsWithout(failed: string): Promise<boolean> {
  if (stray !== undefined) return false;
  const suite = heldSuites.find((held) => failed.startsWith(`${held.suite}: `));
  const tests = suite?.tests.filter(({ name }) => failed === `${suite.suite}: ${name}`) ?? [];
  return suite !== undefined && (await runSuite({ ...suite, tests })) === undefined;
}

function tell(report: RunReport): void {
  process.send!(report);
}

tell(
  await watched(async () => {
    await import(pathToFileURL(file!).href);
    return undefined;
  }),
);
process.on('message', (mutant: number) => void judge(mutant).then(tell));
