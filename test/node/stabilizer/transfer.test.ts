/** A pull brings what the owners hold between them, moves nothing twice, and knows when to stop. */

import * as assert from 'uvu/assert';
import { encodeRecord, recordKey } from '../../../src/core/data/record.js';
import { NO_VERSION } from '../../../src/core/data/version.js';
import { damaged, record, version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import { BEYOND_BELIEF, type Owner, type Owners } from './owners.js';
import { A, at, C, EPOCH, end, NEEDS_ALL, RING, start } from './transferring.js';

const test = suite('transfer');

test.after.each(end);

const many = (count: number, fields = {}) =>
  Array.from({ length: count }, (_, i) => record(`key ${String(i).padStart(5, '0')}`, fields));
const bytesOf = (records: readonly Buffer[]) =>
  records.reduce((sum, { length }) => sum + length, 0);
const requests = (world: Owners, type: string) =>
  world.asked.filter((asked) => asked.startsWith(type));

const rotA = (a: Owner, key: string) =>
  a.disk.flipBit(key, { float: () => 0.6, hex: () => '' } as never);

test('owners that differ -> the newest of what enough of them hold, tombstones too', async () => {
  const { a, b, c, d, pullTo } = start();
  await a.put(at('both', 1), at('only a', 1), record('deleted', { tombstone: true }));
  await b.put(at('both', 2), at('only b', 1));
  await c.put(at('only c', 1));
  const { records, failure } = await pullTo(d);
  assert.is(failure, undefined);
  assert.is(records, 5);
  assert.equal(d.rows(), { ...a.rows(), ...b.rows() });
});

test('what is newer here -> stays, and is not fetched', async () => {
  const { a, b, d, pullTo } = start();
  await Promise.all([a.put(at('k', 1)), b.put(at('k', 1)), d.put(at('k', 2))]);
  assert.equal(await pullTo(d), { records: 0, bytes: 0, failure: undefined });
  assert.is(d.rows().k, '1.2.00000000000000a1');
});

test('equal trees -> not one key travels', async () => {
  const { world, a, b, d, pullTo } = start();
  for (const owner of [a, b, d]) await owner.put(...many(50));
  await pullTo(d);
  assert.ok(world.asked.length >= 3);
  assert.ok(world.asked.every((asked) => /^partition\.(tree|compare) /.test(asked)));
});

test('many pages on both sides -> everything comes, once', async () => {
  const { a, b, d, pullTo } = start();
  const all = many(5000);
  await Promise.all([a.put(...all), b.put(...all)]);
  // Keys of our own between, before and behind theirs.
  await d.put(...all.filter((_, i) => i % 3 === 0), record('a key'), record('z key'));
  const missing = all.filter((_, i) => i % 3 !== 0);
  assert.equal(await pullTo(d), {
    records: missing.length,
    bytes: bytesOf(missing),
    failure: undefined,
  });
  const [theirs, ours] = [a.rows(), d.rows()];
  for (const key of Object.keys(theirs)) assert.is(ours[key], theirs[key]);
});

test('many rows of ours between theirs -> seen as ours, and not fetched', async () => {
  const { a, b, d, pullTo } = start();
  const all = many(6000);
  const some = all.filter((_, i) => i % 4 === 0);
  await Promise.all([a.put(...some), b.put(...some), d.put(...all)]);
  assert.equal(await pullTo(d), { records: 0, bytes: 0, failure: undefined });
});

test('a few new rows among many -> only their leaves are listed', async () => {
  const { world, a, b, d, pullTo } = start();
  const all = many(3000);
  for (const owner of [a, b, d]) await owner.put(...all);
  for (const owner of [a, b]) await owner.put(record('new'));
  let listed = 0;
  world.intercept = (_, message) => {
    if (message.type !== 'partition.list') return undefined;
    listed += message.leaves!.filter(Boolean).length;
    assert.is(message.held.length, 0, 'a row that is missed would not be pulled again');
    return undefined;
  };
  assert.is((await pullTo(d)).records, 1);
  assert.is(listed, 1);
});

test('large records -> one reply for each, nothing is left out', async () => {
  const { world, a, b, d, pullTo } = start();
  const value = Buffer.alloc(700 << 10);
  const large = many(5, { value });
  await Promise.all([a.put(...large, record('small')), b.put(...large)]);
  assert.is((await pullTo(d)).records, 6);
  assert.is(requests(world, 'partition.fetch').length, 5);
});

test('interrupted -> what came stays, and only what is left is moved', async () => {
  const { world, a, b, d, pullTo } = start();
  const all = many(2500);
  await Promise.all([a.put(...all), b.put(...all)]);
  let fetches = 0;
  world.intercept = (_, message) =>
    message.type === 'partition.fetch' && ++fetches > 1 ? 'lost' : undefined;
  const first = await pullTo(d);
  assert.match(first.failure!, /lost/);
  assert.ok(first.records > 0 && first.records < all.length, `${first.records}`);
  assert.is(Object.keys(d.rows()).length, first.records);
  world.intercept = () => undefined;
  const second = await pullTo(d);
  assert.is(second.failure, undefined);
  assert.is(first.bytes + second.bytes, bytesOf(all));
  assert.is(world.movedBytes, bytesOf(all));
});

test('an owner cannot read a row -> it comes from another one', async () => {
  const { a, b, d, pullTo } = start();
  await Promise.all([a.put(...many(10)), b.put(...many(10))]);
  rotA(a, 'key 00003');
  assert.is(Object.keys(a.rows()).length, 9);
  assert.is((await pullTo(d)).failure, undefined);
  assert.equal(d.rows(), b.rows());
});

test('an owner cannot read a row -> one more owner is asked than would be needed', async () => {
  const { world, a, b, c, d, pullTo } = start();
  await Promise.all([a.put(...many(10)), b.put(...many(3)), c.put(...many(10))]);
  rotA(a, 'key 00003');
  assert.is((await pullTo(d)).failure, undefined);
  assert.equal(d.rows(), c.rows());
  assert.ok(world.asked.includes(`partition.compare ${C}`));
});

test('a row is rotten, and the other owner of it away -> not done until one is back', async () => {
  const { a, b, c, d, pullTo } = start();
  // Acknowledged by A and C; B has what was there before, and D would read it together with B.
  await Promise.all([a.put(at('k', 2)), b.put(at('k', 1)), c.put(at('k', 2))]);
  rotA(a, 'k');
  c.isUp = false;
  assert.is((await pullTo(d)).failure, `${C}: lost; rows that ${A} cannot read`);
  assert.is((await pullTo(d)).failure, `${C}: lost; rows that ${A} cannot read`);
  c.isUp = true;
  assert.is((await pullTo(d)).failure, undefined);
  assert.equal(d.rows(), c.rows());
});

test('a row is rotten, its other owner away -> done when the key is written again', async () => {
  const { a, b, c, d, pullTo } = start();
  await Promise.all([a.put(at('k', 2)), b.put(at('k', 1))]);
  rotA(a, 'k');
  c.isUp = false;
  await pullTo(d);
  await Promise.all([a.put(at('k', 3)), b.put(at('k', 3))]);
  assert.is((await pullTo(d)).failure, undefined);
  assert.equal(d.rows(), b.rows());
});

test('a row is rotten that an owner behind it brings -> none is missing, one is away', async () => {
  const { world, a, b, c, d, pullTo } = start();
  await Promise.all([a.put(...many(10)), b.put(...many(10))]);
  rotA(a, 'key 00003');
  c.isUp = false;
  assert.is((await pullTo(d)).failure, undefined);
  assert.equal(d.rows(), b.rows());
  assert.is(requests(world, 'partition.compare').at(-1), `partition.compare ${A}`);
});

test('no owner can read a row, and all have answered -> it holds up nothing', async () => {
  const { a, b, d, pullTo } = start();
  await Promise.all([a.put(...many(10)), b.put(...many(3))]);
  rotA(a, 'key 00005');
  assert.is((await pullTo(d)).failure, undefined);
  assert.is(Object.keys(d.rows()).length, 9);
});

test('a row beyond belief that one owner has alone -> left out; others are asked', async () => {
  const { a, b, c, d, pullTo } = start();
  await Promise.all([a.put(at('k', BEYOND_BELIEF), at('l', 2)), c.put(at('k', 2)), b.put()]);
  assert.is((await pullTo(d)).failure, undefined);
  assert.equal(d.rows(), { k: c.rows().k, l: a.rows().l }, 'the third owner was asked for it');
});

test('a row beyond belief that most owners have -> taken: it is our clock', async () => {
  const { a, b, d, pullTo } = start();
  const row = at('k', BEYOND_BELIEF);
  await Promise.all([a.put(row), b.put(row)]);
  assert.is((await pullTo(d)).failure, undefined);
  assert.equal(d.rows(), a.rows());
  assert.equal(d.believed, [BEYOND_BELIEF]);
});

test('a row beyond belief, and too few owners say whether they have it -> taken', async () => {
  const { world, a, d, pullTo } = start();
  await a.put(at('k', BEYOND_BELIEF));
  world.intercept = (to, { type }) => (to === C && type === 'replica.read' ? 'lost' : undefined);
  assert.is((await pullTo(d)).failure, undefined);
  assert.equal(d.rows(), a.rows());
  assert.equal(d.believed, []);
});

test('a row of an epoch to come -> stays where it is, as what cannot be read', async () => {
  const { a, b, d, pullTo } = start();
  const poison = record('k', { version: { ...version(1), epoch: EPOCH + 1 } });
  await Promise.all([a.put(poison, at('l', 2)), b.put(at('k', 2))]);
  await pullTo(d);
  assert.equal(d.rows(), { ...b.rows(), l: a.rows().l });
});

test('a record is damaged on its way -> failed, and never stored', async () => {
  const { world, a, d, pullTo } = start(NEEDS_ALL);
  await a.put(record('k'));
  world.intercept = (_, message) =>
    message.type === 'partition.fetch'
      ? { ...FETCHED, records: [damaged(record('k'))] }
      : undefined;
  assert.match((await pullTo(d)).failure!, /corrupt/);
  assert.equal(d.rows(), {});
});
const FETCHED = { type: 'partition.fetched', call: 1, outcome: 'ok', epoch: EPOCH } as const;

/** [W, R, how many of the three have to be pulled from] */
for (const [writeQuorum, readQuorum, needed] of [
  [3, 1, 3],
  [2, 2, 2],
  [3, 3, 2],
] as const) {
  const what = `W = ${writeQuorum}, R = ${readQuorum}`;
  test(`${what} -> ${needed} of 3 owners are enough, fewer are not`, async () => {
    const { world, a, b, c, d, pullTo } = start({ ...RING, writeQuorum, readQuorum });
    for (const owner of [a, b, c]) await owner.put(record(`of ${owner.id}`));
    const down = [a, b, c].slice(0, 3 - needed);
    for (const owner of down) owner.isUp = false;
    const { records, failure } = await pullTo(d);
    assert.is(failure, undefined);
    assert.is(records, needed);
    assert.is(requests(world, 'partition.compare').length, 3);
    c.isUp = false;
    assert.is((await pullTo(d)).failure, `${C}: lost`);
  });
}

test('a present owner pulls, because there will be fewer -> it counts as one of them', async () => {
  const { world, b, pullTo } = start();
  await pullTo(b);
  assert.equal(world.asked, [`partition.compare ${A}`]);
});

/** [when the ring changes] */
for (const type of ['partition.compare', 'partition.list', 'partition.fetch'] as const) {
  test(`the ring changes at ${type} -> stops at once, stores nothing more`, async () => {
    const { world, a, b, d, pullTo } = start();
    await Promise.all([a.put(...many(10)), b.put(...many(10))]);
    world.intercept = (_, message) => {
      if (message.type === type) d.adopt({ ...RING, epoch: EPOCH + 1 });
      return undefined;
    };
    const { failure } = await pullTo(d);
    assert.is(failure, 'the ring has changed');
    assert.is(world.asked.at(-1), `${type} ${A}`);
    assert.equal(d.rows(), {});
  });
}

test('a record comes that nobody asked for -> failed, not asked again for ever', async () => {
  const { world, a, d, pullTo } = start(NEEDS_ALL);
  await a.put(record('k'));
  world.intercept = (_, message) =>
    message.type === 'partition.fetch' ? { ...FETCHED, records: [record('other')] } : undefined;
  assert.match((await pullTo(d)).failure!, /nobody asked for/);
});

test('an owner is in a newer ring -> it does not count', async () => {
  const { a, d, pullTo } = start();
  a.adopt({ ...RING, epoch: EPOCH + 1 });
  assert.is((await pullTo(d)).failure, undefined);
  d.adopt(NEEDS_ALL);
  assert.is((await pullTo(d)).failure, `${A}: fenced`);
});

test('our disk is full -> failed, and said so', async () => {
  const { a, d, pullTo } = start(NEEDS_ALL);
  await a.put(record('k'));
  d.disk.room = 'none';
  assert.is((await pullTo(d)).failure, 'our disk is full');
});

test('a promise is in the way -> failed and told of; the other rows are here', async () => {
  const { world, a, b, d, pullTo } = start();
  await Promise.all([a.put(...many(3)), b.put(...many(3))]);
  await d.put(record('key 00001', { version: version(0) }));
  const ballot = { epoch: EPOCH, time: 9, node: A };
  await new Promise((resolve) => d.store.prepare(recordKey(many(2)[1]!), ballot, resolve));
  const blocked = await pullTo(d);
  assert.is(blocked.failure, 'promises stand in the way of 1 rows');
  assert.equal(d.rows(), { ...a.rows(), 'key 00001': '1.0.00000000000000a1' });
  assert.ok(world.blocked.every((key) => key === 'key 00001') && world.blocked.length > 0);
});

test('a round ends well -> done if it has stored something here, too', async () => {
  for (const isHere of [false, true]) {
    const { world, a, b, d, pullTo } = start();
    await Promise.all([a.put(...many(1)), b.put(...many(1))]);
    const [row] = many(1);
    const ballot = { epoch: EPOCH, time: 9, node: A };
    await new Promise((resolve) => d.store.prepare(recordKey(row!), ballot, resolve));
    world.settle = async () => {
      if (isHere) await d.put(record('key 00000', { version: { ...ballot, time: 10 } }));
      return true;
    };
    const { failure } = await pullTo(d);
    assert.is(failure, isHere ? undefined : 'promises stand in the way of 1 rows');
  }
});

test('a newer write comes first -> fine, it stays', async () => {
  const { world, a, b, d, pullTo } = start();
  await Promise.all([a.put(at('k', 1)), b.put(at('k', 1))]);
  const newer = encodeRecord({
    key: Buffer.from('k'),
    version: version(5),
    tombstone: false,
    expiresAt: 0,
    contentType: '',
    value: Buffer.from('newer'),
  });
  world.intercept = (_, message) => {
    if (message.type === 'partition.fetch') d.store.write(newer, () => undefined);
    return undefined;
  };
  assert.is((await pullTo(d)).failure, undefined);
  assert.is(d.rows().k, '1.5.00000000000000a1');
  assert.equal(world.blocked, []);
});

test('what comes instead of a tree is none -> failed', async () => {
  const { world, d, pullTo } = start();
  world.intercept = (_, message) =>
    message.type === 'partition.compare' ? { ...LEAVES, leaves: Buffer.alloc(8) } : undefined;
  assert.match((await pullTo(d)).failure!, /not a hash tree/);
});
const LEAVES = {
  type: 'partition.leaves',
  call: 1,
  outcome: 'ok',
  epoch: EPOCH,
  reaped: NO_VERSION,
} as const;

test.run();
