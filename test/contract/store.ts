/**
 * What every `Store` promises, as a suite: run on SQLite and on the simulated disk. It asks for a
 * world with one store in it and drives it through the port alone, except for what a disk does by
 * itself: outlive a process, and rot.
 */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { EncodedRecord } from '../../src/core/data/record.js';
import { compareVersions, type Version } from '../../src/core/data/version.js';
import { versions } from '../support/data/arbitraries.js';
import { damaged, PARTITIONS, record, version } from '../support/data/records.js';
import type { Suite } from '../support/runner/suite.js';
import { hintContract } from './store-hints.js';
import { partitionContract } from './store-partitions.js';
import { promiseContract } from './store-promises.js';
import { reapingContract } from './store-reaping.js';
import { scanContract } from './store-scans.js';
import {
  ABSENT,
  APPLIED,
  asker,
  assertHeld,
  CORRUPT,
  HELD,
  type InWorld,
  type StoreWorld,
} from './store-world.js';

const KEYS: readonly (string | Buffer)[] = [
  'plain',
  '__proto__',
  'constructor',
  '.',
  'a/b',
  'a%2Fb',
  '\0',
  'nul\0inside',
  'nul\0inside\0',
  '🦊',
  'é'.normalize('NFC'),
  'é'.normalize('NFD'),
  Buffer.alloc(1024, 'k'),
  Buffer.from([0xff, 0x00, 0x80]),
];

const RECORDS: readonly EncodedRecord[] = [
  ...KEYS.map((key, index) => record(key, { value: Buffer.from(`value ${index}`) })),
  record('empty value', { value: Buffer.alloc(0), contentType: '' }),
  record('large value', { value: Buffer.alloc(3 << 20, 0xa5) }),
  record('deleted', { tombstone: true, value: Buffer.alloc(0) }),
  record('expiring', { expiresAt: 1_900_000_000_000, contentType: 'image/png; ü=1' }),
];

