/** On what a benchmark ran, and where its results go. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';

const RESULTS_FOLDER = 'bench/results';

/** To be asked before the work: the load average tells what else the machine had to do. */
export function machineFacts(versions: object = {}): object {
  return {
    loadAverage: loadavg()[0],
    cpus: cpus().length,
    cpu: cpus()[0]?.model,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()} ${process.arch}`,
    node: process.version,
    ...versions,
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

/** Writes a file whose name begins with the day; returns its path. Replaces one of that name. */
export function save(name: string, text: string): string {
  mkdirSync(RESULTS_FOLDER, { recursive: true });
  const file = join(RESULTS_FOLDER, `${new Date().toISOString().slice(0, 10)}-${name}`);
  writeFileSync(file, text);
  return file;
}

export function saveJson(name: string, report: object): string {
  return save(`${name}.json`, `${JSON.stringify(rounded(report), undefined, 2)}\n`);
}

/** Four figures are more than any of these is worth. */
function rounded(value: unknown): unknown {
  if (typeof value === 'number') return Number(value.toPrecision(Math.abs(value) < 1e4 ? 4 : 6));
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, rounded(each)]));
}
