/**
 * Real members that move to another address, and that are restarted one after the other while
 * clients work.
 */
import * as assert from 'uvu/assert';
import { eventually } from '../../support/eventually.js';
import { writeKeys } from '../../support/load/key-set.js';
import { idAt, statusOf } from '../../support/processes/changes.js';
import { NodeProcess } from '../../support/processes/node-process.js';
import { Outsiders } from '../../support/processes/outsiders.js';
import { freePorts } from '../../support/processes/ports.js';
import { ProcessCluster } from '../../support/processes/process-cluster.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('moving', { limitMs: 90_000 });
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

test('at another port, with more weight -> the ring says so; its old port is free', async () => {
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
  const fresh = outsiders.node(former.port, 'fresh', moved.address);
  await fresh.start();
  cluster.nodes.push(fresh);
  outsiders.handOver();
  assert.is((await cluster.stable()).members.length, 4);
});

test('restarted one after the other, each when the last is ready -> that one serves', async () => {
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
