/** The part of the contract that is about scans: ranges of keys, of several partitions at once. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { isEmptyRange, restOf } from '../../src/core/data/key-range.js';
import { type EncodedRecord, headOf, recordKey } from '../../src/core/data/record.js';
import type { ScanRow } from '../../src/core/data/scan-page.js';
import { partitionOf } from '../../src/core/ring/key-owners.js';
import { partitionSet } from '../../src/core/ring/partition-set.js';
import type { ScanQuery } from '../../src/ports.js';
import { PARTITIONS, record, version } from '../support/data/records.js';
import { type Asker, asker, type InWorld } from './store-world.js';

const EVERYTHING: ScanQuery = {
  partitions: partitionSet(Array(PARTITIONS).keys(), PARTITIONS),
  range: { from: Buffer.alloc(0), to: undefined },
  reverse: false,
  limit: 1000,
  bytes: 1 << 20,
  withValues: true,
};

/** Few letters, so that keys begin with each other; and keys whose bytes are the largest. */
const keys = fc
  .uint8Array({ minLength: 1, maxLength: 3, max: 3 })
  .map((bytes) => Buffer.from(bytes));
const RECORDS: readonly EncodedRecord[] = [
  ...fc.sample(keys, { numRuns: 60, seed: 1 }),
  Buffer.alloc(1024, 0xff),
  Buffer.alloc(1024, 0),
].map((key, index) => {
  const tombstone = index % 5 === 0;
  const value = Buffer.alloc(tombstone ? 0 : (index * 7) % 50, 'v');
  return record(key, { version: version(index + 1), tombstone, value });
});

/** By the book: of each key the last that was written. */
const HELD: readonly ScanRow[] = [...new Map(RECORDS.map((each) => [text(each), each])).values()]
  .map((held) => ({ key: recordKey(held), held }))
  .sort((a, b) => a.key.compare(b.key));

function text(bytes: EncodedRecord): string {
  return recordKey(bytes).toString('latin1');
}

async function writeAll(ask: Asker): Promise<void> {
  await Promise.all(RECORDS.map(ask.write));
}

function expected({ partitions, range, reverse, withValues }: ScanQuery): ScanRow[] {
  const { from, to } = range;
  const rows = HELD.filter(({ key }) => {
    const partition = partitionOf(key, PARTITIONS);
    const isAsked = (partitions[partition >> 3]! & (1 << (partition & 7))) !== 0;
    return isAsked && key.compare(from) >= 0 && (to === undefined || key.compare(to) < 0);
  }).map(({ key, held }) => ({ key, held: withValues ? held : headOf(held) }));
  return reverse ? rows.reverse() : rows;
}

async function allPages(ask: Asker, query: ScanQuery): Promise<ScanRow[]> {
  const rows: ScanRow[] = [];
  let { range } = query;
  for (;;) {
    const page = await ask.scan({ ...query, range });
    assert.ok(page.rows.length <= query.limit);
    rows.push(...page.rows);
    if (!page.next) return rows;
    assert.equal(page.next, page.rows.at(-1)?.key);
    range = restOf(range, page.next, query.reverse);
  }
}

const queries: fc.Arbitrary<ScanQuery> = fc
  .record(
    {
      numbers: fc.uniqueArray(fc.nat(PARTITIONS - 1), { minLength: 1 }),
      from: fc.oneof(fc.constant(Buffer.alloc(0)), keys),
      to: fc.option(keys, { nil: undefined }),
      reverse: fc.boolean(),
      limit: fc.integer({ min: 1, max: 20 }),
      bytes: fc.integer({ min: 1, max: 2000 }),
      withValues: fc.boolean(),
    },
    { noNullPrototype: true },
  )
  .map(({ numbers, from, to, ...query }) => {
    return { ...query, partitions: partitionSet(numbers, PARTITIONS), range: { from, to } };
  });

export function scanContract(inWorld: InWorld): void {
  inWorld('scans of any range, in pages of any size -> every row once, in order', async (ask) => {
    await writeAll(ask);
    const property = fc.asyncProperty(queries, async (query) => {
      assert.equal(await allPages(ask, query), expected(query));
    });
    await fc.assert(property, { numRuns: 150 });
  });

  inWorld('no range, or no row in it -> an empty page', async (ask) => {
    const nothing = { rows: [], next: undefined };
    assert.equal(await ask.scan(EVERYTHING), nothing);
    await writeAll(ask);
    const range = { from: Buffer.from([3]), to: Buffer.from([1]) };
    assert.ok(isEmptyRange(range));
    assert.equal(await ask.scan({ ...EVERYTHING, range }), nothing);
    assert.equal(await ask.scan({ ...EVERYTHING, partitions: Buffer.alloc(1) }), nothing);
  });

  inWorld('records larger than what is asked for -> one of them at a time', async (ask) => {
    const large = ['a', 'b', 'c'].map((key) => record(key, { value: Buffer.alloc(3000, key) }));
    await Promise.all(large.map(ask.write));
    const query = { ...EVERYTHING, bytes: 1000 };
    assert.equal(await ask.scan(query), {
      rows: [{ key: Buffer.from('a'), held: large[0] }],
      next: Buffer.from('a'),
    });
    assert.is((await allPages(ask, query)).length, 3);
  });

  inWorld('a row rots -> there, and nothing of it is shown', async (ask, world) => {
    await Promise.all([record('rotten'), record('sound')].map(ask.write));
    await world.rot(Buffer.from('rotten'));
    const { rows } = await asker(world.store).scan({ ...EVERYTHING, withValues: false });
    assert.equal(rows, [
      { key: Buffer.from('rotten'), held: Buffer.alloc(0) },
      { key: Buffer.from('sound'), held: headOf(record('sound')) },
    ]);
  });
}
