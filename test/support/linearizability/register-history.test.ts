/** Recorder and checker together have to notice what they look for: here scripted answers. */
import * as assert from 'uvu/assert';
import type { Reply } from '../load/seat.js';
import { suite } from '../runner/suite.js';
import { checkLinearizable } from './checker.js';
import { type Asked, RegisterHistory } from './register-history.js';

const test = suite('register-history');

let history: RegisterHistory;
let now = 0;

test.before.each(() => {
  history = new RegisterHistory();
});

/** A request that begins when the one before it is over, or at `invoke`. */
function add(asked: Asked, reply: Reply, invoke = now + 1): void {
  now = Math.max(now, invoke) + 1;
  history.add({ key: 'k', invoke, complete: now }, asked, reply);
}

function answer(status: number, etag?: string, text = ''): Reply {
  return { status, headers: etag === undefined ? {} : { etag }, body: Buffer.from(text), text };
}

function problem(status: number, applied?: 'no' | 'unknown', etag?: string): Reply {
  return answer(status, etag, JSON.stringify({ code: 'any', applied }));
}

const READ: Asked = { kind: 'read' };
const wrote = (etag: string) => answer(204, etag);
const found = (value: string, etag: string) => answer(200, etag, value);
const NOT_FOUND = problem(404);
const cas = (expected: string | undefined, value: string | undefined): Asked => {
  return { kind: 'cas', expected, value };
};

function verdict(): string {
  return checkLinearizable(history.operations).verdict;
}

test('a quorum write that one owner has as yet -> seen, and then not: flagged', () => {
  // As level quorum may answer while its coordinator is dying: two reads by different pairs.
  add({ kind: 'write', value: 'a' }, wrote('1'));
  const began = now + 1;
  add(READ, found('b', '2'), began + 1);
  add(READ, found('a', '1'));
  add({ kind: 'write', value: 'b' }, wrote('2'), began);
  assert.is(verdict(), 'not');
});

test('the same, and its coordinator is killed -> flagged, though its outcome is unknown', () => {
  add({ kind: 'write', value: 'a' }, wrote('1'));
  const began = now + 1;
  add(READ, found('b', '2'), began + 1);
  add(READ, found('a', '1'));
  add({ kind: 'write', value: 'b' }, 'lost', began);
  assert.is(history.unknowns, 1);
  assert.is(verdict(), 'not');
});

test('a delete on a condition that another write had broken -> flagged', () => {
  add({ kind: 'write', value: 'a' }, wrote('1'));
  add(cas('a', 'b'), wrote('2'));
  assert.is(verdict(), 'linearizable');
  add(cas('a', undefined), wrote('3'));
  assert.is(verdict(), 'not');
});

test('a delete on a condition, and its value is back -> flagged', () => {
  add({ kind: 'write', value: 'a' }, wrote('1'));
  add(cas('a', undefined), wrote('2'));
  add(READ, NOT_FOUND);
  assert.is(verdict(), 'linearizable');
  add(READ, found('a', '1'));
  assert.is(verdict(), 'not');
});

test('two succeed with If-None-Match: * -> flagged', () => {
  add(cas(undefined, 'a'), wrote('1'));
  add(cas(undefined, 'b'), wrote('2'));
  assert.is(verdict(), 'not');
});

test('a failed condition -> saw the value of the ETag in its answer, known sooner or later', () => {
  add({ kind: 'write', value: 'a' }, wrote('1'));
  add(cas('z', 'b'), problem(412, 'no', '2'));
  assert.is(history.operations.length, 1, 'nobody knows what is behind the ETag');
  add(READ, found('a', '2'));
  assert.is(history.operations.length, 3);
  assert.is(verdict(), 'linearizable');
  add({ kind: 'write', value: 'c' }, wrote('3'));
  add(cas('c', 'd'), problem(412, 'no', '1'));
  assert.is(verdict(), 'not');
});

test('a failed condition without an ETag -> saw that nothing is there', () => {
  add(cas('z', 'b'), problem(412, 'no'));
  assert.is(verdict(), 'linearizable');
  add({ kind: 'write', value: 'a' }, wrote('1'));
  add(cas('z', 'b'), problem(412, 'no'));
  assert.is(verdict(), 'not');
});

test('what certainly had no effect -> left out; what may have had one -> open', () => {
  for (const reply of [problem(503, 'no'), problem(400), 'not sent'] as const) {
    add({ kind: 'write', value: 'no' }, reply);
  }
  for (const reply of [problem(504), problem(503), 'lost'] as const) add(READ, reply);
  assert.equal(history.operations, []);
  for (const reply of [problem(504, 'unknown'), problem(500), 'lost'] as const) {
    add({ kind: 'write', value: 'perhaps' }, reply);
  }
  assert.is(history.unknowns, 3);
  for (const { outcome, complete } of history.operations) {
    assert.equal([outcome, complete], ['unknown', Number.POSITIVE_INFINITY]);
  }
});

test.run();
