/** Lists, over real replicas on simulated disks: what they hold, whoever holds it, and no more. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { ALL_KEYS, behindKey, prefixRange, restOf } from '../../../src/core/data/key-range.js';
import type { Failure, Listed, ListRequest } from '../../../src/core/requests.js';
import { partitionOf } from '../../../src/core/ring/key-owners.js';
import { transitionTo } from '../../../src/core/ring/ring.js';
import { record, version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import { BEYOND_BELIEF } from '../stabilizer/owners.js';
import { BUDGET, IDS, Listing, ringOf } from './listing.js';

const test = suite('listing');

async function within(body: (listing: Listing) => Promise<void>, ring = ringOf(1)): Promise<void> {
  const listing = new Listing(ring);
  try {
    await body(listing);
  } finally {
    await listing.close();
  }
}

function found(outcome: Listed | Failure): Listed {
  assert.ok(outcome.ok, JSON.stringify(outcome));
  return outcome;
}

function namesOf({ keys }: Pick<Listed, 'keys'>): string[] {
  return keys.map(({ key }) => key.toString());
}

const KEYS = Array.from({ length: 40 }, (_, index) => `key ${String(index).padStart(3, '0')}`);

async function allPages(listing: Listing, request: Partial<ListRequest>): Promise<string[]> {
  const names: string[] = [];
  let range = request.range ?? ALL_KEYS;
  for (;;) {
    const page = found(await listing.list({ ...request, range }));
    names.push(...namesOf(page));
    if (!page.next) return names;
    range = restOf(range, page.next, request.reverse ?? false);
  }
}

test('any rows on any owners -> pages that are what quorums hold, each key once, in order', () =>
  within(async (listing) => {
    const forms = ['everywhere', 'two of three', 'newer on one', 'deleted', 'expired'] as const;
    let run = 0;
    const contents = fc.array(fc.constantFrom(...forms), { minLength: 40, maxLength: 40 });
    const property = fc.asyncProperty(
      contents,
      fc.integer({ min: 1, max: 30 }),
      fc.boolean(),
      async (kinds, limit, reverse) => {
        const prefix = `${run++}/`;
        listing.wallMs = 1000;
        await Promise.all(
          kinds.map(async (kind, index) => {
            const key = prefix + KEYS[index];
            const old = record(key, { version: version(2) });
            if (kind === 'deleted') {
              await listing.put(old, [0]);
              const nothing = { tombstone: true, value: Buffer.alloc(0) };
              await listing.put(record(key, { version: version(4), ...nothing }), [0, 1, 2]);
            } else if (kind === 'expired') await listing.put(record(key, { expiresAt: 999 }));
            else if (kind === 'newer on one') {
              await listing.put(old);
              await listing.put(record(key, { version: version(4), expiresAt: 5000 }), [1]);
            } else await listing.put(old, kind === 'everywhere' ? [0, 1, 2] : [2, 0]);
          }),
        );
        const there = KEYS.filter((_, index) => !['deleted', 'expired'].includes(kinds[index]!));
        const expected = there.map((key) => prefix + key);
        const range = prefixRange(Buffer.from(prefix));
        const names = await allPages(listing, { range, limit, reverse });
        assert.equal(names, reverse ? expected.reverse() : expected);
        const count = found(await listing.list({ range, isCount: true }));
        assert.is(count.count, expected.length);
        assert.equal([count.keys, count.next], [[], undefined]);
      },
    );
    await fc.assert(property, { numRuns: 25 });
  }));

test('a range -> its keys; an empty one -> none, and nobody is asked', () =>
  within(async (listing) => {
    await Promise.all(KEYS.map((key) => listing.put(record(key))));
    const range = { from: behindKey(Buffer.from('key 010')), to: Buffer.from('key 013') };
    assert.equal(namesOf(found(await listing.list({ range }))), ['key 011', 'key 012']);
    listing.owners.asked.length = 0;
    const nothing = found(await listing.list({ range: { from: range.to, to: range.from } }));
    assert.equal([nothing.keys, nothing.next], [[], undefined]);
    assert.equal(listing.owners.asked, []);
  }));

test('keys -> with version, expiry and size; with values too, if they are wanted', () =>
  within(async (listing) => {
    const value = Buffer.from('a value');
    await listing.put(record('k', { version: version(6), expiresAt: 5000, value }));
    const known = { key: Buffer.from('k'), version: version(6), expiresAt: 5000, valueBytes: 7 };
    assert.equal(found(await listing.list()).keys, [known]);
    const [key] = found(await listing.list({ withValues: true })).keys;
    assert.equal(key?.record?.value, value);
    assert.equal({ ...key, record: undefined }, { ...known, record: undefined });
  }));

test('a full page -> the key to go on behind, though nothing may be left there', () =>
  within(async (listing) => {
    await Promise.all(['a', 'b', 'c'].map((key) => listing.put(record(key))));
    const page = found(await listing.list({ limit: 2 }));
    assert.equal([namesOf(page), page.next], [['a', 'b'], Buffer.from('b')]);
    const range = restOf(ALL_KEYS, Buffer.from('b'), false);
    assert.is(found(await listing.list({ range, limit: 2 })).next, undefined);
  }));

test('values that are large -> a shorter page, and no more memory than one value of each', () =>
  within(async (listing) => {
    const value = Buffer.alloc(300_000, 'v');
    await Promise.all(KEYS.slice(0, 8).map((key) => listing.put(record(key, { value }))));
    const page = found(await listing.list({ withValues: true, limit: 8 }));
    assert.ok(page.keys.length < 8 && page.next, `${page.keys.length} values in one page`);
    assert.is(listing.held.held, 0);
    assert.equal(await allPages(listing, { withValues: true }), KEYS.slice(0, 8));
  }));

test('owners differ about a key -> it is read, and the newest is on a quorum afterwards', () =>
  within(async (listing) => {
    await listing.put(record('k', { version: version(2) }), [0, 1]);
    await listing.put(record('k', { version: version(4) }), [0]);
    assert.equal(found(await listing.list()).keys[0]?.version, version(4));
    const held = listing.owners.all.flatMap((owner) => Object.values(owner.rows()) ?? []);
    assert.is(held.filter((each) => each.startsWith('1.4.')).length, 2);
  }));

test('a damaged row -> the key is listed from the others', () =>
  within(async (listing) => {
    const bytes = record('k');
    await listing.put(bytes);
    for (const row of listing.owners.all[0]!.disk.records()) row[row.length - 1]! ^= 1;
    assert.equal(namesOf(found(await listing.list())), ['k']);
    assert.equal(namesOf(found(await listing.list({ withValues: true }))), ['k']);
  }));

test('a version beyond belief on one owner -> as if it were not there', () =>
  within(async (listing) => {
    await listing.put(record('k', { version: version(2) }));
    await listing.put(record('k', { version: version(BEYOND_BELIEF) }), [0]);
    assert.equal(found(await listing.list({ level: 'quorum' })).keys[0]?.version, version(2));
  }));

test('one owner does not answer -> the others are enough', () =>
  within(async (listing) => {
    await Promise.all(KEYS.map((key) => listing.put(record(key))));
    const lost = IDS[1]!;
    listing.owners.intercept = (to) => (to === lost ? 'lost' : undefined);
    assert.equal(namesOf(found(await listing.list())), KEYS);
  }));

test('too few owners of some keys -> 503 with numbers, whatever else could be listed', () =>
  within(async (listing) => {
    await listing.put(record('k'));
    for (const id of IDS.slice(1, 4)) listing.owner(id).isUp = false;
    const outcome = await listing.list();
    assert.ok(!outcome.ok && outcome.code === 'quorum_unavailable', JSON.stringify(outcome));
    assert.match(outcome.detail, /owners of some keys must answer/);
    assert.is(outcome.needed, 2);
    const found = await listing.list({ level: 4 });
    assert.ok(!found.ok && found.code === 'level_impossible', JSON.stringify(found));
  }));

test('a page that goes on behind where it began -> not believed', () =>
  within(async (listing) => {
    await listing.put(record('k'));
    listing.owners.intercept = (to, { type, ...asked }) =>
      type === 'replica.scan' && to !== IDS[4]
        ? ({
            type: 'replica.scanned',
            outcome: 'ok',
            rows: [],
            ...asked,
            next: Buffer.from('a'),
          } as never)
        : undefined;
    const range = { from: Buffer.from('b'), to: undefined };
    const outcome = await listing.list({ range });
    assert.ok(!outcome.ok && outcome.detail.includes('corrupt'), JSON.stringify(outcome));
  }));

test('the ring changes within a page -> the page is that of the new one', () =>
  within(async (listing) => {
    await Promise.all(KEYS.map((key) => listing.put(record(key))));
    const old = listing.ring;
    const newer = { ...old, epoch: 2 };
    for (const owner of listing.owners.all.slice(1)) owner.adopt(newer);
    listing.coming = newer;
    const outcome = found(await listing.list());
    assert.equal(namesOf(outcome), KEYS);
    assert.is(outcome.epoch, 2);
  }));

for (const lost of IDS.slice(1)) {
  test(`the ring changes while ${lost[0]} is replaced, also by this node -> begun anew, once`, () =>
    within(async (listing) => {
      await Promise.all(KEYS.map((key) => listing.put(record(key))));
      listing.last = IDS[0];
      listing.silent = lost;
      listing.coming = { ...listing.ring, epoch: 2 };
      const outcome = found(await listing.list({ withValues: true }));
      assert.equal([namesOf(outcome), outcome.epoch], [KEYS, 2]);
    }));
}

test('owners are changing -> what old owners acknowledged is listed, and what new ones did', () =>
  within(async (listing) => {
    const stable = ringOf(1, IDS.slice(0, 3));
    listing.adopt(stable);
    await Promise.all(KEYS.slice(0, 20).map((key) => listing.put(record(key), [0, 1])));
    const { members, layout } = ringOf(1);
    listing.adopt(transitionTo(stable, { members, layout }));
    await Promise.all(KEYS.slice(20).map((key) => listing.put(record(key))));
    assert.equal(await allPages(listing, { limit: 7 }), KEYS);
  }));

test('no room for what comes -> refused as overload, and nothing stays counted', () =>
  within(async (listing) => {
    await Promise.all(KEYS.map((key) => listing.put(record(key))));
    const taken = BUDGET - 100;
    assert.ok(listing.held.take(taken));
    const outcome = await listing.list();
    assert.ok(!outcome.ok && outcome.code === 'overloaded', JSON.stringify(outcome));
    assert.is(listing.held.held, taken);
  }));

test('a page comes late, with no room for it, while keys are read -> not needed', () =>
  within(async (listing) => {
    await Promise.all(KEYS.map((key) => listing.put(record(key))));
    for (const place of [0, 1, 2]) {
      await listing.put(record('k', { version: version(2 * place + 4) }), [place]);
    }
    const lost = IDS[1]!;
    listing.heldBack = lost;
    const roomForOne = 300;
    let taken = 0;
    listing.owners.intercept = (_, { type }) => {
      if (type !== 'replica.read' || taken > 0) return undefined;
      taken = BUDGET - listing.held.held - roomForOne;
      assert.ok(listing.held.take(taken));
      listing.deliver();
      return undefined;
    };
    assert.equal(namesOf(found(await listing.list())), ['k', ...KEYS]);
    assert.ok(taken > 0);
    assert.is(listing.held.held, taken);
  }));

test('many large values have to be read for keys, or for a count -> room for a few is enough', () =>
  within(async (listing) => {
    const value = Buffer.alloc(100_000, 'v');
    const names = Array.from({ length: 120 }, (_, index) => `key ${100 + index}`);
    for (const name of names) {
      for (const place of [0, 1, 2]) {
        await listing.put(record(name, { value, version: version(2 * place + 2) }), [place]);
      }
    }
    assert.ok(names.length * value.length > BUDGET);
    listing.owners.asked.length = 0;
    assert.equal(namesOf(found(await listing.list({ limit: 1000 }))), names);
    const reads = listing.owners.asked.filter((each) => each.startsWith('replica.read'));
    assert.ok(reads.length > names.length, `${reads.length} reads`);
    assert.is(found(await listing.list({ isCount: true })).count, names.length);
    assert.is(listing.held.held, 0);
  }));

test('many large values have expired before one that is there -> none is counted', () =>
  within(async (listing) => {
    const value = Buffer.alloc(100_000, 'v');
    const names = Array.from({ length: 120 }, (_, index) => `key ${100 + index}`);
    assert.ok(names.length * value.length > BUDGET);
    await Promise.all(names.map((name) => listing.put(record(name, { value, expiresAt: 999 }))));
    await listing.put(record('last', { value }));
    listing.wallMs = 1000;
    const page = found(await listing.list({ withValues: true }));
    assert.equal([namesOf(page), page.next], [['last'], undefined]);
    assert.equal(page.keys[0]?.record?.value, value);
  }));

/** The parts of a listing: where each begins, and the rows it asks of all owners together. */
function partsOf(listing: Listing): Map<string, number> {
  const parts = new Map<string, number>();
  listing.owners.intercept = (_, message) => {
    if (message.type !== 'replica.scan') return undefined;
    const from = message.from.toString();
    parts.set(from, (parts.get(from) ?? 0) + message.limit);
    return undefined;
  };
  return parts;
}

