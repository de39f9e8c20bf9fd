/**
 * The stabilizer and its children go through all of their tables with the real host behind them:
 * what each state does is seen outside, in what is sent and in what is on the disks. The last test
 * holds what has been seen against the charts.
 */
import * as assert from 'uvu/assert';
import { antiEntropyMachine } from '../../../actors/stabilizer/anti-entropy.js';
import { garbageCollectionMachine } from '../../../actors/stabilizer/garbage-collection.js';
import { stabilizerMachine } from '../../../actors/stabilizer/machine.js';
import { reaperMachine } from '../../../actors/stabilizer/reaper.js';
import { transferMachine } from '../../../actors/stabilizer/transfer.js';
import { wallTimeOf } from '../../../src/core/data/hybrid-clock.js';
import { recordKey } from '../../../src/core/data/record.js';
import { partitionOf } from '../../../src/core/ring/key-owners.js';
import type { Ring } from '../../../src/core/ring/ring.js';
import { record } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import type { Owner, Owners } from './owners.js';
import { A, B, C, CHANGING, end, MIN_AGE_MS, run, SETTLED, start, walk } from './stabilizing.js';

const test = suite('stabilizer charts');

test.after.each(end);

const PARTITIONS = 8;
const split = (ring: Ring): Ring => ({
  ...ring,
  layout: Array.from({ length: PARTITIONS }, () => ring.layout[0]!),
  ...(ring.transition && { transition: split(ring.transition as Ring) }),
});
/** D gains eight partitions of A, B and C, more than are pulled at the same time. */
const GAINING = split(CHANGING);
/** They are D's, B's and C's. */
const STABLE = split(SETTLED);

const keys = Array.from({ length: 200 }, (_, i) => `key ${i}`);
const rowsOf = (partition: number, count: number) =>
  keys
    .filter((key) => partitionOf(Buffer.from(key), PARTITIONS) === partition)
    .slice(0, count)
    .map((key) => record(key));
const tombstone = (key: string) => record(key, { tombstone: true, value: Buffer.alloc(0) });
const rows = Array.from({ length: PARTITIONS }, (_, partition) => rowsOf(partition, 2)).flat();

function adopt(world: Owners, ring: Ring, ...hosts: ReturnType<typeof run>[]): void {
  world.adopt(ring);
  for (const { stabilizer } of hosts) stabilizer.ringChanged(ring);
}

/** The partitions of which B's tree is asked for, from now on. */
function treesOfB(world: Owners): number[] {
  const trees: number[] = [];
  const { intercept } = world;
  world.intercept = (to, message) => {
    if (message.type === 'partition.roots' && to === B) trees.push(...message.partitions);
    return intercept(to, message);
  };
  return trees;
}

/** From now on requests to others take so long. */
function slowDown(world: Owners, ms: number): void {
  const callsOf = world.callsOf.bind(world);
  world.callsOf = (owner: Owner) => {
    const { request } = callsOf(owner);
    return {
      request: (...asked) => void world.clock.setTimeout(() => request(...asked), ms),
    };
  };
}

const pass = ({ clock }: Owners, ms: number) =>
  new Promise<void>((resolve) => clock.setTimeout(resolve, ms));

const progressTo = (sent: ReturnType<typeof run>['sent'], id: string) =>
  sent.flatMap(({ to, message }) =>
    to === id && message.type === 'ring.pulling' ? [message.done] : [],
  );

test('a transition that brings nothing -> nothing is asked, nothing is told', async () => {
  const { world, c } = start(GAINING);
  const host = run(world, c);
  host.stabilizer.ringChanged({ ...GAINING, epoch: 3 });
  await pass(world, 5000);
  assert.equal(world.asked, []);
  assert.equal(host.sent, []);
  assert.equal(host.stabilizer.status().state, 'idle');
});

test('dirty while idle -> the first to be compared in a stable ring', async () => {
  const { world, c } = start(GAINING);
  const host = run(world, c);
  host.stabilizer.markDirty(5);
  const trees = treesOfB(world);
  adopt(world, STABLE, host);
  await pass(world, 60_000 / PARTITIONS + 1);
  assert.is(trees[0], 5);
});

