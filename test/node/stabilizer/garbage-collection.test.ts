/** What belongs to others is dropped if they all hold the same, and not a row sooner. */

import * as assert from 'uvu/assert';
import { partitionOf } from '../../../src/core/ring/key-owners.js';
import type { Ring } from '../../../src/core/ring/ring.js';
import { TransferFailed } from '../../../src/node/base/work.js';
import { GarbageCollection } from '../../../src/node/stabilizer/garbage-collection.js';
import { record } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import { member, type Owner, ownersIn, stableRing } from './owners.js';

const test = suite('collector');

const IDS = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(16));
const EPOCH = 3;
/** Partition 0 belongs to B, C and D, partition 1 to A, B and C. */
const RING = stableRing(EPOCH, IDS, [
  [1, 2, 3],
  [0, 1, 2],
]);

const keys = Array.from({ length: 6000 }, (_, i) => `key ${i}`);
const inPartition = (partition: number, count: number) =>
  keys
    .filter((key) => partitionOf(Buffer.from(key), 2) === partition)
    .slice(0, count)
    .map((key) => record(key));

const open = ownersIn(test);

function start(ring = RING) {
  const world = open(ring, IDS);
  const [a, b, c, d] = world.all as [Owner, Owner, Owner, Owner];
  const throttle = world.throttle();
  const collector = new GarbageCollection({
    self: a.id,
    rings: a.rings,
    sync: world.syncOf(a, throttle),
    store: a.store,
  });
  /** How many rows were dropped, or why not. */
  const collect = () =>
    collector.collect(EPOCH, 0).catch((error: unknown) => {
      assert.instance(error, TransferFailed);
      return (error as Error).message;
    });
  const held = () => a.disk.rowsOf(0).size;
  return { world, a, b, c, d, collector, collect, held };
}

test('rows of partitions that others own -> leftovers; of our own, or none -> not', async () => {
  const { a, collector } = start();
  assert.equal(await collector.leftovers(), []);
  await a.put(...inPartition(1, 5));
  assert.equal(await collector.leftovers(), []);
  await a.put(...inPartition(0, 5));
  assert.equal(await collector.leftovers(), [0]);
});

/** [situation, the ring] */
const NOT_NOW: readonly [string, Ring][] = [
  ['the owners are about to change', { ...RING, transition: RING }],
  [
    'we are no member',
    {
      ...RING,
      members: IDS.slice(1).map(member),
      layout: [
        [0, 1, 2],
        [0, 1, 2],
      ],
    },
  ],
];
for (const [situation, ring] of NOT_NOW) {
  test(`${situation} -> there are no leftovers, and nothing is dropped`, async () => {
    const { a, collector, collect, held } = start(ring);
    await a.put(...inPartition(0, 5));
    assert.equal(await collector.leftovers(), []);
    assert.is(await collect(), 'its owners may change');
    assert.is(held(), 5);
  });
}

test('all owners hold the same -> all our rows go, in batches, and no others', async () => {
  const { a, b, c, d, collect, held } = start();
  const rows = inPartition(0, 1200);
  await Promise.all([b, c, d].map((owner) => owner.put(...rows)));
  await a.put(...rows.slice(0, 1100), ...inPartition(1, 7));
  assert.is(await collect(), 1100);
  assert.is(held(), 0);
  assert.is(a.disk.rowsOf(1).size, 7);
  assert.is(b.disk.rowsOf(0).size, 1200);
});

test('an owner differs -> nothing is dropped, until it does not', async () => {
  const { a, b, c, d, collect, held } = start();
  const rows = inPartition(0, 20);
  await Promise.all([a, b, c].map((owner) => owner.put(...rows)));
  await d.put(...rows.slice(1));
  assert.is(await collect(), 'the owners of partition 0 differ');
  assert.is(held(), 20);
  await d.put(rows[0]!);
  assert.is(await collect(), 20);
});

test('an owner does not answer, or is in another ring -> nothing is dropped', async () => {
  const { world, a, b, c, d, collect, held } = start();
  await Promise.all([a, b, c, d].map((owner) => owner.put(...inPartition(0, 20))));
  c.isUp = false;
  assert.is(await collect(), `${c.id}: lost`);
  c.isUp = true;
  d.adopt({ ...RING, epoch: EPOCH + 1 });
  assert.is(await collect(), `${d.id}: fenced`);
  assert.is(held(), 20);
  world.adopt(RING);
  assert.is(await collect(), 20);
});

test('the ring changes while the owners are asked -> nothing is dropped', async () => {
  const { world, a, b, c, d, collect, held } = start();
  await Promise.all([a, b, c, d].map((owner) => owner.put(...inPartition(0, 20))));
  world.intercept = (to) => {
    if (to === d.id) a.adopt({ ...RING, epoch: EPOCH + 1 });
    return undefined;
  };
  assert.is(await collect(), 'the ring has changed');
  assert.is(held(), 20);
});

test('the ring changes between two batches -> what is left stays', async () => {
  const { a, b, c, d, collect, held } = start();
  const rows = inPartition(0, 1200);
  await Promise.all([a, b, c, d].map((owner) => owner.put(...rows)));
  const drop = a.store.drop.bind(a.store);
  a.store.drop = (query, done) =>
    drop(query, (dropped) => {
      a.adopt({ ...RING, epoch: EPOCH + 1 });
      done(dropped);
    });
  assert.is(await collect(), 'the ring has changed');
  assert.ok(held() > 0 && held() < 1200, `${held()}`);
});

test('our disk is full -> nothing is dropped, and said so', async () => {
  const { a, b, c, d, collect, held } = start();
  await Promise.all([a, b, c, d].map((owner) => owner.put(...inPartition(0, 20))));
  a.disk.room = 'none';
  assert.is(await collect(), 'our disk is full');
  assert.is(held(), 20);
});

test.run();
