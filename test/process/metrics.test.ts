/**
 * Metrics of three real nodes: they agree with what clients did, Prometheus reads them, and the
 * dashboard finds what it asks for. `SCRAPED_SECONDS=60` lets Prometheus scrape for longer.
 */
import * as assert from 'uvu/assert';
import { METRICS } from '../../src/metrics/table.js';
import { systemClock } from '../../src/system.js';
import { EXPRESSIONS, SHOWN } from '../support/dashboard.js';
import { missing } from '../support/data/obstacle.js';
import { eventually } from '../support/eventually.js';
import type { HttpClient } from '../support/http/http-client.js';
import type { NodeProcess } from '../support/processes/node-process.js';
import { ProcessCluster } from '../support/processes/process-cluster.js';
import { lint, Prometheus } from '../support/processes/prometheus.js';
import { suite } from '../support/runner/suite.js';
import { Scrape } from '../support/scrape.js';

const SCRAPED_SECONDS = Number(process.env.SCRAPED_SECONDS ?? 10);

const test = suite('metrics', { limitMs: 120_000 });
let cluster: ProcessCluster;

test.before(async () => {
  cluster = await ProcessCluster.start(3);
});

test.after(async () => {
  await cluster?.close();
});

async function scrape(client: HttpClient): Promise<Scrape> {
  const answer = await client.get('/metrics');
  assert.is(answer.status, 200, answer.text);
  assert.is(answer.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  return new Scrape(answer.text);
}

async function writeSome(client: HttpClient, count: number, prefix: string): Promise<void> {
  for (let i = 0; i < count; i++) {
    assert.is((await client.put(`/kv/${prefix}-${i}`, 'value')).status, 204);
  }
}

const OK = { level: 'quorum', outcome: 'ok' };

test('what a client did -> counted by the node it asked, and written by the owners', async () => {
  const [asked, ...others] = cluster.clients as [HttpClient, HttpClient, HttpClient];
  const before = await Promise.all(cluster.clients.map(scrape));
  await writeSome(asked, 40, 'counted');
  for (let i = 0; i < 30; i++) await asked.get(`/kv/counted-${i}`);
  for (let i = 0; i < 20; i++) await asked.delete(`/kv/counted-${i}`);
  await asked.get('/kv/counted-0');
  const failing = await asked.put('/kv/counted-39', 'x', { 'If-None-Match': '*' });
  assert.is(failing.status, 412);
  await asked.get('/kv/');
  const after = await Promise.all(cluster.clients.map(scrape));
  const grown = (node: number, name: string, labels = {}) =>
    after[node]!.sum(name, labels) - before[node]!.sum(name, labels);
  const requests = 'quorate_requests_total';
  assert.is(grown(0, requests, { ...OK, operation: 'put' }), 40);
  assert.is(grown(0, requests, { ...OK, operation: 'get' }), 31);
  assert.is(grown(0, requests, { ...OK, operation: 'delete' }), 20);
  assert.is(grown(0, requests, { operation: 'put', outcome: 'rejected' }), 1);
  assert.is(grown(0, requests), 92);
  const failure = { operation: 'put', code: 'precondition_failed' };
  assert.is(grown(0, 'quorate_request_failures_total', failure), 1);
  const problems = 'quorate_http_problems_total';
  assert.is(grown(0, problems, { code: 'precondition_failed' }), 1);
  assert.is(grown(0, problems, { code: 'not_found' }), 1);
  assert.is(grown(0, problems, { code: 'key_invalid' }), 1);
  const durations = 'quorate_request_duration_seconds';
  assert.is(after[0]!.sum(`${durations}_count`), after[0]!.sum(requests));
  assert.is(after[0]!.sum(`${durations}_bucket`, { le: '+Inf' }), after[0]!.sum(requests));
  for (const node of others.keys()) assert.is(grown(node + 1, requests), 0);
  for (const node of cluster.clients.keys()) {
    // Of three owners two are enough, and the third may be behind.
    assert.ok(after[node]!.sum('quorate_store_transaction_requests_sum') >= 40);
    assert.ok(grown(node, 'quorate_store_commit_duration_seconds_count') > 0);
  }
});

test('every metric of the table, and all that the dashboard asks for, is in a scrape', async () => {
  const isShown = ({ series }: Scrape) => {
    const names = new Set(series.map(({ name }) => name.replace(/_(bucket|sum|count)$/, '')));
    return [...SHOWN].every((name) => names.has(name));
  };
  // The first probe may not have been answered yet.
  const { names } = await eventually(async () => {
    const now = await scrape(cluster.nodes[0]!.client);
    return isShown(now) && now;
  });
  assert.equal(
    names,
    Object.values(METRICS).flatMap((rows) => Object.keys(rows)),
  );
});

const LINTED = 'promtool check metrics -> finds nothing';
const noPromtool = missing('promtool');
if (noPromtool) test.skip(LINTED, noPromtool);
else {
  test(LINTED, async () => {
    assert.is(lint((await scrape(cluster.nodes[1]!.client)).text), '');
  });
}

const SCRAPED = 'Prometheus scrapes three nodes under load -> its queries answer, and agree';
const noPrometheus = missing('prometheus');
if (noPrometheus) test.skip(SCRAPED, noPrometheus);
else {
  test(SCRAPED, async () => {
    const prometheus = await Prometheus.start(cluster.ports);
    try {
      const until = systemClock.monotonic() + SCRAPED_SECONDS * 1000;
      const [client] = cluster.clients as [HttpClient];
      for (let round = 0; systemClock.monotonic() < until; round++) {
        await writeSome(client, 10, `scraped-${round}`);
      }
      assert.is(await prometheus.number('count(up{job="quorate"} == 1)'), 3);
      assert.is(await prometheus.number(`min(min_over_time(up[${SCRAPED_SECONDS}s]))`), 1);
      const puts = 'quorate_requests_total{operation="put",level="quorum",outcome="ok"}';
      const said = await Promise.all(cluster.clients.map(scrape));
      const counted = said.reduce(
        (sum, each) => sum + each.sum('quorate_requests_total', { ...OK, operation: 'put' }),
        0,
      );
      await eventually(async () => (await prometheus.number(`sum(${puts})`)) === counted);
      assert.ok((await prometheus.number(`sum(rate(${puts}[${SCRAPED_SECONDS}s]))`)) > 0);
      assert.is(await prometheus.number('min(quorate_cluster_available)'), 1);
      for (const expression of EXPRESSIONS) await prometheus.query(expression);
      const p99 = EXPRESSIONS.find((each) => each.startsWith('histogram_quantile(0.99'))!;
      assert.ok((await prometheus.number(p99.replaceAll('[5s]', '[1m]'))) > 0, p99);
    } finally {
      await prometheus.close();
    }
  });
}

test('owners die and come back -> fewer copies, hints, no quorum, and all well again', async () => {
  const [first, second, third] = cluster.nodes as [NodeProcess, NodeProcess, NodeProcess];
  const seen = (what: string, isIt: (scrape: Scrape) => boolean) =>
    eventually(async () => isIt(await scrape(first.client)) && what, 60_000);
  const short = 'quorate_cluster_partitions_underreplicated';
  const all = (await scrape(first.client)).sum('quorate_cluster_partitions');
  await third.kill();
  await seen('short of copies', (now) => now.sum(short) === all);
  await writeSome(first.client, 25, 'missed');
  await seen('dead', (now) => now.sum('quorate_cluster_members', { status: 'dead' }) === 1);
  const waiting = await scrape(first.client);
  assert.is(waiting.sum('quorate_cluster_available'), 1);
  assert.is(waiting.sum('quorate_cluster_partitions_unavailable'), 0);
  await seen('hints', (now) => now.sum('quorate_hints_pending') === 25);
  await second.kill();
  await seen('unavailable', (now) => now.sum('quorate_cluster_available') === 0);
  await second.start();
  await third.start();
  await seen('available', (now) => now.sum('quorate_cluster_available') === 1);
  await seen('copies', (now) => now.sum(short) === 0);
  await seen('replayed', (now) => now.sum('quorate_hints_replayed_total') === 25);
  await seen('none left', (now) => now.sum('quorate_hints_pending') === 0);
  const received = (await scrape(third.client)).sum('quorate_hints_received_total');
  assert.is(received, 25);
});

test.run();
