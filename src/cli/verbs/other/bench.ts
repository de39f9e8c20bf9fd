/** `quorate bench`: how long requests take at the nodes of a cluster that runs. */
import { Option } from 'commander';
import { countText } from '../../../words/figures.js';
import type { StatusAnswer } from '../../client/answers.js';
import { drive, type Latencies, type Plan } from '../../load/drive.js';
import type { Line } from '../../terminal/output.js';
import type { Progress } from '../../terminal/progress.js';
import { type Column, table } from '../../terminal/table.js';
import { integer, time } from '../readers.js';
import type { Verb } from '../verb.js';

interface BenchOptions {
  readonly requests: number;
  readonly clients: number;
  readonly valueBytes: number;
  /** ms */
  readonly delay: number;
}

const PREFIX = 'quorate-bench/';
const TTL_SECONDS = 600;

export const bench: Verb<BenchOptions> = {
  name: 'bench',
  group: 'Other',
  summary: 'measure how long requests take',
  more:
    `Members that can be reached get PUTs and GETs in turn: what one has stored is read at the ` +
    `next. It writes below ${PREFIX}, and that expires after ten minutes.`,
  options: [
    new Option('--requests <n>', 'of PUTs, and of GETs').argParser(integer(1)).default(1000),
    new Option('--clients <n>', 'requests at a time').argParser(integer(1)).default(1),
    new Option('--value-bytes <n>', 'of each value').argParser(integer(0)).default(100),
    new Option('--delay <time>', 'between the requests of a client').argParser(time).default(0),
  ],
  examples: [['bench --requests 5000 --clients 32', 'under some load']],
  async run({ options, nodes, output }) {
    const { requests, clients, delay, valueBytes } = options;
    const { members } = await nodes.json<StatusAnswer>('/admin/status');
    const there = members.filter(({ standing }) => standing !== 'unreachable');
    const addresses = there.map(({ address }) => address);
    const plan = { requests, clients, pauseMs: delay };
    const url = (node: number, key: number) =>
      `http://${addresses[node % addresses.length]}/kv/${encodeURIComponent(PREFIX + key)}`;
    const init = { method: 'PUT', body: 'x'.repeat(valueBytes) };
    const put = await measured('PUT', plan, output.progress(), (index) => ({
      url: `${url(index, index)}?ttl=${TTL_SECONDS}`,
      init,
    }));
    const get = await measured('GET', plan, output.progress(), (index) => ({
      url: url(index + 1, index),
    }));
    const rows = [put, get];
    output.report({
      json: { nodes: addresses, ...options, put, get },
      table: () => [...table(COLUMNS, rows, output.width), ...rows.flatMap(failuresOf)],
      value: () => rows.map(({ throughputPerSecond }) => throughputPerSecond).join('\n'),
    });
    return rows.every(({ successRate }) => successRate === 1) ? undefined : 'failed';
  },
};

interface Measured extends Latencies {
  readonly kind: string;
}

const COLUMNS: readonly Column<Measured>[] = [
  { title: '', cell: ({ kind }) => kind },
  ...(
    [
      ['mean', ({ meanMs }) => msText(meanMs)],
      ['median', ({ medianMs }) => msText(medianMs)],
      ['p90', ({ p90Ms }) => msText(p90Ms)],
      ['p99', ({ p99Ms }) => msText(p99Ms)],
      ['max', ({ maxMs }) => msText(maxMs)],
      ['each second', ({ throughputPerSecond }) => countText(Math.round(throughputPerSecond))],
      ['success', ({ successRate }) => `${(successRate * 100).toFixed(2)} %`],
    ] as const satisfies readonly (readonly [string, (of: Measured) => string])[]
  ).map(([title, cell]) => ({ title, cell, isNumber: true })),
];

function msText(ms: number | null): string {
  return ms === null ? '-' : `${ms.toFixed(2)} ms`;
}

function failuresOf({ kind, failures }: Measured): Line[] {
  return Object.entries(failures).map(([what, count]) => [`${kind}: ${what}, ${count} times`]);
}

async function measured(
  kind: string,
  plan: Plan,
  progress: Progress,
  request: Parameters<typeof drive>[1],
): Promise<Measured> {
  const step = Math.max(1, Math.floor(plan.requests / 100));
  const told = (answered: number) => {
    if (answered % step === 0) progress.show(answered, plan.requests, kind);
  };
  const latencies = await drive(plan, request, progress.isBar ? told : undefined);
  progress.end();
  return { kind, ...latencies };
}
