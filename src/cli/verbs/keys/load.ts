/** `quorate load`: stores what `quorate dump` has written. */
import { statSync } from 'node:fs';
import { Option } from 'commander';
import { countOf } from '../../../words/figures.js';
import { CommandFailed } from '../../client/failures.js';
import { check, type Loaded, load as loadDump } from '../../dump/load.js';
import { piecesOf, type Read, readDump } from '../../dump/read.js';
import type { ExitName } from '../../exit-codes.js';
import { isPiped } from '../../terminal/input.js';
import type { Output } from '../../terminal/output.js';
import type { Call, Verb } from '../verb.js';

interface LoadOptions {
  readonly ifAbsent?: true;
  readonly dryRun?: true;
}

export const load: Verb<LoadOptions> = {
  name: 'load',
  group: 'Keys',
  summary: 'store what quorate dump has written',
  more:
    'A file is read twice: nothing is stored of one that is damaged or was cut short. Standard ' +
    'input is stored as it comes, up to where it makes no sense. Loading twice is as loading ' +
    'once. Keys of the cluster that the dump does not have stay; what has expired is left out.',
  words: [{ form: '[file]', help: 'what was dumped; - or nothing reads standard input' }],
  options: [
    new Option('--if-absent', 'what the cluster holds stays, and only the rest is stored'),
    new Option('--dry-run', 'check all lines, and store none; no node is asked'),
  ],
  examples: [
    ['load all.ndjson', 'the keys are as they were when they were dumped'],
    ['load all.ndjson --if-absent', 'only those that have got lost since'],
    ['load all.ndjson --dry-run', 'says which lines make no sense'],
  ],
  async run({ words: [word], options, nodes, output }) {
    const file = word === '-' ? undefined : word;
    if (word === undefined && !isPiped()) {
      throw new CommandFailed('usage', 'there is no dump: load takes a file, or standard input');
    }
    const reads = () => orFail(file ?? 'standard input', readDump(piecesOf(file)));
    if (options.dryRun) return reportChecked(output, await check(reads()));
    let keys = 0;
    if (file !== undefined && mayBeReadTwice(file)) {
      const checked = await check(reads());
      if (checked.failed > 0) {
        tellFaults(output, checked);
        throw new CommandFailed('failed', `${file} is damaged: nothing was stored`);
      }
      keys = checked.expired + checked.good;
    }
    return store({ nodes, output }, reads(), options.ifAbsent === true, keys);
  },
};

/** What is no file, as a pipe of a shell, comes only once. */
function mayBeReadTwice(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
}

/** `keys`: how many there are; 0 if nobody knows. */
async function store(
  { nodes, output }: Pick<Call, 'nodes' | 'output'>,
  reads: AsyncIterable<Read>,
  ifAbsent: boolean,
  keys: number,
): Promise<ExitName | undefined> {
  const progress = output.progress();
  try {
    const loaded = await loadDump(nodes, reads, { ifAbsent }, (so) => {
      if (progress.isBar) progress.show(so.done, keys, saidOf(so));
    });
    progress.end();
    tellFaults(output, loaded);
    const { stored, kept, expired, failed } = loaded;
    output.report({
      json: { stored, kept, expired, failed },
      table: () => [[saidOf(loaded)]],
      value: () => String(stored),
    });
    const exit = loaded.failure?.exit;
    // What a node refuses is in the dump, not on the command line.
    return exit === 'usage' ? 'failed' : exit;
  } finally {
    progress.end();
  }
}

function reportChecked(output: Output, checked: Loaded & { good: number }): ExitName | undefined {
  tellFaults(output, checked);
  const { good, expired, failed } = checked;
  const faults = failed === 0 ? 'it is whole' : countOf(failed, 'fault');
  output.report({
    json: { keys: good, expired, faults: failed },
    table: () => [[`${countOf(good, 'key')} to store, ${expired} expired; ${faults}`]],
    value: () => String(good),
  });
  return failed === 0 ? undefined : 'failed';
}

function saidOf({ stored, kept, expired, failed }: Loaded): string {
  const counts = { stored, kept, expired, failed };
  const others = Object.entries(counts).filter(([name, count]) => name === 'stored' || count > 0);
  return others.map(([name, count]) => `${count} ${name}`).join(', ');
}

function tellFaults(output: Output, { faults, failed }: Loaded): void {
  for (const { line, why } of faults) output.note(`line ${line}: ${why}`);
  if (failed > faults.length) output.note(`and ${failed - faults.length} lines more`);
}

/** What cannot be read is a sentence. */
async function* orFail(name: string, reads: AsyncIterable<Read>): AsyncGenerator<Read, void> {
  try {
    yield* reads;
  } catch (error) {
    throw new CommandFailed('failed', `${name} cannot be read: ${(error as Error).message}`);
  }
}
