/** What became of the mutants, by file and by folder. */
import { posix } from 'node:path';
import type { Mutation } from './mutations/mutations.js';
import type { Outcome } from './trial.js';

export interface Tried extends Outcome {
  readonly file: string;
  readonly mutation: Mutation;
}

export interface Figures {
  /** Without those that may survive. */
  mutants: number;
  killed: number;
  slow: number;
  survived: number;
  /** That may, for a reason. */
  accepted: number;
}

export interface Report {
  readonly folders: { readonly [path: string]: Figures };
  readonly files: { readonly [path: string]: Figures };
  readonly survivors: readonly Tried[];
}

export function reportOf(tried: readonly Tried[], accepted: readonly { file: string }[]): Report {
  const files: { [path: string]: Figures } = {};
  const folders: { [path: string]: Figures } = {};
  const both = (file: string) => [
    of(files, file),
    ...foldersOf(file).map((folder) => of(folders, folder)),
  ];
  for (const { file, verdict } of tried) {
    for (const figures of both(file)) {
      figures.mutants++;
      figures[verdict]++;
    }
  }
  for (const { file } of accepted) for (const figures of both(file)) figures.accepted++;
  return { folders, files, survivors: tried.filter(({ verdict }) => verdict === 'survived') };
}

/** `a`, `a/b`, … of a file in them. */
function foldersOf(file: string): string[] {
  const folder = posix.dirname(file);
  return folder === '.' ? [] : [...foldersOf(folder), folder];
}

function of(all: { [path: string]: Figures }, path: string): Figures {
  all[path] ??= { mutants: 0, killed: 0, slow: 0, survived: 0, accepted: 0 };
  return all[path];
}

/** In percent; what never ends was noticed, too. */
export function scoreOf({ mutants, survived }: Figures): number {
  return mutants === 0 ? 100 : (100 * (mutants - survived)) / mutants;
}

/** Folders, their files, and the survivors with their lines. */
export function showReport({ folders, files, survivors }: Report): string {
  const row = ([path, figures]: [string, Figures]) => {
    const { mutants, killed, slow, survived, accepted } = figures;
    const counts = [mutants, killed, slow, survived, accepted].map((n) => String(n).padStart(10));
    return `${path.padEnd(52)}${counts.join('')}${`${scoreOf(figures).toFixed(0)} %`.padStart(10)}`;
  };
  const names = ['mutants', 'killed', 'slow', 'survived', 'accepted', 'score'];
  const head = `${''.padEnd(52)}${names.map((name) => name.padStart(10)).join('')}`;
  const sorted = (all: { readonly [path: string]: Figures }) =>
    Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    head,
    ...sorted(folders).map(row),
    '',
    ...sorted(files).map(row),
    '',
    ...survivors.map(showMutant),
  ].join('\n');
}

export function showMutant({ file, mutation }: Omit<Tried, 'verdict'>): string {
  const { line, before, after } = mutation;
  const short = (text: string) => text.replaceAll(/\s+/g, ' ').slice(0, 70);
  return `${file}:${line}  ${short(before)}  ->  ${after === ';' ? 'left out' : short(after)}`;
}
