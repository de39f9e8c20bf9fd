/** What a node takes of the hints for it, from whom, and how long it lets the sender pause. */

import * as assert from 'uvu/assert';
import { foundingReplication } from '../../../src/core/ring/replication.js';
import type { Ring } from '../../../src/core/ring/ring.js';
import type { Message, MessageOf } from '../../../src/core/wire/messages.js';
import { HintIntake } from '../../../src/node/replica/hint-intake.js';
import type { WriteOutcome } from '../../../src/ports.js';
import { damaged, record, version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import { BEYOND_BELIEF, member, type Owner, Owners } from '../stabilizer/owners.js';

const test = suite('hint intake');

const ID = 'a'.repeat(16);
const RING: Ring = {
  clusterId: '0'.repeat(32),
  epoch: 5,
  ...foundingReplication({ replicas: 1 }),
  members: [member(ID)],
  layout: [[0]],
};

const owners: { current?: Owners } = {};
test.after.each(async () => {
  await owners.current?.close();
  delete owners.current;
});

function start(): Owner {
  owners.current = new Owners(RING, [ID]);
  return owners.current.all[0]!;
}

async function deliver(owner: Owner, records: Buffer[], epoch = 5) {
  const request = { type: 'hints.deliver', call: 9, epoch, records } as const;
  const reply = await new Promise<Message>((resolve) =>
    owner.replica.serve('b'.repeat(16), request, resolve),
  );
  assert.is(reply.type, 'hints.taken');
  return reply as MessageOf<'hints.taken'>;
}

const at = (key: string, time: number) => record(key, { version: version(time) });

test('hints are delivered -> the newest of each key is held, and counts as stored', async () => {
  const owner = start();
  await owner.put(at('older', 1), at('newer', 9), at('same', 5));
  const { pauseMs, ...reply } = await deliver(
    owner,
    ['older', 'newer', 'same', 'absent'].map((key) => at(key, 5)),
  );
  assert.equal(reply, { type: 'hints.taken', call: 9, outcome: 'ok', epoch: 5 });
  assert.equal(
    Object.entries(owner.rows())
      .map(([key, held]) => `${key} ${held.split('.')[1]}`)
      .sort(),
    ['absent 5', 'newer 9', 'older 5', 'same 5'],
  );
  assert.is(owner.replica.takeStored(), 4);
});

test('one is damaged, or beyond belief -> to be sent again; the others are held', async () => {
  for (const [bad, outcome] of [
    [damaged(record('k')), 'corrupt'],
    [at('l', BEYOND_BELIEF), 'clockAhead'],
  ] as const) {
    const owner = start();
    assert.is((await deliver(owner, [bad, record('m')])).outcome, outcome);
    assert.equal(Object.keys(owner.rows()), ['m']);
    await owners.current?.close();
  }
});

test('one that nobody believes comes again and again -> nothing was stored', async () => {
  const owner = start();
  for (let times = 0; times < 3; times++) await deliver(owner, [at('l', BEYOND_BELIEF)]);
  assert.is(owner.replica.takeStored(), 0);
});

test('one of an epoch to come -> there can be none: not held, and done with', async () => {
  const owner = start();
  const poison = record('k', { version: { ...version(1), epoch: 0xffffffff } });
  const newest = record('l', { version: { ...version(1), epoch: 5 } });
  assert.is((await deliver(owner, [poison, newest])).outcome, 'ok');
  assert.equal(Object.keys(owner.rows()), ['l']);
});

const promise = (owner: Owner, key: string, time: number) =>
  new Promise((resolve) => owner.store.prepare(Buffer.from(key), version(time), resolve));

test('a promise is in the way -> taken if a round stores it, else to be sent again', async () => {
  const owner = start();
  await promise(owner, 'k', 7);
  assert.is((await deliver(owner, [at('k', 5), at('l', 5)])).outcome, 'ok');
  assert.equal([Object.keys(owner.rows()), owner.settled], [['l'], ['k']]);
  owner.canSettle = false;
  assert.is((await deliver(owner, [at('k', 5), at('l', 5)])).outcome, 'promised');
});

test('what a round stored again is in the way -> another round, if it is older', async () => {
  const owner = start();
  const ballot = version(9);
  const settledAgain = (origin: number) =>
    record('k', { version: ballot, origin: version(origin), value: Buffer.from('settled') });
  await owner.put(settledAgain(3));
  assert.is((await deliver(owner, [at('k', 4)])).outcome, 'ok');
  assert.equal(owner.settled, ['k']);
  assert.is((await deliver(owner, [at('k', 2)])).outcome, 'ok');
  await owner.put(record('l', { version: version(8) }));
  assert.is((await deliver(owner, [at('l', 4)])).outcome, 'ok');
  assert.equal(owner.settled, ['k'], 'they came later');
});

test('a promise is in the way, but it is held already -> taken', async () => {
  const owner = start();
  await owner.put(at('k', 6));
  await promise(owner, 'k', 9);
  assert.is((await deliver(owner, [at('k', 4)])).outcome, 'ok');
  assert.equal(owner.settled, []);
});

test('the disk is full -> said so, to be sent again', async () => {
  const owner = start();
  owner.disk.room = 'none';
  assert.is((await deliver(owner, [record('k')])).outcome, 'readOnly');
});

test('an older ring -> fenced off, nothing is held', async () => {
  const owner = start();
  const reply = await deliver(owner, [record('k')], 4);
  assert.equal(reply, { type: 'hints.taken', call: 9, outcome: 'fenced', epoch: 5, pauseMs: 0 });
  assert.equal(owner.rows(), {});
});

/** An intake on a clock that is moved by hand, and a store that answers after `storeMs`. */
function byHand(storeMs: number, outcome: WriteOutcome = { kind: 'applied' }) {
  let now = 0;
  const clock = {
    now: () => now,
    monotonic: () => now,
    setTimeout: () => assert.unreachable('it sets no timers'),
    clearTimeout: () => undefined,
  };
  const intake = new HintIntake({
    store: {
      write: (_, done) => {
        now += storeMs;
        done(outcome);
      },
      read: () => assert.unreachable('nothing is in the way'),
    },
    clock,
    settings: { hintBytesPerSecond: 10_000 },
    creditOf: () => 'believed',
    settle: () => Promise.reject(new Error('nothing is in the way')),
  });
  return {
    pass: (ms: number) => {
      now += ms;
    },
    received: () => intake.received,
    /** The pause that is asked for after a record of so many bytes. */
    take: (bytes: number) => {
      const empty = record('k', { value: Buffer.alloc(0) });
      const value = Buffer.alloc(bytes - empty.length);
      return new Promise<number>((resolve) =>
        intake.take([record('k', { value })], 1, (_, pauseMs) => resolve(pauseMs)),
      );
    },
  };
}

/** What a record costs beside its bytes, and what is free at first: see `node/base/throttle.ts`. */
const ROW_BYTES = 512;
const BURST_BYTES = 1000;

test('more than the rate -> the senders pause until all that they sent is paid for', async () => {
  const { take, pass } = byHand(0);
  assert.is(await take(BURST_BYTES - ROW_BYTES), 0);
  assert.is(await take(10_000 - ROW_BYTES), 1000, 'a second');
  assert.is(await take(5000 - ROW_BYTES), 1500, 'who comes next pays for both');
  pass(1500);
  assert.is(await take(1000 - ROW_BYTES), 100);
});

test('the store is slow -> the senders pause as long as it took', async () => {
  const { take, received } = byHand(3000);
  assert.is(await take(600), 3000);
  assert.is(received(), 1);
  await take(600);
  assert.is(received(), 2, 'counted since the start');
});

test.run();
