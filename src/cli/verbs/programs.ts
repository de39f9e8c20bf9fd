/**
 * Verbs that are programs of their own, with a command line of their own: `quorate start` is what
 * `npm start` is, and so on. Such a program takes the place of this one, in this process.
 */
import type { Call, Verb } from './verb.js';

interface Program extends Pick<Verb, 'name' | 'summary' | 'examples' | 'more'> {
  /** From the folder of this file. */
  readonly file: string;
}

const PROGRAMS: readonly Program[] = [
  {
    name: 'start',
    file: '../../main.js',
    summary: 'start a node: [port] [introducer] [options]',
    examples: [
      ['start', 'a node on port 8080, which founds a cluster or goes on with its data'],
      ['start 8081 8080', 'a second one, which joins by the first'],
    ],
  },
  {
    name: 'cluster',
    file: '../commands/cluster.js',
    summary: 'start so many nodes on this machine, to try things: [nodes] [first port]',
    examples: [['cluster 3', 'three nodes, on ports 8080 to 8082; Ctrl-C stops them']],
  },
  {
    name: 'console',
    file: '../commands/console.js',
    summary: 'show a recording in a browser, without a node: file [--port n]',
    examples: [['console run.json', 'serves it to the browsers of this machine']],
  },
];

interface ProgramVerb extends Verb {
  run(call: Pick<Call, 'words'>): Promise<undefined>;
}

export const programs: readonly ProgramVerb[] = PROGRAMS.map(({ file, ...program }) => ({
  ...program,
  group: 'Nodes',
  words: [{ form: '[words...]', help: 'see its own --help' }],
  isProgram: true,
  run: ({ words }) => become(file, words),
}));

/** What it does with the process, and when that ends, is the program's own matter. */
async function become(file: string, words: readonly string[]): Promise<undefined> {
  process.argv.splice(2, Number.POSITIVE_INFINITY, ...words);
  await import(new URL(file, import.meta.url).href);
}
