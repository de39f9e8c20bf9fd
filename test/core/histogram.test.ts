/** Values are counted by their size, and nothing is lost at the ends. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { DURATION_BOUNDS_MS, Histogram } from '../../src/core/histogram.js';
import { suite } from '../support/runner/suite.js';

const test = suite('histogram');

test('a bound is within its bucket, what is above all in the last', () => {
  const histogram = new Histogram([1, 5]);
  for (const value of [0, 1, 1.5, 5, 5.1, 1e9]) histogram.note(value);
  assert.equal(
    [0, 1, 2].map((bucket) => histogram.in(bucket)),
    [2, 2, 2],
  );
  assert.is(histogram.sum, 12.6 + 1e9);
});

test('durations -> from half a millisecond to ten seconds, in steps of about two', () => {
  const bounds = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];
  assert.equal(DURATION_BOUNDS_MS, bounds);
  assert.is(Histogram.cellsFor(bounds), bounds.length + 2);
});

test('any values -> each is in one bucket, whose bounds hold it', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 20_000, noNaN: true })), (values) => {
      const histogram = new Histogram(DURATION_BOUNDS_MS);
      for (const value of values) histogram.note(value);
      assert.is(histogram.count, values.length);
      let within = 0;
      for (const [bucket, bound] of DURATION_BOUNDS_MS.entries()) {
        within += histogram.in(bucket);
        assert.is(within, values.filter((value) => value <= bound).length);
      }
    }),
  );
});

test('cells that are shared -> what one notes the other reads', () => {
  const cells = new Float64Array(new SharedArrayBuffer(8 * Histogram.cellsFor([1])));
  const [writer, reader] = [new Histogram([1], cells), new Histogram([1], cells)];
  writer.note(7);
  assert.equal([reader.count, reader.in(1), reader.sum], [1, 1, 7]);
});

test.run();
