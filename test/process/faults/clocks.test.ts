/** Three real nodes whose wall clocks are set: what is still served, and what is said of it. */
import * as assert from 'uvu/assert';
import { present } from '../../../src/core/assert.js';
import { wallTimeOf } from '../../../src/core/data/hybrid-clock.js';
import { parseVersion } from '../../../src/core/data/version.js';
import { eventually } from '../../support/eventually.js';
import { type Answer, codeOf, type HttpClient } from '../../support/http/http-client.js';
import { detailOf } from '../../support/processes/changes.js';
import type { NodeProcess } from '../../support/processes/node-process.js';
import { ProcessCluster } from '../../support/processes/process-cluster.js';
import { ShiftedClocks } from '../../support/processes/shifted-clocks.js';
import { suite } from '../../support/runner/suite.js';

const HOUR_MS = 3_600_000;
const test = suite('clocks of real nodes', { limitMs: 90_000 });
let clocks: ShiftedClocks;
let cluster: ProcessCluster;

test.before(async () => {
  clocks = await ShiftedClocks.of(3);
  cluster = await ProcessCluster.start(3, [], clocks.places);
});

test.after(async () => {
  await cluster?.close();
  await clocks?.close();
});

/** A node compares its clock with those of the others about once a second. */
function isReady({ client }: NodeProcess, ready: boolean): Promise<Answer> {
  return eventually(async () => {
    const answer = await client.get('/health/ready');
    return answer.status === (ready ? 200 : 503) && answer;
  });
}

const allReady = () => Promise.all(cluster.nodes.map((node) => isReady(node, true)));

/** Until nodes have compared clocks that were just set, they say so and take nothing. */
async function written(client: HttpClient, key: string, body: string): Promise<void> {
  await eventually(async () => {
    const { status, text } = await client.put(`/kv/${key}`, body);
    if (status === 204) return true;
    const { code, applied } = JSON.parse(text);
    assert.equal([code, applied], ['clock_drift', 'no'], text);
    return false;
  });
}

/** As `written`: it may have to store what it has found. */
function readByRound(client: HttpClient, key: string): Promise<string> {
  return eventually(async () => {
    const { status, text } = await client.get(`/kv/${key}?consistency=linearizable`);
    if (status === 200) return text;
    assert.is(JSON.parse(text).code, 'clock_drift', text);
    return false;
  });
}

async function serves(key: string, before: string | undefined, value: string): Promise<void> {
  for (const [index, { client }] of cluster.nodes.entries()) {
    if (before !== undefined) assert.is((await client.get(`/kv/${key}`)).text, before);
    const body = `${value} ${index}`;
    await written(client, key, body);
    for (const other of cluster.clients) {
      assert.is((await other.get(`/kv/${key}`)).text, body);
      assert.is(await readByRound(other, key), body);
    }
    before = body;
  }
}

test('one is an hour ahead -> takes no writes, is unready, and says so; others go on', async () => {
  const [ahead, ...others] = cluster.nodes as [NodeProcess, NodeProcess, NodeProcess];
  await allReady();
  await serves('one', undefined, 'before');
  await clocks.set(0, HOUR_MS);
  const unready = await isReady(ahead, false);
  assert.is(codeOf(unready), 'not_ready');
  assert.match(detailOf(unready), /the clock of this node is 60 min ahead of most/);
  await ahead.child.said(/ERROR clock\.wrong aheadMs=3[56]\d{5}/i);

  const refused = await ahead.client.put('/kv/one', 'late');
  assert.is(refused.status, 503);
  const { code, applied } = JSON.parse(refused.text);
  assert.equal([code, applied], ['clock_drift', 'no']);
  assert.is((await ahead.client.get('/kv/one')).text, 'before 2');
  for (const { client } of others) {
    await written(client, 'one', `by ${client.port}`);
    assert.is((await ahead.client.get('/kv/one')).text, `by ${client.port}`);
    const verdict = await eventually(async () => {
      const told = JSON.parse((await client.get('/health/cluster')).text).verdict;
      return told.clocks.length > 0 && told;
    });
    assert.is(verdict.state, 'degraded');
    assert.match(verdict.sentence, `the clock of ${ahead.address} is 60 min ahead of most`);
    assert.match(verdict.remedy, `Set the clock of ${ahead.address}`);
  }
  const { clock } = JSON.parse((await ahead.client.get('/admin/status')).text);
  assert.is(clock.standing, 'wrong');

  await clocks.set(0, 0);
  await isReady(ahead, true);
  await ahead.child.said(/clock\.right forMs=\d+/);
  await serves('one', `by ${others[1]!.client.port}`, 'corrected');
});

test('all are set back a day -> all is read and written, also after a restart', async () => {
  await serves('all', undefined, 'before');
  await clocks.setAll(-24 * HOUR_MS);
  for (const { client } of cluster.nodes) {
    assert.is((await client.get('/kv/all')).text, 'before 2', 'at once');
  }
  await allReady();
  await serves('all', 'before 2', 'a day before');
  await Promise.all(cluster.nodes.map((node) => node.kill()));
  await Promise.all(cluster.nodes.map((node) => node.start()));
  await cluster.stable();
  await allReady();
  await serves('all', 'a day before 2', 'started again');
});

test('all were a day ahead -> goes on; after another epoch by the time of today', async () => {
  const [{ client }] = cluster.nodes as [NodeProcess];
  const ageMs = async () => {
    const { headers } = await client.get('/kv/all');
    const { time } = present(parseVersion(String(headers.etag).slice(1, -1)), 'a version');
    return Date.now() - wallTimeOf(time);
  };
  await clocks.setAll(24 * HOUR_MS);
  await allReady();
  await serves('all', 'started again 2', 'tomorrow');
  await clocks.setAll(0);
  await allReady();
  await serves('all', 'tomorrow 2', 'corrected');
  assert.ok((await ageMs()) < -23 * HOUR_MS, 'stamps go on from the highest');

  const { epoch, next } = JSON.parse((await client.send('POST', '/admin/epoch')).text);
  assert.is(next, epoch + 1);
  await eventually(async () => (await cluster.nodes[0]!.ring())?.epoch === next);
  await serves('all', 'corrected 2', 'in another epoch');
  assert.ok(Math.abs(await ageMs()) < HOUR_MS);
});

test.run();
