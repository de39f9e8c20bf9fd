/**
 * Three real nodes under load, of which some are killed, stopped or paused. What is printed are
 * measurements; what is asserted are promises.
 */
import * as assert from 'uvu/assert';
import { eventually } from '../../support/eventually.js';
import { codeOf } from '../../support/http/http-client.js';
import { RawConnection } from '../../support/http/raw-connection.js';
import { RegisterLoad } from '../../support/load/register-load.js';
import type { NodeProcess } from '../../support/processes/node-process.js';
import { ProcessCluster } from '../../support/processes/process-cluster.js';
import { suite } from '../../support/runner/suite.js';

const CLIENTS = 6;
/** Enough successes of each kind to say that work goes on. */
const WORK = 200;
/** Far longer than a request that cannot succeed may take to say so. */
const DEADLINE_MS = 10_000;

const test = suite('failures', { limitMs: 60_000 });
let cluster: ProcessCluster;
let load: RegisterLoad | undefined;

test.before(async () => {
  cluster = await ProcessCluster.start(3);
});

/** A test that failed halfway must not leave its load, or its dead nodes, to the next. */
test.after.each(async () => {
  await load?.stop();
  load = undefined;
  const nodes = cluster?.nodes ?? [];
  for (const node of nodes.filter(({ isRunning }) => isRunning)) node.resume();
  await Promise.all(nodes.filter(({ isRunning }) => !isRunning).map((node) => node.start()));
  await cluster?.stable();
});

test.after(async () => {
  await cluster?.close();
});

function startLoad(name: string, nodes: readonly NodeProcess[]): RegisterLoad {
  const ports = nodes.map(({ port }) => port);
  load = new RegisterLoad(name, ports, CLIENTS);
  return load;
}

/** Returns the number of reads that showed it. */
async function nothingIsLost(under: RegisterLoad, nodes: readonly NodeProcess[]): Promise<number> {
  await under.stop();
  const checked = await under.check(nodes.map(({ client }) => client));
  assert.ok(checked > 0);
  assert.equal(under.violations, []);
  return checked;
}

function print(what: string, under: RegisterLoad): void {
  const gap = under.takeLongestGapMs().toFixed(0);
  console.log(`${what}: longest gap between successes ${gap} ms; failed: ${under.failures.text}`);
}

test('kill -9 of one node under load -> the others go on, nothing is lost', async () => {
  const [first, second, third] = cluster.nodes as [NodeProcess, NodeProcess, NodeProcess];
  const work = startLoad('killed', [first, second]);
  await work.more(WORK);
  work.takeLongestGapMs();
  await third.kill();
  await work.more(WORK);
  print('kill -9 of one of three', work);
  await nothingIsLost(work, [first, second]);

  await third.start();
  await cluster.stable();
  await nothingIsLost(work, [third]);
});

test('kill -9 of all nodes amid writes -> after a restart none is lost', async () => {
  const work = startLoad('blackout', cluster.nodes);
  await work.more(WORK);
  await Promise.all(cluster.nodes.map((node) => node.kill()));
  await work.stop();

  await Promise.all(cluster.nodes.map((node) => node.start()));
  await cluster.stable();
  const checked = await nothingIsLost(work, cluster.nodes);
  console.log(`kill -9 of all three: ${work.writes} writes acknowledged, ${checked} reads agree`);
});

test('two of three nodes down -> quorum_unavailable before the deadline', async () => {
  const [first, second, third] = cluster.nodes as [NodeProcess, NodeProcess, NodeProcess];
  await first.client.put('/kv/lonely', 'before');
  await Promise.all([second.kill(), third.kill()]);
  // A write that races the kill is rightly told that its outcome is unknown.
  await eventually(async () => (await first.reachable()).length === 1);
  for (const method of ['PUT', 'GET', 'DELETE']) {
    const started = performance.now();
    const body = method === 'PUT' ? { body: 'after' } : {};
    const answer = await first.client.send(method, `/kv/lonely?timeout=${DEADLINE_MS}`, body);
    const tookMs = performance.now() - started;
    console.log(`two of three down: ${method} refused after ${tookMs.toFixed(1)} ms`);
    assert.is(answer.status, 503, answer.text);
    assert.is(codeOf(answer), 'quorum_unavailable');
    assert.ok(tookMs < DEADLINE_MS);
    const { applied, needed, got } = JSON.parse(answer.text);
    assert.is(applied, method === 'GET' ? undefined : 'no');
    assert.equal([needed, got], [2, 1]);
  }
  const weak = await first.client.get('/kv/lonely?consistency=one');
  assert.is(weak.text, 'before');
  assert.is((await first.client.get('/health/live')).status, 200);
  await Promise.all([second.start(), third.start()]);
  await cluster.stable();
  for (const { client } of cluster.nodes) {
    assert.is((await client.get('/kv/lonely')).text, 'before');
  }
});

test('SIGTERM of a node under load -> no request fails, exit code 0', async () => {
  const [first, ...others] = cluster.nodes as [NodeProcess, NodeProcess, NodeProcess];
  const work = startLoad('stopped', cluster.nodes);
  await work.more(WORK);
  work.takeLongestGapMs();
  assert.equal(await first.stop(), { code: 0, signal: null }, first.output);
  await work.more(WORK);
  print('SIGTERM of one of three', work);
  assert.equal([...work.failures], []);
  await nothingIsLost(work, others);
});

test('SIGTERM amid requests -> not ready any more, they are finished, exit code 0', async () => {
  const [first, second] = cluster.nodes as [NodeProcess, NodeProcess, NodeProcess];
  const writing = await RawConnection.open(first.port);
  const asking = await RawConnection.open(first.port);
  writing.send('PUT /kv/slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf ');
  asking.send('GET /health/ready HTTP/1.1\r\nHost: localhost\r\n');
  assert.is((await first.client.get('/health/ready')).status, 200);
  const stopped = first.stop();
  await eventually(() =>
    RawConnection.open(first.port).then(
      (open) => open.destroy(),
      (error) => error.code === 'ECONNREFUSED',
    ),
  );

  asking.send('\r\n');
  assert.is(await asking.status(), 503);
  writing.send('done!');
  assert.is(await writing.status(), 204);
  for (const connection of [asking, writing]) {
    await connection.ended();
    assert.match(connection.received, /\r\nConnection: close\r\n/i);
  }
  assert.equal(await stopped, { code: 0, signal: null }, first.output);
  assert.is((await second.client.get('/kv/slow')).text, 'half done!');
});

test('SIGSTOP of one node -> the others go on, and it catches up with what is read', async () => {
  const [first, second, third] = cluster.nodes as [NodeProcess, NodeProcess, NodeProcess];
  const work = startLoad('paused', [first, second]);
  await work.more(WORK);
  work.takeLongestGapMs();
  third.pause();
  await work.more(WORK);
  print('SIGSTOP of one of three', work);
  const written = await Promise.all(
    Array.from({ length: 20 }, (_, i) => first.client.put(`/kv/unheard-${i}`, 'news')),
  );
  await work.stop();

  third.resume();
  for (const [i, { status, headers }] of written.entries()) {
    assert.is(status, 204);
    const version = await eventually(async () => {
      if ((await third.client.get(`/kv/unheard-${i}`)).text !== 'news') return false;
      const located = JSON.parse((await third.client.get(`/admin/locate?key=unheard-${i}`)).text);
      const isOwn = ({ address }: { address: string }) => address === third.address;
      const owner = located.owners.find(isOwn);
      return owner.version as string | undefined;
    });
    assert.is(`"${version}"`, headers.etag);
  }
  await nothingIsLost(work, cluster.nodes);
});

test.run();
