/** A store with records in memory keeps the contract, and says what the store behind it would. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { EncodedRecord } from '../../../src/core/data/record.js';
import { partitionOf } from '../../../src/core/ring/key-owners.js';
import { CachedStore } from '../../../src/node/cache/cached-store.js';
import type { Store } from '../../../src/ports.js';
import { storeContract } from '../../contract/store.js';
import { APPLIED, asker } from '../../contract/store-world.js';
import { selfDriven } from '../../sim/disk/self-driven.js';
import { PARTITIONS, record, version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('cached store');

const MUCH = 1 << 20;
/** A few records: most of what is asked for is not there. */
const LITTLE = 16 << 10;

storeContract(test, async () => selfDriven((store) => new CachedStore(store, MUCH)));
storeContract(test, async () => selfDriven((store) => new CachedStore(store, LITTLE)));

/** Counts what reaches the store behind. */
function counted(bytes: number) {
  const asked = { read: 0, readVersion: 0 };
  let behind!: Store;
  const world = selfDriven((store) => {
    const { read, readVersion } = store;
    store.read = (...query) => {
      asked.read++;
      read.apply(store, query);
    };
    store.readVersion = (...query) => {
      asked.readVersion++;
      readVersion.apply(store, query);
    };
    behind = store;
    return new CachedStore(store, bytes);
  });
  return { world, asked, behind, ask: asker(world.store) };
}

test('what was written, and what was read -> is read without the store', async () => {
  const { ask, asked, behind, world } = counted(MUCH);
  const key = Buffer.from('a');
  await ask.write(record('a'));
  assert.equal(await ask.read(key), { kind: 'found', record: record('a') });
  assert.equal(await ask.readVersion(key), { kind: 'found', version: version(1) });
  assert.equal(asked, { read: 0, readVersion: 0 });
  // Behind its back, as after a start.
  await asker(behind).write(record('b'));
  const other = Buffer.from('b');
  for (let i = 0; i < 3; i++) await ask.readVersion(other);
  await ask.read(other);
  assert.equal(asked, { read: 0, readVersion: 1 });
  const { hits, misses } = (world.store as CachedStore).counts;
  assert.equal([hits, misses], [5, 1]);
  await world.close();
});

test('whoever reads a record -> has it for itself', async () => {
  const { ask, world } = counted(MUCH);
  await ask.write(record('a'));
  const first = await ask.read(Buffer.from('a'));
  assert.ok(first.kind === 'found');
  first.record.fill(0);
  assert.equal(await ask.read(Buffer.from('a')), { kind: 'found', record: record('a') });
  await world.close();
});

test('a write that is not synced yet -> what was there before is read', async () => {
  const { ask, world } = counted(MUCH);
  const old = record('a');
  await ask.write(old);
  const writing = ask.write(record('a', { version: version(2) }));
  assert.equal(await ask.read(Buffer.from('a')), { kind: 'found', record: old });
  assert.equal(await writing, APPLIED);
  assert.equal(await ask.readVersion(Buffer.from('a')), { kind: 'found', version: version(2) });
  await world.close();
});

test('a row rots, and a promise or the scrub finds that -> read from the disk', async () => {
  for (const how of ['prepare', 'inspect', 'write'] as const) {
    const { ask, world, behind } = counted(MUCH);
    const key = Buffer.from('a');
    await ask.write(record('a', { version: version(5) }));
    // As if the disk had lost a bit behind its back.
    behind.read = (_, done) => done({ kind: 'corrupt' });
    behind.prepare = (_key, _ballot, done) => done({ kind: 'corrupt' });
    behind.inspect = (_, done) => done({ rows: 1, bytes: 1, damaged: [key], next: undefined });
    behind.write = (_, done) => done({ kind: 'promised', version: version(5) });
    assert.is((await ask.read(key)).kind, 'found', 'until somebody has looked');
    if (how === 'prepare') await ask.prepare(key, version(7));
    else if (how === 'inspect') await ask.inspect(0, 1000);
    else await ask.write(record('a', { version: version(4) }));
    assert.is((await ask.read(key)).kind, 'corrupt', how);
    await world.close();
  }
});

test('memory has lost a bit -> read from the disk, also the version', async () => {
  const { ask, asked, world } = counted(MUCH);
  const written = record('a');
  const lent = Buffer.from(written);
  const writing = ask.write(lent);
  lent[8]! ^= 1;
  await writing;
  assert.equal(await ask.readVersion(Buffer.from('a')), { kind: 'found', version: version(1) });
  assert.equal(await ask.read(Buffer.from('a')), { kind: 'found', record: written });
  assert.equal(asked, { read: 0, readVersion: 1 }, 'and from then on from memory');
  await world.close();
});

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f'];
const keys = fc.constantFrom(...KEYS);
const times = fc.integer({ min: 1, max: 6 });
const written = fc.record({ key: keys, time: times, bytes: fc.constantFrom(0, 20, 5000) });
const steps = fc.oneof(
  fc.record({ does: fc.constantFrom('write', 'copy'), what: written }),
  fc.record({ does: fc.constantFrom('read', 'readVersion'), what: fc.record({ key: keys }) }),
  fc.record({ does: fc.constantFrom('drop', 'dropOnly', 'reap'), what: written }),
);

test('any questions, many at a time -> it says what the store behind it holds', async () => {
  const run = async (all: (typeof steps extends fc.Arbitrary<infer S> ? S : never)[]) => {
    const { ask, behind, world } = counted(LITTLE);
    const waiting: Promise<unknown>[] = [];
    for (const { does, what } of all) {
      const key = Buffer.from(what.key);
      const partition = partitionOf(key, PARTITIONS);
      const time = 'time' in what ? what.time : 0;
      const entries = [{ key, version: version(time) }];
      const made = (): EncodedRecord =>
        record(what.key, {
          version: version(time),
          value: Buffer.alloc('bytes' in what ? what.bytes : 0, time),
        });
      if (does === 'write') waiting.push(ask.write(made()));
      else if (does === 'copy') waiting.push(ask.copy(made()));
      else if (does === 'read') waiting.push(ask.read(key));
      else if (does === 'readVersion') waiting.push(ask.readVersion(key));
      else if (does === 'drop') waiting.push(ask.drop(partition, 1));
      else if (does === 'dropOnly') waiting.push(ask.dropOnly(partition, entries, 10));
      else waiting.push(ask.reap(partition, version(time), entries));
      if (waiting.length % 5 === 0) await Promise.all(waiting);
    }
    await Promise.all(waiting);
    for (const name of KEYS) {
      const key = Buffer.from(name);
      assert.equal(await ask.read(key), await asker(behind).read(key));
      assert.equal(await ask.readVersion(key), await asker(behind).readVersion(key));
    }
    await world.close();
  };
  await fc.assert(fc.asyncProperty(fc.array(steps, { maxLength: 40 }), run), { numRuns: 60 });
});

test.run();
