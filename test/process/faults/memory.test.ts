/** Values that many clients ask for at once: in bounded memory, and others are served meanwhile. */
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import * as assert from 'uvu/assert';
import { eventually } from '../../support/eventually.js';
import { RawConnection } from '../../support/http/raw-connection.js';
import type { NodeProcess } from '../../support/processes/node-process.js';
import { ProcessCluster } from '../../support/processes/process-cluster.js';
import { suite } from '../../support/runner/suite.js';

const MIB = 1 << 20;
const test = suite('memory', { limitMs: 60_000 });

/** Resident, in bytes, at most so far. */
function peakOf({ child }: NodeProcess): number {
  const [, kib] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))!;
  return Number(kib) * 1024;
}

async function withNode(
  args: readonly string[],
  body: (node: NodeProcess) => Promise<void>,
): Promise<void> {
  const cluster = await ProcessCluster.start(1, args);
  try {
    await body(cluster.nodes[0]!);
  } finally {
    await cluster.close();
  }
}

/** The status of an answer that is taken to its end, and thrown away. */
function statusOf(node: NodeProcess, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = get({ port: node.port, path, agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode!));
    });
    request.on('error', reject);
  });
}

/** So many clients ask at once; returns how many got an answer of each status. */
async function askAtOnce(node: NodeProcess, path: string, count: number) {
  const statuses: { [status: number]: number } = {};
  const asking = Array.from({ length: count }, async () => {
    const status = await statusOf(node, path);
    statuses[status] = (statuses[status] ?? 0) + 1;
  });
  let isOver = false;
  const all = Promise.all(asking).finally(() => {
    isOver = true;
  });
  while (!isOver) assert.is(await statusOf(node, '/health/live'), 200);
  await all;
  return statuses;
}

const onLinux = (name: string, body: () => Promise<void>) =>
  process.platform === 'linux' ? test(name, body) : test.skip(name, 'there is no /proc to ask');

/** Beyond what it took before anybody asked. */
async function assertBounded(node: NodeProcess, count: number, mostBytes: number): Promise<void> {
  const before = peakOf(node);
  const statuses = await askAtOnce(node, '/kv/large?timeout=20000', count);
  assert.ok(statuses[200]! > 0, JSON.stringify(statuses));
  assert.is((statuses[200] ?? 0) + (statuses[503] ?? 0), count, JSON.stringify(statuses));
  const grown = peakOf(node) - before;
  assert.ok(grown < mostBytes, `${grown / MIB} MiB more`);
}

onLinux('80 reads at once of a value of 16 MiB -> no more memory than is promised', async () => {
  await withNode(['--max-value-bytes', String(16 * MIB)], async (node) => {
    const put = await node.client.put('/kv/large?timeout=20000', Buffer.alloc(16 * MIB, 'v'));
    assert.is(put.status, 204, put.text);
    await assertBounded(node, 80, 500 * MIB);
  });
});

onLinux('many bodies that are announced and do not come, many reads -> all served', async () => {
  await withNode([], async (node) => {
    const announced = await Promise.all(
      Array.from({ length: 300 }, async () => {
        const raw = await RawConnection.open(node.port);
        raw.send('PUT /kv/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048576\r\n\r\nv');
        return raw;
      }),
    );
    const put = await node.client.put('/kv/large', Buffer.alloc(MIB, 'v'));
    assert.is(put.status, 204, put.text);
    await assertBounded(node, 400, 400 * MIB);
    // Dead ones do not stay.
    await eventually(() => announced.every((raw) => /^HTTP\/1\.1 408 /.test(raw.received)), 40_000);
    for (const raw of announced) raw.destroy();
  });
});

test.run();
