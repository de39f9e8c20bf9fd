/**
 * Real nodes that die and stay dead: for a while, until they are evicted, and until an operator
 * gives them up; and that come back to disks that are old by then. What is printed are
 * measurements; what is asserted are promises.
 */
import { cp, rm } from 'node:fs/promises';
import * as assert from 'uvu/assert';
import { eventually } from '../../support/eventually.js';
import { codeOf } from '../../support/http/http-client.js';
import { writeKeys, wrongKeys } from '../../support/load/key-set.js';
import { RegisterLoad } from '../../support/load/register-load.js';
import { detailOf, idAt, type StatusAnswer, statusOf } from '../../support/processes/changes.js';
import type { NodeProcess, RingAnswer } from '../../support/processes/node-process.js';
import { ProcessCluster } from '../../support/processes/process-cluster.js';
import { suite } from '../../support/runner/suite.js';

const KEYS = 300;
const EVICT_AFTER_MS = 6000;
/** A silent process is found dead, and what follows is done. */
const WITHIN_MS = 40_000;

const test = suite('lost-members', { limitMs: 90_000 });
let cluster: ProcessCluster;
let load: RegisterLoad | undefined;

test.after.each(async () => {
  await load?.stop();
  load = undefined;
  await cluster?.close();
});

const clientsOf = (nodes: readonly NodeProcess[]) => nodes.map(({ client }) => client);
const seconds = (sinceMs: number) => `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;

/** The ring once all are in it that run, and one of them under another id than before. */
function rejoined(node: NodeProcess, formerId: string | undefined): Promise<RingAnswer> {
  return eventually(async () => {
    const ring = await node.ring();
    const id = ring && idAt(ring, node);
    return id !== undefined && id !== formerId ? cluster.stable() : undefined;
  }, WITHIN_MS);
}

async function foundDead(id: string, by: readonly NodeProcess[]): Promise<void> {
  await eventually(async () => {
    const views = await Promise.all(by.map(statusOf));
    return views.every(({ membership }) =>
      membership.members.some((member) => member.id === id && member.status === 'dead'),
    );
  }, WITHIN_MS);
}

/** When a node's status says so. */
function says(
  node: NodeProcess,
  what: (status: StatusAnswer) => boolean | undefined,
): Promise<StatusAnswer> {
  return eventually(async () => {
    const status = await statusOf(node);
    return what(status) ? status : undefined;
  }, WITHIN_MS);
}

/** The ring of the nodes that run, once all of them have it and it is stable. */
function ringOf(count: number): Promise<RingAnswer> {
  return eventually(async () => {
    const running = cluster.nodes.filter(({ isRunning }) => isRunning);
    const [first, ...others] = await Promise.all(running.map((node) => node.ring()));
    const isOne = others.every((other) => other?.epoch === first?.epoch);
    return isOne && !first?.transition && first?.members.length === count ? first : undefined;
  }, WITHIN_MS);
}

test('dead for less than the delay -> as before; for longer -> evicted; back -> new', async () => {
  cluster = await ProcessCluster.start(4, ['--evict-after-ms', String(EVICT_AFTER_MS)]);
  const [first, second, third, fourth] = cluster.nodes as NodeProcess[];
  const others = [first!, second!, third!];
  const keys = await writeKeys(cluster.clients, 'key', KEYS);
  const before = await cluster.stable();
  const id = idAt(before, fourth!)!;
  await fourth!.kill();
  await foundDead(id, others);
  await fourth!.start();
  assert.equal(await cluster.stable(), before);

  const startedAt = performance.now();
  await fourth!.kill();
  const { change } = await says(first!, ({ change }) => change.evictions.length > 0);
  assert.equal(
    change.evictions.map((each) => each.id),
    [id],
  );
  assert.ok(change.evictions[0]!.inMs <= EVICT_AFTER_MS);
  const dead = seconds(startedAt);
  const later = await says(
    first!,
    ({ change: { evictions } }) => evictions[0] && evictions[0].inMs < change.evictions[0]!.inMs,
  );
  assert.equal(await cluster.nodes[1]!.ring(), before);
  assert.is(later.epoch, before.epoch);
  const ring = await ringOf(3);
  assert.not(ring.members.some((member) => member.id === id));
  console.log(`evicted: dead after ${dead}, ring without it after ${seconds(startedAt)}`);
  assert.equal(await wrongKeys(clientsOf(others), keys), []);
  const more = await writeKeys(clientsOf(others), 'more', KEYS);

  const backAt = performance.now();
  fourth!.launch();
  await rejoined(fourth!, id);
  assert.match(fourth!.child.stdout, /node\.renounced/);
  console.log(`back on its old disk: a new member after ${seconds(backAt)}`);
  assert.equal(await wrongKeys([fourth!.client], [...keys, ...more]), []);
});

test('an old copy of the disk is put back -> a new member, nothing is lost', async () => {
  cluster = await ProcessCluster.start(3);
  const [first, second, third] = cluster.nodes as [NodeProcess, NodeProcess, NodeProcess];
  const keys = await writeKeys(cluster.clients, 'key', KEYS);
  const before = await cluster.stable();
  const id = idAt(before, third);
  await third.stop();
  const copy = `${third.dataDir}-copy`;
  await cp(third.dataDir, copy, { recursive: true });
  await third.start();
  await cluster.stable();

  const work = new RegisterLoad('later', cluster.ports, 2);
  load = work;
  // That it lives on is told now and then, and has to reach the others.
  const { incarnation } = (await statusOf(third)).membership.self;
  for (const other of [first, second]) {
    await says(other, ({ membership }) =>
      membership.members.some((each) => each.id === id && each.incarnation > incarnation),
    );
  }
  await third.kill();
  await rm(third.dataDir, { recursive: true });
  await cp(copy, third.dataDir, { recursive: true });
  const startedAt = performance.now();
  third.launch();
  await eventually(() => /node\.renounced/.test(third.child.stdout), WITHIN_MS);
  const renounced = seconds(startedAt);
  const ring = await rejoined(third, id);
  assert.not(ring.members.some((member) => member.id === id));
  console.log(
    `an old disk: renounced after ${renounced}, a new member after ${seconds(startedAt)}`,
  );
  await work.stop();
  const checked = await work.check(clientsOf([first, second, third]));
  assert.ok(checked > 0);
  assert.equal(work.violations, []);
  assert.equal(await wrongKeys([third.client], keys), []);
});

test('two of three are gone for good -> removed by force alone; one returns anew', async () => {
  cluster = await ProcessCluster.start(3);
  const [first, second, third] = cluster.nodes as [NodeProcess, NodeProcess, NodeProcess];
  const keys = await writeKeys(cluster.clients, 'key', KEYS);
  const before = await cluster.stable();
  const gone = [idAt(before, second)!, idAt(before, third)!];
  const ids = gone.join(',');
  const early = await first.client.send('POST', `/admin/remove?id=${ids}`);
  assert.is(early.status, 409, early.text);
  assert.match(detailOf(early), /not found dead/);
  await Promise.all([second.kill(), third.kill()]);
  const copy = `${second.dataDir}-copy`;
  await cp(second.dataDir, copy, { recursive: true });
  for (const { dataDir } of [second, third]) await rm(dataDir, { recursive: true });
  for (const id of gone) await foundDead(id, [first]);

  const refused = await first.client.send('POST', `/admin/remove?id=${ids}`);
  assert.is(refused.status, 503, refused.text);
  assert.is(codeOf(refused), 'no_majority');
  assert.match(detailOf(refused), /2 voters have to agree and 1 can be reached.*force=/);
  console.log(`without force: ${detailOf(refused)}`);
  assert.equal(await first.ring(), before);

  const forced = await first.client.send('POST', `/admin/remove?id=${ids}&force=${ids}`);
  assert.is(forced.status, 202, forced.text);
  const { forced: isForced, warning, lost } = JSON.parse(forced.text);
  assert.is(isForced, true);
  assert.is(lost.count, 0);
  console.log(`with force: ${warning}`);
  const alone = await says(first, ({ change, epoch }) => {
    return epoch > before.epoch && change.state === 'none';
  });
  assert.is(alone.forced, true);
  assert.ok(alone.epoch >= before.epoch + 1_000_000);
  // No write had failed to reach this one.
  assert.equal(await wrongKeys([first.client], keys), []);
  const more = await writeKeys([first.client], 'more', KEYS);

  await cp(copy, second.dataDir, { recursive: true });
  second.launch();
  cluster.nodes.splice(2, 1);
  const ring = await rejoined(second, idAt(before, second));
  assert.match(second.child.stdout, /node\.renounced/);
  assert.not(gone.includes(idAt(ring, second)!));
  assert.equal(await wrongKeys([second.client], [...keys, ...more]), []);
});

test.run();
