/** `quorate dump`: all keys and what they hold, as lines of JSON that `quorate load` takes. */
import { Option } from 'commander';
import { bytesText, countOf } from '../../../words/figures.js';
import { lineOf } from '../../dump/entry.js';
import { walk } from '../../dump/walk.js';
import { WholeFile } from '../../dump/whole-file.js';
import type { Output } from '../../terminal/output.js';
import type { Verb } from '../verb.js';

interface DumpOptions {
  readonly prefix?: string;
  readonly to?: string;
}

export const dump: Verb<DumpOptions> = {
  name: 'dump',
  group: 'Keys',
  summary: 'write all keys with their values, as lines of JSON',
  more:
    'quorate load takes them. The last line says how many there are, and --to leaves no file ' +
    'that is not whole. It is no snapshot: what is written meanwhile may be in it or not.',
  options: [
    new Option('--prefix <text>', 'only keys that begin so'),
    new Option('--to <file>', 'written over when all is there; else standard output'),
  ],
  examples: [
    ['dump --to all.ndjson', 'a copy of everything'],
    ['dump --prefix user: | gzip > users.gz', 'some of it, compressed'],
  ],
  async run({ options: { prefix = '', to }, nodes, output }) {
    const progress = output.progress();
    const target = to === undefined ? new Printed(output) : new WholeFile(to);
    let [keys, bytes] = [0, 0];
    const write = async (text: string) => {
      bytes += Buffer.byteLength(text);
      await target.write(text);
    };
    try {
      for await (const page of walk(nodes, prefix)) {
        await write(page.map(lineOf).join(''));
        keys += page.length;
        if (progress.isBar) progress.show(0, 0, saidOf(keys, bytes));
      }
      await write(lineOf({ keys }));
      target.finish();
    } catch (error) {
      target.giveUp();
      throw error;
    } finally {
      progress.end();
    }
    if (to === undefined) return undefined;
    output.report({
      json: { file: to, keys, bytes },
      table: () => [[`dumped ${saidOf(keys, bytes)} to ${to}`]],
      value: () => to,
    });
    return undefined;
  },
};

function saidOf(keys: number, bytes: number): string {
  return `${countOf(keys, 'key')}, ${bytesText(bytes)}`;
}

/** Has no last line if it is not whole: that cannot be taken back. */
class Printed {
  readonly write: (text: string) => Promise<void>;

  constructor(output: Output) {
    this.write = (text) => output.passed(text);
  }

  finish(): void {}

  giveUp(): void {}
}
