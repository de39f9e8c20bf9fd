/** What a run has found: printed for people, saved as JSON for later comparison. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Measured, Measurement, Work } from './load.js';

const RESULTS_FOLDER = 'bench/results';

export interface Report {
  readonly date: string;
  readonly name: string;
  readonly machine: object;
  readonly work: Work;
  /** By name of the store. */
  readonly results: { readonly [store: string]: Measured };
  /** Requests per second, relative to etcd. */
  readonly ratio?: { readonly put: number; readonly get: number };
  /** What wrk printed. */
  readonly wrk?: { readonly put: string; readonly get: string };
}

/** To be asked before the work: the load average tells what else the machine had to do. */
export function machineFacts(etcd: string | undefined): object {
  return {
    loadAverage: loadavg()[0],
    cpus: cpus().length,
    cpu: cpus()[0]?.model,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()} ${process.arch}`,
    node: process.version,
    etcd,
    commit: commit(),
  };
}

/** With a plus sign if the work tree differs from it; undefined outside of a repository. */
function commit(): string | undefined {
  try {
    const hash = git('rev-parse', '--short', 'HEAD').trim();
    return git('status', '--porcelain') === '' ? hash : `${hash}+`;
  } catch {
    return undefined;
  }
}

function git(...args: string[]): string {
  return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

export function printMeasured(name: string, { put, get }: Measured): void {
  console.log(`\n${name}`);
  console.log('         req/s    p50 ms    p90 ms    p99 ms    max ms    failed');
  console.log(row('PUT', put));
  console.log(row('GET', get));
}

function row(kind: string, { perSecond, p50Ms, p90Ms, p99Ms, maxMs, failed }: Measurement): string {
  const latencies = [p50Ms, p90Ms, p99Ms, maxMs].map((ms) => ms.toFixed(2).padStart(10)).join('');
  return `${kind} ${String(perSecond).padStart(10)}${latencies}${String(failed).padStart(10)}`;
}

/** `ours` relative to `theirs`. */
export function ratioOf(ours: Measured, theirs: Measured): { put: number; get: number } {
  const ratio = (kind: keyof Measured) =>
    Number((ours[kind].perSecond / theirs[kind].perSecond).toFixed(2));
  return { put: ratio('put'), get: ratio('get') };
}

/** Returns the path; a run of the same day and name is replaced. */
export function save(report: Report): string {
  mkdirSync(RESULTS_FOLDER, { recursive: true });
  const file = join(RESULTS_FOLDER, `${report.date.slice(0, 10)}-${report.name}.json`);
  writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`);
  return file;
}
