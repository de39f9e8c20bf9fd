/** Conditional writes that are sent again under their id: what is known of an earlier try. */
import * as assert from 'uvu/assert';
import type { PromiseAnswer } from '../../../../actors/coordinator/answers.js';
import { ConditionalOperation } from '../../../../actors/coordinator/caspaxos/operation.js';
import { ended, madeFrom } from '../../../../actors/coordinator/caspaxos/round-records.js';
import type {
  ConditionalChange,
  ConditionalStep,
} from '../../../../actors/coordinator/caspaxos/steps.js';
import { lineageAfter } from '../../../../src/core/data/lineage.js';
import {
  type DataRecord,
  decodeRecord,
  OPERATION_BYTES,
} from '../../../../src/core/data/record.js';
import { suite } from '../../../support/runner/suite.js';
import {
  ABSENT,
  ALWAYS,
  at,
  holding,
  IF_ABSENT,
  ifMatch,
  REGISTER,
  recordOf,
  STORED,
  WALL_MS,
} from './answers.js';

const test = suite('coordinator: retried conditional');
const OPERATION = Buffer.alloc(OPERATION_BYTES, 1);

/** A write whose first round has begun with ballot 10. */
function begun(change: ConditionalChange): ConditionalOperation {
  const operation = new ConditionalOperation(change);
  operation.prepare(REGISTER, at(10), WALL_MS);
  return operation;
}

/** What a retry of `change` finds if its first try was stored at 7. */
function retried(change: ConditionalChange, held: Partial<DataRecord>): ConditionalStep {
  const operation = begun({ ...change, record: { ...change.record, operation: OPERATION } });
  const answer = holding(at(7), { ...change.record, ...held });
  operation.promised('a', 1, answer);
  const step = operation.promised('b', 1, answer);
  if (step.next !== 'store') return step;
  operation.stored('a', 1, STORED);
  return operation.stored('b', 1, STORED);
}

test('a retry finds its first try -> applied under that, though its condition fails', () => {
  for (const change of [ALWAYS, IF_ABSENT, ifMatch(at(5))]) {
    const step = retried(change, { operation: OPERATION });
    assert.equal(step, { next: 'applied', version: at(7) });
  }
});

function retriedAt(held: PromiseAnswer, change: ConditionalChange): ConditionalStep {
  const operation = begun({ ...change, record: { ...change.record, operation: OPERATION } });
  operation.promised('a', 1, held);
  return operation.promised('b', 1, held);
}

/** Whether that is what is stored. */
function isTombstone(step: ConditionalStep): boolean {
  assert.is(step.next, 'store');
  return step.next === 'store' && decodeRecord(step.record).tombstone;
}

function notMet(step: ConditionalStep): 'no' | 'unknown' | undefined {
  return step.next === 'preconditionFailed' ? step.applied : undefined;
}

test('a retry finds its first try expired -> tried anew; if that cannot be, unknown', () => {
  const expired = { operation: OPERATION, expiresAt: WALL_MS };
  for (const change of [ALWAYS, IF_ABSENT]) {
    assert.equal(retried(change, expired), { next: 'applied', version: at(10) });
  }
  const alive = { operation: OPERATION, expiresAt: WALL_MS + 1 };
  assert.equal(retried(IF_ABSENT, alive), { next: 'applied', version: at(7) });
  assert.is(notMet(retried(ifMatch(at(6)), expired)), 'unknown');
});

test('a retry finds that its first try has expired and been ended -> the same', () => {
  const first = recordOf(at(7), { operation: OPERATION, expiresAt: WALL_MS });
  const held = { kind: 'promised', version: at(8), record: ended(first, at(8)) } as const;
  for (const change of [ALWAYS, IF_ABSENT]) assert.not(isTombstone(retriedAt(held, change)));
  assert.is(notMet(retriedAt(held, ifMatch(at(6)))), 'unknown');
  // What somebody has deleted was made, and written over: it stays deleted.
  const deletion = { ...decodeRecord(first), tombstone: true, expiresAt: 0, operation: undefined };
  const deleted = { ...held, record: madeFrom(first, deletion, at(8)) };
  for (const change of [ALWAYS, IF_ABSENT]) assert.ok(isTombstone(retriedAt(deleted, change)));
});

