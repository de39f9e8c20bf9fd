/** How requests end is counted where it belongs, whatever they were and however they ended. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import {
  LEVEL_NAMES,
  OUTCOMES,
  REQUEST_OPERATIONS,
  RequestStats,
} from '../../src/core/request-stats.js';
import type { Failure, FailureCode, Level } from '../../src/core/requests.js';
import { suite } from '../support/runner/suite.js';

const test = suite('request stats');

const CODES: readonly [FailureCode, (typeof OUTCOMES)[number]][] = [
  ['quorum_unavailable', 'failed'],
  ['overloaded', 'failed'],
  ['precondition_failed', 'rejected'],
  ['operation_reused', 'rejected'],
  ['outcome_unknown', 'unknown'],
];

const levels = fc.constantFrom<Level>('one', 'quorum', 'all', 'linearizable', 'any', 1, 2, 16);
const ends = fc.constantFrom(undefined, ...CODES);

test('any request, any end -> one more in its series, and in no other', () => {
  const operations = fc.constantFrom(...REQUEST_OPERATIONS);
  fc.assert(
    fc.property(operations, levels, ends, (operation, level, end) => {
      const stats = new RequestStats();
      const failure: Failure | undefined = end && { ok: false, code: end[0], detail: '' };
      stats.note(operation, level, failure, 12);
      const noted = stats.series.filter(({ durations }) => durations.count > 0);
      assert.equal(
        noted.map((each) => [each.operation, each.level, each.outcome, each.durations.sum]),
        [[operation, typeof level === 'number' ? 'number' : level, end?.[1] ?? 'ok', 12]],
      );
      const failed = Object.entries(stats.failures[operation]).filter(([, count]) => count > 0);
      assert.equal(failed, end ? [[end[0], 1]] : []);
    }),
  );
});

test('every series is there from the start', () => {
  const { series, failures } = new RequestStats();
  const all = REQUEST_OPERATIONS.length * LEVEL_NAMES.length * OUTCOMES.length;
  const names = series.map(({ operation, level, outcome }) => `${operation} ${level} ${outcome}`);
  assert.is(new Set(names).size, all);
  assert.is(failures.get.overloaded, 0);
});

test.run();
