/** Hints on stores and replicas: kept, brought when their target is back, dropped in time. */
import * as assert from 'uvu/assert';
import { hintsMachine } from '../../../actors/hints/machine.js';
import { targetMachine } from '../../../actors/hints/replay.js';
import { recordKey, recordVersion } from '../../../src/core/data/record.js';
import type { Hint } from '../../../src/ports.js';
import { record, version } from '../../support/data/records.js';
import { eventually } from '../../support/eventually.js';
import { suite } from '../../support/runner/suite.js';
import { member } from '../stabilizer/owners.js';
import {
  A,
  B,
  base,
  bytesOf,
  C,
  D,
  end,
  inPartition,
  LAYOUT,
  LOOK_AGAIN_MS,
  pass,
  RING,
  run,
  start,
  WINDOW_MS,
  walk,
} from './hinting.js';

const test = suite('hints');

const NONE = { stored: 0, refused: 0, replayed: 0, expired: 0, useless: 0 };

test.after.each(end);

test('a target is back -> gets what it missed in batches, and they are told as one', async () => {
  const { hints, b, batches, facts, missed, drained, failed, sizes } = start();
  b.isUp = false;
  const records = inPartition(0, 450);
  assert.ok((await missed(B, ...records)).every(Boolean));
  await failed(B);
  assert.equal(batches, []);
  b.isUp = true;
  await drained();
  assert.equal(
    batches.map(({ records: some, epoch }) => [some.length, epoch]),
    [
      [200, 5],
      [200, 5],
      [50, 5],
    ],
  );
  assert.equal(
    batches.flatMap((batch) => batch.records),
    records,
  );
  assert.is(Object.keys(b.rows()).length, 450);
  assert.equal(facts, [{ type: 'hint.drained', target: B, records: 450, dropped: 0 }]);
  assert.equal(hints.counts, { ...NONE, stored: 450, replayed: 450 });
  assert.equal(await sizes(), []);
});

test('one is kept while none is found -> it is brought, too', async () => {
  const { a, b, hints, missed, drained, sizes } = start();
  const [first, second] = inPartition(0, 2) as [Buffer, Buffer];
  const { store } = a;
  const ask = store.hintSizes.bind(store);
  let isLate = false;
  store.hintSizes = (done) =>
    ask((found) => {
      if (found.length > 0 || isLate) return done(found);
      isLate = true;
      hints.missed(B, second, () => done(found));
    });
  await missed(B, first);
  await drained();
  assert.ok(isLate);
  assert.is(Object.keys(b.rows()).length, 2);
  assert.equal(await sizes(), []);
});

test('large records -> fewer in a batch', async () => {
  const { batches, missed, drained } = start();
  const records = inPartition(0, 5, { value: Buffer.alloc(100 << 10) });
  await missed(B, ...records);
  await drained();
  assert.ok(batches.every((batch) => bytesOf(batch.records) <= 256 << 10));
  assert.is(batches.length, 3);
});

test('one target is away, another is not -> the one waits, the other has its own', async () => {
  const { a, b, c, missed, failed, drained, hints } = start();
  b.isUp = false;
  const [first, second] = inPartition(0, 2) as [Buffer, Buffer];
  await missed(B, first);
  await new Promise<void>((resolve) => a.store.hintSizes(() => resolve()));
  assert.is(hints.status()[0]?.rows, 1, 'told before it is tried');
  await missed(B, second);
  await missed(C, second);
  await failed(B);
  await drained(C);
  assert.equal(Object.keys(c.rows()), [recordKey(second).toString()]);
  assert.equal(hints.status(), [
    {
      target: B,
      rows: 2,
      bytes: bytesOf([first, second]),
      state: 'waiting',
      waitingBecause: 'away',
    },
  ]);
});

test('the target asks for a pause -> the next batch comes after it', async () => {
  const { world, missed, drained } = start();
  const sentAt: number[] = [];
  world.intercept = (_, message) => {
    if (message.type !== 'hints.deliver') return undefined;
    sentAt.push(world.clock.monotonic());
    const { call, epoch } = message;
    return { type: 'hints.taken', call, outcome: 'ok', epoch, pauseMs: 5000 };
  };
  await missed(B, ...inPartition(0, 201));
  await drained();
  assert.is(sentAt.length, 2);
  assert.ok(sentAt[1]! - sentAt[0]! >= 5000, `${sentAt}`);
});

test('it asks for a pause of days -> it is not to be had', async () => {
  const { world, missed, drained } = start();
  world.intercept = (_, message) =>
    message.type === 'hints.deliver'
      ? { type: 'hints.taken', call: 1, outcome: 'ok', epoch: 5, pauseMs: 0xffff_ffff }
      : undefined;
  await missed(B, record('k'), ...inPartition(0, 1));
  await drained();
  assert.ok(world.clock.monotonic() < 1_000_000, `${world.clock.monotonic()}`);
});

