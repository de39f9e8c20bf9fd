/** What is over goes if all owners hold the same, and no row sooner; nothing older comes back. */
import * as assert from 'uvu/assert';
import { CLOCK_ORIGIN_MS, readingOf } from '../../../src/core/data/hybrid-clock.js';
import type { EncodedRecord } from '../../../src/core/data/record.js';
import { partitionOf } from '../../../src/core/ring/key-owners.js';
import { TransferFailed } from '../../../src/node/base/work.js';
import { Reaper } from '../../../src/node/stabilizer/reaper.js';
import { record, version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import { HINT_WINDOW_MS, type Owner, ownersIn, stableRing } from './owners.js';

const test = suite('reaper');

const IDS = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(16));
const EPOCH = 3;
const MIN_AGE_MS = 4000;
/** Partition 0 belongs to A, B and C, partition 1 to B, C and D. */
const RING = stableRing(EPOCH, IDS, [
  [0, 1, 2],
  [1, 2, 3],
]);
const KEYS = Array.from({ length: 3000 }, (_, i) => `key ${i}`).filter(
  (key) => partitionOf(Buffer.from(key), 2) === 0,
);
const [K, L] = KEYS as [string, string];
/** Milliseconds since time began. */
const at = (ms: number) => version(readingOf(CLOCK_ORIGIN_MS + ms));
const live = (key: string, ms: number, fields = {}) => record(key, { version: at(ms), ...fields });
const dead = (key: string, ms: number) =>
  live(key, ms, { tombstone: true, value: Buffer.alloc(0) });
const OLD_ENOUGH = CLOCK_ORIGIN_MS + 100 + MIN_AGE_MS;

const open = ownersIn(test);

function start(ring = RING) {
  const world = open(ring, IDS);
  world.wallMs = OLD_ENOUGH;
  const [a, b, c, d] = world.all as [Owner, Owner, Owner, Owner];
  const reaperOf = (owner: Owner) => {
    const throttle = world.throttle();
    const reaper = new Reaper({
      self: owner.id,
      rings: owner.rings,
      sync: world.syncOf(owner, throttle),
      store: owner.store,
      throttle,
      wallMs: () => owner.wallMs,
      knowsTime: () => owner.knowsTime,
      minAgeMs: MIN_AGE_MS,
      isReachable: (id) => world.all.some((other) => other.id === id && other.isUp),
    });
    /** How many rows went, or why not. */
    const run = async () => {
      try {
        const searched = await reaper.search([0, 1]);
        const found = await reaper.look(0);
        assert.equal(searched, found.length === 0 ? [] : [0]);
        if (found.length === 0) return 'nothing is over';
        return await reaper.reap(EPOCH, 0, await reaper.confirm(EPOCH, 0, found));
      } catch (error) {
        assert.instance(error, TransferFailed);
        return (error as Error).message;
      }
    };
    return { reaper, run };
  };
  const putAll = (...records: EncodedRecord[]) =>
    Promise.all([a, b, c].map((owner) => owner.put(...records)));
  const held = () => [a, b, c].map((owner) => owner.disk.rowsOf(0).size);
  return { world, a, b, c, d, reaperOf, putAll, held, ...reaperOf(a) };
}

test('tombstones and expired rows that all hold -> gone at all, and nothing else', async () => {
  const { putAll, run, held, reaper, a } = start();
  await putAll(dead(K, 100), live(L, 1, { expiresAt: CLOCK_ORIGIN_MS + 100 }), live(KEYS[2]!, 1));
  assert.is(await run(), 2);
  assert.equal(held(), [1, 1, 1]);
  assert.equal(Object.keys(a.rows()), [KEYS[2]!]);
  assert.is(await run(), 'nothing is over');
  assert.equal(reaper.waiting, { rows: 0, forMs: 0, because: {} });
});

test('younger than it has to be -> nothing is over yet', async () => {
  const { world, putAll, run } = start();
  await putAll(dead(K, 101), live(L, 1, { expiresAt: CLOCK_ORIGIN_MS + 100.5 }));
  assert.is(await run(), 'nothing is over');
  world.wallMs = OLD_ENOUGH + 1;
  assert.is(await run(), 2);
});

