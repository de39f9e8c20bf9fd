import * as assert from 'uvu/assert';
import { rangesText } from '../../../../src/cli/verbs/cluster/ranges.js';
import { suite } from '../../../support/runner/suite.js';

const test = suite('cli: ranges');
const SOME = [0, 1, 2, 5, 7, 8, 255];

test('neighbours are one range', () => {
  assert.is(rangesText(SOME, 80), '0-2, 5, 7-8, 255');
  assert.is(rangesText([], 80), '');
});

test('too many for the width -> the first of them, never more than fits', () => {
  assert.is(rangesText(SOME, 16), '0-2, 5, 7-8, 255');
  assert.is(rangesText(SOME, 15), '0-2, 5, 7-8, …');
  assert.is(rangesText(SOME, 13), '0-2, 5, …');
  assert.is(rangesText(SOME, 2), '…');
});

test.run();