test('a count -> all that has come is counted, and asked for once', () =>
  within(async (listing) => {
    const { ring } = listing;
    // Spread evenly, so that owners come about as far as each other.
    const names = Array.from({ length: 1020 }, (_, index) => {
      for (let salt = 0; ; salt++) {
        const name = `key ${1000 + index}/${salt}`;
        const partition = partitionOf(Buffer.from(name), ring.layout.length);
        if (partition === index % ring.layout.length) return name;
      }
    });
    await Promise.all(names.map((name) => listing.put(record(name))));
    const parts = partsOf(listing);
    assert.is(found(await listing.list({ isCount: true })).count, names.length);
    assert.equal([...parts.keys()], ['']);
  }));

test('most was deleted, then nothing -> many rows are asked for a key, then few again', () =>
  within(async (listing) => {
    const nothing = { tombstone: true, value: Buffer.alloc(0) };
    const gone = Array.from({ length: 1500 }, (_, index) => `a ${1000 + index}`);
    await Promise.all(gone.map((name) => listing.put(record(name, nothing))));
    const value = Buffer.alloc(50_000, 'v');
    await Promise.all(KEYS.map((key) => listing.put(record(key, { value }))));
    const parts = partsOf(listing);
    // The values of one part are bounded, so they come in several.
    const page = found(await listing.list({ withValues: true, limit: 15 }));
    assert.equal(namesOf(page), KEYS.slice(0, 15));
    const rows = [...parts.values()];
    const most = Math.max(...rows);
    assert.ok(most > 1500 && rows.length < 10 && rows.at(-1)! < most / 4, rows.join());
  }));

