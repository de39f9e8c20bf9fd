/** This store, by its door for people: REST. */

import { ProcessCluster } from '../../test/support/processes/process-cluster.js';
import { Scrape } from '../../test/support/scrape.js';
import { DONE, failed, REFUSED } from '../load/channel.js';
import { type Dialect, HttpChannel } from '../wires/http.js';
import { ProgramChannel } from '../wires/program.js';
import { type Cluster, type Counts, NODES, type Program, type System } from './system.js';

export interface QuorateCluster extends Cluster {
  readonly processes: ProcessCluster;
  counts(): Promise<Counts>;
}

export async function startQuorate(
  nodes = NODES,
  args: readonly string[] = [],
): Promise<QuorateCluster> {
  const processes = await ProcessCluster.start(nodes, args);
  return {
    processes,
    ports: processes.ports,
    // Nodes may have been started again.
    get pids() {
      return processes.nodes.map(({ child }) => child.pid);
    },
    counts: () => countsOf(processes),
    close: () => processes.close(),
  };
}

async function countsOf(processes: ProcessCluster): Promise<Counts> {
  const lag = new Map<number, number>();
  let [syncs, requests] = [0, 0];
  for (const { client } of processes.nodes) {
    const scrape = new Scrape((await client.get('/metrics')).text);
    syncs += scrape.sum('quorate_store_commit_duration_seconds_count');
    requests += scrape.sum('quorate_store_transaction_requests_sum');
    for (const { labels, value } of scrape.of('quorate_event_loop_lag_seconds_bucket')) {
      const ms = Number(labels.le === '+Inf' ? Number.POSITIVE_INFINITY : labels.le) * 1000;
      lag.set(ms, (lag.get(ms) ?? 0) + value);
    }
  }
  return { syncs, requests, lag };
}

const QUORATE: Program = {
  name: 'quorate',
  version: () => 'this work tree',
  start: startQuorate,
};

/** Also that of the floor. */
export const REST_DIALECT: Dialect = {
  request: ({ kind, key, value, version }) => {
    const target = `/kv/${key}`;
    if (kind === 'get') return { method: 'GET', target };
    const head = kind === 'swap' ? { head: `If-Match: ${version}\r\n` } : {};
    return { method: 'PUT', target, body: value ?? '', ...head };
  },
  answer: ({ kind }, status, head, body) => {
    if (status === 204 && kind === 'put') return DONE;
    if (status === 412) return REFUSED;
    if (body.includes('"code":"outcome_unknown"')) return { outcome: 'unknown', text: body };
    if (status !== (kind === 'get' ? 200 : 204)) return failed(`${status} ${body}`);
    const version = /\r\nETag: (\S+)/i.exec(head)?.[1];
    return { outcome: 'done', text: body, ...(version !== undefined && { version }) };
  },
};

export const QUORATE_REST: System = {
  name: 'quorate',
  program: QUORATE,
  durability: 'synced on 2 of 3',
  reads: 'quorum: the last acknowledged write, or a later one',
  does: ['put', 'get', 'swap', 'count'],
  lanesPerConnection: 1,
  open: (port) => HttpChannel.open(port, REST_DIALECT),
};

/** By its door for programs, of one client, which asks the owners of the keys. */
export const QUORATE_CLIENT: System = {
  ...QUORATE_REST,
  name: 'quorate-client',
  lanesPerConnection: 64,
  open: (port) => ProgramChannel.open(port),
};
