/** The part of the contract that is about whole partitions: pages, trees, sizes, and their end. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { type EncodedRecord, recordKey } from '../../src/core/data/record.js';
import { bytesOfVersion } from '../../src/core/data/version-bytes.js';
import { partitionOf } from '../../src/core/ring/key-owners.js';
import {
  differingLeaves,
  emptyTree,
  isInLeaves,
  toggleRow,
} from '../../src/core/tree/hash-tree.js';
import type { PageEntry, PartitionSize } from '../../src/ports.js';
import { PARTITIONS, record, version } from '../support/data/records.js';
import { APPLIED, type Asker, asker, HELD, type InWorld } from './store-world.js';

const ALL = 10_000;
const EVERY_PARTITION = Array.from({ length: PARTITIONS }, (_, partition) => partition);
const KEYS = Array.from({ length: 100 }, (_, i) => `key ${i}`);

function partitionOfKey(key: string): number {
  return partitionOf(Buffer.from(key), PARTITIONS);
}

/** The tree of what is listed. */
export function treeOf(entries: readonly PageEntry[]): Buffer {
  const leaves = emptyTree();
  for (const { key, version } of entries) toggleRow(leaves, key, bytesOfVersion(version));
  return leaves;
}

/** Trees and sizes are what the pages say. `bytesOf` is asked for the records' lengths. */
export async function assertInStep(
  ask: Asker,
  bytesOf: (key: Buffer) => Promise<number> = async (key) => {
    const held = await ask.read(key);
    return held.kind === 'found' ? held.record.length : Number.NaN;
  },
): Promise<void> {
  const sizes: PartitionSize[] = [];
  for (const partition of EVERY_PARTITION) {
    const { entries, next } = await ask.page(partition, ALL);
    assert.is(next, undefined);
    assert.ok((await ask.tree(partition)).equals(treeOf(entries)), `tree of ${partition}`);
    const lengths = await Promise.all(entries.map(({ key }) => bytesOf(key)));
    const bytes = lengths.reduce((sum, length) => sum + length, 0);
    if (entries.length > 0) sizes.push({ partition, rows: entries.length, bytes });
  }
  assert.equal(await ask.sizes(), sizes);
  const rows = sizes.reduce((sum, size) => sum + size.rows, 0);
  assert.is((await ask.status()).rows, rows);
}

type Step =
  | { readonly kind: 'write'; readonly key: string; readonly time: number }
  | { readonly kind: 'prepare'; readonly key: string; readonly time: number }
  | { readonly kind: 'drop'; readonly partition: number; readonly limit: number };

const few = KEYS.slice(0, 12);
const keyed = { key: fc.constantFrom(...few), time: fc.integer({ min: 1, max: 20 }) };
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('write' as const), ...keyed }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('prepare' as const), ...keyed }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('drop' as const),
      partition: fc.constantFrom(...few.map(partitionOfKey)),
      limit: fc.integer({ min: 0, max: 3 }),
    }),
  },
);

/** A version has one value, and a longer or shorter one than the next. */
function recordAt(key: string, time: number): EncodedRecord {
  return record(key, { version: version(time), value: Buffer.alloc((time * 37) % 100, 'v') });
}

/** The rules of the port, by the book. */
class Model {
  readonly #held = new Map<string, number>();
  readonly #promised = new Map<string, number>();

  /** Takes a step and returns what has to be answered. */
  take(step: Step): unknown {
    if (step.kind === 'drop') return this.#drop(step.partition, step.limit);
    const { key, time } = step;
    const held = this.#held.get(key) ?? 0;
    const promised = this.#promised.get(key) ?? 0;
    if (step.kind === 'prepare') {
      const inTheWay = Math.max(held, promised);
      if (time <= inTheWay) return { kind: 'refused', version: version(inTheWay) };
      this.#promised.set(key, time);
      return { kind: 'promised', record: held ? recordAt(key, held) : undefined };
    }
    if (time === held) return HELD;
    const isBarred = promised > held && time < promised;
    if (isBarred) return { kind: 'promised', version: version(promised) };
    if (time < held) return { kind: 'superseded', version: version(held) };
    this.#held.set(key, time);
    return APPLIED;
  }

  #drop(partition: number, limit: number): number {
    const isThere = (key: string) => partitionOfKey(key) === partition;
    for (const key of few.filter(isThere)) this.#promised.delete(key);
    const rows = [...this.#held.keys()].filter(isThere).sort().slice(0, limit);
    for (const key of rows) this.#held.delete(key);
    return rows.length;
  }
}

function taken(ask: Asker, step: Step): Promise<unknown> {
  if (step.kind === 'write') return ask.write(recordAt(step.key, step.time));
  if (step.kind === 'prepare') return ask.prepare(Buffer.from(step.key), version(step.time));
  return ask.drop(step.partition, step.limit);
}