test('half of the time has passed -> what there is, if that is nothing, and where to go on', () =>
  within(async (listing) => {
    const nothing = { tombstone: true, value: Buffer.alloc(0) };
    const gone = Array.from({ length: 1500 }, (_, index) => `a ${1000 + index}`);
    await Promise.all(gone.map((name) => listing.put(record(name, nothing))));
    await Promise.all(KEYS.map((key) => listing.put(record(key))));
    listing.scanMs = 150;
    const { clock } = listing.owners;
    const since = clock.monotonic();
    const page = found(await listing.list({ limit: 10, timeoutMs: 1000 }));
    const tookMs = clock.monotonic() - since;
    assert.ok(tookMs >= 500 && tookMs < 1000, `${tookMs} ms`);
    assert.ok(page.keys.length === 0 && page.next?.toString().startsWith('a '), `${page.next}`);
    assert.equal(await allPages(listing, { limit: 10, timeoutMs: 1000 }), KEYS);
  }));

test('an explanation -> whom it asked, and how many keys had to be read', () =>
  within(async (listing) => {
    await listing.put(record('k'), [0]);
    const outcome = found(await listing.list({ explain: true }));
    const told = outcome.explanation!.steps.map(({ what }) => what);
    assert.ok(told.includes('replica.scan') && told.includes('replica.read'), told.join());
    assert.ok(
      told.some((what) => what.startsWith('owners differ about 1 key')),
      told.join(),
    );
  }));

test.run();