test('gained partitions -> pulled while all others hear of it, then reported again', async () => {
  const { world, a, b, d } = start(GAINING);
  await Promise.all([a.put(...rows), b.put(...rows)]);
  slowDown(world, 700);
  const { fact, sent, reported } = run(world, d);
  await fact('transfer.done');
  assert.equal(d.rows(), a.rows());
  const told = progressTo(sent, C);
  assert.ok(told.length > 2 && told[0]! < PARTITIONS, `${told}`);
  assert.is(told.at(-1), PARTITIONS);
  await pass(world, 1500);
  assert.is(reported(), 2);
  assert.is(sent.filter(({ to, message }) => to === A && message.type === 'ring.pulled').length, 2);
});

test('owners away -> nothing is reported, how far it is is told; back -> all comes', async () => {
  const { world, a, b, d } = start(GAINING);
  await Promise.all([a.put(...rows), b.put(...rows)]);
  // Of four pulls at the same time two fail, and the others come while it waits.
  const areAway = new Set([0, 1]);
  world.intercept = (_, message) =>
    'partition' in message && areAway.has(message.partition) ? 'lost' : undefined;
  slowDown(world, 200);
  const { fact, sent, reported, stabilizer } = run(world, d);
  await pass(world, 20_000);
  assert.is(reported(), 0);
  assert.is(Object.keys(d.rows()).length, 2 * (PARTITIONS - 2));
  assert.is(progressTo(sent, A).at(-1), PARTITIONS - 2);
  assert.match(stabilizer.status().waitingBecause!, /lost/);
  areAway.clear();
  await fact('transfer.done');
  assert.equal(d.rows(), a.rows());
});

test('the ring changes while it pulls -> what comes for the old one is for nobody', async () => {
  const { world, a, b, d } = start(GAINING);
  await Promise.all([a.put(...rows), b.put(...rows)]);
  slowDown(world, 3000);
  const host = run(world, d);
  await pass(world, 2000);
  host.stabilizer.markDirty(6);
  adopt(world, { ...GAINING, epoch: 4 }, host);
  await pass(world, 2000);
  adopt(world, { ...STABLE, epoch: 5 }, host);
  await pass(world, 7000);
  assert.equal(
    host.facts.map(({ type }) => type),
    ['transfer.began', 'transfer.began'],
  );
  assert.equal(d.rows(), {});
  assert.ok(host.sent.every(({ message }) => message.type === 'ring.pulling'));
  const trees = treesOfB(world);
  await pass(world, 4000);
  assert.is(trees[0], 6);
  assert.equal(host.failures, []);
});

test('what others own -> dropped where they agree, kept where not until they do', async () => {
  const { world, a, b, c, d } = start(STABLE);
  await Promise.all([a, b, c].map((owner) => owner.put(...rows)));
  await d.put(...rows.slice(2));
  const former = run(world, a);
  await former.state((name) => name === 'collecting');
  await former.state((name) => name === 'resting');
  assert.equal(Object.keys(a.rows()).length, 2);
  assert.is(former.facts.length, PARTITIONS - 1);
  await d.put(...rows);
  assert.equal(await former.fact('partition.collected'), {
    type: 'partition.collected',
    partition: 0,
    rows: 2,
  });
  assert.equal(a.rows(), {});
});

test('the ring changes while it collects -> the rest stays until one is stable again', async () => {
  const { world, a, b, c, d } = start(STABLE);
  await Promise.all([a, b, c, d].map((owner) => owner.put(...rows)));
  slowDown(world, 100);
  const former = run(world, a);
  await former.fact('partition.collected');
  adopt(world, { ...STABLE, epoch: 4 }, former);
  adopt(world, { ...GAINING, epoch: 5 }, former);
  await pass(world, 60_000);
  const left = Object.keys(a.rows()).length;
  assert.ok(left > 0 && left < rows.length, `${left}`);
  adopt(world, { ...STABLE, epoch: 6 }, former);
  await former.state((name) => name === 'collecting');
  await former.state((name) => name === 'resting');
  assert.equal(a.rows(), {});
});