async function writeAll(ask: Asker, keys: readonly string[]): Promise<void> {
  await Promise.all(keys.map((key) => ask.write(record(key))));
}

export function partitionContract(inWorld: InWorld): void {
  inWorld('pages -> all keys of the partition in byte order, none of another', async (ask) => {
    await writeAll(ask, [...KEYS, '🦊', '\0', 'nul\0inside', '__proto__']);
    await ask.write(record(Buffer.from([0xff, 0x00, 0x80])));
    const seen: Buffer[] = [];
    for (const partition of EVERY_PARTITION) {
      const paged: PageEntry[] = [];
      let after: Buffer | undefined;
      do {
        const { entries, next } = await ask.page(partition, 3, { after });
        assert.equal(next, entries.length < 3 ? undefined : entries.at(-1)!.key);
        paged.push(...entries);
        after = next;
      } while (after);
      assert.equal(paged, (await ask.page(partition, ALL)).entries);
      for (const { key, version: listed } of paged) {
        assert.is(partitionOf(key, PARTITIONS), partition);
        assert.equal(listed, version(1));
        seen.push(key);
      }
      const keys = paged.map(({ key }) => key);
      assert.equal(keys, keys.toSorted(Buffer.compare));
    }
    assert.is(new Set(seen.map((key) => key.toString('latin1'))).size, KEYS.length + 5);
  });

  inWorld('a page behind a key that is not there -> goes on behind its place', async (ask) => {
    const keys = ['a', 'b', 'c', 'd'].map((key) => Buffer.from(key));
    await Promise.all(keys.map((key) => ask.write(record(key))));
    for (const key of keys) {
      const partition = partitionOf(key, PARTITIONS);
      const [before, behind] = [Buffer.from([key[0]! - 1, 0xff]), Buffer.from([key[0]!, 0])];
      assert.equal((await ask.page(partition, 1, { after: before })).entries[0]?.key, key);
      const rest = await ask.page(partition, 10, { after: behind });
      assert.not.ok(rest.entries.some((entry) => entry.key.equals(key)));
    }
  });

  inWorld('pages of very many rows -> as many as were asked for, and all of them', async (ask) => {
    const partition = partitionOfKey('key 0');
    const keys = Array.from({ length: 20_000 }, (_, index) => `key ${index}`).filter(
      (key) => partitionOfKey(key) === partition,
    );
    assert.ok(keys.length > 1100);
    await writeAll(ask, keys);
    const all = await ask.page(partition, ALL);
    const listed = all.entries.map(({ key }) => key.toString());
    assert.equal([listed, all.next], [keys.toSorted(), undefined]);
    for (const limit of [499, 500, 501, 1000, 1001, keys.length]) {
      const page = await ask.page(partition, limit);
      assert.equal(page.entries, all.entries.slice(0, limit));
      assert.equal(page.next, page.entries.at(-1)!.key);
      const rest = await ask.page(partition, ALL, { after: page.next });
      assert.equal(rest.entries, all.entries.slice(limit));
    }
  });

  inWorld('pages of some leaves -> their rows alone, out of as many as the limit', async (ask) => {
    await writeAll(ask, KEYS);
    const partition = partitionOfKey('key 0');
    const { entries: all } = await ask.page(partition, ALL);
    assert.ok(all.length > 3);
    const chosen = [all[1]!, all.at(-1)!];
    const leaves = differingLeaves(emptyTree(), treeOf(chosen))!;
    const expected = all.filter(({ key }) => isInLeaves(leaves, key));
    assert.ok(expected.length < all.length);
    assert.equal(await ask.page(partition, ALL, { leaves }), {
      entries: expected,
      next: undefined,
    });
    const paged: PageEntry[] = [];
    let after: Buffer | undefined;
    for (const { key } of all) {
      const page = await ask.page(partition, 1, { after, leaves });
      assert.equal(page.next, key, 'the last one that was looked at');
      paged.push(...page.entries);
      after = page.next;
    }
    assert.equal(await ask.page(partition, 1, { after, leaves }), { entries: [], next: undefined });
    assert.equal(paged, expected);
    const none = await ask.page(partition, ALL, { leaves: Buffer.alloc(leaves.length) });
    assert.equal(none.entries, []);
  });

  inWorld(
    'trees -> of the rows, whether asked for before they are written or after',
    async (ask) => {
      const before = await Promise.all(EVERY_PARTITION.map(ask.tree));
      for (const tree of before) assert.equal(tree, emptyTree());
      for (const keys of [KEYS.slice(0, 50), KEYS]) {
        await writeAll(ask, keys);
        await assertInStep(ask);
      }
      // What was handed out is the caller's.
      for (const tree of await Promise.all(EVERY_PARTITION.map(ask.tree))) tree.fill(0xff);
      await assertInStep(ask);
      for (const partition of EVERY_PARTITION) {
        assert.equal(await ask.treeAnew(partition), await ask.tree(partition));
      }
    },
  );

  inWorld(
    'any writes, promises and drops -> as by the book, and all in step',
    async (ask, world) => {
      const property = fc.asyncProperty(
        fc.array(steps, { maxLength: 40 }),
        fc.boolean(),
        async (list, areTreesKept) => {
          await Promise.all(EVERY_PARTITION.map((partition) => ask.drop(partition, ALL)));
          if (areTreesKept) await Promise.all(EVERY_PARTITION.map(ask.tree));
          const model = new Model();
          const expected = list.map((step) => model.take(step));
          assert.equal(await Promise.all(list.map((step) => taken(ask, step))), expected);
          await assertInStep(ask);
        },
      );
      await fc.assert(property, { numRuns: 40 });
      const last = few.flatMap((key): Step[] => [
        { kind: 'write', key, time: 30 },
        { kind: 'prepare', key, time: 40 },
      ]);
      await Promise.all(last.map((step) => taken(ask, step)));
      const sizes = await ask.sizes();
      await world.reopen();
      const askAgain = asker(world.store);
      assert.equal(await askAgain.sizes(), sizes);
      await assertInStep(askAgain);
      const refused = await askAgain.prepare(Buffer.from(few[0]!), version(40));
      assert.equal(refused, { kind: 'refused', version: version(40) });
    },
  );

  inWorld(
    'drops -> so many rows at a time, of one partition, until none is left',
    async (ask, world) => {
      await writeAll(ask, KEYS);
      const partition = partitionOfKey('key 0');
      const { entries } = await ask.page(partition, ALL);
      const first = await ask.drop(partition, entries.length - 1);
      assert.is(first, entries.length - 1);
      assert.equal((await ask.page(partition, ALL)).entries, entries.slice(-1));
      await assertInStep(ask);
      assert.is(await ask.drop(partition, 5), 1);
      assert.is(await ask.drop(partition, 5), 0);
      assert.equal(await ask.tree(partition), emptyTree());
      assert.equal(await ask.read(entries[0]!.key), { kind: 'absent' });
      assert.not.ok((await ask.sizes()).some((size) => size.partition === partition));
      await world.reopen();
      const askAgain = asker(world.store);
      assert.is((await askAgain.status()).rows, KEYS.length - entries.length);
      await assertInStep(askAgain);
      // What was dropped may come again, in any version.
      assert.equal(await askAgain.write(record(entries[0]!.key)), APPLIED);
      await assertInStep(askAgain);
    },
  );

  inWorld(
    'a row rots -> still listed, counted and in the tree, until it is replaced',
    async (ask, world) => {
      const rotten = record('rotten', { version: version(5) });
      await Promise.all([rotten, record('sound')].map(ask.write));
      const trees = await Promise.all(EVERY_PARTITION.map(ask.tree));
      await world.rot(recordKey(rotten));
      const askAgain = asker(world.store);
      assert.equal(await Promise.all(EVERY_PARTITION.map(askAgain.tree)), trees);
      await assertInStep(askAgain, async (key) => record(key).length);
      assert.equal(await askAgain.write(recordAt('rotten', 6)), APPLIED);
      await assertInStep(askAgain);
    },
  );

  inWorld(
    'rows are read whole, piece by piece -> each once, and those that rot are named',
    async (ask, world) => {
      await writeAll(ask, KEYS);
      const rotten = Buffer.from('key 7');
      const partition = partitionOfKey('key 7');
      const { entries } = await ask.page(partition, ALL);
      const bytes = entries.reduce((sum, { key }) => sum + key.length + record(key).length, 0);
      const sound = { rows: entries.length, bytes, damaged: [], next: undefined };
      assert.equal(await ask.inspect(partition, 1 << 20), sound);
      await world.rot(rotten);
      const askAgain = asker(world.store);
      assert.equal(await askAgain.inspect(partition, 1 << 20), { ...sound, damaged: [rotten] });
      const damaged: Buffer[] = [];
      const seen: Buffer[] = [];
      for (let after: Buffer | undefined; ; ) {
        const piece = await askAgain.inspect(partition, 1, after);
        damaged.push(...piece.damaged);
        after = piece.next;
        if (after) seen.push(after);
        else break;
        assert.is(piece.rows, 1);
      }
      assert.equal(
        seen,
        entries.map(({ key }) => key),
      );
      assert.equal(damaged, [rotten]);
    },
  );
}
