/** A scrape says what a node has done and how it stands, in words that Prometheus knows. */
import * as assert from 'uvu/assert';
import { METRICS } from '../../src/metrics/table.js';
import { diskIn, idOf, ringOf, SELF } from '../node/one-node.js';
import { SimDisk } from '../sim/disk/store.js';
import { suite } from '../support/runner/suite.js';
import { ScrapedNode } from './scraped-node.js';

const test = suite('metrics');

const ROWS = Object.values(METRICS).flatMap((rows) => Object.entries(rows));
const [B, C] = [idOf('b'), idOf('c')];
const PARTITIONS = ringOf(1, 'a').layout.length;

function serving(): ScrapedNode {
  const it = new ScrapedNode();
  it.pass(1000).connect('b', 'c').pass(5000);
  assert.is(it.state, 'serving');
  return it;
}

test('every row is scraped, under a name that says its kind and unit', async () => {
  const it = serving();
  it.write();
  const scrape = await it.scrape();
  assert.ok(ROWS.length > 40, `${ROWS.length} rows`);
  assert.equal(
    scrape.names,
    ROWS.map(([name]) => name),
  );
  for (const [name, { type, unit, help }] of ROWS) {
    assert.match(name, /^(quorate|process|nodejs)(_[a-z]+)+$/);
    assert.is(name.endsWith('_total'), type === 'counter', name);
    if (unit) assert.match(name, new RegExp(`_${unit}(_total)?$`));
    assert.match(help, /[^.]\.$/, name);
  }
});

test('every series has the labels that its row explains, each once', async () => {
  const it = serving();
  it.write();
  const { series } = await it.scrape();
  const seen = new Set<string>();
  for (const [name, { type, labels = {} }] of ROWS) {
    const names =
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
    const found = series.filter((each) => names.includes(each.name));
    assert.ok(found.length > 0, name);
    for (const each of found) {
      const expected = Object.keys(labels);
      if (each.name === `${name}_bucket`) expected.push('le');
      assert.equal(Object.keys(each.labels), expected, name);
      assert.ok(Number.isFinite(each.value), name);
      const whole = JSON.stringify([each.name, each.labels]);
      assert.not.ok(seen.has(whole), whole);
      seen.add(whole);
    }
  }
  assert.is(seen.size, series.length);
});

test('requests and how they ended -> counted by operation, level and code', async () => {
  const it = serving();
  for (let i = 0; i < 3; i++) assert.ok(it.write()?.ok);
  it.disconnect('b').disconnect('c');
  const key = Buffer.from('k');
  const refused = { key, level: 'all', timeoutMs: 50 } as const;
  it.node.read(refused, () => undefined);
  const scrape = await it.scrape();
  const total = 'quorate_requests_total';
  const one = { operation: 'put', level: 'one' };
  assert.is(scrape.sum(total, { ...one, outcome: 'ok' }), 3);
  assert.is(scrape.sum(total, { operation: 'get', level: 'all', outcome: 'failed' }), 1);
  assert.is(scrape.sum(total), 4);
  assert.is(scrape.sum('quorate_request_duration_seconds_count', one), 3);
  const failures = { operation: 'get', code: 'quorum_unavailable' };
  assert.is(scrape.sum('quorate_request_failures_total', failures), 1);
  assert.is(scrape.sum('quorate_request_failures_total'), 1);
  assert.is(scrape.sum('quorate_http_problems_total', { code: 'not_found' }), 4);
});

test('a node that does not serve yet -> what it refuses is counted as failed', async () => {
  const it = new ScrapedNode();
  assert.is(it.read()?.ok, false);
  const scrape = await it.scrape();
  const failures = { operation: 'get', code: 'not_ready' };
  assert.is(scrape.sum('quorate_request_failures_total', failures), 1);
  assert.is(scrape.sum('quorate_requests_total', { outcome: 'failed' }), 1);
});

/** How many partitions lack copies, or their quorum. */
async function look(it: ScrapedNode) {
  const scrape = await it.scrape();
  const [short, lost] = ['underreplicated', 'unavailable'].map((what) =>
    scrape.sum(`quorate_cluster_partitions_${what}`),
  );
  return { short, lost, available: scrape.sum('quorate_cluster_available') };
}

test('peers go and come back -> fewer copies, no quorum, available again', async () => {
  const it = serving();
  assert.equal(await look(it), { short: 0, lost: 0, available: 1 });
  it.disconnect('b');
  assert.equal(await look(it), { short: PARTITIONS, lost: 0, available: 1 });
  it.disconnect('c');
  assert.equal(await look(it), { short: PARTITIONS, lost: PARTITIONS, available: 0 });
  it.connect('b', 'c');
  assert.equal(await look(it), { short: 0, lost: 0, available: 1 });
});

