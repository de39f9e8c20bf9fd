/** A Redis master with two replicas, each of which syncs its log at every turn. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../test/support/eventually.js';
import { freePorts } from '../../test/support/processes/ports.js';
import { RespChannel } from '../wires/resp.js';
import {
  type Cluster,
  NODES,
  type Program,
  type System,
  startChildren,
  versionOf,
} from './system.js';

async function start(): Promise<Cluster> {
  const master = await freePorts(NODES);
  const ports = Array.from({ length: NODES }, (_, index) => master + index);
  const children = await startChildren(
    'redis',
    (folder) =>
      ports.map((port) => {
        const dir = join(folder, String(port));
        mkdirSync(dir);
        const flags = { port, dir, appendonly: 'yes', appendfsync: 'always', bind: '127.0.0.1' };
        // One write reaches two replicas, so that `WAIT 1` waits for the quicker one.
        const replica = port === master ? [] : ['--replicaof', '127.0.0.1', String(master)];
        const args = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
        return ['redis-server', ...args, '--save', '', ...replica];
      }),
    (servers) => eventually(async () => hasReplicas(servers[0]!.stdout)).then(() => undefined),
  );
  return { ports, ...children };
}

function hasReplicas(said: string): boolean {
  return (said.match(/Synchronization with replica .* succeeded/g)?.length ?? 0) >= NODES - 1;
}

export const REDIS: System = {
  name: 'redis-wait',
  program: {
    name: 'redis',
    version: () => versionOf('redis-server', '--version'),
    start,
  } satisfies Program,
  durability: 'synced on the master, received by 1 of 2 replicas; a failover may lose it',
  reads: 'of the master alone',
  does: ['put', 'get'],
  lanesPerConnection: 1,
  open: (port) => RespChannel.open(port),
  only: 0,
};
