/** What the parts have in common. */
import { execFileSync } from 'node:child_process';
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

const SOCKET = /^ESTAB +\d+ +\d+ +(\S+) +(\S+) +.*pid=(\d+).* bytes_sent:(\d+)/;

/** What nodes have said to each other on the connections that stand: see ss(8). */
export function peerBytes(nodes: readonly NodeProcess[]): number {
  const pids = new Set(nodes.map(({ child }) => child.pid));
  const text = execFileSync('ss', ['-tinpOH'], { encoding: 'utf8' });
  const sockets = text.split('\n').flatMap((line) => {
    const [, local = '', remote = '', pid, bytes] = SOCKET.exec(line) ?? [];
    return pids.has(Number(pid)) ? [{ local, remote, bytes: Number(bytes) }] : [];
  });
  const ours = new Set(sockets.map(({ local }) => local));
  const between = sockets.filter(({ remote }) => ours.has(remote));
  if (between.length === 0) throw new Error('ss shows no connection between the nodes');
  return between.reduce((sum, { bytes }) => sum + bytes, 0);
}