test('owners change -> copies and quorums are wanted of the old ones and of the new', async () => {
  const { members, layout } = ringOf(3, 'a', 'b', 'd');
  const ring = { ...ringOf(2, 'a', 'b', 'c'), transition: { members, layout } };
  const it = new ScrapedNode(diskIn(ring));
  it.pass(1000).connect('b', 'c', 'd').pass(5000);
  assert.equal(await look(it), { short: 0, lost: 0, available: 1 });
  it.disconnect('d');
  assert.equal(await look(it), { short: PARTITIONS, lost: 0, available: 1 });
  // Two of the old ones are left, and one of the new.
  it.disconnect('b');
  assert.equal(await look(it), { short: PARTITIONS, lost: PARTITIONS, available: 0 });
  const scrape = await it.scrape();
  assert.is(scrape.sum('quorate_ring_changing'), 1);
  assert.is(scrape.sum('quorate_partitions_owned'), PARTITIONS);
});

test('no ring yet -> not available, though no partition lacks anything', async () => {
  const it = new ScrapedNode(new SimDisk());
  assert.equal(await look(it), { short: 0, lost: 0, available: 0 });
  assert.is((await it.scrape()).sum('quorate_ring_epoch'), 0);
});

test('members and peers -> each by its id, none for this node where it is no peer', async () => {
  const it = serving();
  it.silence('b').pass(60_000);
  const scrape = await it.scrape();
  const status = (name: string) => scrape.sum('quorate_cluster_members', { status: name });
  assert.equal([status('alive'), status('dead'), status('left')], [2, 1, 0]);
  const peersOf = (name: string) => scrape.of(name).map(({ labels }) => labels.peer);
  assert.equal(peersOf('quorate_peer_reachable'), [B, C]);
  assert.is(scrape.sum('quorate_peer_reachable', { peer: B }), 0);
  assert.is(scrape.sum('quorate_peer_queue_bytes', { peer: B }), 7);
  assert.is(scrape.sum('quorate_peer_shed_total', { priority: 'gossip' }), 3);
  // The test's answers are half their way old when they come.
  assert.is(scrape.sum('quorate_peer_probe_seconds', { peer: C }), 0.001);
  assert.is(scrape.sum('quorate_peer_clock_offset_seconds', { peer: C }), -0.0005);
  assert.is(scrape.sum('quorate_partitions_owned'), PARTITIONS);
});

test('an owner is away -> its failures, and that it will have missed a write', async () => {
  const it = serving();
  it.disconnect('b');
  it.write();
  const scrape = await it.scrape();
  const failures = (peer: string, reason: string) =>
    scrape.sum('quorate_replica_failures_total', { peer, reason });
  // The test lets c answer no writes.
  assert.equal([failures(B, 'unreachable'), failures(C, 'timeout')], [1, 1]);
  assert.is(scrape.sum('quorate_replica_failures_total'), 2);
  assert.is(scrape.sum('quorate_hints_stored_total'), 2);
  assert.is(scrape.sum('quorate_replica_round_trip_seconds_count', { peer: SELF }), 1);
});

test('a store that hangs -> said, with what it said last, and the rest is answered', async () => {
  const it = serving();
  it.write();
  const before = await it.scrape();
  assert.is(before.sum('quorate_store_up'), 1);
  assert.is(before.sum('quorate_store_rows'), 1);
  it.storeHangs = true;
  const after = await it.scrape();
  assert.is(after.sum('quorate_store_up'), 0);
  assert.is(after.sum('quorate_store_rows'), 1);
  assert.is(after.sum('quorate_ring_epoch'), 1);
});

test('durations -> in seconds, each bucket with what the smaller ones hold', async () => {
  const it = serving();
  const name = 'quorate_store_commit_duration_seconds';
  for (const ms of [0.25, 0.25, 30, 60_000]) it.commits.durations.note(ms);
  const scrape = await it.scrape();
  const upTo = (le: string) => scrape.sum(`${name}_bucket`, { le });
  assert.equal(['0.0005', '0.025', '0.05', '10', '+Inf'].map(upTo), [2, 2, 3, 3, 4]);
  assert.is(scrape.sum(`${name}_count`), 4);
  assert.is(scrape.sum(`${name}_sum`), 60.0305);
  assert.is(scrape.sum('process_start_time_seconds'), 60);
});

test.run();
