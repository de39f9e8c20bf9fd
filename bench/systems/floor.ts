/** What the same machine does with as little as the same promise can be kept with: `floor/`. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../../test/support/processes/ports.js';
import { HttpChannel } from '../wires/http.js';
import { REST_DIALECT } from './quorate.js';
import { type Cluster, NODES, type Program, type System, startChildren } from './system.js';

const NODE_SCRIPT = join(import.meta.dirname, '../floor/node.js');

async function start(): Promise<Cluster> {
  const firstPort = await freePorts(NODES);
  const ports = Array.from({ length: NODES }, (_, index) => firstPort + index);
  const children = await startChildren(
    'floor',
    (folder) =>
      ports.map((port, index) => {
        const dataDir = join(folder, String(port));
        mkdirSync(dataDir);
        return [process.execPath, NODE_SCRIPT, dataDir, String(index), ...ports.map(String)];
      }),
    async (nodes) => {
      await Promise.all(nodes.map((node) => node.said(/ready/)));
    },
  );
  return { ports, ...children };
}

const FLOOR: Program = { name: 'floor', version: () => 'this work tree', start };

export const FLOOR_REST: System = {
  name: 'floor',
  program: FLOOR,
  durability: 'synced on 2 of 3; no repair, no ring, no checks',
  reads: 'the newest of 2 of 3',
  does: ['put', 'get'],
  lanesPerConnection: 1,
  open: (port) => HttpChannel.open(port, REST_DIALECT),
};