test('an owner holds an older version, a newer one, or none -> stays at all', async () => {
  for (const odd of [live(K, 50), live(K, 200), dead(K, 99), undefined]) {
    const { a, b, c, run, reaper, held } = start();
    await a.put(dead(K, 100));
    await b.put(dead(K, 100));
    if (odd) await c.put(odd);
    assert.is(await run(), 'the owners differ');
    assert.equal(held(), [1, 1, odd ? 1 : 0]);
    assert.equal(reaper.waiting, {
      rows: 1,
      forMs: MIN_AGE_MS,
      because: { 'the owners differ': 1 },
    });
  }
});

test('some that all hold, and some that not -> those go, these stay', async () => {
  const { putAll, a, b, run, held } = start();
  await putAll(dead(K, 100));
  await Promise.all([a, b].map((owner) => owner.put(dead(L, 90))));
  assert.is(await run(), 1);
  assert.equal(held(), [1, 1, 0]);
});

test('an owner is away, lost, in another ring, unsure of its disk -> nothing goes', async () => {
  const { world, putAll, run, held, b, c } = start();
  await putAll(dead(K, 100));
  c.isUp = false;
  assert.is(await run(), `${c.id} is away`);
  c.isUp = true;
  world.intercept = (to, message) =>
    to === b.id && message.type === 'partition.confirm' ? 'lost' : undefined;
  assert.is(await run(), `${b.id}: lost`);
  world.intercept = () => undefined;
  b.isTrusted = false;
  assert.is(await run(), `${b.id}: busy`);
  b.isTrusted = true;
  c.adopt({ ...RING, epoch: EPOCH + 1 });
  assert.is(await run(), `${c.id}: fenced`);
  c.adopt(RING);
  assert.equal(held(), [1, 1, 1]);
  assert.is(await run(), 1);
});

test('what was over is gone otherwise -> nothing is waiting any more', async () => {
  const { putAll, run, reaper, c } = start();
  await putAll(dead(K, 100));
  c.isUp = false;
  await run();
  assert.is(reaper.waiting.rows, 1);
  await putAll(live(K, 200));
  assert.equal(await reaper.search([0, 1]), []);
  assert.is(reaper.waiting.rows, 0);
});

test('who looked while another was away -> says no more of it when that is back', async () => {
  const { putAll, a, b, c, reaperOf } = start();
  await putAll(dead(K, 100));
  const { run, reaper } = reaperOf(b);
  a.isUp = false;
  assert.is(await run(), `${a.id} is away`);
  assert.is(reaper.waiting.rows, 1);
  a.isUp = true;
  c.isUp = false;
  assert.equal(await reaper.search([0]), []);
  assert.equal(reaper.waiting, { rows: 0, forMs: 0, because: {} });
});

test('an owner takes it for alive by its own clock -> it stays at all', async () => {
  const { putAll, run, held, b } = start();
  await putAll(live(K, 1, { expiresAt: CLOCK_ORIGIN_MS + 100 }));
  b.wallMs = CLOCK_ORIGIN_MS + 99 + HINT_WINDOW_MS;
  assert.is(await run(), 'the owners differ');
  b.wallMs++;
  assert.equal([await run(), held()], [1, [0, 0, 0]]);
});

test('nobody has told the time yet, or nothing is to go -> nothing is looked at', async () => {
  const { putAll, run, a, reaper } = start();
  await putAll(dead(K, 100));
  a.knowsTime = false;
  assert.is(await run(), 'nothing is over');
  assert.is(reaper.waiting.rows, 0);
});

test('the owners are about to change -> nothing is looked at', async () => {
  const { putAll, run } = start({ ...RING, transition: RING });
  await putAll(dead(K, 100));
  assert.is(await run(), 'nothing is over');
});

test('of the owners the first that can be reached looks, and nobody else', async () => {
  const { putAll, a, b, d, reaperOf } = start();
  await putAll(dead(K, 100));
  assert.is(await reaperOf(b).run(), 'nothing is over');
  assert.is(await reaperOf(d).run(), 'nothing is over');
  a.isUp = false;
  const { run, reaper } = reaperOf(b);
  assert.is(await run(), `${a.id} is away`);
  assert.is(reaper.waiting.rows, 1);
});

