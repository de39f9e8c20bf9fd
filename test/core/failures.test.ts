/** What a client is told of a condition that does not hold. */
import * as assert from 'uvu/assert';
import { OPERATION_REUSED, preconditionFailed } from '../../src/core/failures.js';
import { version } from '../support/data/records.js';
import { suite } from '../support/runner/suite.js';

const test = suite('failures');

test('a condition that does not hold -> what the key holds instead, and what became of it', () => {
  const current = version(3);
  assert.equal(preconditionFailed(current, 'no'), {
    ok: false,
    code: 'precondition_failed',
    detail: 'the key holds another value',
    applied: 'no',
    current,
  });
  assert.equal(preconditionFailed(undefined, 'no'), {
    ok: false,
    code: 'precondition_failed',
    detail: 'the key holds no value',
    applied: 'no',
  });
});

test('an earlier try may have been made -> it says that this is not known', () => {
  const { applied, detail } = preconditionFailed(undefined, 'unknown');
  assert.is(applied, 'unknown');
  assert.match(detail, /^the key holds no value; whether an earlier try .* is not known$/);
});

test('an id that was used for something else -> a failure, nothing applied', () => {
  assert.equal([OPERATION_REUSED.ok, OPERATION_REUSED.applied], [false, 'no']);
});

test.run();