test('owners that differ -> equal, a dirty partition first', async () => {
  const { world, b, c, d } = start(STABLE);
  await Promise.all([b, c].map((owner) => owner.put(...rows)));
  const trees = treesOfB(world);
  const behind = run(world, d);
  for (const [index, state] of ['resting', 'comparing', 'lookingTwice', 'repairing'].entries()) {
    await behind.state((name) => name === state);
    behind.stabilizer.markDirty(index);
  }
  const lacks = () => Object.keys(d.rows()).length < rows.length;
  while (lacks()) await behind.fact('repair.done');
  assert.equal(d.rows(), b.rows());
  assert.is(trees[0], 0);
});

test('a tree that is not that of its rows -> told, and built anew from them', async () => {
  const { world, b, c, d } = start(STABLE);
  await Promise.all([b, c, d].map((owner) => owner.put(...rows)));
  const { tree } = d.store;
  let isWrong = true;
  d.store.tree = (partition, done, how) => {
    // The comparisons begin in the middle of the ring, and so does this.
    if (partition === PARTITIONS / 2 && how === 'anew') isWrong = false;
    const isLying = partition === PARTITIONS / 2 && isWrong;
    tree.call(
      d.store,
      partition,
      (leaves, reaped) => {
        if (isLying) leaves[9]! ^= 1;
        done(leaves, reaped);
      },
      how,
    );
  };
  const host = run(world, d);
  const trees = treesOfB(world);
  const mismatch = host.fact('tree.mismatch');
  await host.state((name) => name === 'verifying');
  const asked = trees.length;
  host.stabilizer.markDirty(3);
  assert.equal(await mismatch, { type: 'tree.mismatch', partition: PARTITIONS / 2, leaves: 1 });
  assert.not.ok(isWrong);
  assert.is(host.stabilizer.status().treeMismatches, 1);
  await host.state((name) => name === 'comparing');
  await pass(world, 1);
  assert.is(trees[asked], 3);
  assert.equal(host.failures, []);
});

test('what is over, held by all alike -> gone; one is away, or they differ -> stays', async () => {
  const { world, b, c, d } = start(STABLE);
  const dead = rowsOf(3, 3)
    .map((row) => recordKey(row).toString())
    .map(tombstone);
  for (const owner of [b, c, d]) await owner.put(...dead.slice(0, 2));
  await Promise.all([b, d].map((owner) => owner.put(dead[2]!)));
  const host = run(world, b);
  const waiting = () => host.stabilizer.status().tombstones;
  const { intercept } = world;
  world.intercept = (_, { type }) => (type === 'partition.confirm' ? 'lost' : undefined);
  world.wallMs = wallTimeOf(1) + MIN_AGE_MS;
  await host.state((name) => name === 'confirming');
  await host.state((name) => name === 'searching');
  assert.equal(Object.values(waiting().because), [3]);
  assert.match(Object.keys(waiting().because)[0]!, /: lost$/);
  world.intercept = intercept;
  assert.equal(await host.fact('partition.reaped'), {
    type: 'partition.reaped',
    partition: 3,
    rows: 2,
  });
  assert.equal(
    [b, c, d].map(({ disk }) => disk.rowsOf(3).size),
    [1, 0, 1],
  );
  await host.state((name) => name === 'confirming');
  await host.state((name) => name === 'searching');
  assert.equal(waiting().because, { 'the owners differ': 1 });
  await new Promise((resolve) => c.store.copy(dead[2]!, resolve));
  c.disk.room = 'none';
  await host.state((name) => name === 'reaping');
  await host.state((name) => name === 'searching');
  assert.equal(waiting().because, { [`${c.id}: readOnly`]: 1 });
  assert.equal(host.failures, []);
});

test('every state of the five charts was there, and every event in it', () => {
  for (const machine of [
    stabilizerMachine,
    transferMachine,
    antiEntropyMachine,
    garbageCollectionMachine,
    reaperMachine,
  ]) {
    assert.equal(walk.missing(machine), []);
  }
});

test.run();
