/**
 * Runs the tests: `node dist/test/run.js [options] [part of a path, or a file]...`
 *
 *     --quick       leaves out what takes long: whole clusters, and what is named below
 *     --jobs n      files at a time (2); those that start whole clusters come last
 *     --limit-ms n  for each file (180,000)
 *
 * Every `*.test.js` beside this file, or those whose path contains one of the arguments, in a
 * process of its own. The last line is `N passed, N failed`; exit code 1 if anything failed, or if
 * there was nothing to run; 2 for a command line that makes no sense.
 */
import '../src/cli/preflight.js';
import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { commandLineOf, refuse } from './support/command-line.js';
import { LANE_VARIABLE } from './support/runner/lane.js';
import { type FileResult, killRunningFiles, runFile } from './support/runner/runner.js';

const root = import.meta.dirname;
const { options, words } = commandLineOf({ quick: false, jobs: 2, 'limit-ms': 180_000 });

/**
 * Left out by `--quick`: parts of paths. No unit test is among them, and every contract is still
 * tested on one adapter.
 */
const SLOW = [
  'process/',
  // Hundreds of simulated clusters and schedules.
  'sim/sweep',
  'sim/planted',
  'actors/membership/simulation',
  'actors/coordinator/caspaxos/model',
  // Real disks, also such that fail: the store's contract holds on the simulated one, too.
  'store/sqlite-store',
  'store/disk-faults',
  // Installs and builds.
  'deploy/image',
  // Processes that take their time.
  'cli/commands/leave',
  'support/runner/suite',
];

function isWholeCluster(file: string): boolean {
  return file.startsWith(join(root, 'process/'));
}

function findFiles(): string[] {
  const all = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.js'))
    .sort()
    .map((name) => join(root, name));
  const isSlow = (part: string) => (file: string) => show(file).startsWith(part);
  for (const part of SLOW) if (!all.some(isSlow(part))) refuse(`${part} is slow, and is no test`);
  const files = options.quick ? all.filter((file) => !SLOW.some((p) => isSlow(p)(file))) : all;
  if (words.length === 0) return files;
  const asked = words.filter((word) => word.endsWith('.js') && existsSync(word));
  const parts = words.filter((word) => !asked.includes(word));
  return [...asked, ...files.filter((file) => parts.some((part) => show(file).includes(part)))];
}

function show(file: string): string {
  return relative(root, file).replace(/\.js$/, '');
}

async function runAll(files: readonly string[]): Promise<FileResult[]> {
  const queue = files.values();
  const results: FileResult[] = [];
  async function run(lane: number): Promise<void> {
    for (const file of queue) {
      const result = await runFile(file, options['limit-ms'], { [LANE_VARIABLE]: String(lane) });
      results.push(result);
      print(result);
    }
  }
  await Promise.all(Array.from({ length: options.jobs }, (_, lane) => run(lane)));
  return results;
}

function print({ file, passed, failed, skipped, problems, output, seconds }: FileResult): void {
  const took = `${seconds.toFixed(1)} s`;
  if (failed === 0) {
    const also = skipped.length > 0 ? `, ${skipped.length} skipped` : '';
    console.log(`ok    ${show(file)}: ${passed} passed${also}, ${took}`);
    return;
  }
  console.log(`\nFAIL  ${show(file)}: ${passed} passed, ${failed} failed, ${took}`);
  console.log(output);
  for (const problem of problems) console.log(`FAIL  ${show(file)}: ${problem}`);
  console.log();
}

process.on('exit', killRunningFiles);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const files = findFiles();
const results = [
  ...(await runAll(files.filter((file) => !isWholeCluster(file)))),
  // They wait for most of their time.
  ...(await runAll(files.filter(isWholeCluster))),
];

const slowest = [...results].sort((a, b) => b.seconds - a.seconds).slice(0, 5);
console.log('\nslowest:');
for (const { file, seconds } of slowest) console.log(`  ${seconds.toFixed(1)} s  ${show(file)}`);
for (const { file, skipped } of results) {
  for (const { test, reason } of skipped) console.log(`skipped  ${show(file)}: ${test}: ${reason}`);
}
const strays = results.filter((result) => result.problems.some((text) => text.startsWith('left ')));
console.log(
  strays.length === 0
    ? 'no process was left behind'
    : `processes were left behind by ${strays.map((result) => show(result.file)).join(', ')}`,
);
if (files.length === 0) console.log('there was no test to run');

const total = { passed: 0, failed: 0, skipped: 0 };
for (const { passed, failed, skipped } of results) {
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped.length;
}
process.exitCode = total.failed > 0 || total.passed + total.skipped === 0 ? 1 : 0;
const also = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`${total.passed} passed, ${total.failed} failed${also}`);
