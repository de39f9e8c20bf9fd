/**
 * How real nodes come to a cluster: together, at another address, and in ways that cannot work.
 * What is printed are measurements; what is asserted are promises.
 */
import * as assert from 'uvu/assert';
import { eventually } from '../../support/eventually.js';
import { codeOf } from '../../support/http/http-client.js';
import { writeKeys, wrongKeys } from '../../support/load/key-set.js';
import { idAt, MovedRows, statusOf } from '../../support/processes/changes.js';
import { NodeProcess, type RingAnswer } from '../../support/processes/node-process.js';
import { Outsiders } from '../../support/processes/outsiders.js';
import { freePorts } from '../../support/processes/ports.js';
import { ProcessCluster } from '../../support/processes/process-cluster.js';
import { suite } from '../../support/runner/suite.js';

const REFUSED = 3;
const KEYS = 300;

const test = suite('newcomers', { limitMs: 60_000 });
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

function newNode(port: number, ...args: string[]): NodeProcess {
  return outsiders.node(port, String(port), ...args);
}

function waitsFor(node: NodeProcess, what: RegExp): Promise<true> {
  return eventually(async () => what.test((await statusOf(node)).waitsFor ?? ''));
}

/** It ends by itself, says why in one sentence, and has not served. */
async function isRefused(node: NodeProcess, why: RegExp): Promise<void> {
  const { child } = node;
  assert.equal(await child.exited, { code: REFUSED, signal: null }, node.output);
  assert.match(child.stderr, why);
  assert.is(child.stderr.trimEnd().split('\n').length, 1, child.stderr);
  assert.not.match(child.stdout, /^ready in /m);
}

function firstToEnd(nodes: readonly NodeProcess[]): Promise<NodeProcess> {
  return Promise.race(nodes.map((node) => node.child.exited.then(() => node)));
}

async function isUnchanged(before: RingAnswer): Promise<void> {
  assert.equal(await cluster.stable(), before);
}

test('--expect 3 -> nobody serves before all have met, then all by one ring', async () => {
  const port = await freePorts(3);
  const flags = ['--expect', '3'];
  const first = newNode(port, ...flags);
  const second = newNode(port + 1, String(port), ...flags);
  const third = newNode(port + 2, String(port), ...flags);
  const two = [first, second];
  for (const node of two) node.launch();
  for (const node of two) {
    await waitsFor(node, /^3 nodes to meet, 2 have$/);
    const refused = await node.client.put('/kv/a', 'early');
    assert.is(refused.status, 503);
    assert.is(codeOf(refused), 'not_ready');
    assert.is((await node.client.get('/health/ready')).status, 503);
  }
  const startedAt = performance.now();
  third.launch();
  const nodes = [first, second, third];
  await Promise.all(nodes.map(({ child }) => child.said(/^ready in /m)));
  console.log(`--expect 3: all serve ${(performance.now() - startedAt).toFixed(0)} ms later`);
  const rings = await Promise.all(nodes.map((node) => node.ring()));
  assert.is(rings[0]!.epoch, 1);
  assert.is(rings[0]!.members.length, 3);
  for (const ring of rings) assert.equal(ring, rings[0]);
  assert.is((await first.client.put('/kv/a', 'b')).status, 204);
  for (const { client } of nodes) assert.is((await client.get('/kv/a')).text, 'b');
});

test('other numbers for --expect -> who is told first ends, nobody serves', async () => {
  const port = await freePorts(2);
  const first = newNode(port, '--expect', '3');
  const second = newNode(port + 1, String(port), '--expect', '2');
  first.launch();
  second.launch();
  const told = await firstToEnd([first, second]);
  const others = told === first ? /the others have --expect 2/ : /the others have --expect 3/;
  await isRefused(told, others);
  for (const { child } of [first, second]) assert.not.match(child.stdout, /^ready in /m);
});

test('one node too many for --expect -> told so, or one more member; one cluster', async () => {
  const port = await freePorts(4);
  const flags = ['--expect', '3'];
  const others = [0, 1, 2].map((i) => newNode(port + i, ...flags));
  const hub = newNode(port + 3, others.map(({ address }) => address).join(','), ...flags);
  const nodes = [...others, hub];
  for (const node of nodes) node.launch();
  // Three that meet before they hear of the fourth found the cluster, and it joins like any other.
  const refused = await eventually(async () => {
    const ended = nodes.find(({ isRunning }) => !isRunning);
    if (ended) return ended;
    return (await hub.ring())?.members.length === nodes.length ? 'none' : undefined;
  });
  if (refused !== 'none') await isRefused(refused, /4 nodes have met, and --expect says 3: /);
  const running = nodes.filter(({ isRunning }) => isRunning);
  const rings = await Promise.all(running.map((node) => node.ring().catch(() => undefined)));
  const clusters = new Set(rings.flatMap((ring) => ring?.clusterId ?? []));
  assert.ok(clusters.size <= 1, [...clusters].join());
  console.log(`one too many: ${refused === 'none' ? 'it joined' : 'refused'}`);
});

