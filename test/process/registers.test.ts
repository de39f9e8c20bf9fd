/**
 * Linearizable keys on three real nodes, one of which is killed and one paused while clients work:
 * what they were told is held against a register with compare-and-set. What is printed are
 * measurements; what is asserted are promises.
 */
import * as assert from 'uvu/assert';
import { eventually } from '../support/eventually.js';
import { checkLinearizable } from '../support/linearizability/checker.js';
import type { Clients } from '../support/load/clients.js';
import { CountingLoad, RecordedLoad } from '../support/load/register-clients.js';
import type { NodeProcess } from '../support/processes/node-process.js';
import { ProcessCluster } from '../support/processes/process-cluster.js';
import { suite } from '../support/runner/suite.js';

const CLIENTS = 9;
const SEED = 1;
/** Answers between one disturbance and the next. */
const WORK = 400;
const WORK_WITHIN_MS = 30_000;

const test = suite('registers', { limitMs: 60_000 });
let cluster: ProcessCluster;
let clients: Clients | undefined;

test.before(async () => {
  cluster = await ProcessCluster.start(3);
});

/** A test that failed halfway must not leave its load, or its dead nodes, to the next. */
test.after.each(async () => {
  const nodes = cluster?.nodes ?? [];
  for (const node of nodes.filter(({ isRunning }) => isRunning)) node.resume();
  await clients?.stop();
  clients = undefined;
  await Promise.all(nodes.filter(({ isRunning }) => !isRunning).map((node) => node.start()));
  await cluster?.stable();
});

test.after(async () => {
  await cluster?.close();
});

/** Work, the death of a node, work, its return, the pause of another, work, and its end. */
async function disturb(under: Clients): Promise<void> {
  clients = under;
  const [, second, third] = cluster.nodes as [NodeProcess, NodeProcess, NodeProcess];
  await workGoesOn(under);
  await second.kill();
  await workGoesOn(under);
  await second.start();
  await cluster.stable();
  third.pause();
  await workGoesOn(under);
  third.resume();
  await cluster.stable();
  await workGoesOn(under);
  await under.stop();
}

async function workGoesOn(under: Clients): Promise<void> {
  const wanted = under.answered + WORK;
  await eventually(() => under.answered >= wanted, WORK_WITHIN_MS);
}

test('counting together amid kill -9 and SIGSTOP -> none is lost or made twice', async () => {
  const ports = cluster.nodes.map(({ port }) => port);
  const load = new CountingLoad('counter', ports, CLIENTS);
  await disturb(load.clients);
  const { acknowledged, unknowns, refused } = load;
  console.log(
    `counter: ${acknowledged.size} increments, ${unknowns} unknown, ${refused} lost a race; ` +
      `failed: ${load.clients.failures.text}`,
  );
  assert.ok(acknowledged.size > 0);
  for (const { client } of cluster.nodes) {
    const { text } = await client.get('/kv/counter?consistency=linearizable');
    assert.equal(load.faults(text), [], `at port ${client.port}`);
  }
});

test('reads, writes, deletes and conditions amid kill -9 and SIGSTOP -> linearizable', async () => {
  const ports = cluster.nodes.map(({ port }) => port);
  const load = new RecordedLoad({ name: 'r', ports, clients: CLIENTS, registers: 3, seed: SEED });
  await disturb(load.clients);
  const { operations, unknowns } = load.history;
  console.log(
    `history: ${operations.length} operations on ${load.keys} keys, ${unknowns} unknown; ` +
      `failed: ${load.clients.failures.text}`,
  );
  for (const kind of ['read', 'write', 'delete', 'cas'] as const) {
    const some = operations.filter((each) => each.kind === kind && each.outcome === 'ok');
    assert.ok(some.length > 0, kind);
  }
  const verdict = checkLinearizable(operations);
  assert.is(verdict.verdict, 'linearizable', JSON.stringify(verdict, undefined, 2));
});

test.run();
