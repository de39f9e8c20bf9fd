/**
 * Real nodes that come, go, die and are replaced while clients work. What is printed are
 * measurements; what is asserted are promises.
 */
import { rm } from 'node:fs/promises';
import * as assert from 'uvu/assert';
import { eventually } from '../../support/eventually.js';
import { presentKeys, rowsOf, writeKeys, wrongKeys } from '../../support/load/key-set.js';
import { RegisterLoad } from '../../support/load/register-load.js';
import {
  idAt,
  imbalanceOf,
  joinSteps,
  MovedRows,
  plannedRows,
  type Rows,
  statusOf,
} from '../../support/processes/changes.js';
import { Child } from '../../support/processes/child.js';
import { NodeProcess, type RingAnswer } from '../../support/processes/node-process.js';
import { ProcessCluster } from '../../support/processes/process-cluster.js';
import { suite } from '../../support/runner/suite.js';

const REPLICAS = 3;
const KEYS = 4000;
const CLIENTS = 4;
/** Enough successes of each kind to say that work goes on. */
const WORK = 100;
/** Slow transfers last long enough to die amid them; frequent rounds collect leftovers soon. */
const FLAGS = ['--transfer-mib-per-second', '1', '--compare-every-ms', '1000'];
/** Moved at most, relative to the fewest rows that the change can do with. */
const MOVED_LIMIT = 1.1;

const test = suite('members', { limitMs: 120_000 });
let cluster: ProcessCluster;
let load: RegisterLoad | undefined;

test.after.each(async () => {
  await load?.stop();
  load = undefined;
  await cluster?.close();
});

/** The next ring that is stable, without some of the nodes from now on. */
async function settled(without: readonly NodeProcess[] = []): Promise<RingAnswer> {
  for (const node of without) cluster.nodes.splice(cluster.nodes.indexOf(node), 1);
  return cluster.stable();
}

function report(what: string, { rows, bytes }: Rows, fewest: number, startedAt: number): void {
  const seconds = (performance.now() - startedAt) / 1000;
  const ratio = (rows / fewest).toFixed(3);
  const moved = `${rows} rows (${(bytes / 1024).toFixed(0)} KiB), ${ratio} of the fewest`;
  console.log(`${what}: ${moved}, ${seconds.toFixed(1)} s`);
  assert.ok(rows <= MOVED_LIMIT * fewest, `${rows} rows moved, ${fewest} had to be`);
}

test('join two, leave, die amid it, replace, under load -> nothing is lost', async () => {
  cluster = await ProcessCluster.start(3, FLAGS);
  const [first, second, third] = cluster.nodes as [NodeProcess, NodeProcess, NodeProcess];
  const keys = await writeKeys(cluster.clients, 'known', KEYS);
  const moved = new MovedRows();
  moved.take(cluster.nodes);
  const { ports } = cluster;
  const work = new RegisterLoad('moved', ports, CLIENTS);
  load = work;
  await work.more(WORK);

  let startedAt = performance.now();
  const { epoch } = (await second.ring())!;
  await cluster.add(2);
  const [, , , fourth, fifth] = cluster.nodes as NodeProcess[];
  let ring = await cluster.stable();
  assert.is(ring.members.length, 5);
  const { share, steps } = joinSteps(second, epoch, 3);
  const fewest = REPLICAS * (keys.length + work.keys.length) * share;
  report(`join of two (${steps})`, moved.take(cluster.nodes), fewest, startedAt);
  await work.more(WORK);
  ports.push(fourth!.port, fifth!.port);

  startedAt = performance.now();
  let planned = await plannedRows(second, `leave&id=${idAt(ring, first)}`);
  const leave = Child.ofScript('src/cli/commands/leave.js', [String(first.port)]);
  await eventually(async () => (await statusOf(second)).change.state === 'in transition');
  await moved.beforeKill(fifth!);
  await fifth!.kill();
  assert.ok((await second.ring())!.transition, 'killed when the change was over');
  await work.more(WORK);
  await fifth!.start();
  assert.equal(await leave.exited, { code: 0, signal: null }, leave.stdout + leave.stderr);
  assert.match(leave.stdout, /has left/);
  assert.equal(await first.child.exited, { code: 0, signal: null }, first.output);
  ring = await settled([first]);
  assert.is(ring.members.length, 4);
  report('leave, with a kill -9', moved.take(cluster.nodes), planned.rows, startedAt);
  await work.more(WORK);

  startedAt = performance.now();
  const formerId = idAt(ring, third)!;
  planned = await plannedRows(second, `replace&id=${formerId}`);
  await third.kill();
  await rm(third.dataDir, { recursive: true });
  const { port, dataDir } = third;
  const replacement = new NodeProcess(port, dataDir, [second.address, ...FLAGS]);
  cluster.nodes.push(replacement);
  await replacement.start();
  ring = await settled([third]);
  assert.is(ring.members.length, 4);
  assert.not(ring.members.some(({ id }) => id === formerId));
  report('replace', moved.take(cluster.nodes), planned.rows, startedAt);
  await work.more(WORK);

  await work.stop();
  const failures = work.failures.text;
  console.log(`${work.writes} writes, ${work.reads} reads, failed: ${failures || 'none'}`);
  // What was in flight at a node that is killed fails, and nothing else.
  const others = [...work.failures.keys()].filter((how) => !how.endsWith(' ECONNRESET'));
  assert.equal(others, []);
  const broken = [...work.failures.values()].reduce((sum, count) => sum + count, 0);
  assert.ok(broken <= 2 * CLIENTS, failures);
  await work.check(cluster.clients);
  assert.equal(work.violations, []);
  assert.equal(await wrongKeys(cluster.clients, keys), []);
  assert.ok(imbalanceOf(ring) <= 1, `${imbalanceOf(ring)}`);

  const written = await presentKeys(cluster.clients, work.keys);
  const wanted = rowsOf(ring, [...keys, ...written]);
  startedAt = performance.now();
  await eventually(async () => {
    const held = await Promise.all(cluster.nodes.map(statusOf));
    const wrong = held.filter(({ id, store }) => store.rows !== wanted.get(id));
    if (wrong.length === 0) return true;
    const list = wrong.map(({ id, store }) => `${id}: ${store.rows}, not ${wanted.get(id)}`);
    throw new Error(list.join('; '));
  });
  console.log(
    `no row but at owners: ${((performance.now() - startedAt) / 1000).toFixed(1)} s later`,
  );
});

test.run();
