/** `quorate recording <file>`: what happened in the last minutes, to look at later. */
import { writeFileSync } from 'node:fs';
import { Option } from 'commander';
import { bytesText } from '../../../words/figures.js';
import { CommandFailed } from '../../client/failures.js';
import { checkDone } from '../../client/nodes.js';
import { integer } from '../readers.js';
import type { Verb } from '../verb.js';

interface RecordingOptions {
  readonly minutes: number;
  readonly actors?: number;
  readonly nodes?: 'this' | 'all';
}

/** It may be large, and every member is asked for its part. */
const WITHIN_MS = 60_000;

export const recording: Verb<RecordingOptions> = {
  name: 'recording',
  group: 'Cluster',
  summary: 'keep what happened in the last minutes, as a file',
  more: 'quorate console shows it. Keys of slow requests are in it; values never are.',
  words: [{ form: '<file>', help: 'where to; it is written over' }],
  options: [
    new Option('--minutes <n>', 'how far back').argParser(integer(1)).default(5),
    new Option(
      '--actors <n>',
      'what actors did, which is most of it, of so many minutes',
    ).argParser(integer(0)),
    new Option('--nodes <which>', 'of the node that is asked, or of all members')
      .choices(['this', 'all'])
      .default('all'),
  ],
  examples: [['recording run.json --minutes 10 --actors 1', 'for a bug report']],
  async run({ words: [file = ''], options, nodes, output }) {
    const { minutes, actors, nodes: whose } = options;
    const query = new URLSearchParams({ minutes: String(minutes) });
    if (actors !== undefined) query.set('actors', String(actors));
    if (whose === 'all') query.set('nodes', 'all');
    const target = `/admin/recording?${query}`;
    const asked = { method: 'GET', target, mayRepeat: true, withinMs: WITHIN_MS };
    const answer = await nodes.ask(asked);
    checkDone(answer);
    const bytes = answer.body.length;
    save(file, answer.body);
    output.report({
      json: { file, bytes },
      table: () => [[`saved ${bytesText(bytes)} as ${file}`]],
      value: () => file,
    });
    return undefined;
  },
};

function save(file: string, bytes: Buffer): void {
  try {
    writeFileSync(file, bytes);
  } catch (error) {
    throw new CommandFailed('failed', `${file} cannot be written: ${(error as Error).message}`);
  }
}
