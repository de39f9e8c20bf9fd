/** Three nodes of etcd, by gRPC and by the JSON gateway in front of it. */
import { join } from 'node:path';
import { eventually } from '../../test/support/eventually.js';
import { HttpClient } from '../../test/support/http/http-client.js';
import { freePorts } from '../../test/support/processes/ports.js';
import { Scrape } from '../../test/support/scrape.js';
import { type Channel, DONE, failed, REFUSED } from '../load/channel.js';
import { GrpcConnection, headersOf } from '../wires/grpc.js';
import { type Dialect, HttpChannel } from '../wires/http.js';
import {
  type Cluster,
  type Counts,
  NODES,
  type Program,
  type System,
  startChildren,
  versionOf,
} from './system.js';

const GIB = 2 ** 30;

async function start(): Promise<Cluster> {
  const firstPort = await freePorts(2 * NODES);
  const nodes = Array.from({ length: NODES }, (_, i) => ({
    name: `n${i}`,
    port: firstPort + i,
    peerUrl: `http://127.0.0.1:${firstPort + NODES + i}`,
  }));
  const members = nodes.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',');
  const children = await startChildren(
    'etcd',
    (folder) =>
      nodes.map(({ name, port, peerUrl }) => {
        const clientUrl = `http://127.0.0.1:${port}`;
        const flags = {
          name,
          'data-dir': join(folder, name),
          'listen-client-urls': clientUrl,
          'advertise-client-urls': clientUrl,
          'listen-peer-urls': peerUrl,
          'initial-advertise-peer-urls': peerUrl,
          'initial-cluster': members,
          // It keeps all that was ever written; a run is not to end at its usual limit.
          'quota-backend-bytes': String(8 * GIB),
          'log-level': 'error',
        };
        return ['etcd', ...Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value])];
      }),
    async () => {
      await Promise.all(nodes.map(({ port }) => healthy(port)));
    },
  );
  const ports = nodes.map(({ port }) => port);
  return { ports, ...children, counts: () => countsOf(ports) };
}

async function healthy(port: number): Promise<void> {
  const client = new HttpClient(port);
  await eventually(async () => JSON.parse((await client.get('/health')).text).health === 'true');
  client.close();
}

async function countsOf(ports: readonly number[]): Promise<Counts> {
  let syncs = 0;
  for (const port of ports) {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    syncs += new Scrape(text).sum('etcd_disk_wal_fsync_duration_seconds_count');
  }
  return { syncs };
}

const ETCD: Program = {
  name: 'etcd',
  version: () => versionOf('etcd', '--version'),
  start,
};

const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64');

interface Answered {
  readonly header?: { readonly revision?: string };
  readonly kvs?: readonly { readonly mod_revision: string; readonly value?: string }[];
  readonly succeeded?: boolean;
}

const GATEWAY: Dialect = {
  request: (operation) => {
    const key = base64(operation.key);
    const post = (target: string, body: object) => {
      return { method: 'POST', target, body: JSON.stringify(body) };
    };
    if (operation.kind === 'get') return post('/v3/kv/range', { key });
    const put = { key, value: base64(operation.value ?? '') };
    if (operation.kind === 'put') return post('/v3/kv/put', put);
    const compare = [{ key, target: 'MOD', result: 'EQUAL', mod_revision: operation.version }];
    return post('/v3/kv/txn', { compare, success: [{ request_put: put }] });
  },
  answer: ({ kind }, status, _head, body) => {
    if (status !== 200) return failed(`${status} ${body}`);
    if (kind === 'put') return DONE;
    const { header, kvs, succeeded } = JSON.parse(body) as Answered;
    if (kind === 'swap') {
      return succeeded ? { ...DONE, version: header?.revision ?? '' } : REFUSED;
    }
    const [row] = kvs ?? [];
    if (!row) return failed('no such key');
    const text = Buffer.from(row.value ?? '', 'base64').toString('latin1');
    return { outcome: 'done', text, version: row.mod_revision };
  },
};

const DURABILITY = 'synced on 2 of 3, one log for all keys';
const READS = 'linearizable';

export const ETCD_GATEWAY: System = {
  name: 'etcd-json',
  program: ETCD,
  durability: DURABILITY,
  reads: READS,
  does: ['put', 'get', 'swap', 'count'],
  lanesPerConnection: 1,
  open: (port) => HttpChannel.open(port, GATEWAY),
};

const PUT = headersOf('/etcdserverpb.KV/Put');
const RANGE = headersOf('/etcdserverpb.KV/Range');
/** Fields 1 and 2 of `PutRequest` and `RangeRequest`, 2 of `RangeResponse`, 5 of `KeyValue`. */
const [KEY, VALUE, KVS, KV_VALUE] = [1, 2, 2, 5];
const BYTES = 2;

async function openGrpc(port: number): Promise<Channel> {
  const grpc = await GrpcConnection.open(port);
  return {
    ask: ({ kind, key, value = '' }, done) => {
      if (kind === 'put') {
        const message = Buffer.concat([field(KEY, key), field(VALUE, value)]);
        grpc.call(PUT, message, (answer) => done(answer ? DONE : failed('no answer')));
        return;
      }
      grpc.call(RANGE, field(KEY, key), (answer) => {
        const text = answer && fieldIn(fieldIn(answer, KVS), KV_VALUE)?.toString('latin1');
        done(text === undefined ? failed('no value') : { outcome: 'done', text });
      });
    },
    close: () => grpc.close(),
  };
}

/** Of Protocol Buffers: a field of bytes. */
function field(number: number, text: string): Buffer {
  const length: number[] = [];
  let rest = text.length;
  for (; rest > 0x7f; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
  return Buffer.concat([
    Buffer.from([(number << 3) | BYTES, ...length, rest]),
    Buffer.from(text, 'latin1'),
  ]);
}

/** The first field of bytes of this number; there are but those and varints. */
function fieldIn(message: Buffer | undefined, number: number): Buffer | undefined {
  if (!message) return undefined;
  let at = 0;
  const varint = () => {
    for (let [value, factor] = [0, 1]; ; factor *= 128) {
      const byte = message[at++]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const value = varint();
    if ((tag & 7) !== BYTES) continue;
    if (tag >> 3 === number) return message.subarray(at, at + value);
    at += value;
  }
  return undefined;
}

export const ETCD_GRPC: System = {
  name: 'etcd-grpc',
  program: ETCD,
  durability: DURABILITY,
  reads: READS,
  does: ['put', 'get'],
  lanesPerConnection: 8,
  open: openGrpc,
};
