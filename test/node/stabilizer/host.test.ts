/** The charts with their effects, on stores and replicas: what they are for, from end to end. */

import * as assert from 'uvu/assert';
import { record, version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import type { Owners } from './owners.js';
import { A, B, C, CHANGING, D, end, run, SETTLED, start } from './stabilizing.js';

const test = suite('stabilizer');

test.after.each(end);

test('a gaining node -> pulls, tells all members how far it is, and reports', async () => {
  const { world, a, b, d } = start(CHANGING);
  await Promise.all([a.put(record('k'), record('l')), b.put(record('k'), record('m'))]);
  const { fact, sent, stabilizer, reported } = run(world, d);
  await fact('transfer.done');
  assert.equal(Object.keys(d.rows()).sort(), ['k', 'l', 'm']);
  assert.is(reported(), 1);
  const { bytes, ...progress } = stabilizer.status();
  assert.equal(progress, {
    state: 'transferring',
    jobs: { transfer: 'reporting' },
    epoch: 2,
    done: 1,
    total: 1,
    records: 3,
    waitingBecause: undefined,
    dirty: 0,
    treeMismatches: 0,
    leftovers: 0,
    scrub: { state: 'off', done: 0, total: 1, rows: 0, damaged: 0, healed: 0 },
    tombstones: { rows: 0, forMs: 0, because: {} },
    members: [{ id: D, done: 1, total: 1, bytes }],
  });
  assert.equal(
    sent.map(({ to, message }) => `${message.type} ${to}`),
    [A, B, C].map((id) => `ring.pulling ${id}`).concat([A, B, C].map((id) => `ring.pulled ${id}`)),
  );
});

test('what a gaining member tells -> shown by every other one', () => {
  const { world, a } = start(CHANGING);
  const { stabilizer } = run(world, a);
  stabilizer.notePulling(D, { type: 'ring.pulling', epoch: 2, done: 0, total: 1, bytes: 77 });
  assert.equal(stabilizer.status().members, [{ id: D, done: 0, total: 1, bytes: 77 }]);
  assert.is(stabilizer.status().state, 'idle');
});

test('too few owners answer -> waits, says why, and goes on when they do', async () => {
  const { world, a, b, c, d } = start(CHANGING);
  await a.put(record('k'));
  for (const owner of [b, c]) owner.isUp = false;
  const { state, fact, stabilizer, reported } = run(world, d);
  await state((name) => name === 'waiting');
  assert.is(stabilizer.status().waitingBecause, `${C}: lost`);
  assert.is(reported(), 0);
  const done = fact('transfer.done');
  b.isUp = true;
  await done;
  assert.equal(Object.keys(d.rows()), ['k']);
});

test('settled: the former owner drops what it holds as soon as the owners agree', async () => {
  const { world, a, b, c, d } = start(SETTLED);
  await Promise.all([a, b, c, d].map((owner) => owner.put(record('k'), record('l'))));
  await b.put(record('m'));
  const former = run(world, a);
  await former.state((name) => name === 'collecting');
  await former.state((name) => name === 'resting');
  assert.match(former.stabilizer.status().waitingBecause!, /differ/);
  assert.is(Object.keys(a.rows()).length, 2);
  const collected = former.fact('partition.collected');
  await Promise.all([c, d].map((owner) => owner.put(record('m'))));
  assert.equal(await collected, { type: 'partition.collected', partition: 0, rows: 2 });
  assert.equal(a.rows(), {});
  assert.is(former.stabilizer.status().waitingBecause, undefined);
});

test('settled: an owner misses something, or holds old things -> repaired, and told', async () => {
  const { world, b, c, d } = start(SETTLED);
  const newest = record('k', { version: version(2) });
  for (const owner of [b, c]) await owner.put(newest, record('l'));
  await d.put(record('k'));
  const behind = run(world, d);
  const fact = await behind.fact('repair.done');
  assert.equal(fact, {
    type: 'repair.done',
    partition: 0,
    records: 2,
    bytes: newest.length + record('l').length,
  });
  assert.equal(d.rows(), b.rows());
  assert.equal(behind.failures, []);
});

test('a mistake of ours -> the node is told to stop', async () => {
  const { world, d } = start(CHANGING);
  const callsOf = world.callsOf.bind(world);
  world.callsOf = (owner) => ({ ...callsOf(owner), request: () => assert.unreachable('broken') });
  const { failures } = run(world, d);
  await aMoment(world);
  assert.equal(
    failures.map(({ message }) => message),
    ['broken'],
  );
});

test('something breaks after the end -> is for nobody', async () => {
  const { world, d } = start(CHANGING);
  const callsOf = world.callsOf.bind(world);
  world.callsOf = (owner) => ({ ...callsOf(owner), request: () => assert.unreachable('broken') });
  const { failures, stop } = run(world, d);
  stop();
  await aMoment(world);
  assert.equal(failures, []);
});

function aMoment({ clock }: Owners): Promise<void> {
  return new Promise((resolve) => clock.setTimeout(resolve, 100));
}

test.run();
