/** Three real nodes of which some die and come back: what the last one says of the cluster. */
import * as assert from 'uvu/assert';
import type { ClusterVerdict } from '../../src/core/verdict.js';
import { PROGRAM_VERSION } from '../../src/version.js';
import { eventually } from '../support/eventually.js';
import { codeOf } from '../support/http/http-client.js';
import { detailOf } from '../support/processes/changes.js';
import type { NodeProcess } from '../support/processes/node-process.js';
import { ProcessCluster } from '../support/processes/process-cluster.js';
import { suite } from '../support/runner/suite.js';

interface Row {
  readonly standing: string;
  readonly status: string;
  readonly roundTripMs?: number;
  readonly clockOffsetMs?: number;
  readonly programVersion?: string;
}

const test = suite('verdict of real nodes', { limitMs: 60_000 });
let cluster: ProcessCluster;

test.before(async () => {
  cluster = await ProcessCluster.start(3);
});

test.after(async () => {
  await cluster?.close();
});

/** The answer of `/health/cluster` when the state is this. */
async function until({ client }: NodeProcess, state: ClusterVerdict['state']) {
  return eventually(async () => {
    const { status, text } = await client.get('/health/cluster');
    const { verdict } = JSON.parse(text) as { verdict: ClusterVerdict };
    return verdict.state === state && { status, verdict };
  });
}

test('one dies, two die, they come back -> healthy, degraded, unavailable, healthy', async () => {
  const [first, second, third] = cluster.nodes as [NodeProcess, NodeProcess, NodeProcess];
  const healthy = await until(first, 'healthy');
  assert.is(healthy.status, 200);
  assert.is(healthy.verdict.sentence, 'healthy: 256 of 256 partitions have all 3 copies.');

  await third.kill();
  const degraded = await until(first, 'degraded');
  assert.is(degraded.status, 200);
  assert.match(degraded.verdict.sentence, `node ${third.address} has been away for `);
  assert.match(degraded.verdict.sentence, '256 of 256 partitions have 2 of 3 copies; requests go');
  assert.is((await first.client.get('/health/ready?quorum=1')).status, 200);
  assert.not.match(first.output, /quorum\.lost/);

  await second.kill();
  const unavailable = await until(first, 'unavailable');
  assert.is(unavailable.status, 503);
  assert.equal(unavailable.verdict.withoutQuorum, { write: 256, read: 256, any: 256 });
  const addresses = unavailable.verdict.away.map(({ address }) => address);
  assert.equal(addresses.sort(), [second.address, third.address].sort());
  const ready = await first.client.get('/health/ready?quorum=1');
  assert.equal([ready.status, codeOf(ready)], [503, 'quorum_unavailable']);
  assert.match(detailOf(ready), /256 have no quorum/);
  assert.is((await first.client.get('/health/ready')).status, 200);
  await first.child.said(/ERROR quorum\.lost partitions=256 /i);
  const { verdict, members } = JSON.parse((await first.client.get('/admin/status')).text);
  assert.is(verdict.state, 'unavailable');
  assert.equal(
    members.map(({ partitions }: { partitions: number }) => partitions),
    [256, 256, 256],
  );

  await Promise.all([second.start(), third.start()]);
  assert.is((await until(first, 'healthy')).status, 200);
  await first.child.said(/quorum\.regained partitions=\d+ forMs=\d+/);
});

test('status of any -> what it measured of each other, and the version it runs', async () => {
  for (const { client } of cluster.nodes) {
    const members = await eventually(async () => {
      const status = JSON.parse((await client.get('/admin/status')).text);
      const others = status.members.filter(({ standing }: Row) => standing !== 'self');
      return others.every(({ roundTripMs }: Row) => roundTripMs !== undefined) && status.members;
    });
    for (const { programVersion, status, clockOffsetMs } of members as Row[]) {
      assert.is(programVersion, PROGRAM_VERSION);
      assert.is(status, 'alive');
      assert.ok(Math.abs(clockOffsetMs ?? 0) < 1000);
    }
  }
});

test('one node, three copies wanted -> banner, status and verdict say 1 of 3 copies', async () => {
  const alone = await ProcessCluster.start(1);
  try {
    const [node] = alone.nodes as [NodeProcess];
    assert.match(node.output, /^copies {3}1 of 3 copies of each key$/m);
    const { verdict, status } = await until(node, 'degraded');
    assert.is(status, 200);
    assert.match(verdict.sentence, 'have 1 of 3 copies');
    assert.match(verdict.remedy, `start 2 more nodes to join by ${node.address}`);
    const told = JSON.parse((await node.client.get('/admin/status')).text);
    assert.is(told.verdict.sentence, verdict.sentence);
  } finally {
    await alone.close();
  }
});

test.run();
