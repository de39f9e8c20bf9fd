/** The words of a drawn chart: what stands in a state, and at an edge. */
import type { ChartEdge, ChartGraph, ChartNode } from '../../../src/charts/graph.js';

/** Longer lines are broken between words. */
const LINE_LENGTH = 30;

/** What is said within a state, below its name. */
export function wordsIn(node: ChartNode, graph: ChartGraph): string[] {
  const within = graph.edges.filter(
    ({ source, targets, actions }) =>
      source === node.id && targets.length === 0 && actions.length > 0,
  );
  return [
    ...listed(
      'runs',
      node.invokes.map(({ id }) => id),
    ),
    ...listed('entry /', node.entry),
    ...listed('exit /', node.exit),
    ...within.flatMap((edge) => listed(`${occasionOf(edge)} /`, edge.actions)),
  ];
}

/** What is said at an edge: when it is taken, and below what is done then. */
export function wordsAt(edge: ChartEdge): { when: string[]; done: string[] } {
  const occasion = occasionOf(edge);
  return { when: occasion === '' ? [] : broken(occasion), done: listed('/', edge.actions) };
}

/** An edge that goes nowhere and does nothing: the event is of no use in this state. */
export function isIgnored({ targets, actions }: ChartEdge): boolean {
  return targets.length === 0 && actions.length === 0;
}

function occasionOf({ id, kind, event, guard, delay }: ChartEdge): string {
  // Who has no condition comes last among those of its event.
  const isOther = guard === undefined && !id.endsWith('|0');
  const condition = isOther ? '[else]' : guard === undefined ? '' : `[${guard}]`;
  const what = { on: event, always: '', done: 'done', after: `after ${timeOf(delay)}` }[kind];
  return `${what} ${condition}`.trim();
}

function timeOf({ name, ms }: NonNullable<ChartEdge['delay']> = {}): string {
  if (ms === undefined) return `${name}`;
  return name === undefined ? duration(ms) : `${name} (${duration(ms)})`;
}

/** In seconds from one second on. */
function duration(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${ms / 1000} s`;
}

function listed(before: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : broken(`${before} ${names.join(', ')}`);
}

function broken(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    const fits = last !== undefined && last.length + 1 + word.length <= LINE_LENGTH;
    if (fits) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(lines.length === 0 ? word : `  ${word}`);
  }
  return lines;
}
