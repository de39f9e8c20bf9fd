/**
 * Five real nodes that watch each other, while one is killed, paused or restarted, and strangers at
 * their doors. What is printed are measurements; what is asserted are promises.
 */
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { eventually } from '../../support/eventually.js';
import { NodeProcess, type RingAnswer } from '../../support/processes/node-process.js';
import { freePorts } from '../../support/processes/ports.js';
import { ProcessCluster } from '../../support/processes/process-cluster.js';
import { allSay, type View, viewOf, Watch } from '../../support/processes/views.js';
import { suite } from '../../support/runner/suite.js';

const NODES = 5;
const KEYS = 100;
const REPLICAS = 3;
const SECRET = ['--cluster-secret', 'of these tests'];
const PAUSE_MS = 3000;
/** Several protocol periods: by then late consequences would show. */
const CALM_MS = 3000;

const test = suite('membership', { limitMs: 60_000 });
let cluster: ProcessCluster;

test.before(async () => {
  cluster = await ProcessCluster.start(NODES, SECRET);
  const { client } = cluster.nodes[0]!;
  const puts = Array.from({ length: KEYS }, (_, i) => client.put(`/kv/key-${i}`, 'value'));
  for (const { status } of await Promise.all(puts)) assert.is(status, 204);
  await eventually(async () => {
    const rows = (await holdings(cluster.nodes)).map((held) => held.rows);
    return rows.reduce((sum, each) => sum + each) === KEYS * REPLICAS;
  });
});

/** All run and know it: a test that failed halfway must not leave its dead to the next. */
test.before.each(async () => {
  for (const node of cluster.nodes) {
    if (node.isRunning) node.resume();
    else await node.start();
  }
  await cluster.stable();
  await new Watch(cluster.nodes).untilOneView();
});

test.after(async () => {
  await cluster?.close();
});

interface Holding {
  readonly ring: RingAnswer | undefined;
  readonly transfer: object;
  readonly rows: number;
}

/** As each node says: the ring with its epoch and owners, what was moved, what is held. */
function holdings(nodes: readonly NodeProcess[]): Promise<Holding[]> {
  return Promise.all(
    nodes.map(async (node) => {
      const { transfer, store } = JSON.parse((await node.client.get('/admin/status')).text);
      const { epoch, records, bytes } = transfer;
      return { ring: await node.ring(), transfer: { epoch, records, bytes }, rows: store.rows };
    }),
  );
}

test('kill -9 of one -> all others say dead, of nobody else, and no owner changes', async () => {
  const [victim, ...others] = cluster.nodes.toReversed() as [NodeProcess, ...NodeProcess[]];
  const before = await holdings(others);
  const watch = new Watch(others);
  await victim.kill();
  await watch.until((views) => allSay(views, victim, 'dead'));

  const suspected = watch.first('suspect', victim);
  for (const [viewer, atMs] of watch.first('dead', victim)) {
    const first = `suspect after ${seconds(suspected.get(viewer))}`;
    console.log(`kill -9: to ${viewer} ${first}, dead after ${seconds(atMs)}`);
  }
  for (const other of others) assert.is(watch.first('dead', other).size, 0);
  assert.equal(await holdings(others), before);
});

test('SIGSTOP of one for 3 s -> in the end nobody is dead, and nothing moved', async () => {
  const [first, paused, ...rest] = cluster.nodes as [NodeProcess, NodeProcess, ...NodeProcess[]];
  const before = await holdings(cluster.nodes);
  const pause = new Watch([first, ...rest]);
  paused.pause();
  await pause.until(() => pause.elapsedMs >= PAUSE_MS);
  paused.resume();
  const after = new Watch(cluster.nodes);
  await after.untilOneView(CALM_MS);

  const say = (status: 'suspect' | 'dead') =>
    new Set([...pause.first(status, paused).keys(), ...after.first(status, paused).keys()]).size;
  console.log(`SIGSTOP for 3 s: suspect to ${say('suspect')} of 4, dead to ${say('dead')}`);
  for (const node of cluster.nodes) {
    for (const status of ['suspect', 'dead'] as const) {
      if (node === paused) continue;
      const by = [...pause.first(status, node).keys(), ...after.first(status, node).keys()];
      if (by.length > 0) console.log(`SIGSTOP for 3 s: ${node.address} was ${status} to ${by}`);
    }
  }
  assert.equal(await holdings(cluster.nodes), before);
});

