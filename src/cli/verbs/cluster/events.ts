/** `quorate events`: what happens, as it happens, one line each. */
import { Option } from 'commander';
import type { Frame } from '../../../events/frame.js';
import { NOBODY, reduce } from '../../../events/reduce.js';
import { sentenceOf } from '../../../events/sentence.js';
import { clockText } from '../../../words/figures.js';
import { meet, Names } from '../../../words/names.js';
import { follow } from '../../client/event-stream.js';
import type { Line, Output, Style } from '../../terminal/output.js';
import { integer } from '../readers.js';
import type { Verb } from '../verb.js';

interface EventOptions {
  readonly types?: string;
  readonly nodes?: 'this' | 'all';
  readonly since?: number;
  readonly count?: number;
}

/** Told every few seconds by everybody; whoever asks for them by --types gets them. */
const ROUTINE: readonly string[] = ['clock.offset', 'node.sampled', 'beat'];
const BAD: readonly string[] = ['member.dead', 'quorum.lost', 'node.failed', 'store.full', 'away'];
const DOUBTFUL: readonly string[] = [
  'member.suspect',
  'peer.down',
  'gap',
  'dropped',
  'overload.began',
];

export const events: Verb<EventOptions> = {
  name: 'events',
  group: 'Cluster',
  summary: 'follow what happens, until Ctrl-C',
  more:
    'A connection that breaks is tried again, and what was missed is said. Measurements that ' +
    'come every few seconds are left out without --types. -o json prints one object a line.',
  options: [
    new Option('--types <beginnings>', 'only types that begin so: member.,ring. or all'),
    new Option('--nodes <which>', 'of the node that is asked, or of all members')
      .choices(['this', 'all'])
      .default('this'),
    new Option('--since <seq>', 'go on behind this event').argParser(integer(0)),
    new Option('--count <n>', 'end after so many').argParser(integer(1)),
  ],
  examples: [
    ['events --nodes all', 'what happens anywhere in the cluster'],
    ['events --types member.,quorum. -o json', 'for a script'],
  ],
  async run({ options, nodes, output }) {
    const { types, since, count = Number.POSITIVE_INFINITY } = options;
    const wanted = {
      ...(types !== undefined && { types }),
      ...(since !== undefined && { since }),
      ...(options.nodes === 'all' && { nodes: 'all' }),
    };
    const print = printer(output);
    let printed = 0;
    const take = (frame: Frame): boolean => {
      print.learn(frame);
      if (types === undefined && ROUTINE.includes(frame.type)) return true;
      print.frame(frame);
      return ++printed < count;
    };
    await follow(nodes, wanted, { take, note: (text) => output.note(text) });
    return undefined;
  },
};

/** Knows nodes by their addresses, as far as it has been told. */
function printer(output: Output) {
  const known = new Map<string, string>();
  let names = new Names(known);
  return {
    learn(frame: Frame): void {
      if (!['snapshot', 'ring.changed', 'peer.up'].includes(frame.type)) return;
      if (meet(known, reduce(NOBODY, frame))) names = new Names(known);
    },
    frame(frame: Frame): void {
      if (output.asked === 'json') return output.json(frame, true);
      const nameOf = (id: string) => names.of(id).address;
      const sentence = sentenceOf(frame, nameOf);
      if (output.asked === 'value') return output.lines([[sentence]]);
      const width = Math.max(0, ...names.all.map(({ address }) => address.length));
      output.lines([lineOf(frame, nameOf(frame.node).padEnd(width), sentence)]);
    },
  };
}

function lineOf({ at, type }: Frame, node: string, sentence: string): Line {
  const style: Style = BAD.includes(type) ? 'red' : DOUBTFUL.includes(type) ? 'yellow' : 'reset';
  return [
    { text: clockText(at), style: 'dim' },
    `  ${node}  `,
    { text: type.padEnd(TYPE_WIDTH), style },
    `  ${sentence}`,
  ];
}

/** Of most types. */
const TYPE_WIDTH = 16;
