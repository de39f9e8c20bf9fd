/** What becomes of a write that was sent for storing, as a later round can tell. */
import * as assert from 'uvu/assert';
import { Issued } from '../../../../actors/coordinator/caspaxos/issued.js';
import { ConditionalOperation } from '../../../../actors/coordinator/caspaxos/operation.js';
import { decodeRecord } from '../../../../src/core/data/record.js';
import { NO_VERSION } from '../../../../src/core/data/version.js';
import { suite } from '../../../support/runner/suite.js';
import {
  ALWAYS,
  at,
  holding,
  ifMatch,
  LOST,
  REGISTER,
  STORED,
  superseded,
  WALL_MS,
} from './answers.js';

const test = suite('coordinator: issued');

/** Sent at 10 to replace 5, at 20 to replace 8. */
function sentTwice(): Issued {
  const issued = new Issued();
  issued.add(1, { ballot: at(10), predecessor: at(5), holders: new Set(['a', 'b']) });
  issued.add(2, { ballot: at(20), predecessor: at(8), holders: new Set(['a']) });
  return issued;
}

test('what all have refused is forgotten', () => {
  const issued = sentTwice();
  issued.notStored('a', 1);
  assert.ok(issued.has(at(10)));
  issued.notStored('b', 1);
  assert.not.ok(issued.has(at(10)));
  issued.notStored('a', 2);
  assert.ok(issued.isEmpty);
  issued.notStored('a', 3);
});

test('what is found is newer -> its predecessor tells, or nothing does', () => {
  assert.is(sentTwice().judge(at(15), undefined), 'unknown');
  assert.is(sentTwice().judge(at(15), at(10)), 'succeeded');
  assert.is(sentTwice().judge(at(15), at(4)), 'unknown');
  assert.is(sentTwice().judge(at(25), at(20)), 'succeeded');
  assert.is(sentTwice().judge(at(25), at(5)), 'unknown', 'void in one round only');
  assert.is(sentTwice().judge(at(25), NO_VERSION), 'unknown');
});

test('what ours was to replace was replaced by it, or ours is newer -> open', () => {
  const issued = sentTwice();
  assert.is(issued.judge(at(15), at(5)), 'open');
  assert.is(issued.judge(at(9), undefined), 'open');
  const unknown = new Issued();
  unknown.add(1, { ballot: at(10), predecessor: undefined, holders: new Set(['a']) });
  assert.is(unknown.judge(at(15), NO_VERSION), 'unknown');
});

/** A write of a key that held 5, in its second round: under 10 it may be stored by a. */
function inSecondRound(change = ifMatch(at(5))): ConditionalOperation {
  const operation = new ConditionalOperation(change);
  operation.prepare(REGISTER, at(10), WALL_MS);
  operation.promised('a', 1, holding(at(5)));
  const step = operation.promised('b', 1, holding(at(5)));
  const record = step.next === 'store' ? decodeRecord(step.record) : undefined;
  assert.equal(record?.predecessor, at(5));
  operation.stored('b', 1, superseded(at(12)));
  operation.stored('c', 1, superseded(at(12)));
  operation.stored('a', 1, LOST);
  operation.prepare(REGISTER, at(20), WALL_MS);
  return operation;
}

test('another write took its place -> the condition fails, once that is settled', () => {
  const operation = inSecondRound();
  const other = holding(at(12), { predecessor: at(5) });
  operation.promised('b', 2, other);
  assert.is(operation.promised('c', 2, other).next, 'store', 'a may hold ours, and be asked first');
  operation.stored('b', 2, STORED);
  assert.is(operation.stored('c', 2, STORED).next, 'preconditionFailed');
});

test('another write took its place, and there is no condition -> it is written above that', () => {
  const operation = inSecondRound(ALWAYS);
  const other = holding(at(12), { predecessor: at(5) });
  operation.promised('b', 2, other);
  const step = operation.promised('c', 2, other);
  const record = step.next === 'store' ? decodeRecord(step.record) : undefined;
  assert.is(Buffer.from(record!.value).toString(), 'new');
  assert.equal(record!.predecessor, at(12));
});

test('another write was made from ours -> applied, when that is settled', () => {
  const operation = inSecondRound();
  const successor = holding(at(15), { origin: at(14), predecessor: at(10) });
  operation.promised('b', 2, successor);
  const step = operation.promised('c', 2, successor);
  const record = step.next === 'store' ? decodeRecord(step.record) : undefined;
  assert.is(Buffer.from(record!.value).toString(), 'value 15');
  assert.equal([record!.origin, record!.predecessor], [at(14), at(10)]);
  operation.stored('b', 2, STORED);
  assert.equal(operation.stored('c', 2, STORED), { next: 'applied', version: at(10) });
});

test('another write was made from ours, but cannot be settled -> unknown', () => {
  const operation = inSecondRound();
  const successor = holding(at(15), { predecessor: at(10) });
  operation.promised('b', 2, successor);
  operation.promised('c', 2, successor);
  operation.stored('b', 2, LOST);
  const step = operation.stored('c', 2, LOST);
  assert.is(step.next === 'failed' && step.applied, 'unknown');
});

test('the absence that ends a write has none of its marks', () => {
  const change = ifMatch(at(5));
  const operation = new ConditionalOperation({
    ...change,
    record: { ...change.record, operation: Buffer.alloc(16, 1) },
  });
  operation.prepare(REGISTER, at(10), WALL_MS);
  operation.promised('a', 1, holding(at(5)));
  operation.promised('b', 1, holding(at(5)));
  for (const owner of ['b', 'c']) operation.stored(owner, 1, superseded(at(12)));
  operation.stored('a', 1, LOST);
  operation.prepare(REGISTER, at(20), WALL_MS);
  const absent = { kind: 'promised', version: NO_VERSION } as const;
  operation.promised('b', 2, absent);
  const step = operation.promised('c', 2, absent);
  const record = step.next === 'store' ? decodeRecord(step.record) : undefined;
  assert.ok(record?.tombstone);
  assert.equal(
    [record.operation, record.predecessor, record.origin],
    [undefined, undefined, undefined],
  );
});

test.run();
