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

test('one is damaged, or beyond belief -> the others are held, and it is done', async () => {
  const owner = start();
  const records = [damaged(record('k')), at('l', BEYOND_BELIEF), record('m')];
  assert.is((await deliver(owner, records)).outcome, 'ok');
  assert.equal(Object.keys(owner.rows()), ['m']);
});

test('a promise is in the way -> not held, and told', async () => {
  const owner = start();
  await new Promise((resolve) => owner.store.prepare(Buffer.from('k'), version(7), resolve));
  assert.is((await deliver(owner, [at('k', 5), at('l', 5)])).outcome, 'ok');
  assert.equal(Object.keys(owner.rows()), ['l']);
  assert.equal(owner.barred, ['k']);
});

test('the disk is full -> said so, to be sent again', async () => {
  const owner = start();
  owner.disk.isFull = true;
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
    },
    clock,
    bytesPerSecond: 10_000,
    isImplausible: () => false,
    onBarred: () => undefined,
  });
  return {
    pass: (ms: number) => {
      now += ms;
    },
    /** The pause that is asked for after a record of so many bytes. */
    take: (bytes: number) => {
      const empty = record('k', { value: Buffer.alloc(0) });
      const value = Buffer.alloc(bytes - empty.length);
      return new Promise<number>((resolve) =>
        intake.take([record('k', { value })], (_, pauseMs) => resolve(pauseMs)),
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
  const { take } = byHand(3000);
  assert.is(await take(600), 3000);
});

test.run();
