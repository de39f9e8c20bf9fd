/** Three nodes of NATS with a key-value bucket of JetStream on all of them (R3). */
import { join } from 'node:path';
import { eventually } from '../../test/support/eventually.js';
import { freePorts } from '../../test/support/processes/ports.js';
import { type Channel, DONE, failed } from '../load/channel.js';
import { NatsConnection } from '../wires/nats.js';
import { type Cluster, NODES, type System, startChildren, versionOf } from './system.js';

const STREAM = 'KV_bench';
const SUBJECTS = '$KV.bench.';
const PATIENCE_MS = 1000;
/** As the clients of NATS make a bucket. */
const BUCKET = {
  name: STREAM,
  subjects: [`${SUBJECTS}>`],
  num_replicas: NODES,
  max_msgs_per_subject: 1,
  storage: 'file',
  discard: 'new',
  allow_rollup_hdrs: true,
  deny_delete: true,
};

async function start(): Promise<Cluster> {
  const firstPort = await freePorts(2 * NODES);
  const ports = Array.from({ length: NODES }, (_, index) => firstPort + index);
  const routes = ports.map((port) => `nats://127.0.0.1:${port + NODES}`).join();
  const children = await startChildren(
    'nats',
    (folder) =>
      ports.map((port) => {
        const flags = { addr: '127.0.0.1', port: String(port), name: `n${port}`, routes };
        const cluster = { cluster_name: 'bench', cluster: `nats://127.0.0.1:${port + NODES}` };
        const all = { ...flags, ...cluster, store_dir: join(folder, String(port)) };
        const args = Object.entries(all).flatMap(([flag, value]) => [`--${flag}`, value]);
        return ['nats-server', ...args, '--jetstream'];
      }),
    async () => {
      await eventually(() => makeBucket(ports[0]!));
      await Promise.all(ports.map((port) => eventually(() => hasBucket(port))));
    },
  );
  return { ports, ...children };
}

/** False if the nodes have not found together yet. */
async function makeBucket(port: number): Promise<boolean> {
  const answer = await asked(port, `$JS.API.STREAM.CREATE.${STREAM}`, JSON.stringify(BUCKET));
  return answer !== '' && !Object.hasOwn(JSON.parse(answer) as object, 'error');
}

/** Whether what is put there is taken. */
async function hasBucket(port: number): Promise<boolean> {
  return (await asked(port, `${SUBJECTS}ready`, 'yes')).includes('"seq"');
}

/** Empty if nobody is there to answer, or not in time. */
async function asked(port: number, subject: string, payload: string): Promise<string> {
  const nats = await NatsConnection.open(port);
  try {
    return await new Promise((resolve) => {
      nats.request(subject, payload, resolve);
      setTimeout(resolve, PATIENCE_MS, '');
    });
  } finally {
    nats.close();
  }
}

async function open(port: number): Promise<Channel> {
  const nats = await NatsConnection.open(port);
  return {
    ask: ({ kind, key, value = '' }, done) => {
      if (kind === 'put') {
        nats.request(SUBJECTS + key, value, (answer) => {
          done(answer.includes('"seq"') ? DONE : failed(answer));
        });
        return;
      }
      const query = JSON.stringify({ last_by_subj: SUBJECTS + key });
      nats.request(`$JS.API.STREAM.MSG.GET.${STREAM}`, query, (answer) => {
        const { message } = JSON.parse(answer) as { message?: { data: string } };
        if (!message) done(failed(answer));
        else {
          done({ outcome: 'done', text: Buffer.from(message.data, 'base64').toString('latin1') });
        }
      });
    },
    close: () => nats.close(),
  };
}

export const NATS: System = {
  name: 'nats-kv',
  program: {
    name: 'nats',
    version: () => versionOf('nats-server', '--version'),
    start,
  },
  durability: 'written by 2 of 3, synced every 2 minutes: a power failure may lose it',
  reads: 'of the leader alone',
  does: ['put', 'get'],
  lanesPerConnection: 8,
  open,
};
