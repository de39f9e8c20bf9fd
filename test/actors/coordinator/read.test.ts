/** One read against scripted owners: agreement, repair, and every way it can fail. */
import * as assert from 'uvu/assert';
import type { ReadAnswer, WriteAnswer } from '../../../actors/coordinator/answers.js';
import { ReadOperation } from '../../../actors/coordinator/read.js';
import { encodeRecord } from '../../../src/core/data/record.js';
import { NO_VERSION } from '../../../src/core/data/version.js';
import { blockingOf } from '../../../src/core/ring/quorum.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('coordinator: read');

const OWNERS = ['a', 'b', 'c'];
const GROUPS = [{ owners: OWNERS, needed: 2 }];
const BLOCKING = blockingOf(OWNERS);
const STORED: WriteAnswer = { kind: 'stored' };
const LOST: WriteAnswer = { kind: 'lost', reason: 'lost' };
const at = (time: number) => ({ epoch: 1, time, node: '00000000000000aa' });
const recordAt = (time: number) =>
  encodeRecord({
    key: Buffer.from('k'),
    version: at(time),
    tombstone: false,
    expiresAt: 0,
    contentType: '',
    value: Buffer.from(`value ${time}`),
  });
const ABSENT: ReadAnswer = { kind: 'holds', version: NO_VERSION };
const FAILED: ReadAnswer = { kind: 'failed', reason: 'lost' };
const version = (time: number): ReadAnswer => ({ kind: 'holds', version: at(time) });
const value = (time: number): ReadAnswer => ({
  kind: 'holds',
  version: at(time),
  record: recordAt(time),
});

function begun(): ReadOperation {
  const operation = new ReadOperation();
  operation.begin(GROUPS, OWNERS, BLOCKING);
  return operation;
}

test('two agree -> found after one round, the third is never asked', () => {
  const operation = new ReadOperation();
  assert.equal(operation.begin(GROUPS, OWNERS, BLOCKING), ['a', 'b']);
  assert.is(operation.held('a', 1, value(5)).next, 'wait');
  assert.equal(operation.held('b', 1, version(5)), { next: 'found', record: recordAt(5) });
});

test('nobody holds it -> absent', () => {
  const operation = begun();
  operation.held('a', 1, ABSENT);
  assert.equal(operation.held('b', 1, ABSENT), { next: 'found', record: undefined });
});

test('the value owner is stale -> the newest is fetched and written back, then answered', () => {
  const operation = begun();
  operation.held('a', 1, value(5));
  const ask = operation.held('b', 1, version(7));
  assert.equal(ask, { next: 'ask', owners: ['b'], withValue: true });
  const back = operation.held('b', 1, value(7));
  assert.equal(back, { next: 'writeBack', owners: ['a'], record: recordAt(7) });
  assert.equal(operation.stored('a', 1, STORED), { next: 'found', record: recordAt(7) });
});

test('the other owner is stale -> it is repaired with the value at hand', () => {
  const operation = begun();
  operation.held('a', 1, value(5));
  const back = operation.held('b', 1, ABSENT);
  assert.equal(back, { next: 'writeBack', owners: ['b'], record: recordAt(5) });
});

test('the stale owner does not take the write-back -> an owner never asked gets it', () => {
  const operation = begun();
  operation.held('a', 1, value(5));
  operation.held('b', 1, ABSENT);
  const other = operation.stored('b', 1, LOST);
  assert.equal(other, { next: 'writeBack', owners: ['c'], record: recordAt(5) });
  assert.equal(operation.stored('c', 1, STORED), { next: 'found', record: recordAt(5) });
});

test('nobody takes the write-back -> failed, not answered with what may vanish', () => {
  const operation = begun();
  operation.held('a', 1, value(5));
  operation.held('b', 1, ABSENT);
  operation.stored('b', 1, LOST);
  const step = operation.stored('c', 1, LOST);
  assert.equal(step, { next: 'failed', needed: 2, got: 1, reasons: ['lost'] });
});

test('an owner fails -> the next one is asked; two fail -> failed at once', () => {
  const operation = begun();
  operation.held('a', 1, value(5));
  assert.equal(operation.held('b', 1, FAILED), { next: 'ask', owners: ['c'], withValue: false });
  assert.is(operation.held('c', 1, FAILED).next, 'failed');
});

test('the value owner fails -> the value is fetched from an owner that agreed', () => {
  const operation = begun();
  operation.held('a', 1, FAILED);
  operation.held('b', 1, version(5));
  const ask = operation.held('c', 1, version(5));
  assert.equal(ask, { next: 'ask', owners: ['b'], withValue: true });
  assert.equal(operation.held('b', 1, value(5)), { next: 'found', record: recordAt(5) });
});

test('the only holder of the newest dies while it is fetched -> the others must agree', () => {
  const operation = begun();
  operation.held('a', 1, value(5));
  operation.held('b', 1, version(7));
  assert.equal(operation.held('b', 1, FAILED), { next: 'ask', owners: ['c'], withValue: false });
  const ask = operation.held('c', 1, version(5));
  assert.equal(ask, { next: 'ask', owners: ['a'], withValue: true });
  assert.equal(operation.held('a', 1, value(5)), { next: 'found', record: recordAt(5) });
});

