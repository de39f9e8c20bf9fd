/** Invariants that do not hold are told, and by name. */
import * as assert from 'uvu/assert';
import { BrokenInvariant, assert as invariant, present } from '../../src/core/assert.js';
import { suite } from '../support/runner/suite.js';

const test = suite('assert');

test('an invariant that holds says nothing; a broken one says which it was', () => {
  invariant(true, 'one is one');
  assert.throws(
    () => invariant(false, 'the epoch only grows'),
    (error: unknown) =>
      error instanceof BrokenInvariant && /the epoch only grows/.test(error.message),
  );
});

test('what is there comes back, falsy values too; what is not is named', () => {
  assert.is(present(0, 'a number'), 0);
  assert.is(present('', 'a text'), '');
  assert.throws(() => present(undefined, 'a ring'), /a ring/);
});

test.run();
