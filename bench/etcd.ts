/**
 * Three local etcd nodes for comparison, by their JSON gateway: also HTTP/1.1, also a write that a
 * majority has synced. Its range is linearizable, which is more than a quorum read promises.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../test/support/eventually.js';
import { HttpClient } from '../test/support/http/http-client.js';
import { requestBytes } from '../test/support/http/raw-http.js';
import { Child } from '../test/support/processes/child.js';
import { freePorts } from '../test/support/processes/ports.js';
import type { Target } from './load.js';
import { keyText, valueText } from './work.js';

const NODES = 3;

/** The first line of `etcd --version`; undefined if there is no etcd on the PATH. */
export function etcdVersion(): string | undefined {
  const { error, stdout } = spawnSync('etcd', ['--version'], { encoding: 'utf8' });
  return error ? undefined : stdout.split('\n')[0];
}

export async function startEtcd(valueBytes: number): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'quorate-etcd-'));
  const firstPort = await freePorts(2 * NODES);
  const nodes = Array.from({ length: NODES }, (_, i) => ({
    name: `n${i}`,
    port: firstPort + i,
    peerUrl: `http://127.0.0.1:${firstPort + NODES + i}`,
  }));
  const cluster = nodes.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',');
  const children = nodes.map(({ name, port, peerUrl }) => {
    const clientUrl = `http://127.0.0.1:${port}`;
    const flags = {
      name,
      'data-dir': join(folder, name),
      'listen-client-urls': clientUrl,
      'advertise-client-urls': clientUrl,
      'listen-peer-urls': peerUrl,
      'initial-advertise-peer-urls': peerUrl,
      'initial-cluster': cluster,
      'log-level': 'error',
    };
    return new Child(
      'etcd',
      Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]),
    );
  });
  const close = async () => {
    for (const child of children) child.signal('SIGKILL');
    await Promise.all(children.map((child) => child.exited));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all(nodes.map(({ port }) => healthy(port)));
  } catch (error) {
    await close();
    throw error;
  }
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const post = (target: string, body: object) => requestBytes('POST', target, JSON.stringify(body));
  return {
    name: 'etcd',
    ports: nodes.map(({ port }) => port),
    put: (key) =>
      post('/v3/kv/put', { key: base64(keyText(key)), value: base64(valueText(key, valueBytes)) }),
    get: (key) => post('/v3/kv/range', { key: base64(keyText(key)) }),
    close,
  };
}

async function healthy(port: number): Promise<void> {
  const client = new HttpClient(port);
  await eventually(async () => JSON.parse((await client.get('/health')).text).health === 'true');
  client.close();
}