for (const outcome of [
  'readOnly',
  'busy',
  'expired',
  'fenced',
  'promised',
  'clockAhead',
  'corrupt',
] as const) {
  test(`the target answers ${outcome} -> nothing is dropped, and it is tried again`, async () => {
    const { world, b, missed, drained, failed, held, hints, fetched } = start();
    let answers = 0;
    world.intercept = (_, message) => {
      if (message.type !== 'hints.deliver' || ++answers > 2) return undefined;
      return { type: 'hints.taken', call: 1, outcome, epoch: 6, pauseMs: 0 };
    };
    const records = inPartition(0, 3);
    await missed(B, ...records);
    await failed(B);
    assert.is(hints.status()[0]!.waitingBecause, outcome);
    assert.is((await held(B)).length, 3);
    await drained();
    assert.is(answers, 3);
    assert.is(Object.keys(b.rows()).length, 3);
    assert.equal(fetched, outcome === 'fenced' ? [B, B] : []);
  });
}

test('the connection breaks -> nothing is dropped, and it is tried again', async () => {
  const { world, b, missed, drained } = start();
  let isFirst = true;
  world.intercept = () => {
    const wasFirst = isFirst;
    isFirst = false;
    return wasFirst ? 'lost' : undefined;
  };
  await missed(B, ...inPartition(0, 3));
  await drained();
  assert.is(Object.keys(b.rows()).length, 3);
});

test('a newer version comes while the older is on its way -> it is brought too', async () => {
  const { world, b, batches, missed, drained } = start();
  const [old] = inPartition(0, 1) as [Buffer];
  const newer = record(recordKey(old), { version: version(2) });
  const { intercept } = world;
  world.intercept = (to, message) => {
    if (batches.length === 0) void missed(B, newer);
    return intercept(to, message);
  };
  await missed(B, old);
  await drained();
  assert.equal(
    batches.map(({ records }) => records),
    [[old], [newer]],
  );
  assert.equal(recordVersion(b.disk.record(recordKey(old).toString())!), version(2));
});

test('missed again, or something older -> one hint, the newest', async () => {
  const { b, missed, held } = start();
  b.isUp = false;
  const [old] = inPartition(0, 1) as [Buffer];
  const newer = record(recordKey(old), { version: version(2) });
  assert.equal(await missed(B, newer, old, newer), [true, true, true]);
  assert.equal(
    (await held(B)).map((hint) => hint.record),
    [newer],
  );
});

test('the target is no owner any more -> the hint is dropped, the others are brought', async () => {
  const { b, d, facts, missing, missed, drained } = start();
  await missed(B, ...inPartition(0, 2), ...inPartition(1, 3));
  await missed(D, ...inPartition(0, 250), ...inPartition(1, 3));
  await drained();
  assert.is(Object.keys(b.rows()).length, 5);
  assert.is(Object.keys(d.rows()).length, 3);
  assert.equal(
    facts.map(({ target, records, dropped }) => [target, records, dropped]),
    [
      [B, 5, 0],
      [D, 3, 250],
    ],
  );
  assert.equal(missing, []);
});

test('the target is about to be an owner -> its hints are brought', async () => {
  const transition = { members: base.members, layout: [[1, 2, 3], LAYOUT[1]!] };
  const { d, missed, drained } = start({ ...RING, transition });
  await missed(D, ...inPartition(0, 2));
  await drained();
  assert.is(Object.keys(d.rows()).length, 2);
});

test('the target has left the ring -> its hints are dropped though it is away', async () => {
  const { world, b, facts, missed, drained, failed } = start();
  b.isUp = false;
  await missed(B, ...inPartition(0, 201));
  await failed(B);
  world.adopt({
    ...RING,
    epoch: 6,
    members: [A, C, D].map(member),
    layout: [
      [0, 1, 2],
      [0, 1, 2],
    ],
  });
  await drained();
  assert.equal(facts, [{ type: 'hint.drained', target: B, records: 0, dropped: 201 }]);
});

test('the target stays away too long -> what has expired is dropped, and told', async () => {
  const { world, hints, b, facts, missing, missed, drained, failed, held } = start();
  b.isUp = false;
  await missed(B, ...inPartition(0, 2));
  await pass(world, WINDOW_MS / 2);
  const [late] = inPartition(1, 1) as [Buffer];
  await missed(B, late);
  await pass(world, WINDOW_MS / 2 + 2 * LOOK_AGAIN_MS);
  await failed(B);
  assert.equal(
    (await held(B)).map((hint) => hint.record),
    [late],
  );
  assert.equal(missing, [0, 0]);
  b.isUp = true;
  await drained();
  assert.equal(facts, [{ type: 'hint.drained', target: B, records: 1, dropped: 2 }]);
  assert.equal(hints.counts, { ...NONE, stored: 3, replayed: 1, expired: 2 });
});

test('a hint is damaged on the disk -> dropped, the others are brought', async () => {
  const { a, b, facts, missed, drained, hints } = start();
  await missed(B, ...inPartition(0, 3));
  const [[name, hint]] = [...a.disk.hints] as [[string, Hint & { target: string }]];
  a.disk.hints.set(name, { ...hint, record: Buffer.alloc(9) });
  await drained();
  assert.is(Object.keys(b.rows()).length, 2);
  assert.equal(facts, [{ type: 'hint.drained', target: B, records: 2, dropped: 1 }]);
  assert.equal(hints.counts, { ...NONE, stored: 3, replayed: 2, useless: 1 });
});

