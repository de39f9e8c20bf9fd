/** What the parts have in common. */
import { readFileSync } from 'node:fs';
import type { NodeProcess } from '../../test/support/processes/node-process.js';
import { ProcessCluster } from '../../test/support/processes/process-cluster.js';
import { Scrape } from '../../test/support/scrape.js';
import type { Aims } from './aims.js';

export interface Work {
  readonly keys: number;
  readonly few: number;
  readonly many: number;
  readonly flips: number;
  readonly valueBytes: number;
  readonly rate: number;
}

export type Part = (work: Work, aims: Aims) => Promise<void>;

/** Nodes that each hold every partition, closed when `use` has ended. */
export async function withNodes<T>(
  count: number,
  flags: readonly string[],
  use: (cluster: ProcessCluster) => Promise<T>,
): Promise<T> {
  const cluster = await ProcessCluster.start(count, ['--replicas', String(count), ...flags]);
  try {
    return await use(cluster);
  } finally {
    await cluster.close();
  }
}

/** Starts nodes that have stopped again, with more flags for this time. */
export async function startWith(cluster: ProcessCluster, ...flags: string[]): Promise<void> {
  for (const node of cluster.nodes) node.launch(flags);
  await Promise.all(cluster.nodes.map(({ child }) => child.said(/^ready in /m)));
  await cluster.stable();
}

export async function stop(cluster: ProcessCluster): Promise<void> {
  for (const node of cluster.nodes) await node.stop();
}

export function dataDirsOf({ nodes }: Pick<ProcessCluster, 'nodes'>): string[] {
  return nodes.map(({ dataDir }) => dataDir);
}

/** Of a metric, all series and nodes together. */
export async function metric(nodes: readonly NodeProcess[], name: string): Promise<number> {
  let sum = 0;
  for (const { client } of nodes) sum += new Scrape((await client.get('/metrics')).text).sum(name);
  return sum;
}

/** What processes have written with calls of the system, to files and sockets: see proc(5). */
export function writtenBytes(nodes: readonly NodeProcess[]): number {
  return nodes
    .map(({ child }) => readFileSync(`/proc/${child.pid}/io`, 'utf8'))
    .reduce((sum, text) => sum + Number(/^wchar: (\d+)$/m.exec(text)?.[1]), 0);
}
