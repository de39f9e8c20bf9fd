import * as assert from 'uvu/assert';
import { median, ratioOf } from '../../../bench/report/ratios.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('bench ratios');

test('rounds that differ -> ratios within rounds: median, least, most', () => {
  // Twice as good in each round, though the machine was ten times as slow in the second.
  assert.equal(ratioOf([200, 20, 220], [100, 10, 110]), { median: 2, least: 2, most: 2 });
  assert.equal(ratioOf([100, 300, 200], [100, 100, 100]), { median: 2, least: 1, most: 3 });
});

test('other numbers of rounds -> refused', () => {
  assert.throws(() => ratioOf([1, 2], [1]), /same rounds/);
});

test('an even number of values -> half way between the two in the middle', () => {
  assert.is(median([4, 1, 3, 2]), 2.5);
  assert.is(median([3, 1, 2]), 2);
});

test.run();
