/** How a replica lists what it holds of a partition for another owner. */
import * as assert from 'uvu/assert';
import { partitionOf } from '../../../src/core/ring/key-owners.js';
import { fingerprintsOf } from '../../../src/core/tree/fingerprints.js';
import { PAGE_ROWS_LIMIT } from '../../../src/core/wire/limits.js';
import type { Message, MessageOf } from '../../../src/core/wire/messages.js';
import type { Page } from '../../../src/ports.js';
import { record, version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import { type Owner, ownersIn, stableRing } from '../stabilizer/owners.js';

const test = suite('replica: lists of rows');

const ID = 'a'.repeat(16);
const RING = stableRing(5, [ID], [[0], [0]]);
const HEAD = { call: 9, epoch: 5 };
const NO_ROWS = { salt: 0, held: Buffer.alloc(0) };
const ALL = { upTo: undefined, ...NO_ROWS };

const open = ownersIn(test);

async function start(names: readonly string[]): Promise<Owner> {
  const owner = open(RING, [ID]).all[0]!;
  await owner.put(...names.map((name) => record(name)));
  return owner;
}

async function ask(owner: Owner, query: object): Promise<MessageOf<'partition.listed'>> {
  const asked = { type: 'partition.list', ...HEAD, partition: 0, leaves: undefined, ...query };
  const reply = await new Promise<Message>((resolve) =>
    owner.replica.serve('b'.repeat(16), asked as MessageOf<'partition.list'>, resolve),
  );
  return reply as MessageOf<'partition.listed'>;
}

const pageOf = (owner: Owner, query: object) =>
  new Promise<Page>((resolve) => owner.store.page({ partition: 0, limit: 9, ...query }, resolve));

test('partition.list -> the page of the store, of the leaves that were asked for', async () => {
  const owner = await start(Array.from({ length: 40 }, (_, i) => `key ${i}`));
  const query = { leaves: Buffer.alloc(32, 0b1010_1010), after: Buffer.from('key 1'), limit: 10 };
  const page = await pageOf(owner, query);
  const reply = await ask(owner, { ...query, ...ALL });
  assert.equal(reply, { type: 'partition.listed', ...HEAD, outcome: 'ok', ...page });
});

test('partition.list up to a key, without what is held -> what is lacked, and on', async () => {
  const owner = await start(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
  const { entries } = await pageOf(owner, {});
  const [first, second] = entries;
  assert.ok(first && second && entries.length > 2);
  const held = [first, { key: second.key, version: version(7) }];
  const list = { upTo: second.key, limit: 9 };
  for (const salt of [0, 1, 0xffff_ffff]) {
    const reply = await ask(owner, { ...list, salt, held: fingerprintsOf(held, salt) });
    assert.equal([reply.entries, reply.next], [[second], undefined]);
    const salted = { ...list, salt: salt ^ 2, held: fingerprintsOf(held, salt) };
    assert.equal((await ask(owner, salted)).entries, [first, second]);
  }
  for (const [limit, next] of [
    [1, first.key],
    [2, second.key],
    [3, undefined],
  ] as const) {
    const reply = await ask(owner, { ...list, ...NO_ROWS, limit });
    assert.equal(reply.entries, entries.slice(0, Math.min(limit, 2)));
    assert.equal(reply.next, next);
  }
});

test('partition.list with any limit -> no more rows than an answer may hold, and on', async () => {
  const names = Array.from({ length: 2 * PAGE_ROWS_LIMIT + 1000 }, (_, i) => `key ${i}`);
  const owner = await start(names);
  const keys = new Set<string>();
  const pages: number[] = [];
  let after: Buffer | undefined;
  do {
    const reply = await ask(owner, { after, limit: 0xffff, ...ALL });
    pages.push(reply.entries.length);
    for (const { key } of reply.entries) keys.add(key.toString());
    after = reply.next;
  } while (after);
  assert.equal(
    [...keys].sort(),
    names.filter((name) => partitionOf(Buffer.from(name), 2) === 0).sort(),
  );
  assert.is(pages.length, 2);
  assert.is(pages[0], PAGE_ROWS_LIMIT);
});

test.run();
