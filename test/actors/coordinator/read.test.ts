/** One read against scripted owners: agreement, repair, and every way it can fail. */
import * as assert from 'uvu/assert';
import { type ReadAnswer, ReadOperation } from '../../../actors/coordinator/read.js';
import { encodeRecord } from '../../../src/core/data/record.js';
import { NO_VERSION } from '../../../src/core/data/version.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('coordinator: read');

const OWNERS = ['a', 'b', 'c'];
const read = () => new ReadOperation([{ owners: OWNERS, needed: 2 }], OWNERS);
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

test('two agree -> found after one round, the third is never asked', () => {
  const operation = read();
  assert.equal(operation.begin(), ['a', 'b']);
  assert.is(operation.answer('a', value(5)).next, 'wait');
  assert.equal(operation.answer('b', version(5)), { next: 'found', record: recordAt(5) });
  assert.not(operation.wasRepaired);
});

test('nobody holds it -> absent', () => {
  const operation = read();
  operation.begin();
  operation.answer('a', ABSENT);
  assert.equal(operation.answer('b', ABSENT), { next: 'found', record: undefined });
});

test('the value owner is stale -> the newest is fetched and written back, then answered', () => {
  const operation = read();
  operation.begin();
  operation.answer('a', value(5));
  const ask = operation.answer('b', version(7));
  assert.equal(ask, { next: 'ask', owners: ['b'], withValue: true });
  const back = operation.answer('b', value(7));
  assert.equal(back, { next: 'writeBack', owners: ['a'], record: recordAt(7) });
  assert.equal(operation.wroteBack('a', true), { next: 'found', record: recordAt(7) });
  assert.ok(operation.wasRepaired);
});

test('the other owner is stale -> it is repaired with the value at hand', () => {
  const operation = read();
  operation.begin();
  operation.answer('a', value(5));
  const back = operation.answer('b', ABSENT);
  assert.equal(back, { next: 'writeBack', owners: ['b'], record: recordAt(5) });
});

test('the stale owner does not take the write-back -> an owner never asked gets it', () => {
  const operation = read();
  operation.begin();
  operation.answer('a', value(5));
  operation.answer('b', ABSENT);
  const other = operation.wroteBack('b', false, 'lost');
  assert.equal(other, { next: 'writeBack', owners: ['c'], record: recordAt(5) });
  assert.equal(operation.wroteBack('c', true), { next: 'found', record: recordAt(5) });
});

test('nobody takes the write-back -> failed, not answered with what may vanish', () => {
  const operation = read();
  operation.begin();
  operation.answer('a', value(5));
  operation.answer('b', ABSENT);
  operation.wroteBack('b', false, 'lost');
  const step = operation.wroteBack('c', false, 'lost');
  assert.equal(step, { next: 'failed', needed: 2, got: 1, reasons: ['lost'] });
});

test('an owner fails -> the next one is asked; two fail -> failed at once', () => {
  const operation = read();
  operation.begin();
  operation.answer('a', value(5));
  assert.equal(operation.answer('b', FAILED), { next: 'ask', owners: ['c'], withValue: false });
  assert.is(operation.answer('c', FAILED).next, 'failed');
});

test('the value owner fails -> the value is fetched from an owner that agreed', () => {
  const operation = read();
  operation.begin();
  operation.answer('a', FAILED);
  operation.answer('b', version(5));
  const ask = operation.answer('c', version(5));
  assert.equal(ask, { next: 'ask', owners: ['b'], withValue: true });
  assert.equal(operation.answer('b', value(5)), { next: 'found', record: recordAt(5) });
});

test('the only holder of the newest dies while it is fetched -> the others must agree', () => {
  const operation = read();
  operation.begin();
  operation.answer('a', value(5));
  operation.answer('b', version(7));
  assert.equal(operation.answer('b', FAILED), { next: 'ask', owners: ['c'], withValue: false });
  const ask = operation.answer('c', version(5));
  assert.equal(ask, { next: 'ask', owners: ['a'], withValue: true });
  assert.equal(operation.answer('a', value(5)), { next: 'found', record: recordAt(5) });
});

test('an owner is slow -> one more is asked, and two answers are enough', () => {
  const operation = read();
  operation.begin();
  operation.answer('a', value(5));
  assert.is(operation.hedge(), 'c');
  assert.is(operation.hedge(), undefined);
  assert.is(operation.answer('c', version(5)).next, 'found');
  assert.is(operation.answer('b', version(9)).next, 'wait', 'too late to matter');
});

test('present and coming owners -> enough of each are asked first', () => {
  const operation = new ReadOperation(
    [
      { owners: ['a', 'b', 'c'], needed: 2 },
      { owners: ['b', 'c', 'd'], needed: 2 },
    ],
    ['d', 'a', 'b', 'c'],
  );
  assert.equal(operation.begin(), ['a', 'b', 'd']);
});

test.run();
