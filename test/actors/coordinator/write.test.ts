/** One write against scripted owners: every way it can end. */
import * as assert from 'uvu/assert';
import { type WriteAnswer, WriteOperation } from '../../../actors/coordinator/write.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('coordinator: write');

const at = (time: number) => ({ epoch: 1, time, node: '00000000000000aa' });
const GROUP = [{ owners: ['a', 'b', 'c'], needed: 2 }];
const STORED: WriteAnswer = { kind: 'stored' };
const LOST: WriteAnswer = { kind: 'lost', reason: 'timeout' };
const REFUSED: WriteAnswer = { kind: 'refused', reason: 'unreachable' };
const superseded = (time: number): WriteAnswer => ({ kind: 'superseded', version: at(time) });

test('two of three stored -> applied with the second', () => {
  const write = new WriteOperation(GROUP, at(5));
  assert.is(write.answer('a', 1, STORED).next, 'wait');
  assert.is(write.answer('b', 1, STORED).next, 'applied');
  assert.is(write.answer('c', 1, REFUSED).next, 'wait');
});

test('two refuse before anyone stores -> failed, but the third may still store it', () => {
  const write = new WriteOperation(GROUP, at(5));
  write.answer('a', 1, REFUSED);
  const step = write.answer('b', 1, REFUSED);
  assert.equal(step, {
    next: 'failed',
    applied: 'unknown',
    needed: 2,
    got: 0,
    reasons: ['unreachable'],
  });
});

test('all refuse -> certainly not applied', () => {
  const write = new WriteOperation([{ owners: ['a'], needed: 1 }], at(5));
  const step = write.answer('a', 1, REFUSED);
  assert.is(step.next === 'failed' && step.applied, 'no');
});

test('an answer got lost -> unknown, never "no"', () => {
  const write = new WriteOperation([{ owners: ['a', 'b'], needed: 2 }], at(5));
  const step = write.answer('a', 1, LOST);
  assert.is(step.next === 'failed' && step.applied, 'unknown');
});

test('superseded -> stamped above what was shown, and only the new attempt counts', () => {
  const write = new WriteOperation(GROUP, at(5));
  assert.is(write.answer('a', 1, STORED).next, 'wait');
  assert.equal(write.answer('b', 1, superseded(9)), { next: 'restamp', above: at(9) });
  write.restamped(at(10));
  assert.is(write.answer('c', 1, STORED).next, 'wait', 'an earlier attempt does not count');
  assert.is(write.answer('b', 2, STORED).next, 'wait');
  assert.is(write.answer('c', 2, STORED).next, 'applied');
});

test('superseded again by what came meanwhile -> counts as stored and overwritten', () => {
  const write = new WriteOperation(GROUP, at(5));
  write.answer('a', 1, superseded(9));
  write.restamped(at(10));
  assert.is(write.answer('a', 2, superseded(20)).next, 'wait');
  assert.is(write.answer('b', 2, STORED).next, 'applied');
});

test('superseded in a later attempt by an owner not heard before -> stamped again', () => {
  const write = new WriteOperation(GROUP, at(5));
  write.answer('a', 1, superseded(9));
  write.restamped(at(10));
  assert.equal(write.answer('c', 2, superseded(30)), { next: 'restamp', above: at(30) });
});

test('a late answer to an earlier attempt shows something newer than the present stamp', () => {
  const write = new WriteOperation(GROUP, at(5));
  write.answer('a', 1, superseded(9));
  write.restamped(at(10));
  assert.equal(write.answer('b', 1, superseded(40)), { next: 'restamp', above: at(40) });
});

test('owners never stop superseding -> it ends, and says that nobody can tell', () => {
  const write = new WriteOperation([{ owners: ['a', 'b', 'c', 'd', 'e'], needed: 5 }], at(1));
  for (const [index, owner] of ['a', 'b', 'c'].entries()) {
    const step = write.answer(owner, write.attempt, superseded(10 * (index + 1)));
    assert.is(step.next, 'restamp');
    write.restamped(at(10 * (index + 1) + 1));
  }
  const step = write.answer('d', write.attempt, superseded(99));
  assert.is(step.next === 'failed' && step.applied, 'unknown');
});

test('present and coming owners -> a quorum of each is needed', () => {
  const write = new WriteOperation(
    [
      { owners: ['a', 'b', 'c'], needed: 2 },
      { owners: ['b', 'c', 'd'], needed: 2 },
    ],
    at(5),
  );
  assert.equal(write.owners, ['a', 'b', 'c', 'd']);
  write.answer('a', 1, STORED);
  assert.is(write.answer('b', 1, STORED).next, 'wait', 'the coming owners have one of two');
  assert.is(write.answer('d', 1, STORED).next, 'applied');
});

test.run();