test('an owner stops between the steps -> the others go on, it keeps a tombstone', async () => {
  const { world, putAll, run, held, c } = start();
  await putAll(dead(K, 100));
  world.intercept = (to, message) =>
    to === c.id && message.type === 'partition.reap' ? 'lost' : undefined;
  assert.is(await run(), `${c.id}: lost`);
  assert.equal(held(), [0, 0, 1]);
});

test('written anew between the steps -> what is new stays', async () => {
  const { world, putAll, run, held, b } = start();
  await putAll(dead(K, 100));
  world.intercept = (to, message) => {
    if (to === b.id && message.type === 'partition.reap') void b.put(live(K, 300));
    return undefined;
  };
  assert.is(await run(), 1);
  assert.equal(held(), [0, 1, 0]);
});

test('reaped -> of keys that hold nothing what is older is refused, and newer is not', async () => {
  const { putAll, run, a } = start();
  await putAll(dead(K, 100));
  await run();
  await a.put(live(K, 100), live(L, 99), live(KEYS[2]!, 101));
  assert.equal(Object.keys(a.rows()), [KEYS[2]!]);
});

test('more than are asked about at once -> round by round, all', async () => {
  const { putAll, run, held } = start();
  await putAll(...KEYS.slice(0, 250).map((key) => dead(key, 100)));
  assert.is(await run(), 200);
  assert.is(await run(), 50);
  assert.equal(held(), [0, 0, 0]);
});

test('a peer asks for what it should not -> refused, and nothing is barred', async () => {
  const { world, a, b } = start();
  const sync = world.syncOf(a);
  const tooYoung = at(100 + MIN_AGE_MS - HINT_WINDOW_MS + 1);
  const young = [{ key: Buffer.from(K), version: tooYoung }];
  const foreign = [{ key: Buffer.from(foreignKey()), version: at(1) }];
  const later = { ...at(1), epoch: EPOCH + 1 };
  const asked = [
    [sync.confirm(b.id, EPOCH, 0, young), 'clockAhead'],
    [sync.confirm(b.id, EPOCH, 0, foreign), 'corrupt'],
    [sync.confirm(b.id, EPOCH, 7, foreign), 'corrupt'],
    [sync.reap(b.id, { epoch: EPOCH, partition: 0, upTo: tooYoung, entries: [] }), 'clockAhead'],
    [sync.reap(b.id, { epoch: EPOCH, partition: 0, upTo: later, entries: [] }), 'corrupt'],
    [sync.reap(b.id, { epoch: EPOCH, partition: 7, upTo: at(1), entries: [] }), 'corrupt'],
  ] as const;
  for (const [answer, outcome] of asked) {
    const failure = await Promise.resolve<unknown>(answer).catch((error: Error) => error.message);
    assert.is(failure, `${b.id}: ${outcome}`);
  }
  await b.put(live(K, 2));
  assert.equal(Object.keys(b.rows()), [K]);
});

function foreignKey(): string {
  return ['x', 'y', 'z', 'u', 'v'].find((key) => partitionOf(Buffer.from(key), 2) === 1)!;
}

test('a full disk -> said, and nothing goes there', async () => {
  const { putAll, run, held, a } = start();
  await putAll(dead(K, 100));
  a.disk.room = 'none';
  assert.is(await run(), `${a.id}: readOnly`);
  assert.equal(held(), [1, 0, 0]);
});

test('an owner gives its rows away for a backup -> nothing goes until a while after', async () => {
  const { world, b, run, putAll, held } = start();
  await putAll(dead(K, 100));
  b.reaping.hold(1000);
  assert.is(await run(), `${b.id}: busy`);
  assert.equal(held(), [1, 1, 1]);
  await new Promise<void>((resolve) => world.clock.setTimeout(resolve, 1000));
  assert.is(await run(), 1);
  assert.equal(held(), [0, 0, 0]);
});

test.run();