test('our disk is full -> refused, and told; what is brought is dropped later', async () => {
  const { world, a, b, missing, refused, missed, drained, failed, hints } = start();
  await missed(B, ...inPartition(0, 2));
  a.disk.room = 'none';
  assert.equal(await missed(B, ...inPartition(1, 2)), [false, false]);
  assert.equal(missing, [1, 1]);
  assert.equal(refused, [B], 'not for each');
  await failed(B);
  assert.is(hints.status()[0]!.waitingBecause, 'our disk is full');
  assert.is(Object.keys(b.rows()).length, 2);
  a.disk.room = 'enough';
  await drained();
  await pass(world, LOOK_AGAIN_MS);
  assert.equal(await missed(B, ...inPartition(1, 1)), [true]);
  a.disk.room = 'none';
  await missed(B, ...inPartition(1, 2).slice(1));
  assert.is(refused.length, 2);
  assert.is(hints.counts.refused, 3);
});

test('the process starts again -> goes on with what is on the disk', async () => {
  const { world, a, b, actor, missed, failed } = start();
  b.isUp = false;
  await missed(B, ...inPartition(0, 2));
  await failed(B);
  actor.stop();
  b.isUp = true;
  const { drained, failed: _, facts, hints } = run(world, a);
  await new Promise<void>((resolve) => a.store.hintSizes(() => resolve()));
  assert.is(hints.status()[0]!.rows, 2);
  await drained();
  assert.is(Object.keys(b.rows()).length, 2);
  assert.equal(facts, [{ type: 'hint.drained', target: B, records: 2, dropped: 0 }]);
});

test('flushed -> done when all that are there have theirs; the rest is given up', async () => {
  const { b, c, hints, missed, failed, held } = start();
  b.isUp = false;
  await missed(B, ...inPartition(0, 2));
  await missed(C, ...inPartition(0, 450));
  await new Promise<void>((resolve) => hints.flush(resolve));
  assert.is(Object.keys(c.rows()).length, 450);
  assert.is((await held(B)).length, 2);
  await failed(B);
  await new Promise<void>((resolve) => hints.flush(resolve));
});

test('flushed, and a target takes for ever -> done all the same', async () => {
  const { world, hints, missed, held } = start();
  world.intercept = (_, message) =>
    message.type === 'hints.deliver'
      ? { type: 'hints.taken', call: 1, outcome: 'ok', epoch: 5, pauseMs: 60_000 }
      : undefined;
  await missed(B, ...inPartition(0, 1000));
  await new Promise<void>((resolve) => hints.flush(resolve));
  assert.ok((await held(B)).length >= 800);
});

test('flushed, and somebody else misses something -> kept, and not waited for', async () => {
  const { b, c, hints, missed, held, drained } = start();
  c.isUp = false;
  await missed(B, ...inPartition(0, 450));
  const flushed = new Promise<void>((resolve) => hints.flush(resolve));
  await missed(C, ...inPartition(0, 3));
  await flushed;
  assert.is(Object.keys(b.rows()).length, 450);
  assert.is((await held(C)).length, 3);
  c.isUp = true;
  await drained();
  assert.is(Object.keys(c.rows()).length, 3);
});

test('flushed without hints, or when it is over -> done at once', () => {
  const { hints, actor } = start();
  let done = 0;
  hints.flush(() => done++);
  actor.stop();
  hints.flush(() => done++);
  assert.is(done, 2);
});

test('the node stops meanwhile -> a flush is done, and what comes is for nobody', async () => {
  const { hints, actor, missed } = start();
  await missed(B, ...inPartition(0, 2));
  const flushed = new Promise<void>((resolve) => hints.flush(resolve));
  actor.stop();
  await flushed;
  assert.equal(await missed(B, ...inPartition(0, 3)), [true, true, true]);
});

test('every state of both charts was there, and every event in it', () => {
  assert.equal(walk.missing(hintsMachine), []);
  assert.equal(walk.missing(targetMachine), []);
});

test('hints that the store does not take -> so many wait, and the rest is refused', async () => {
  const { a, hints } = start();
  const told: boolean[] = [];
  const waiting: ((isKept: boolean) => void)[] = [];
  a.store.hint = (_, done) => void waiting.push(done);
  const value = Buffer.alloc(1 << 20);
  const [large] = inPartition(0, 1, { value });
  for (let i = 0; i < 100; i++) hints.missed(B, large!, (isKept) => told.push(isKept));
  assert.is(waiting.length, 63);
  assert.equal(told, [], 'not within the call');
  await eventually(() => told.length === 37);
  assert.not.ok(told.some(Boolean));
  for (const done of waiting.splice(0)) done(true);
  hints.missed(B, large!);
  assert.is(waiting.length, 1);
});

test.run();
