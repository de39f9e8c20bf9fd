/**
 * What an operation costs in writes to sockets and posts to threads: counted in three nodes and a
 * client that live in this process, one request after the other.
 *
 * Allocated memory is not counted: it is twice as much or half as much from one run to the next,
 * depending on when what was compiled.
 *
 * Writes wait for all owners, so that each operation is over before the next one begins; quorums
 * are counted in the simulator.
 */
import { mkdtempSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Quorate } from '../../src/quorate.js';
import { replace } from '../../test/sim/planted/replace.js';
import { freePorts } from '../../test/support/processes/ports.js';
import type { Channel } from '../load/channel.js';
import { once } from '../load/drive.js';
import { getting, type Job, putting } from '../load/jobs.js';
import { REST_DIALECT } from '../systems/quorate.js';
import { type Dialect, HttpChannel } from '../wires/http.js';

const NODES = 3;
/** What probes and timers add in some parts is left out: of the parts the least counts. */
const PARTS = 100;
const PART_OPERATIONS = 1;
const SPACE = { keys: 150, valueBytes: 100 };

const WRITES_AT_ALL: Dialect = {
  ...REST_DIALECT,
  request: (operation) => {
    const request = REST_DIALECT.request(operation);
    const query = operation.kind === 'put' ? '?consistency=all' : '';
    return { ...request, target: request.target + query };
  },
};

/** For each operation, of all nodes and the client. */
export interface EmbeddedCounts {
  /** To sockets: calls of the system, buffers that they had, and bytes. */
  readonly writes: number;
  readonly buffers: number;
  readonly bytes: number;
  /** To the threads of stores. */
  readonly posts: number;
}

const counts = { writes: 0, buffers: 0, bytes: 0, posts: 0 };

function watch(): void {
  type Internal = Socket & {
    _write(chunk: Buffer | string, ...rest: unknown[]): void;
    _writev(chunks: { chunk: Buffer | string }[], ...rest: unknown[]): void;
  };
  const sockets = Socket as unknown as { readonly prototype: Internal };
  replace(sockets, '_write', (_self, original, chunk, ...rest) => {
    counts.writes++;
    counts.buffers++;
    counts.bytes += chunk.length;
    original(chunk, ...rest);
  })();
  replace(sockets, '_writev', (_self, original, chunks, ...rest) => {
    counts.writes++;
    counts.buffers += chunks.length;
    for (const { chunk } of chunks) counts.bytes += chunk.length;
    original(chunks, ...rest);
  })();
  replace(Worker, 'postMessage', (_self, original, ...args) => {
    counts.posts++;
    original(...args);
  })();
}

async function startNode(port: number, ports: readonly number[]): Promise<void> {
  const host = '127.0.0.1';
  const quorate = await Quorate.open(
    {
      ...{ host, port, advertise: { host, port }, expect: NODES },
      introducers: ports.filter((other) => other !== port).map((other) => `${host}:${other}`),
      ...{ dataDir: mkdtempSync(join(tmpdir(), 'node-')), clusterSecret: '', partitions: 256 },
      ...{ replicas: undefined, writeQuorum: undefined, readQuorum: undefined },
      ...{ weight: 1, zone: '' },
    },
    () => undefined,
  );
  await new Promise<void>((serving) => {
    const told = ({ type }: { type: string }) => type === 'node.serving' && serving();
    void quorate.run({ begun: () => undefined, told });
  });
}

async function count(channel: Channel, job: Job): Promise<EmbeddedCounts> {
  const parts: (typeof counts)[] = [];
  for (let part = 0; part < PARTS; part++) {
    const before = { ...counts };
    await once([channel], job, PART_OPERATIONS);
    const each = (name: keyof typeof counts) => (counts[name] - before[name]) / PART_OPERATIONS;
    const [writes, buffers, bytes] = [each('writes'), each('buffers'), each('bytes')];
    parts.push({ writes, buffers, bytes, posts: each('posts') });
  }
  const least = (name: keyof typeof counts) => Math.min(...parts.map((part) => part[name]));
  const [writes, buffers, bytes] = [least('writes'), least('buffers'), least('bytes')];
  return { writes, buffers, bytes, posts: least('posts') };
}

/** By workload. The nodes live on until the process ends. */
export async function countEmbedded(): Promise<{ readonly [name: string]: EmbeddedCounts }> {
  watch();
  const firstPort = await freePorts(NODES);
  const ports = Array.from({ length: NODES }, (_, index) => firstPort + index);
  await Promise.all(ports.map((port) => startNode(port, ports)));
  const channel = await HttpChannel.open(firstPort, WRITES_AT_ALL);
  const jobs = { PUT: putting(SPACE), GET: getting(SPACE) };
  const all: { [name: string]: EmbeddedCounts } = {};
  for (const [name, job] of Object.entries(jobs)) {
    await once([channel], job, SPACE.keys);
    all[name] = await count(channel, job);
  }
  return all;
}
