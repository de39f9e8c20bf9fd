/**
 * Real nodes in the place of others, or in none: who is told so ends by itself and says why, and
 * whom the others know is left alone.
 */
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { eventually } from '../../support/eventually.js';
import { writeKeys, wrongKeys } from '../../support/load/key-set.js';
import { idAt, statusOf } from '../../support/processes/changes.js';
import { NodeProcess, type RingAnswer } from '../../support/processes/node-process.js';
import { Outsiders } from '../../support/processes/outsiders.js';
import { freePorts } from '../../support/processes/ports.js';
import { ProcessCluster } from '../../support/processes/process-cluster.js';
import { suite } from '../../support/runner/suite.js';

const REFUSED = 3;
/** To the death of a member, and of what is dialled then. */
const WITHIN_MS = 50_000;

const test = suite('places', { limitMs: 90_000 });
let cluster: ProcessCluster;
let outsiders: Outsiders;

test.before(async () => {
  outsiders = await Outsiders.open();
  cluster = await ProcessCluster.start(3);
});

test.after.each(() => outsiders.end());

test.after(async () => {
  await cluster?.close();
  await outsiders?.close();
});

/** It ends by itself, and says why in one sentence. */
async function isRefused({ child }: NodeProcess, why: RegExp): Promise<void> {
  const exit = await child.exited;
  assert.equal(exit, { code: REFUSED, signal: null }, child.stdout + child.stderr);
  assert.match(child.stderr, why);
  assert.is(child.stderr.trimEnd().split('\n').length, 1, child.stderr);
}

async function isUnchanged(before: RingAnswer): Promise<void> {
  assert.equal(await cluster.stable(), before);
}

test('nobody to join by -> log and status say for what it waits, and it gives up', async () => {
  const port = await freePorts(3);
  const give = ['--join-timeout', '8'];
  const noRing = /:\d+, which has no ring itself/;
  const cases: [NodeProcess, RegExp][] = [
    [outsiders.node(port, 'one', `${port + 1}`, ...give, '--log-level', 'warn'), noRing],
    [outsiders.node(port + 1, 'another', `${port + 2},${port}`, ...give), noRing],
  ];
  const [, [another]] = cases as [unknown, [NodeProcess, RegExp]];
  for (const [node] of cases) node.launch();
  for (const [{ child }, what] of cases) {
    const [line] = await child.said(/^.* warn +join\.waiting seconds=\d+ for=.*$/m);
    assert.match(line, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} warn /);
    await child.said(what);
    assert.match(child.stdout, /^ring +waiting to join by 127\.0\.0\.1:\d+/m);
  }
  const status = await statusOf(another).catch(() => undefined);
  if (status) assert.match(status.waitsFor ?? '', /\(nobody listens there, ECONNREFUSED\)/);
  await another.child.said(/\(nobody listens there, ECONNREFUSED\)/);
  for (const [node] of cases) {
    await isRefused(node, /no ring within 8000 ms: it still waits for /);
    assert.not.match(node.child.stdout, /^ready in /m);
    const lines = node.child.stdout.match(/ join\.waiting /g)!.length;
    assert.ok(lines <= 4, `${lines} lines in 8 s: the pauses grow`);
  }
});

test('nobody to join by but itself, by another name -> exit 3', async () => {
  const port = await freePorts(1);
  const node = outsiders.node(port, 'itself', `localhost:${port}`);
  node.launch();
  await isRefused(node, /nobody to join: localhost:\d+ is this node itself/);
});

test('--join leads to another cluster than the data -> exit 3, neither changes', async () => {
  const before = await cluster.stable();
  const port = await freePorts(1);
  const founder = outsiders.node(port, 'founder');
  await founder.start();
  await founder.client.put('/kv/own', 'value');
  const own = await founder.ring();
  await founder.stop();
  const { address } = cluster.nodes[0]!;
  const stray = outsiders.node(port, 'founder', address);
  stray.launch();
  await isRefused(stray, new RegExp(`${address} is of another cluster than the data directory`));
  await isUnchanged(before);
  await founder.start();
  assert.equal(await founder.ring(), own);
  assert.is((await founder.client.get('/kv/own')).text, 'value');
});

test('a copy of a data directory -> it ends, and the original stays', async () => {
  const before = await cluster.stable();
  const original = cluster.nodes[1]!;
  const copied = join(outsiders.folder, 'copy');
  await original.stop();
  await cp(original.dataDir, copied, { recursive: true });
  await original.start();
  await cluster.stable();
  const copy = outsiders.node(await freePorts(1), 'copy');
  copy.launch();
  await isRefused(copy, /another process runs with the node id [0-9a-f]{16}.* is a copy/);
  await isUnchanged(before);
  assert.not.match(original.child.stdout, /node\.renounced/);
  const restarted = / peer\.down .*the peer (?:restarted|reconnected)/;
  for (const { child } of cluster.nodes) assert.not.match(child.stdout, restarted);
});

test('a member without its disk, started as it was first -> exit 3, and it may join', async () => {
  const keys = await writeKeys(cluster.clients, 'key', 100);
  const before = await cluster.stable();
  const [first, second] = cluster.nodes as [NodeProcess, NodeProcess];
  const id = idAt(before, first)!;
  await first.kill();
  await rm(first.dataDir, { recursive: true });
  first.launch();
  await eventually(() => !first.isRunning, WITHIN_MS);
  await isRefused(first, new RegExp(`is the address of member ${id} of cluster`));
  // It had founded a cluster there.
  await rm(first.dataDir, { recursive: true });
  const joining = new NodeProcess(first.port, first.dataDir, [second.address]);
  await joining.start();
  cluster.nodes[0] = joining;
  const ring = await eventually(async () => {
    const now = await second.ring();
    return now && idAt(now, first) !== id ? cluster.stable() : undefined;
  }, WITHIN_MS);
  assert.is(ring.clusterId, before.clusterId);
  assert.equal(await wrongKeys(cluster.clients, keys), []);
});

test.run();