test('a retry finds the write of another -> its condition is tried', () => {
  for (const operation of [undefined, Buffer.alloc(OPERATION_BYTES, 2)]) {
    assert.is(retried(IF_ABSENT, { operation }).next, 'preconditionFailed');
    assert.equal(retried(ifMatch(at(7)), { operation }), { next: 'applied', version: at(10) });
  }
});

test('a first try that is known to be one finds another value -> certainly not made', () => {
  const other = { operation: undefined };
  assert.is(notMet(retried(ifMatch(at(6)), other)), 'unknown');
  assert.is(notMet(retried({ ...ifMatch(at(6)), isFirstTry: true }, other)), 'no');
});

test('a condition that no value meets, such as the ETag of another store -> never made', () => {
  const change = { ...ALWAYS, condition: { kind: 'matches', versions: [] } } as const;
  for (const held of [holding(at(7)), ABSENT]) assert.is(notMet(retriedAt(held, change)), 'no');
});

/**
 * The register after others have changed it, one after the other: by rounds, or by plain writes.
 */
function overwritten(by: 'rounds' | 'plain writes', ...operations: Buffer[]): PromiseAnswer {
  let last = recordOf(at(5));
  for (const [index, operation] of operations.entries()) {
    const lineage = by === 'rounds' && { lineage: lineageAfter(last) };
    last = recordOf(at(6 + index), { operation, ...lineage });
  }
  return { kind: 'promised', version: at(5 + operations.length), record: last };
}

const [OTHER, THIRD] = [2, 3].map((byte) => Buffer.alloc(OPERATION_BYTES, byte)) as [
  Buffer,
  Buffer,
];

test('a retry whose first try has been written over -> applied under that', () => {
  const held = overwritten('rounds', OPERATION, OTHER, THIRD);
  for (const change of [ifMatch(at(5)), ifMatch(at(8)), ALWAYS, IF_ABSENT]) {
    const operation = begun({ ...change, record: { ...change.record, operation: OPERATION } });
    operation.promised('a', 1, held);
    const step = operation.promised('b', 1, held);
    const record = step.next === 'store' ? decodeRecord(step.record) : undefined;
    assert.equal(record?.origin, at(8), 'what stands there stays');
    operation.stored('a', 1, STORED);
    assert.equal(operation.stored('b', 1, STORED), { next: 'applied', version: at(6) });
  }
});

test('a condition fails, no earlier try is known -> "no" where it is certain', () => {
  const applied = (held: PromiseAnswer, change: ConditionalChange) => {
    const step = retriedAt(held, change);
    return step.next === 'preconditionFailed' && step.applied;
  };
  const byRounds = overwritten('rounds', OTHER, THIRD);
  assert.is(applied(byRounds, ifMatch(at(5))), 'no', 'what came after 5 is known');
  assert.is(applied(byRounds, ifMatch(at(4))), 'unknown');
  assert.is(applied(byRounds, IF_ABSENT), 'unknown', 'it may have been absent before 5');
  const plain = overwritten('plain writes', OTHER, THIRD);
  assert.is(applied(plain, ifMatch(at(5))), 'unknown', 'a plain write tells nothing');
  assert.is(applied(ABSENT, ifMatch(at(5))), 'no');
  const withoutId = begun(ifMatch(at(4)));
  withoutId.promised('a', 1, byRounds);
  const step = withoutId.promised('b', 1, byRounds);
  assert.is(step.next === 'preconditionFailed' && step.applied, 'no', 'sent once');
});

test('another write has the same operation id -> refused, certainly not applied', () => {
  const others = [{ value: Buffer.from('old') }, { contentType: 'a/b' }, { tombstone: true }];
  for (const other of others) {
    const step = retried(ALWAYS, { ...other, operation: OPERATION });
    assert.ok(step.next === 'failed' && step.why === 'reused' && step.applied === 'no');
  }
});

test.run();