test('kill -9 and restart at once -> same member, later incarnation, another boot', async () => {
  const node = cluster.nodes[2]!;
  const others = cluster.nodes.filter((other) => other !== node);
  const before = await holdings(others);
  const { self: was } = await viewOf(node);
  const watch = new Watch(others);
  await node.kill();
  const knowsTheNewOne = ({ members }: View) =>
    members.some(({ id, status, bootId }) => {
      return id === was.id && status === 'alive' && bootId !== was.bootId;
    });
  await Promise.all([node.start(), watch.until((views) => views.every(knowsTheNewOne))]);
  const says = (status: 'suspect' | 'dead') => `${status} to ${watch.first(status, node).size}`;
  console.log(`restart: known to all after ${seconds(watch.elapsedMs)}`);
  console.log(`restart: meanwhile ${says('suspect')} of 4, ${says('dead')}`);
  await new Watch(cluster.nodes).untilOneView(CALM_MS);

  const { self: is } = await viewOf(node);
  assert.is(is.id, was.id);
  assert.is(is.address, was.address);
  assert.ok(is.incarnation > was.incarnation, `${was.incarnation} -> ${is.incarnation}`);
  assert.is.not(is.bootId, was.bootId);
  assert.equal(await holdings(others), before);
});

test('restarted again and again -> its incarnation grows each time, to all', async () => {
  const node = cluster.nodes[1]!;
  const incarnations = [(await viewOf(node)).self.incarnation];
  for (const end of ['kill', 'stop', 'kill'] as const) {
    await node[end]();
    await node.start();
    // With the incarnation that the node itself says it has.
    await new Watch(cluster.nodes).untilOneView();
    incarnations.push((await viewOf(node)).self.incarnation);
  }
  console.log(`incarnations over three restarts: ${incarnations.join(', ')}`);
  for (const [i, each] of incarnations.slice(1).entries()) assert.ok(each > incarnations[i]!);
});

test('a node with another secret -> refused, a line in each log, nothing changes', async () => {
  const host = cluster.nodes[0]!;
  const before = await holdings(cluster.nodes);
  const dataDir = join(cluster.folder, 'other-secret');
  const args = [host.address, '--cluster-secret', 'another'];
  const stranger = new NodeProcess(await freePorts(1), dataDir, args);
  try {
    stranger.launch();
    await refusedInBothLogs(stranger, host, 4003, 'the cluster secrets differ');
    assert.is((await stranger.client.get('/health/ready')).status, 503);
    assert.is(await stranger.ring(), undefined);
    assert.equal(await holdings(cluster.nodes), before);
  } finally {
    await stranger.close();
  }
});

/** Waits for the refusal, and sees to it that the attempts that follow are not logged again. */
async function refusedInBothLogs(
  stranger: NodeProcess,
  host: NodeProcess,
  code: number,
  why: string | RegExp,
): Promise<void> {
  const lines = ({ output }: NodeProcess, event: string) =>
    output.split('\n').filter((line) => line.includes(` ${event} `) && line.includes(`=${code} `));
  const here = () => lines(host, 'peer.refused');
  const there = () => lines(stranger, 'peer.refusedUs');
  await eventually(() => here().length > 0 && there().length > 0);
  await new Watch(cluster.nodes).untilOneView(CALM_MS);
  for (const found of [here(), there()]) {
    assert.is(found.length, 1, found.join('\n'));
    assert.match(found[0]!, why);
    console.log(found[0]);
  }
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? 'no time' : `${(ms / 1000).toFixed(1)} s`;
}

test.run();
