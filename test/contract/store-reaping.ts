/** The part of the contract that is about what is over, and what is gone for good. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { CLOCK_ORIGIN_MS, readingOf } from '../../src/core/data/hybrid-clock.js';
import { type DataRecord, type EncodedRecord, recordKey } from '../../src/core/data/record.js';
import { NO_VERSION } from '../../src/core/data/version.js';
import { partitionOf } from '../../src/core/ring/key-owners.js';
import { PARTITIONS, record, version } from '../support/data/records.js';
import { assertInStep } from './store-partitions.js';
import { ABSENT, APPLIED, type Asker, asker, type InWorld } from './store-world.js';

const ALL = 10_000;
const NOTHING = Buffer.alloc(0);
const ALL_KEYS = Array.from({ length: 200 }, (_, i) => `key ${i}`);
const PARTITION = partitionOf(Buffer.from('key 0'), PARTITIONS);
const KEYS = ALL_KEYS.filter((key) => partitionOf(Buffer.from(key), PARTITIONS) === PARTITION);
const [A, B, C, D] = KEYS as [string, string, string, string];

/** Stamped so many milliseconds after the beginning of time. */
function at(ms: number) {
  return version(readingOf(CLOCK_ORIGIN_MS + ms));
}

function made(key: string, ms: number, fields: Partial<DataRecord> = {}): EncodedRecord {
  return record(key, { version: at(ms), ...fields });
}

function tombstone(key: string, ms: number): EncodedRecord {
  return made(key, ms, { tombstone: true, value: NOTHING });
}

function wall(ms: number): number {
  return CLOCK_ORIGIN_MS + ms;
}

function entry(key: string, ms: number) {
  return { key: Buffer.from(key), version: at(ms) };
}

async function keysEnded(ask: Asker, before: number, limit?: number): Promise<string[]> {
  const { entries } = await ask.ended(PARTITION, wall(before), limit);
  return entries.map(({ key }) => key.toString());
}

