/** The checker of linearizability: known histories, the definition itself as oracle, large ones. */
import * as assert from 'uvu/assert';
import { Stream } from '../../sim/world/random.js';
import { suite } from '../runner/suite.js';
import { isLinearizableByDefinition } from './brute-force.js';
import { checkLinearizable } from './checker.js';
import { damaged, linearizableHistory } from './random-histories.js';
import { ANY_VALUE, type Operation, showOperation } from './register.js';

const test = suite('linearizability');

const NEVER = Number.POSITIVE_INFINITY;
const at = (invoke: number, complete: number) =>
  ({ key: 'k', invoke, complete, outcome: 'ok' }) as const;
const perhaps = (invoke: number, complete = NEVER) =>
  ({ key: 'k', invoke, complete, outcome: 'unknown' }) as const;

function verdictOf(...history: Operation[]): string {
  return checkLinearizable(history).verdict;
}

test('a read sees what was written before it, or at the same time', () => {
  const write: Operation = { ...at(0, 10), kind: 'write', value: 'a' };
  assert.is(verdictOf(write, { ...at(11, 12), kind: 'read', observed: 'a' }), 'linearizable');
  assert.is(verdictOf(write, { ...at(11, 12), kind: 'read', observed: undefined }), 'not');
  assert.is(verdictOf(write, { ...at(5, 12), kind: 'read', observed: undefined }), 'linearizable');
  assert.is(verdictOf(write, { ...at(10, 12), kind: 'read', observed: undefined }), 'linearizable');
});

test('seen once -> not gone again', () => {
  const write: Operation = { ...at(0, 10), kind: 'write', value: 'a' };
  const sees: Operation = { ...at(1, 2), kind: 'read', observed: 'a' };
  const sawNothing: Operation = { ...at(3, 4), kind: 'read', observed: undefined };
  assert.is(verdictOf(write, sees, sawNothing), 'not');
});

test('two succeed from the same state -> not, unless something brought it back', () => {
  const write: Operation = { ...at(0, 1), kind: 'write', value: 'a' };
  const first: Operation = { ...at(2, 5), kind: 'cas', expected: 'a', value: 'b' };
  const second: Operation = { ...at(2, 5), kind: 'cas', expected: 'a', value: 'c' };
  assert.is(verdictOf(write, first, second), 'not');
  const back: Operation = { ...at(3, 4), kind: 'cas', expected: 'b', value: 'a' };
  assert.is(verdictOf(write, first, back, second), 'linearizable');
});

test('a failed condition is an observation', () => {
  const write: Operation = { ...at(0, 1), kind: 'write', value: 'a' };
  const failed = (observed: string | undefined): Operation => ({
    ...at(2, 3),
    kind: 'cas',
    expected: 'z',
    value: 'b',
    failed: { observed },
  });
  assert.is(verdictOf(write, failed('a')), 'linearizable');
  assert.is(verdictOf(write, failed(undefined)), 'not');
});

test('a condition that any value meets -> not met where there is none', () => {
  const write: Operation = { ...at(0, 1), kind: 'write', value: 'a' };
  const replace: Operation = { ...at(2, 3), kind: 'cas', expected: ANY_VALUE, value: 'b' };
  assert.is(verdictOf(write, replace), 'linearizable');
  assert.is(verdictOf(replace), 'not');
  assert.is(verdictOf({ ...write, invoke: 4, complete: 5 }, replace), 'not');
});

test('unknown -> may take effect late, or never, but not before it began and not twice', () => {
  const lost: Operation = { ...perhaps(0), kind: 'write', value: 'a' };
  const other: Operation = { ...at(10, 11), kind: 'write', value: 'b' };
  const sees = (from: number, observed: string | undefined): Operation => ({
    ...at(from, from + 1),
    kind: 'read',
    observed,
  });
  assert.is(verdictOf(lost, other, sees(20, 'b')), 'linearizable');
  assert.is(verdictOf(lost, other, sees(20, 'a')), 'linearizable');
  assert.is(verdictOf(lost, sees(5, 'a'), other, sees(20, 'b'), sees(30, 'a')), 'not');
  assert.is(verdictOf({ ...lost, invoke: 7 }, sees(5, 'a')), 'not');
  assert.is(verdictOf({ ...perhaps(0), kind: 'read', observed: 'z' }), 'linearizable');
});

