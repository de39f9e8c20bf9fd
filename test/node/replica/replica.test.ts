/** What a replica says of its partitions, and to whom. */

import * as assert from 'uvu/assert';
import { recordKey } from '../../../src/core/data/record.js';
import { NO_VERSION } from '../../../src/core/data/version.js';
import { partitionOf } from '../../../src/core/ring/key-owners.js';
import { foundingReplication } from '../../../src/core/ring/replication.js';
import type { Ring } from '../../../src/core/ring/ring.js';
import { emptyTree, rootOf } from '../../../src/core/tree/hash-tree.js';
import { ALL_GROUPS, groupSums, leavesOfGroups } from '../../../src/core/tree/leaf-groups.js';
import type { Message, MessageOf, MessageType } from '../../../src/core/wire/messages.js';
import { Replica } from '../../../src/node/replica/replica.js';
import { ManualClock } from '../../peers/manual-clock.js';
import { damaged, record, version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import { BEYOND_BELIEF, member, type Owner, Owners } from '../stabilizer/owners.js';

const test = suite('replica: partitions');

const ID = 'a'.repeat(16);
const RING: Ring = {
  clusterId: '0'.repeat(32),
  epoch: 5,
  ...foundingReplication({ replicas: 1 }),
  members: [member(ID)],
  layout: [[0], [0]],
};

const owners: { current?: Owners } = {};
test.after.each(async () => {
  await owners.current?.close();
  delete owners.current;
});

async function start(...records: Buffer[]): Promise<Owner> {
  owners.current = new Owners(RING, [ID]);
  const owner = owners.current.all[0]!;
  await owner.put(...records);
  return owner;
}

type Asked = Parameters<Owner['replica']['serve']>[1];

async function ask<T extends MessageType>(owner: Owner, request: Asked): Promise<MessageOf<T>> {
  const reply = await new Promise<Message>((resolve) =>
    owner.replica.serve('b'.repeat(16), request, resolve),
  );
  return reply as unknown as MessageOf<T>;
}

const head = (epoch = 5) => ({ call: 9, epoch });
const ofPartition = (epoch?: number) => ({ ...head(epoch), partition: 0 });

test('partition.tree -> the tree of the store', async () => {
  const owner = await start(record('k'), record('l'));
  const tree = await new Promise((resolve) => owner.store.tree(0, resolve));
  const reply = await ask(owner, { type: 'partition.tree', ...ofPartition() });
  assert.equal(reply, {
    type: 'partition.leaves',
    ...head(),
    outcome: 'ok',
    leaves: tree,
    reaped: NO_VERSION,
  });
});

test('partition.compare -> nothing if it is the same tree, or leaves', async () => {
  const owner = await start(record('k'), record('l'));
  const tree = await new Promise<Buffer>((resolve) => owner.store.tree(0, resolve));
  const asked = { type: 'partition.compare', ...ofPartition(), salt: 7 } as const;
  const [same, other] = [rootOf(tree), rootOf(emptyTree())];
  for (const groups of [5, ALL_GROUPS]) {
    const { outcome, leaves } = await ask<'partition.leaves'>(owner, {
      ...asked,
      root: same,
      groups,
    });
    assert.equal({ outcome, bytes: leaves.length }, { outcome: 'ok', bytes: 0 });
  }
  for (const [groups, leaves] of [
    [5, leavesOfGroups(tree, 5, 7)],
    [ALL_GROUPS, tree],
  ] as const) {
    const reply = await ask<'partition.leaves'>(owner, { ...asked, root: other, groups });
    assert.equal(reply.leaves, leaves);
  }
});

test('partition.roots -> the partitions that differ, and their sums', async () => {
  const owner = await start(record('k'), record('l'));
  const tree = await new Promise<Buffer>((resolve) => owner.store.tree(0, resolve));
  const second = await new Promise<Buffer>((resolve) => owner.store.tree(1, resolve));
  const asked = { type: 'partition.roots', ...head(), salt: 7 } as const;
  const [same, other] = [rootOf(tree), rootOf(emptyTree())];
  for (const [partitions, roots, differing] of [
    [[0], same, []],
    [[0], other, [0]],
    [[1, 0], Buffer.concat([rootOf(second), other]), [0]],
    [[], Buffer.alloc(0), []],
  ] as const) {
    const reply = await ask<'partition.sums'>(owner, {
      ...asked,
      partitions: [...partitions],
      roots,
    });
    const sums = differing.length === 0 ? Buffer.alloc(0) : groupSums(tree, 7);
    assert.equal(reply, { type: 'partition.sums', ...head(), outcome: 'ok', differing, sums });
  }
  for (const [partitions, roots] of [
    [[9999], same],
    [[0], Buffer.alloc(7)],
    [[0, 0], Buffer.concat([same, same])],
    [[0, 1], same],
  ] as const) {
    const { outcome } = await ask<'partition.sums'>(owner, {
      ...asked,
      ...{ partitions: [...partitions], roots },
    });
    assert.is(outcome, 'corrupt');
  }
});

test('a disk that may be an old copy -> answers its own node only, and only reads', async () => {
  const owner = await start(record('k'));
  owner.isTrusted = false;
  const read = { type: 'replica.read', ...head(), timeoutMs: 9, withValue: false } as const;
  const request = { ...read, key: Buffer.from('k') };
  const other = await ask<'replica.found'>(owner, request);
  assert.is(other.outcome, 'busy');
  const write = { type: 'replica.write', ...head(), timeoutMs: 9, record: record('k') } as const;
  for (const from of [ID, 'b'.repeat(16)]) {
    const reply = await new Promise<Message>((resolve) => {
      owner.replica.serve(from, write, resolve);
    });
    assert.is((reply as MessageOf<'replica.written'>).outcome, 'busy');
  }
  const own = await new Promise<Message>((resolve) => owner.replica.serve(ID, request, resolve));
  assert.is((own as MessageOf<'replica.found'>).outcome, 'ok');
});

test('a version of an epoch to come -> refused, nothing is stored or promised', async () => {
  const owner = await start();
  const timed = { ...head(), timeoutMs: 9 };
  const key = Buffer.from('k');
  const of = (epoch: number) => ({ ...version(7), epoch });
  const write = (epoch: number) =>
    ({ type: 'replica.write', ...timed, record: record('k', { version: of(epoch) }) }) as const;
  const prepare = (epoch: number) =>
    ({ type: 'replica.prepare', ...timed, key, ballot: of(epoch) }) as const;
  for (const epoch of [6, 0xffffffff]) {
    for (const request of [write(epoch), prepare(epoch)]) {
      const { outcome } = await ask<'replica.written'>(owner, request);
      assert.is(outcome, 'corrupt', request.type);
    }
  }
  assert.equal([owner.rows(), owner.replica.takeStored()], [{}, 0]);
  assert.is((await ask<'replica.promised'>(owner, prepare(5))).outcome, 'ok');
  assert.is((await ask<'replica.written'>(owner, write(5))).outcome, 'ok');
});

test('a version or a ballot too far ahead of our clock -> refused, nothing is stored', async () => {
  const owner = await start();
  const timed = { ...head(), timeoutMs: 9 };
  const key = Buffer.from('k');
  /** As whoever asks has just stamped it. */
  const stamp = (time: number) => ({ ...version(time), node: 'b'.repeat(16) });
  const write = (time: number) =>
    ({ type: 'replica.write', ...timed, record: record(key, { version: stamp(time) }) }) as const;
  const prepare = (time: number) =>
    ({ type: 'replica.prepare', ...timed, key, ballot: stamp(time) }) as const;
  for (const request of [write(BEYOND_BELIEF), prepare(BEYOND_BELIEF)]) {
    const { outcome } = await ask<'replica.written'>(owner, request);
    assert.is(outcome, 'clockAhead', request.type);
  }
  assert.equal([owner.rows(), owner.replica.takeStored()], [{}, 0]);
  assert.is((await ask<'replica.promised'>(owner, prepare(7))).outcome, 'ok', 'none is promised');
  assert.is((await ask<'replica.written'>(owner, write(7))).outcome, 'ok');
});

test('a request has waited as long as its client does -> expired, nothing is done', async () => {
  const owner = await start(record('k'));
  const timed = { ...head(), timeoutMs: 9 };
  const requests = [
    { type: 'replica.write', ...timed, record: record('new') },
    { type: 'replica.read', ...timed, withValue: true, key: Buffer.from('k') },
    { type: 'replica.prepare', ...timed, ballot: version(7), key: Buffer.from('k') },
  ] as const;
  const serve = (request: Asked, waitedMs: number) =>
    new Promise<Message>((resolve) =>
      owner.replica.serve('b'.repeat(16), request, resolve, waitedMs),
    );
  for (const request of requests) {
    for (const waitedMs of [9, 9.5, 5000]) {
      const reply = (await serve(request, waitedMs)) as MessageOf<'replica.found'>;
      assert.is(reply.outcome, 'expired');
      assert.is(reply.version, undefined);
    }
  }
  assert.equal(Object.keys(owner.rows()), ['k']);
  assert.is(owner.replica.takeStored(), 0);
  const [write, , prepare] = requests;
  const below = { type: 'replica.write', ...timed, record: record('k', { version: version(6) }) };
  const taken = await serve(below as Asked, 8.9);
  assert.is((taken as MessageOf<'replica.written'>).outcome, 'ok', 'nothing was promised');
  for (const request of [write, prepare]) {
    assert.is(((await serve(request, 8.9)) as MessageOf<'replica.written'>).outcome, 'ok');
  }
  assert.equal(Object.keys(owner.rows()).sort(), ['k', 'new']);
});

test('it waits for a ring -> for what is left of its time, and what it waited counts', () => {
  const clock = new ManualClock();
  const parked: { withinMs: number; run: (isThere: boolean) => void }[] = [];
  const rings = {
    epoch: 4,
    whenAtLeast: ({ withinMs }: { withinMs: number }, run: (isThere: boolean) => void) =>
      parked.push({ withinMs, run }) > 0,
  };
  const replica = new Replica({
    self: ID,
    store: {} as never,
    clock,
    rings: rings as never,
    versionClock: {} as never,
    hintIntake: {} as never,
    settle: () => Promise.resolve(false),
    reaping: {} as never,
    isTrusted: () => true,
  });
  const read = { type: 'replica.read', ...head(), timeoutMs: 100, withValue: true } as const;
  const outcomes: string[] = [];
  for (const comes of [true, false]) {
    rings.epoch = 4;
    replica.serve(
      ID,
      { ...read, key: Buffer.from('k') },
      (reply) => outcomes.push((reply as MessageOf<'replica.found'>).outcome),
      30,
    );
    const { withinMs, run } = parked.pop()!;
    assert.is(withinMs, 70);
    // The timer is late, or the ring comes when nobody waits any more.
    clock.advance(70);
    rings.epoch = 5;
    run(comes);
  }
  assert.equal(outcomes, ['expired', 'expired']);
});

test('an older ring -> no tree, no list, no record', async () => {
  const owner = await start(record('k'));
  const answer = { call: 9, outcome: 'fenced', epoch: 5 };
  assert.equal(await ask(owner, { type: 'partition.tree', ...ofPartition(4) }), {
    type: 'partition.leaves',
    ...answer,
    leaves: Buffer.alloc(0),
    reaped: NO_VERSION,
  });
  const range = { leaves: undefined, after: undefined, limit: 9 };
  const nothing = { upTo: undefined, salt: 0, held: Buffer.alloc(0) };
  assert.equal(
    await ask(owner, { type: 'partition.list', ...ofPartition(4), ...range, ...nothing }),
    {
      type: 'partition.listed',
      ...answer,
      entries: [],
      next: undefined,
    },
  );
  const keys = [Buffer.from('k')];
  assert.equal(await ask(owner, { type: 'partition.fetch', ...head(4), keys }), {
    type: 'partition.fetched',
    ...answer,
    records: [],
  });
});

test('a record is damaged on its way -> corrupt, and not stored', async () => {
  const owner = await start();
  const write = { type: 'replica.write', ...head(), timeoutMs: 9 } as const;
  const reply = await ask<'replica.written'>(owner, { ...write, record: damaged(record('k')) });
  assert.is(reply.outcome, 'corrupt');
  assert.equal(owner.rows(), {});
});

test('a row has rotted -> corrupt, asked for its value or not', async () => {
  const owner = await start(record('k'));
  const rows = owner.disk.rowsOf(partitionOf(Buffer.from('k'), RING.layout.length));
  for (const [name, row] of rows) rows.set(name, { ...row, record: damaged(row.record) });
  assert.is(rows.size, 1);
  const read = { type: 'replica.read', ...head(), timeoutMs: 9, key: Buffer.from('k') } as const;
  for (const withValue of [true, false]) {
    const found = await ask<'replica.found'>(owner, { ...read, withValue });
    assert.equal([found.outcome, found.version, found.record], ['corrupt', undefined, undefined]);
  }
});

test('partition.fetch -> what is there, in the order of the keys', async () => {
  const owner = await start(record('k'), record('m'));
  const keys = ['m', 'absent', 'k'].map((key) => Buffer.from(key));
  const { records } = await ask<'partition.fetched'>(owner, {
    type: 'partition.fetch',
    ...head(),
    keys,
  });
  assert.equal(records, [record('m'), record('k')]);
});

/** [size of the values, how many of 150 fit a reply] */
const SIZES: readonly [number, number][] = [
  [100, 150],
  [20 << 10, 51],
  [300 << 10, 3],
];
for (const [size, fitting] of SIZES) {
  test(`150 values of ${size} bytes -> the first ${fitting}, and no more than 1 MiB`, async () => {
    const keys = Array.from({ length: 150 }, (_, i) => `key ${i}`);
    const records = keys.map((key) => record(key, { value: Buffer.alloc(size) }));
    const owner = await start(...records);
    for (let times = 0; times < 2; times++) {
      const reply = await ask<'partition.fetched'>(owner, {
        type: 'partition.fetch',
        ...head(),
        keys: keys.map((key) => Buffer.from(key)),
      });
      assert.is(reply.records.length, fitting);
      assert.equal(reply.records, records.slice(0, fitting));
    }
  });
}

test('one value larger than a reply should be -> comes alone', async () => {
  const value = Buffer.alloc(2 << 20);
  const owner = await start(record('a'), record('large', { value }), record('z'));
  const fetch = async (...keys: string[]) => {
    const reply = await ask<'partition.fetched'>(owner, {
      type: 'partition.fetch',
      ...head(),
      keys: keys.map((key) => Buffer.from(key)),
    });
    return reply.records.length;
  };
  assert.is(await fetch('large', 'z'), 1);
  assert.is(await fetch('a', 'large', 'z'), 1);
});

test('values much larger than a reply, and absent keys -> one comes, not nearly all', async () => {
  const value = Buffer.alloc(2 << 20);
  const names = Array.from({ length: 20 }, (_, i) => `large ${i}`);
  const owner = await start(...names.map((name) => record(name, { value })), record('small'));
  // Absent ones before and behind: what is found first is the first of all.
  for (const keys of [
    ['no', ...names],
    [...names, 'no'],
  ]) {
    const reply = await ask<'partition.fetched'>(owner, {
      type: 'partition.fetch',
      ...head(),
      keys: keys.map((key) => Buffer.from(key)),
    });
    assert.equal(
      reply.records.map((each) => recordKey(each).toString()),
      ['large 0'],
    );
  }
});

test('node.sizes -> what is held, whatever ring the asker is in', async () => {
  const owner = await start(record('k'));
  const sizes = await new Promise((resolve) => owner.store.sizes(resolve));
  const reply = await new Promise<Message>((resolve) =>
    owner.replica.serveSizes({ type: 'node.sizes', call: 9 }, resolve),
  );
  assert.equal(reply, { type: 'node.sized', call: 9, sizes });
});

test.run();
