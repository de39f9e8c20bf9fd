/** What an owner takes of a backup: with its versions, and never above what is written now. */
import * as assert from 'uvu/assert';
import type { Message, MessageOf } from '../../../src/core/wire/messages.js';
import { damaged, record, version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import { type Owner, ownersIn, stableRing } from '../stabilizer/owners.js';

const test = suite('restore intake');
const ID = 'a'.repeat(16);
const EPOCH = 5;
const open = ownersIn(test);

function start(): Owner {
  return open(stableRing(EPOCH, [ID], [[0]]), [ID]).all[0]!;
}

async function restore(owner: Owner, ...records: Buffer[]): Promise<string> {
  const request = { type: 'backup.restore', call: 9, epoch: EPOCH, records } as const;
  const reply = await new Promise<Message>((resolve) => owner.replica.serve(ID, request, resolve));
  const { outcome, ...rest } = reply as MessageOf<'backup.restored'>;
  assert.equal(rest, { type: 'backup.restored', call: 9, epoch: EPOCH });
  return outcome;
}

const at = (key: string, time: number, epoch = 1) =>
  record(key, { version: { ...version(time), epoch } });

function times(owner: Owner): string[] {
  const all = Object.entries(owner.rows());
  return all.map(([key, held]) => `${key} ${held.split('.').slice(0, 2).join(' ')}`).sort();
}

test('records -> as they were; what is newer stays; again -> the same', async () => {
  const owner = start();
  await owner.put(at('older', 1), at('newer', 9), at('now', 1, EPOCH));
  const all = ['older', 'newer', 'now', 'absent'].map((key) => at(key, 5));
  for (const _ of [1, 2]) {
    assert.is(await restore(owner, ...all), 'ok');
    assert.equal(times(owner), ['absent 1 5', 'newer 1 9', 'now 5 1', 'older 1 5']);
  }
  assert.is(owner.replica.takeStored(), 8);
});

test('what was reaped -> is not in its way: the backup stands for an owner', async () => {
  const owner = start();
  const over = { partition: 0, upTo: version(8), entries: [] };
  await new Promise((resolve) => owner.store.reap(over, resolve));
  assert.is(await restore(owner, at('k', 5)), 'ok');
  assert.equal(times(owner), ['k 1 5']);
});

test('one of the epoch in force, or damaged -> refused', async () => {
  const owner = start();
  assert.is(await restore(owner, at('k', 5, EPOCH - 1), at('l', 5, EPOCH)), 'corrupt');
  assert.equal(times(owner), []);
  assert.is(await restore(owner, at('k', 5, EPOCH - 1), damaged(at('l', 5))), 'corrupt');
  assert.equal(times(owner), ['k 4 5']);
});

test('a promise, or what a round stored, is in the way -> a round settles it', async () => {
  const owner = start();
  const ballot = { ...version(7), epoch: EPOCH };
  await new Promise((resolve) => owner.store.prepare(Buffer.from('k'), ballot, resolve));
  await owner.put(at('round', 7, EPOCH));
  assert.is(await restore(owner, at('k', 5), at('round', 5)), 'ok');
  assert.equal(owner.settled, ['k']);
  owner.canSettle = false;
  assert.is(await restore(owner, at('k', 5)), 'promised');
});

test('the disk is full -> not taken', async () => {
  const owner = start();
  owner.disk.room = 'none';
  assert.is(await restore(owner, at('k', 5)), 'readOnly');
});

test.run();
