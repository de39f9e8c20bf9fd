/** Owners that differ end equal, each by its own pulls; what is on its way is left alone. */

import * as assert from 'uvu/assert';
import type { Difference } from '../../../actors/stabilizer/anti-entropy.js';
import { hashKey } from '../../../src/core/hash.js';
import { partitionOf } from '../../../src/core/ring/key-owners.js';
import { LEAVES } from '../../../src/core/tree/hash-tree.js';
import { GROUP_SUMS_BYTES } from '../../../src/core/tree/leaf-groups.js';
import { AntiEntropy } from '../../../src/node/stabilizer/anti-entropy.js';
import { isIntactRow } from '../../sim/disk/disk.js';
import { record, version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import { BEYOND_BELIEF, type Owner, ownersIn, stableRing } from './owners.js';

const test = suite('anti-entropy');

const IDS = ['a', 'b', 'c'].map((digit) => digit.repeat(16));
const EPOCH = 3;
const RING = stableRing(EPOCH, IDS, [[0, 1, 2]]);

const open = ownersIn(test);

function start(ring = RING) {
  const world = open(ring, IDS);
  const [a, b, c] = world.all as [Owner, Owner, Owner];
  const logged: string[] = [];
  const unreachable = new Set<string>();
  const sideOf = (owner: Owner) => {
    const antiEntropy = new AntiEntropy({
      self: owner.id,
      rings: owner.rings,
      sync: world.syncOf(owner),
      isReachable: (id) => !unreachable.has(id),
      log: (_level, event, fields) => logged.push(`${event} ${fields?.reason}`),
    });
    return {
      compare: (partitions = [0]) => antiEntropy.compare(EPOCH, partitions),
      async repair(differences: readonly Difference[]) {
        const repaired = await antiEntropy.repair(EPOCH, differences);
        return {
          partitions: repaired.length,
          records: repaired.reduce((sum, { records }) => sum + records, 0),
          bytes: repaired.reduce((sum, { bytes }) => sum + bytes, 0),
        };
      },
    };
  };
  return { world, a, b, c, sideOf, logged, unreachable };
}

const differing = (differences: readonly Difference[]) => differences.map(({ owner }) => owner);

test('owners that differ both ways -> equal, when each has pulled', async () => {
  const { a, b, c, sideOf } = start();
  await a.put(record('k', { version: version(2) }), record('only a'));
  await b.put(record('k', { version: version(1) }), record('only b', { tombstone: true }));
  for (const owner of [a, b, c, a]) {
    const side = sideOf(owner);
    await side.repair(await side.compare());
  }
  assert.equal(Object.keys(a.rows()).sort(), ['k', 'only a', 'only b']);
  assert.is(a.rows().k, '1.2.00000000000000a1');
  assert.equal(b.rows(), a.rows());
  assert.equal(c.rows(), a.rows());
  for (const owner of [a, b, c]) assert.equal(await sideOf(owner).compare(), []);
});

test('a row from a future that nobody can have believed -> stays where it is', async () => {
  const { world, a, b, sideOf } = start();
  const ahead = { version: { ...version(BEYOND_BELIEF), epoch: EPOCH } };
  await a.put(record('k', ahead), record('l'));
  const side = sideOf(b);
  const repaired = await side.repair(await side.compare());
  const expected = { partitions: 1, records: 1, bytes: record('l').length };
  assert.equal(repaired, expected, 'what is left out is not told');
  assert.equal(Object.keys(b.rows()), ['l']);
  assert.equal(world.outranked, [], 'nothing of this epoch is above it');
});

test('such a row of an earlier epoch -> a round stores above it what the others hold', async () => {
  const { world, a, b, sideOf } = start();
  await a.put(record('k', { version: version(BEYOND_BELIEF) }));
  const side = sideOf(b);
  await side.repair(await side.compare());
  assert.equal(b.rows(), {});
  assert.equal(world.outranked, ['k']);
});

test('a bit has flipped beside a record -> its owner is brought it once more', async () => {
  const { a, b, c, sideOf } = start();
  for (const owner of [a, b, c]) await owner.put(record('k', { version: version(4096) }));
  const row = a.disk.row('k')!;
  const damaged = Buffer.from(row.version);
  damaged[0]! ^= 0x80;
  a.disk.rowsOf(0).set('k', { ...row, version: damaged });
  const side = sideOf(b);
  const differences = await side.compare();
  assert.equal(differing(differences), [a.id]);
  await side.repair(differences);
  assert.equal(await side.compare(), []);
  assert.ok(isIntactRow(a.disk.row('k')!));
});

test('a bit has flipped below a promise -> the same heals it, or a round if newer', async () => {
  for (const newer of [1, 2]) {
    const { world, a, b, c, sideOf } = start();
    await a.put(record('k', { version: version(1) }));
    for (const owner of [b, c]) await owner.put(record('k', { version: version(newer) }));
    const ballot = { ...version(9), node: b.id };
    await new Promise((resolve) => a.store.prepare(Buffer.from('k'), ballot, resolve));
    a.disk.rowsOf(0).set('k', { ...a.disk.row('k')!, version: Buffer.alloc(3) });
    const side = sideOf(a);
    await side.repair(await side.compare());
    assert.is(isIntactRow(a.disk.row('k')!), newer === 1);
    assert.is(world.blocked.includes('k'), newer === 2);
  }
});

test('equal owners -> one root to each, and nothing else', async () => {
  const { world, a, b, c, sideOf } = start();
  for (const owner of [a, b, c]) await owner.put(record('k'));
  assert.equal(await sideOf(a).compare(), []);
  assert.equal(world.asked, [`partition.roots ${b.id}`, `partition.roots ${c.id}`]);
});

test('two of four partitions differ -> one question to each, and the groups of these', async () => {
  const owned = [0, 1, 2, 3];
  const layout = owned.map(() => [0, 1, 2]);
  const { world, a, b, c, sideOf } = start(stableRing(EPOCH, IDS, layout));
  const keys = Array.from({ length: 60 }, (_, n) => `key ${n}`);
  const keyOf = (partition: number) =>
    keys.find((key) => partitionOf(Buffer.from(key), 4) === partition)!;
  for (const owner of [a, b, c]) await owner.put(...keys.map((key) => record(key)));
  for (const partition of [0, 2]) await b.put(record(keyOf(partition), { version: version(9) }));
  const salts = new Set<number>();
  world.intercept = (_, message) => {
    if (message.type === 'partition.roots') salts.add(message.salt);
    return undefined;
  };
  const side = sideOf(a);
  const differences = await side.compare(owned);
  assert.equal(world.asked, [`partition.roots ${b.id}`, `partition.roots ${c.id}`]);
  assert.equal(
    differences.map(({ owner, partition }) => [owner, partition]),
    [
      [b.id, 0],
      [b.id, 2],
    ],
  );
  for (const { partition, groups } of differences) {
    assert.is(groups, 1 << ((hashKey(Buffer.from(keyOf(partition))) % LEAVES) >> 4));
  }
  assert.is((await side.repair(differences)).records, 2);
  assert.equal(differing(await side.compare(owned)), [c.id, c.id], 'which lacks them, too');
  assert.is(salts.size, 4, 'what looks equal once does not again');
});

test('an owner says what nobody asked for -> left for another round', async () => {
  const { world, a, b, c, sideOf, logged } = start();
  for (const owner of [a, b, c]) await owner.put(record('k'));
  const said = { type: 'partition.sums', call: 1, outcome: 'ok', epoch: EPOCH } as const;
  for (const [differing, bytes] of [
    [[1], GROUP_SUMS_BYTES],
    [[0, 0], 2 * GROUP_SUMS_BYTES],
    [[0], 1],
  ] as const) {
    world.intercept = () => ({ ...said, differing: [...differing], sums: Buffer.alloc(bytes) });
    assert.equal(await sideOf(a).compare(), []);
  }
  assert.is(logged.length, 6);
  assert.match(logged.join(), /nobody asked for.*not a hash tree/);
});

test('the write comes before the second look -> nothing is listed or fetched', async () => {
  const { world, a, b, c, sideOf } = start();
  await Promise.all([b.put(record('k')), c.put(record('k'))]);
  const differences = await sideOf(a).compare();
  assert.equal(differing(differences), [b.id, c.id]);
  await a.put(record('k'));
  assert.is((await sideOf(a).repair(differences)).partitions, 0, 'none that is still suspected');
  assert.ok(world.asked.every((asked) => /^partition\.(roots|compare)/.test(asked)));
});

test('another leaf differs at the second look -> only what differs twice is fetched', async () => {
  const { a, b, c, sideOf } = start();
  await Promise.all([b.put(record('old')), c.put(record('old'))]);
  const differences = await sideOf(a).compare();
  await Promise.all([b.put(record('new')), c.put(record('new'))]);
  assert.is((await sideOf(a).repair(differences)).records, 1);
  assert.equal(Object.keys(a.rows()), ['old']);
});

test('an owner out of reach -> not asked; one that fails -> left for another round', async () => {
  const { world, a, b, c, sideOf, logged, unreachable } = start();
  await Promise.all([b.put(record('of b')), c.put(record('of c'))]);
  unreachable.add(b.id);
  assert.equal(differing(await sideOf(a).compare()), [c.id]);
  assert.equal(world.asked, [`partition.roots ${c.id}`]);
  unreachable.clear();
  const differences = await sideOf(a).compare();
  b.isUp = false;
  assert.is((await sideOf(a).repair(differences)).records, 1);
  assert.equal(Object.keys(a.rows()), ['of c']);
  assert.equal(logged, [`repair.failed ${b.id}: lost`]);
});

test('one row of many differs -> its leaf is told, and that row listed', async () => {
  const { world, a, b, c, sideOf } = start();
  const many = Array.from({ length: 3000 }, (_, n) => record(`key ${n}`));
  for (const owner of [a, b, c]) await owner.put(...many);
  await a.put(record('new'));
  const side = sideOf(b);
  const differences = await side.compare();
  const told: number[] = [];
  world.intercept = (_, message) => {
    if (message.type === 'partition.list') told.push(message.held.length / 2);
    return undefined;
  };
  assert.is((await side.repair(differences)).records, 1);
  const [rows] = told;
  assert.ok(told.length === 1 && rows! > 3 && rows! < 40, `${told} rows of one leaf of 256`);
});

test('what is newer here -> listed, and not fetched', async () => {
  const { a, b, c, sideOf } = start();
  await Promise.all([a, b, c].map((owner) => owner.put(record('k'))));
  await a.put(record('k', { version: version(2) }));
  const side = sideOf(a);
  const repaired = await side.repair(await side.compare());
  assert.equal(repaired, { partitions: 2, records: 0, bytes: 0 });
});

test('owners may change -> nobody is compared with', async () => {
  const { world, a, sideOf } = start({ ...RING, transition: RING });
  assert.equal(await sideOf(a).compare(), []);
  assert.equal(world.asked, []);
});

test('the ring changes between the looks -> nothing is fetched', async () => {
  const { world, a, b, sideOf } = start();
  await b.put(record('k'));
  const differences = await sideOf(a).compare();
  world.adopt({ ...RING, epoch: EPOCH + 1 });
  assert.is((await sideOf(a).repair(differences)).records, 0);
  assert.equal(a.rows(), {});
});

test.run();