export function storeContract(test: Suite, makeWorld: () => Promise<StoreWorld>): void {
  const inWorld: InWorld = (name, body) =>
    test(name, async () => {
      const world = await makeWorld();
      try {
        await body(asker(world.store), world);
      } finally {
        await world.close();
      }
    });

  inWorld('nothing written -> absent', async (ask) => {
    assert.equal(await ask.read(Buffer.from('key')), ABSENT);
    assert.equal(await ask.readVersion(Buffer.from('key')), ABSENT);
    assert.equal(await ask.page(0, 10), { entries: [], next: undefined });
    assert.equal(await ask.sizes(), []);
  });

  inWorld(
    'keys and values of all kinds -> come back byte for byte, and survive',
    async (ask, world) => {
      const outcomes = await Promise.all(RECORDS.map(ask.write));
      for (const outcome of outcomes) assert.equal(outcome, APPLIED);
      for (const bytes of RECORDS) await assertHeld(ask, bytes);
      await world.reopen();
      const askAgain = asker(world.store);
      for (const bytes of RECORDS) await assertHeld(askAgain, bytes);
      assert.is((await askAgain.status()).rows, RECORDS.length);
    },
  );

  inWorld('an older version -> superseded by the one held', async (ask) => {
    const held = record('key', { version: version(2) });
    await ask.write(held);
    const outcome = await ask.write(record('key', { version: version(1) }));
    assert.equal(outcome, { kind: 'superseded', version: version(2) });
    await assertHeld(ask, held);
  });

  inWorld('the same version again -> applied, and nothing changes', async (ask) => {
    const held = record('key');
    await ask.write(held);
    assert.equal(await ask.write(record('key', { value: Buffer.from('other') })), HELD);
    await assertHeld(ask, held);
  });

  inWorld(
    'versions in any order -> the newest is kept, each outcome tells the truth',
    async (ask) => {
      let run = 0;
      // Some of them more than once.
      const someVersions = fc
        .tuple(fc.array(versions, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 4 }))
        .map(([list, picks]) => [...list, ...picks.flatMap((i) => list[i % list.length] ?? [])]);
      const property = fc.asyncProperty(someVersions, async (list) => {
        const key = `key ${run++}`;
        const outcomes = await Promise.all(
          list.map((each) => ask.write(record(key, { version: each }))),
        );
        let newest: Version | undefined;
        for (const [index, each] of list.entries()) {
          const order = newest === undefined ? 1 : compareVersions(each, newest);
          if (order > 0) newest = each;
          const older = { kind: 'superseded', version: newest };
          assert.equal(outcomes[index], order > 0 ? APPLIED : order === 0 ? HELD : older);
        }
        if (newest) await assertHeld(ask, record(key, { version: newest }));
      });
      await fc.assert(property, { numRuns: 50 });
    },
  );

  inWorld('a damaged record among others -> corrupt, the others do not notice', async (ask) => {
    const good = [record('a'), record('b'), record('c')];
    const bad = [
      damaged(record('x')),
      record('d', { version: { epoch: 1, time: 1, node: 'no such node id!' } }),
      record('', { value: Buffer.from('of no key') }),
      record(Buffer.alloc(1025, 'k')),
      Buffer.alloc(3),
    ];
    const outcomes = await Promise.all([...bad, ...good, ...bad].map(ask.write));
    const corrupt = bad.map(() => 'corrupt');
    assert.equal(
      outcomes.map(({ kind }) => kind),
      [...corrupt, 'applied', 'applied', 'applied', ...corrupt],
    );
    for (const bytes of good) await assertHeld(ask, bytes);
    assert.equal(await ask.read(Buffer.from('x')), ABSENT);
    assert.is((await ask.status()).rows, 3);
    const pages = await Promise.all(
      Array.from({ length: PARTITIONS }, (_, partition) => ask.page(partition, 9)),
    );
    assert.is(pages.flatMap(({ entries }) => entries).length, 3);
  });

  for (const [what, time] of [
    ['the same version', 5],
    ['a newer version', 6],
  ] as const) {
    inWorld(`a bit flips on the disk -> corrupt, until ${what} is written`, async (ask, world) => {
      await Promise.all(
        [record('rotten', { version: version(5) }), record('sound')].map(ask.write),
      );
      await world.rot(Buffer.from('rotten'));
      const askAgain = asker(world.store);
      assert.equal(await askAgain.read(Buffer.from('rotten')), CORRUPT);
      assert.equal(await askAgain.readVersion(Buffer.from('rotten')), CORRUPT);
      await assertHeld(askAgain, record('sound'));
      const older = record('rotten', { version: version(4) });
      assert.equal(await askAgain.write(older), { kind: 'promised', version: version(5) });
      const fresh = record('rotten', { version: version(time) });
      assert.equal(await askAgain.write(fresh), APPLIED);
      await assertHeld(askAgain, fresh);
      assert.is((await askAgain.status()).rows, 2);
    });
  }

  inWorld(
    'much asked for in one turn -> answered once each, in order, not within the call',
    async (_, { store }) => {
      const answered: string[] = [];
      const asked: string[] = [];
      await new Promise<void>((resolve) => {
        for (let i = 0; i < 700; i++) {
          const key = Buffer.from(`key ${i % 50}`);
          const name = `${i}`;
          asked.push(name);
          const done = () => {
            answered.push(name);
            if (i === 699) resolve();
          };
          if (i % 3 === 0) store.write(record(key, { version: version(i) }), done);
          else if (i % 3 === 1) store.read(key, done);
          else store.readVersion(key, done);
        }
        assert.equal(answered, []);
      });
      assert.equal(answered, asked);
    },
  );

  inWorld('a read behind a write in the same turn -> sees it', async (ask) => {
    const bytes = record('key');
    const [, held] = await Promise.all([ask.write(bytes), ask.read(Buffer.from('key'))]);
    assert.ok(held.kind === 'found' && held.record.equals(bytes));
  });

  inWorld('records of many keys -> as many as fit, one at least, in order', async (ask, world) => {
    const sizes = [1000, 10, 5000, 10, 10];
    const held = sizes.map((size, i) => record(`key ${i}`, { value: Buffer.alloc(size, 'v') }));
    await Promise.all(held.map(ask.write));
    const keys = held.map((_, i) => Buffer.from(`key ${i}`));
    const bytesOf = (count: number) =>
      held.slice(0, count).reduce((sum, { length }) => sum + length, 0);
    for (const [bytes, count] of [
      [0, 1],
      [bytesOf(2), 2],
      [bytesOf(3) - 1, 2],
      [bytesOf(3), 3],
      [1 << 20, 5],
    ] as const) {
      assert.equal(await ask.readUpTo(keys, bytes), held.slice(0, count), `${bytes} bytes`);
    }
    assert.equal(await ask.readUpTo([], 1 << 20), []);
    // What is not there, or cannot be read, is left out, wherever it stands.
    await world.rot(keys[0]!);
    const { readUpTo } = asker(world.store);
    const some = [Buffer.from('absent'), keys[0]!, keys[3]!, Buffer.from('none'), keys[1]!];
    assert.equal(await readUpTo(some, 1 << 20), [held[3], held[1]]);
    assert.equal(await readUpTo(some.slice(0, 2), 1 << 20), []);
  });

  inWorld('the caller uses its buffers again -> what was asked for holds', async (ask) => {
    const bytes = record('key');
    const written = Buffer.from(bytes);
    const done = ask.write(written);
    written.fill(0);
    assert.equal(await done, APPLIED);
    const key = Buffer.from('key');
    const answer = ask.read(key);
    key.fill(0);
    const held = await answer;
    assert.ok(held.kind === 'found' && held.record.equals(bytes));
    if (held.kind === 'found') held.record.fill(0);
    await assertHeld(ask, bytes);
  });

  inWorld('texts -> there once they are set, and after reopening', async (ask, world) => {
    const { store } = world;
    assert.is(store.meta('ring'), undefined);
    const set = ask.setMeta('ring', 'first');
    assert.is(store.meta('ring'), undefined, 'not yet on the disk');
    await set;
    assert.is(store.meta('ring'), 'first');
    const texts: [string, string][] = [
      ['__proto__', ''],
      ['ring', 'second'],
      ['ring', 'third, é\0🦊'],
      ['large', 'x'.repeat(1 << 20)],
    ];
    await Promise.all(texts.map(([name, text]) => ask.setMeta(name, text)));
    for (let opened = 0; opened < 2; opened++) {
      assert.is(world.store.meta('ring'), 'third, é\0🦊');
      assert.is(world.store.meta('__proto__'), '');
      assert.is(world.store.meta('large')?.length, 1 << 20);
      assert.is(world.store.meta('constructor'), undefined);
      await world.reopen();
    }
  });

  inWorld('status -> rows are keys, bytes grow, writable', async (ask) => {
    const before = await ask.status();
    assert.is(before.rows, 0);
    await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        ask.write(record(`key ${i % 10}`, { version: version(i), value: Buffer.alloc(10_000) })),
      ),
    );
    const after = await ask.status();
    assert.is(after.rows, 10);
    assert.ok(after.bytes > before.bytes + 90_000);
    assert.is(after.readOnly, false);
  });

  inWorld('closed -> what was asked for is answered first, nothing after', async (_, world) => {
    const { store } = world;
    const answers: string[] = [];
    store.write(record('key'), ({ kind }) => answers.push(kind));
    store.setMeta('name', 'text', () => answers.push('set'));
    store.onFailure(({ message }) => answers.push(message));
    await store.close();
    assert.equal(answers.sort(), ['applied', 'set']);
    store.read(Buffer.from('key'), ({ kind }) => answers.push(kind));
    store.setMeta('name', 'other', () => answers.push('set'));
    await world.reopen();
    assert.is(answers.length, 2);
    assert.is(world.store.meta('name'), 'text');
    await assertHeld(asker(world.store), record('key'));
  });

  partitionContract(inWorld);
  reapingContract(inWorld);
  promiseContract(inWorld);
  scanContract(inWorld);
  hintContract(inWorld);
}
