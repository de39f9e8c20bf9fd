/**
 * Runs one compiled test file in a process of its own and judges it by its counts: the suites
 * write them to a file (see `suite.ts`), so that a file which stays silent, ends early, or loses a
 * test on the way has failed, whatever its exit code says.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPORT_FILE_VARIABLE, type SuiteReport } from './suite.js';

export interface FileResult {
  readonly file: string;
  readonly passed: number;
  /** At least 1 if `problems` has an entry. */
  readonly failed: number;
  readonly skipped: SuiteReport['skipped'];
  /** What is wrong with the file as a whole, one sentence each. */
  readonly problems: readonly string[];
  /** Everything it wrote to its standard output and error. */
  readonly output: string;
  readonly seconds: number;
}

/** Process groups of the test files that run now. */
const groups = new Set<number>();

/** Test files have process groups of their own: a Ctrl-C in the terminal does not reach them. */
export function killRunningFiles(): void {
  for (const group of groups) kill(-group);
}

/** `limitMs`: for the whole file, after which it is killed. `env`: besides ours. */
export async function runFile(
  file: string,
  limitMs: number,
  env: NodeJS.ProcessEnv = {},
): Promise<FileResult> {
  const started = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'quorate-test-'));
  const reportFile = join(folder, 'report');
  const child = spawn(process.execPath, ['--enable-source-maps', file], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env, [REPORT_FILE_VARIABLE]: reportFile },
  });
  const group = child.pid!;
  groups.add(group);
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));

  const problems: string[] = [];
  const limit = setTimeout(() => {
    problems.push(`killed: it did not end within ${limitMs} ms`);
    kill(-group);
  }, limitMs);
  const closed = new Promise((resolve) => child.once('close', resolve));
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.once('exit', (...how) => resolve(how)),
  );
  clearTimeout(limit);
  // A process left behind holds the output open: it has to go before `close` can come.
  const strays = leftBehind(reportFile, group);
  for (const stray of strays) kill(stray);
  await closed;
  groups.delete(group);

  if (strays.length > 0) problems.push(`left ${strays.length} process(es) behind, now killed`);
  if (signal !== null && problems.length === 0) problems.push(`ended by ${signal}`);
  const suites = readReports(reportFile);
  rmSync(folder, { recursive: true });
  problems.push(...countingProblems(suites));
  const counted = sum(suites, (suite) => suite.failed);
  if (code !== 0 && code !== null && counted === 0) problems.push(`exit code ${code}`);
  if (code === 0 && counted > 0) problems.push('exit code 0 in spite of failures');
  return {
    file,
    passed: sum(suites, (suite) => suite.passed),
    failed: Math.max(counted, problems.length > 0 ? 1 : 0),
    skipped: suites.flatMap((suite) => suite.skipped),
    problems,
    output: Buffer.concat(output).toString('utf8'),
    seconds: (performance.now() - started) / 1000,
  };
}

function countingProblems(suites: readonly SuiteReport[]): string[] {
  if (suites.length === 0) return ['no suite was run'];
  const problems: string[] = [];
  for (const { suite, registered, passed, failed, skipped } of suites) {
    const done = passed + failed + skipped.length;
    if (registered === 0) problems.push(`suite "${suite}" has no tests`);
    if (registered !== done)
      problems.push(`suite "${suite}": ${done} of ${registered} tests ended`);
  }
  return problems;
}

function readReports(file: string): SuiteReport[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as SuiteReport);
}

/**
 * What to kill after a test file has ended. On Linux every descendant is found by the environment
 * it inherited, even in a process group of its own; elsewhere the file's process group has to do.
 */
function leftBehind(marker: string, group: number): number[] {
  if (process.platform !== 'linux') return kill(-group, 0) ? [-group] : [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && environmentOf(name).includes(marker))
    .map(Number);
}

/** Empty for a zombie, for a process that is gone, and for one of another user. */
function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}

/** False if there is no such process (or group, if negative). */
function kill(pid: number, signal: NodeJS.Signals | 0 = 'SIGKILL'): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