test('other numbers than the cluster has -> refused with both, nothing changes', async () => {
  const before = await cluster.stable();
  const introducer = cluster.nodes[1]!.address;
  const others = ['--partitions 128', '--replicas 2', '--write-quorum 3', '--read-quorum 1'];
  const port = await freePorts(others.length);
  const nodes = others.map((flag, i) => newNode(port + i, introducer, ...flag.split(' ')));
  for (const node of nodes) node.launch();
  await isRefused(nodes[0]!, /this cluster has --partitions 256, not 128$/m);
  await isRefused(nodes[1]!, /this cluster has --replicas 3, not 2$/m);
  await isRefused(nodes[2]!, /this cluster has --write-quorum 2, not 3$/m);
  await isRefused(nodes[3]!, /this cluster has --read-quorum 2, not 1$/m);
  await isUnchanged(before);
});

test('no numbers given -> whoever joins or comes back counts as the founder was told', async () => {
  const port = await freePorts(3);
  const founder = newNode(port, '--write-quorum', '3', '--read-quorum', '1');
  await founder.start();
  const [second, third] = [1, 2].map((i) => newNode(port + i, String(port))) as [
    NodeProcess,
    NodeProcess,
  ];
  await Promise.all([second.start(), third.start()]);
  await eventually(async () => {
    const rings = await Promise.all([founder, second, third].map((node) => node.ring()));
    return rings.every((ring) => ring!.members.length === 3 && !ring!.transition);
  });
  assert.is((await second.client.put('/kv/a', 'b')).status, 204);
  await third.kill();
  await founder.stop();
  const again = newNode(port);
  await again.start();
  for (const node of [second, again]) {
    await eventually(async () => (await node.reachable()).length === 2);
    const refused = await node.client.put('/kv/a', 'c');
    assert.is(refused.status, 503);
    const { needed, got } = JSON.parse(refused.text) as { needed: number; got: number };
    assert.equal([needed, got], [3, 2]);
  }
  await second.kill();
  await eventually(async () => (await again.reachable()).length === 1);
  assert.is((await again.client.get('/kv/a')).text, 'b', 'one is enough to read from');
});

test('an introducer that is down -> waits and says so, and joins when it is up', async () => {
  const port = await freePorts(2);
  const early = newNode(port + 1, String(port));
  early.launch();
  await early.child.said(new RegExp(`peer\\.unreachable.*127\\.0\\.0\\.1:${port}`));
  assert.is((await early.client.get('/health/live')).status, 200);
  assert.is((await early.client.get('/health/ready')).status, 503);
  const introducer = newNode(port);
  await introducer.start();
  const startedAt = performance.now();
  await early.child.said(/^ready in /m);
  console.log(`introducer came up: joined ${(performance.now() - startedAt).toFixed(0)} ms later`);
  await eventually(async () => (await introducer.ring())!.members.length === 2);
});

test('the address of a live member -> waits and says for whom, nothing changes', async () => {
  const before = await cluster.stable();
  const [first, second] = cluster.nodes as [NodeProcess, NodeProcess];
  const port = await freePorts(1);
  const double = newNode(port, first.address, '--advertise', second.address);
  double.launch();
  await waitsFor(double, new RegExp(`member ${idAt(before, second)}.*alive, to be found dead`));
  assert.is((await double.client.get('/health/ready')).status, 503);
  assert.equal(await double.stop(), { code: 0, signal: null });
  await isUnchanged(before);
  assert.is((await second.client.put('/kv/untouched', 'x')).status, 204);
});

test('started again at another address -> the ring has it, and no data moves', async () => {
  const keys = await writeKeys(cluster.clients, 'key', KEYS);
  const before = await cluster.stable();
  // The one that is dialled by all others, at the address that is no more its own.
  const id = before.members.at(-1)!.id;
  const index = cluster.nodes.findIndex((node) => idAt(before, node) === id);
  const former = cluster.nodes[index]!;
  await former.stop();
  const moved = new MovedRows();
  moved.take(cluster.nodes);
  const node = new NodeProcess(await freePorts(1), former.dataDir, []);
  cluster.nodes[index] = node;
  const startedAt = performance.now();
  await node.start();
  const ring = await cluster.stable();
  console.log(`another address: known after ${(performance.now() - startedAt).toFixed(0)} ms`);
  assert.is(idAt(ring, node), id);
  assert.equal(ring.owners, before.owners);
  assert.is(ring.epoch, before.epoch + 1);
  assert.is(moved.take(cluster.nodes).rows, 0);
  assert.equal(await wrongKeys([node.client], keys), []);
});

test.run();
