/**
 * Real nodes in the place of others, or in none: who is told so ends by itself and says why, and
 * whom the others know is left alone. And members that move.
 */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { eventually } from '../../support/eventually.js';
import { writeKeys, wrongKeys } from '../../support/load/key-set.js';
import { idAt, statusOf } from '../../support/processes/changes.js';
import { NodeProcess, type RingAnswer } from '../../support/processes/node-process.js';
import { freePorts } from '../../support/processes/ports.js';
import { ProcessCluster } from '../../support/processes/process-cluster.js';
import { suite } from '../../support/runner/suite.js';

const REFUSED = 3;
/** To the death of a member, and of what is dialled then. */
const WITHIN_MS = 50_000;

const test = suite('places', { limitMs: 90_000 });
let cluster: ProcessCluster;
let folder: string;
/** Started by a test, beside the cluster. */
const started: NodeProcess[] = [];

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quorate-places-'));
  cluster = await ProcessCluster.start(3);
});

test.after.each(async () => {
  await Promise.all(started.splice(0).map((node) => node.close()));
});

test.after(async () => {
  await cluster?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A node that is not started yet; `args` as on its command line behind the port. */
function newNode(port: number, dataDir: string, ...args: string[]): NodeProcess {
  const node = new NodeProcess(port, join(folder, dataDir), args);
  started.push(node);
  return node;
}

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

test('nobody to join by -> says for what it waits, in log and status; gives up', async () => {
  const port = await freePorts(3);
  const give = ['--join-timeout', '8'];
  const noRing = /:\d+, which has no ring itself/;
  const cases: [NodeProcess, RegExp][] = [
    [newNode(port, 'one', `${port + 1}`, ...give, '--log-level', 'warn'), noRing],
    [newNode(port + 1, 'another', `${port + 2},${port}`, ...give), noRing],
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
  const node = newNode(port, 'itself', `localhost:${port}`);
  node.launch();
  await isRefused(node, /nobody to join: localhost:\d+ is this node itself/);
});

test('--join leads to another cluster than the data -> exit 3, neither changes', async () => {
  const before = await cluster.stable();
  const port = await freePorts(1);
  const founder = newNode(port, 'founder');
  await founder.start();
  await founder.client.put('/kv/own', 'value');
  const own = await founder.ring();
  await founder.stop();
  const { address } = cluster.nodes[0]!;
  const stray = newNode(port, 'founder', address);
  stray.launch();
  await isRefused(stray, new RegExp(`${address} is of another cluster than the data directory`));
  await isUnchanged(before);
  await founder.start();
  assert.equal(await founder.ring(), own);
  assert.is((await founder.client.get('/kv/own')).text, 'value');
});

test('a copied data directory beside the original -> the copy ends, the other stays', async () => {
  const before = await cluster.stable();
  const original = cluster.nodes[1]!;
  const copied = join(folder, 'copy');
  await original.stop();
  await cp(original.dataDir, copied, { recursive: true });
  await original.start();
  await cluster.stable();
  const copy = newNode(await freePorts(1), 'copy');
  copy.launch();
  await isRefused(copy, /another process runs with the node id [0-9a-f]{16}.* is a copy/);
  await isUnchanged(before);
  assert.not.match(original.child.stdout, /node\.renounced/);
  const restarted = / peer\.down .*the peer (?:restarted|reconnected)/;
  for (const { child } of cluster.nodes) assert.not.match(child.stdout, restarted);
});

test('a member without its disk is started as it was first -> founds nothing: exit 3', async () => {
  const keys = await writeKeys(cluster.clients, 'key', 100);
  const before = await cluster.stable();
  const [first, second] = cluster.nodes as [NodeProcess, NodeProcess];
  const id = idAt(before, first)!;
  await first.kill();
  await rm(first.dataDir, { recursive: true });
  first.launch();
  await eventually(() => !first.isRunning, WITHIN_MS);
  await isRefused(first, new RegExp(`is the address of member ${id} of cluster`));
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

test('started at another port with more weight -> the ring says so; the old is free', async () => {
  const before = await cluster.stable();
  const former = cluster.nodes[2]!;
  const id = idAt(before, former);
  await former.stop();
  const moved = new NodeProcess(await freePorts(1), former.dataDir, ['--weight', '3']);
  cluster.nodes[2] = moved;
  await moved.start();
  await moved.child.said(new RegExp(`^ring +resuming epoch ${before.epoch}, 3 members$`, 'm'));
  const ring = await eventually(async () => {
    const now = await cluster.nodes[0]!.ring();
    return now && idAt(now, moved) === id ? cluster.stable() : undefined;
  });
  const { weight } = ring.members.find((member) => member.id === id) as never;
  assert.is(weight, 3);
  assert.equal(((await statusOf(moved)).change as never as { joining: string[] }).joining, []);
  const fresh = newNode(former.port, 'fresh', moved.address);
  await fresh.start();
  cluster.nodes.push(fresh);
  started.splice(0);
  assert.is((await cluster.stable()).members.length, 4);
});

test('restarted one by one, each when the last is ready -> who is ready serves', async () => {
  const keys = await writeKeys(cluster.clients, 'later', 20);
  await cluster.stable();
  let ready = cluster.nodes.at(-1)!;
  for (const node of cluster.nodes) {
    await node.kill();
    const statuses = await Promise.all(keys.map((key) => ready.client.put(`/kv/${key}`, 'again')));
    const failed = statuses.filter(({ status }) => status !== 204);
    assert.equal(
      failed.map(({ text }) => text),
      [],
      `at ${ready.address}, just ready`,
    );
    await node.start();
    ready = node;
  }
});

test.run();