export function reapingContract(inWorld: InWorld): void {
  inWorld('tombstones, and what has expired -> over, the first ones first', async (ask) => {
    assert.equal(await ask.ended(PARTITION, wall(100)), { rows: 0, since: 0, entries: [] });
    const written = [
      tombstone(A, 30),
      made(B, 1, { expiresAt: wall(19.5) }),
      tombstone(C, 40),
      made(D, 1),
    ];
    for (const each of written) assert.equal(await ask.write(each), APPLIED);
    assert.equal(await ask.ended(PARTITION, wall(30)), {
      rows: 2,
      since: wall(20),
      entries: [entry(B, 1), entry(A, 30)],
    });
    assert.equal(await keysEnded(ask, 1000), [B, A, C]);
    assert.equal(await keysEnded(ask, 1000, 2), [B, A]);
    assert.is((await ask.ended(PARTITION, wall(1000), 1)).rows, 3);
    assert.equal(await keysEnded(ask, 19), []);
    const others = await ask.ended((PARTITION + 1) % PARTITIONS, wall(1000));
    assert.is(others.rows, 0);
  });

  inWorld('partitions in which something is over -> all of them, and no other', async (ask) => {
    const endedIn = async (before: number) => {
      const partitions: number[] = [];
      let next: number | undefined = 0;
      while (next !== undefined) {
        const found = await ask.endedIn(next, wall(before));
        assert.ok(found.partitions.every((partition) => partition >= next!));
        partitions.push(...found.partitions);
        next = found.next;
      }
      return partitions;
    };
    assert.equal(await endedIn(1000), []);
    const over = new Set<number>();
    for (const [index, key] of ALL_KEYS.slice(0, 40).entries()) {
      const partition = partitionOf(Buffer.from(key), PARTITIONS);
      if (partition % 3 === 0) await ask.write(made(key, 1));
      else if (partition % 3 === 1) await ask.write(made(key, 1, { expiresAt: wall(500) }));
      else {
        await ask.write(tombstone(key, 30 + index));
        over.add(partition);
      }
    }
    assert.ok(over.size > 3);
    const inOrder = [...over].sort((a, b) => a - b);
    assert.equal(await endedIn(30 + 40 - 1), inOrder);
    assert.equal(await endedIn(29), []);
  });

  inWorld('entries -> those stay that are held otherwise, or are not over', async (ask) => {
    const written = [tombstone(A, 30), tombstone(B, 31), made(C, 1, { expiresAt: wall(30) })];
    for (const each of [...written, made(D, 1)]) await ask.write(each);
    const entries = [entry(A, 30), entry(A, 29), entry(B, 31), entry(C, 1), entry(D, 1)];
    assert.equal(await ask.stay(PARTITION, wall(30), entries), [1, 2, 4]);
    assert.equal(await ask.stay(PARTITION, wall(31), [entry('not there', 1)]), [0]);
  });

  inWorld('an end that is no time -> stored, and never over', async (ask) => {
    for (const [key, expiresAt] of [
      [A, 1e300],
      [B, Number.POSITIVE_INFINITY],
      [C, Number.NaN],
      [D, -1e300],
    ] as const) {
      assert.equal(await ask.write(made(key, 1, { expiresAt })), APPLIED);
    }
    assert.is((await ask.ended(PARTITION, Number.MAX_SAFE_INTEGER)).rows, 1);
  });

  inWorld('what takes the place of a tombstone -> not over; and the other way', async (ask) => {
    await ask.write(tombstone(A, 10));
    await ask.write(made(B, 10));
    await ask.write(made(A, 20));
    await ask.write(tombstone(B, 20));
    assert.equal(await keysEnded(ask, 1000), [B]);
    assert.is(await ask.dropOnly(PARTITION, [entry(A, 20), entry(B, 20)], ALL), 2);
    assert.equal(await keysEnded(ask, 1000), []);
  });

  inWorld('what is over, and has rotted -> listed all the same, and can go', async (ask, world) => {
    const rotten = record(A, { version: at(10), expiresAt: wall(11) });
    await ask.write(rotten);
    await ask.write(tombstone(B, 20));
    await world.rot(recordKey(rotten));
    const again = asker(world.store);
    const { rows, entries } = await again.ended(PARTITION, wall(1000));
    assert.equal([rows, entries], [2, [entry(A, 10), entry(B, 20)]]);
    assert.is(await again.reap(PARTITION, at(20), entries), 2);
    await assertInStep(again);
  });

  inWorld('reaped -> rows in just these versions go; all in step', async (ask, world) => {
    for (const key of [A, B, C]) await ask.write(tombstone(key, 10));
    await ask.write(made(B, 20));
    const entries = [entry(A, 10), entry(B, 10), entry(D, 10)];
    assert.is(await ask.reap(PARTITION, at(10), entries), 1);
    assert.equal(await ask.read(Buffer.from(A)), ABSENT);
    const { entries: left } = await ask.page(PARTITION, ALL);
    assert.equal(
      left,
      [entry(B, 20), entry(C, 10)].sort((a, b) => Buffer.compare(a.key, b.key)),
    );
    await assertInStep(ask);
    await world.reopen();
    await assertInStep(asker(world.store));
  });

  inWorld('behind a reaping -> nothing older for a key that holds nothing', async (ask, world) => {
    const reaped = { kind: 'reaped', version: at(10) };
    assert.equal(await ask.reapedUpTo(PARTITION), NO_VERSION);
    await ask.write(made(B, 3));
    await ask.reap(PARTITION, at(10), []);
    await ask.reap(PARTITION, at(5), []);
    const check = async (asked: Asker) => {
      assert.equal(await asked.reapedUpTo(PARTITION), at(10));
      for (const ms of [9, 10]) assert.equal(await asked.write(made(A, ms)), reaped);
      const refused = { kind: 'refused', version: at(10) };
      assert.equal(await asked.prepare(Buffer.from(A), at(10)), refused);
    };
    await check(ask);
    await world.reopen();
    const again = asker(world.store);
    await check(again);
    assert.equal(await again.write(made(B, 4)), APPLIED, 'of a key that holds something');
    assert.equal(await again.write(made(C, 11)), APPLIED, 'newer than that');
    assert.is((await again.prepare(Buffer.from(D), at(11))).kind, 'promised');
    assert.equal(await again.copy(made(A, 9)), APPLIED, 'what another owner holds');
    assert.equal(await again.copy(made(D, 9)), { kind: 'promised', version: at(11) });
    await assertInStep(again);
  });

  inWorld(
    'some are dropped -> those still held so, no more than asked, no promises',
    async (ask) => {
      await ask.prepare(Buffer.from(D), at(50));
      for (const [index, key] of KEYS.slice(0, 3).entries()) await ask.write(made(key, index + 1));
      const some = [entry(A, 1), entry(B, 2), entry(C, 2)];
      assert.is(await ask.dropOnly(PARTITION, some, 1), 1);
      assert.is(await ask.dropOnly(PARTITION, some, ALL), 1);
      assert.is(await ask.dropOnly(PARTITION, some, ALL), 0);
      assert.equal((await ask.page(PARTITION, ALL)).entries, [entry(C, 3)]);
      assert.equal(await ask.write(made(D, 49)), { kind: 'promised', version: at(50) });
      await assertInStep(ask);
    },
  );

  inWorld('any writes, deletes and reapings -> as by the book, and all in step', async (ask) => {
    const ms = fc.integer({ min: 1, max: 20 });
    const keys = fc.constantFrom(A, B, C);
    const step = fc.record({
      kind: fc.constantFrom('write', 'delete', 'reap', 'copy'),
      key: keys,
      ms,
    });
    let begin = 0;
    const property = fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      // Later than all of the runs before, as what was reaped stays so.
      begin += 100;
      await ask.drop(PARTITION, ALL);
      const held = new Map<string, { ms: number; isOver: boolean }>();
      let reaped = 0;
      for (const { kind, key, ms } of steps) {
        const before = held.get(key);
        if (kind === 'reap') {
          const goes = before?.ms === ms;
          const removed = await ask.reap(PARTITION, at(begin + ms), [entry(key, begin + ms)]);
          assert.is(removed, goes ? 1 : 0);
          if (goes) held.delete(key);
          reaped = Math.max(reaped, ms);
          continue;
        }
        const isOver = kind === 'delete';
        const bytes = isOver ? tombstone(key, begin + ms) : made(key, begin + ms);
        const outcome = await (kind === 'copy' ? ask.copy(bytes) : ask.write(bytes));
        const isRefused = !before && kind !== 'copy' && ms <= reaped;
        const inTheWay = before && before.ms > ms ? 'superseded' : 'applied';
        assert.is(outcome.kind, isRefused ? 'reaped' : inTheWay);
        if (!isRefused && (!before || before.ms < ms)) held.set(key, { ms, isOver });
      }
      const over = [...held].filter(([, { isOver }]) => isOver).map(([key]) => key);
      const { entries } = await ask.ended(PARTITION, wall(begin + 100));
      assert.equal(entries.map(({ key }) => key.toString()).sort(), over.sort());
      await assertInStep(ask);
    });
    await fc.assert(property, { numRuns: 40 });
  });
}