test('an owner is slow -> one more is asked, and two answers are enough', () => {
  const operation = begun();
  operation.held('a', 1, value(5));
  assert.is(operation.hedge(), 'c');
  assert.is(operation.hedge(), undefined);
  assert.is(operation.held('c', 1, version(5)).next, 'found');
  assert.is(operation.held('b', 1, version(9)).next, 'wait', 'too late to matter');
});

test('present and coming owners -> enough of each are asked first', () => {
  const groups = [
    { owners: ['a', 'b', 'c'], needed: 2 },
    { owners: ['b', 'c', 'd'], needed: 2 },
  ];
  const first = new ReadOperation().begin(groups, ['d', 'a', 'b', 'c'], BLOCKING);
  assert.equal(first, ['a', 'b', 'd']);
});

const doubted = (time: number): ReadAnswer => ({ kind: 'doubted', version: at(time) });

test('one owner shows what is doubted -> left out, and the others make the quorum', () => {
  const operation = begun();
  const step = operation.held('a', 1, { ...doubted(900), record: recordAt(900) } as ReadAnswer);
  assert.equal(step, { next: 'wait' });
  assert.equal(operation.held('b', 1, value(5)), { next: 'ask', owners: ['c'], withValue: false });
  assert.equal(operation.held('c', 1, version(5)), { next: 'found', record: recordAt(5) });
});

test('too few others answer -> it may have been acknowledged, and counts', () => {
  const operation = begun();
  operation.held('a', 1, doubted(900));
  assert.equal(operation.held('b', 1, FAILED), { next: 'ask', owners: ['c'], withValue: false });
  const step = operation.held('c', 1, version(5));
  assert.equal(step, { next: 'ask', owners: ['a'], withValue: true });
  const found = { kind: 'doubted', version: at(900), record: recordAt(900) } as const;
  assert.equal(operation.held('a', 1, found), {
    next: 'writeBack',
    owners: ['c'],
    record: recordAt(900),
  });
  assert.is(operation.stored('c', 1, { kind: 'stored' }).next, 'found');
});

test('the last one is late -> what is doubted counts without it', () => {
  const operation = begun();
  operation.held('a', 1, { ...doubted(900), record: recordAt(900) } as ReadAnswer);
  operation.held('b', 1, version(5));
  assert.is(operation.hedge(), undefined, 'all are asked');
  assert.is(operation.hurry().next, 'writeBack');
  assert.is(operation.hurry().next, 'wait', 'once');
});

test('all show it -> it counts with the second', () => {
  const operation = begun();
  operation.held('a', 1, { ...doubted(900), record: recordAt(900) } as ReadAnswer);
  assert.equal(operation.held('b', 1, doubted(900)), { next: 'found', record: recordAt(900) });
});

test('so many lack it that no majority is left -> never counts, at no level', () => {
  const operation = new ReadOperation();
  operation.begin([{ owners: OWNERS, needed: 3 }], OWNERS, BLOCKING);
  operation.held('b', 1, value(5));
  operation.held('c', 1, version(5));
  const step = operation.held('a', 1, doubted(900));
  assert.equal(step, { next: 'failed', needed: 3, got: 2, reasons: ['clockAhead'] });
});

test('a promise is in the way of the write-back -> a round has to end it', () => {
  const operation = begun();
  operation.held('a', 1, value(5));
  operation.held('b', 1, ABSENT);
  const barred = { kind: 'superseded', version: at(9), by: 'promise' } as const;
  assert.is(operation.stored('b', 1, barred).next, 'writeBack');
  assert.equal(operation.stored('c', 1, LOST), { next: 'round' });
});

test('the write-back meets what is newer -> as good as stored', () => {
  for (const by of [undefined, 'round'] as const) {
    const operation = begun();
    operation.held('a', 1, value(5));
    operation.held('b', 1, ABSENT);
    const newer = { kind: 'superseded', version: at(9), ...(by && { by }) } as const;
    assert.equal(operation.stored('b', 1, newer), { next: 'found', record: recordAt(5) });
  }
});

test('fenced -> waits for the ring, once, and counts only what its owners answer', () => {
  const operation = begun();
  operation.held('a', 1, value(5));
  assert.is(operation.fenced('b', 1), true);
  assert.is(operation.phase, 'awaitingRing');
  assert.is(operation.fenced('a', 1), false, 'it waits already');
  assert.is(operation.held('b', 1, version(5)).next, 'wait', 'the round is over');
  const others = { owners: ['c', 'd'], needed: 2 };
  assert.equal(operation.begin([others], ['d', 'c'], blockingOf(others.owners)), ['d', 'c']);
  assert.is(operation.held('d', 1, value(5)).next, 'wait', 'an answer to the earlier round');
  assert.is(operation.held('d', 2, ABSENT).next, 'wait');
  assert.is(operation.fenced('b', 1), false, 'nothing new');
  assert.equal(operation.held('c', 2, ABSENT), { next: 'found', record: undefined });
  assert.is(operation.fenced('d', 2), false, 'it has ended');
});

test('given up -> failed with the reason', () => {
  const operation = begun();
  operation.held('a', 1, value(5));
  operation.fenced('b', 1);
  const step = operation.giveUp('late');
  assert.equal(step, { next: 'failed', needed: 2, got: 1, reasons: ['late'] });
  assert.throws(() => operation.giveUp('again'), /has ended/);
});

test.run();
