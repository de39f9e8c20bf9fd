/** `quorate events`: what happens, as it happens, one line each. */
import { Option } from 'commander';
import type { Frame } from '../../../events/frame.js';
import { NOBODY, reduce } from '../../../events/reduce.js';
import { sentenceOf } from '../../../events/sentence.js';
import { clockText } from '../../../words/figures.js';
import { meet, Names } from '../../../words/names.js';
import { follow } from '../../client/event-stream.js';
import type { Line, Output, Style } from '../../terminal/output.js';
import { wrapped } from '../../terminal/wrapping.js';
import { integer } from '../readers.js';
import type { Verb } from '../verb.js';

interface EventOptions {
  readonly types?: string;
  readonly nodes?: 'this' | 'all';
  readonly since?: number;
  readonly count?: number;
}

/** Told again and again; whoever asks by --types gets them. */
const ROUTINE: readonly string[] = [
  ...['clock.offset', 'node.sampled'],
  ...['transfer.progress', 'partition.collected'],
];
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
    'A connection that breaks is tried again, and what was missed is said. Measurements and ' +
    'single steps of transfers are left out without --types. -o json prints one object a line.',
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
      const isRoutine = types === undefined && ROUTINE.includes(frame.type);
      // Only says that there is nothing to say.
      if (isRoutine || frame.type === 'beat') return true;
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
      const sentence = sentenceOf(frame, (id) => names.of(id).address);
      if (output.asked === 'value') return output.lines([[sentence]]);
      output.lines(linesOf(frame, sentence, names, output.width));
    },
  };
}

/** Where there is little room, a node is called by what tells it apart, and the sentence is all. */
const NARROW = 100;
/** Of most types. */
const TYPE_WIDTH = 16;

function linesOf(frame: Frame, sentence: string, names: Names, width: number): Line[] {
  const { at, node, type } = frame;
  const isNarrow = width < NARROW;
  const nameOf = (id: string) => (isNarrow ? names.of(id).short : names.of(id).address);
  const longest = Math.max(0, ...names.all.map(({ id }) => nameOf(id).length));
  const style: Style = BAD.includes(type) ? 'red' : DOUBTFUL.includes(type) ? 'yellow' : 'reset';
  const time = clockText(at);
  const kind = isNarrow ? '' : `${type.padEnd(TYPE_WIDTH)}  `;
  const who = `  ${nameOf(node).padEnd(longest)}  ${kind}`;
  const indent = time.length + who.length;
  const [first = '', ...rest] = wrapped(sentence, width - indent);
  return [
    [{ text: time, style: 'dim' }, who, { text: first, style }],
    ...rest.map((line): Line => [' '.repeat(indent), { text: line, style }]),
  ];
}