test('unknown, but over by some time -> may take effect until then, or never', () => {
  const bounded: Operation = { ...perhaps(0, 10), kind: 'write', value: 'a' };
  const other: Operation = { ...at(20, 21), kind: 'write', value: 'b' };
  assert.is(verdictOf(bounded, { ...at(30, 31), kind: 'read', observed: 'a' }), 'linearizable');
  assert.is(
    verdictOf(bounded, { ...at(30, 31), kind: 'read', observed: undefined }),
    'linearizable',
  );
  assert.is(verdictOf(bounded, other, { ...at(30, 31), kind: 'read', observed: 'a' }), 'not');
});

test('keys are registers of their own', () => {
  const write: Operation = { ...at(0, 1), kind: 'write', value: 'a' };
  const read: Operation = { ...at(2, 3), kind: 'read', observed: undefined };
  assert.is(verdictOf(write, { ...read, key: 'other' }), 'linearizable');
});

test('not linearizable -> says which answer made it so, and how far one can get', () => {
  const verdict = checkLinearizable([
    { ...at(0, 1), kind: 'write', value: 'a' },
    { ...at(2, 3), kind: 'read', observed: 'a' },
    { ...at(4, 5), kind: 'write', value: 'b' },
    { ...at(6, 7), kind: 'read', observed: 'a' },
    { ...at(8, 9), kind: 'read', observed: 'b' },
  ]);
  assert.is(
    verdict.verdict === 'not' && verdict.explanation,
    [
      'key k is not linearizable once this was answered: [6, 7] read "a"',
      'the longest possible order has 3 of 4 operations:',
      '  [0, 1] write "a"',
      '  [2, 3] read "a"',
      '  [4, 5] write "b"',
      'then it holds "b", and none of these can follow:',
      '  [6, 7] read "a"',
    ].join('\n'),
  );
});

test('out of steps -> undecided, which is neither', () => {
  const lost = Array.from({ length: 25 }, (_, index): Operation => {
    return { ...perhaps(0), kind: 'write', value: `${index}` };
  });
  const history: Operation[] = [...lost, { ...at(1, 2), kind: 'read', observed: 'never' }];
  assert.equal(checkLinearizable(history, { steps: 5000 }), { verdict: 'undecided', keys: ['k'] });
});

test('agrees with the definition on 10,000 small histories', () => {
  const random = new Stream(1, 'small histories');
  const counts = { linearizable: 0, not: 0, undecided: 0 };
  for (let i = 0; i < 10_000; i++) {
    const whole = linearizableHistory(random, {
      key: 'k',
      operations: random.whole(1, 7),
      concurrency: random.pick([0.5, 2, 5]),
      unknown: random.pick([0, 0.2, 0.6]),
    });
    const isDamaged = random.chance(0.6);
    const history = isDamaged ? damaged(random, whole) : whole;
    const { verdict } = checkLinearizable(history);
    const expected = isLinearizableByDefinition(history) ? 'linearizable' : 'not';
    assert.is(verdict, expected, history.map(showOperation).join('\n'));
    if (!isDamaged) assert.is(verdict, 'linearizable', 'as it was generated');
    counts[verdict]++;
  }
  assert.ok(counts.not > 2000 && counts.linearizable > 2000, JSON.stringify(counts));
});

test('50,000 operations over 500 keys -> decided, and one damaged read is found', () => {
  const random = new Stream(2, 'large history');
  const history = Array.from({ length: 500 }, (_, key) =>
    linearizableHistory(random, {
      key: `${key}`,
      operations: 100,
      concurrency: 3,
      unknown: 0.02,
    }),
  ).flat();
  assert.is(checkLinearizable(history).verdict, 'linearizable');
  const victim = history.findIndex((operation) => {
    return operation.kind === 'read' && operation.outcome === 'ok' && operation.key === '321';
  });
  history[victim] = { ...history[victim]!, kind: 'read', observed: 'never written' };
  const verdict = checkLinearizable(history);
  assert.is(verdict.verdict === 'not' && verdict.key, '321');
});

test.run();
