/** The knobs: what holds without a word is allowed, and what cannot be together is refused. */
import * as assert from 'uvu/assert';
import { KNOBS, type KnobName, objectionToTuning, USUAL } from '../../src/core/settings.js';
import { suite } from '../support/runner/suite.js';

const test = suite('settings');

test('what holds where nothing else is said can be', () => {
  assert.is(objectionToTuning(USUAL), undefined);
  assert.ok(Object.keys(USUAL).length > 5);
});

for (const [name, { least, most }] of Object.entries(KNOBS)) {
  test(`${name}: out of its bounds, or no whole number -> refused by its name`, () => {
    for (const value of [least - 1, most + 1, least + 0.5, Number.NaN]) {
      assert.match(objectionToTuning({ ...USUAL, [name as KnobName]: value }) ?? '', name);
    }
  });
}

test('no room for the largest value -> refused', () => {
  const tuning = { ...USUAL, maxValueBytes: 1 << 20, maxInFlightBytes: 1 << 20 };
  assert.match(objectionToTuning(tuning) ?? '', /no room for one value/);
});

test('a hint that ends before its write does -> refused', () => {
  const tuning = { ...USUAL, hintWindowMs: 1999, requestTimeoutMs: 2000 };
  assert.match(objectionToTuning(tuning) ?? '', /hintWindowMs is below/);
});

test('what is over goes before all hints are given up -> refused', () => {
  const { hintWindowMs, maxClockDriftMs } = USUAL;
  const least = hintWindowMs + KNOBS.requestTimeoutMs.most + 2 * maxClockDriftMs;
  const objection = objectionToTuning({ ...USUAL, tombstoneMinAgeMs: least - 1 }) ?? '';
  assert.match(objection, /late hint/);
  assert.is(objectionToTuning({ ...USUAL, tombstoneMinAgeMs: least }), undefined);
});

test.run();
