/** The knobs: what holds without a word is allowed, and what cannot be together is refused. */
import * as assert from 'uvu/assert';
import { MAX_KEY_BYTES } from '../../src/core/data/record.js';
import { KNOBS, type KnobName, objectionToTuning, USUAL } from '../../src/core/settings.js';
import { suite } from '../support/runner/suite.js';

const test = suite('settings');

test('what holds where nothing else is said can be', () => {
  assert.is(objectionToTuning(USUAL), undefined);
  assert.ok(Object.keys(USUAL).length > 5);
});

/** [where nothing else is said, the least, the most]: a change is one for the changelog. */
const PROMISED: { readonly [name in KnobName]: readonly [number, number, number] } = {
  maxValueBytes: [1_048_576, 1, 67_108_864],
  requestTimeoutMs: [2000, 1, 60_000],
  maxClockDriftMs: [500, 1, 3_600_000],
  maxInFlight: [1000, 1, 1_000_000],
  maxInFlightBytes: [268_435_456, 1024, 1_099_511_627_776],
  hedgeAfterMs: [50, 1, 60_000],
  slowRequestMs: [500, 1, 60_000],
  evictAfterMs: [300_000, 0, 2_592_000_000],
  hintWindowMs: [10_800_000, 1, 2_592_000_000],
  tombstoneMinAgeMs: [86_400_000, 0, 31_536_000_000],
  hintBytesPerSecond: [8_388_608, 1, 1_099_511_627_776],
  compareEveryMs: [60_000, 100, 86_400_000],
  scrubEveryMs: [604_800_000, 0, 31_536_000_000],
  transferBytesPerSecond: [67_108_864, 1, 1_099_511_627_776],
  recordCacheBytes: [33_554_432, 0, 1_073_741_824],
  storeCacheBytes: [16_777_216, 1_048_576, 1_099_511_627_776],
  recorderBytes: [16_777_216, 65_536, 1_099_511_627_776],
};

test('every knob -> stands where it has stood, and goes as far', () => {
  const stands = Object.entries(KNOBS).map(([name, { otherwise, least, most }]) => {
    return [name, [otherwise, least, most]];
  });
  assert.equal(Object.fromEntries(stands), PROMISED);
});

test('every knob as far as it goes, either way -> can be, where no other is in its way', () => {
  const { maxInFlightBytes, tombstoneMinAgeMs } = KNOBS;
  const roomy = {
    ...USUAL,
    maxInFlightBytes: maxInFlightBytes.most,
    tombstoneMinAgeMs: tombstoneMinAgeMs.most,
  };
  for (const [name, { least, most }] of Object.entries(KNOBS)) {
    const isAtOdds = ['maxInFlightBytes', 'hintWindowMs'].includes(name);
    const values = isAtOdds ? [most] : [least, most];
    for (const value of values) {
      assert.is(objectionToTuning({ ...roomy, [name as KnobName]: value }), undefined, name);
    }
  }
});

for (const [name, { least, most }] of Object.entries(KNOBS)) {
  test(`${name}: out of its bounds, or no whole number -> refused by its name`, () => {
    for (const value of [least - 1, most + 1, least + 0.5, Number.NaN]) {
      assert.match(objectionToTuning({ ...USUAL, [name as KnobName]: value }) ?? '', name);
    }
  });
}

test('rows are to be read all the time -> refused, but not never', () => {
  assert.match(objectionToTuning({ ...USUAL, scrubEveryMs: 999 }) ?? '', /scrubEveryMs is below/);
  for (const scrubEveryMs of [0, 1000]) {
    assert.is(objectionToTuning({ ...USUAL, scrubEveryMs }), undefined);
  }
});

test('no room for the largest value -> refused', () => {
  const bytes = (1 << 20) + MAX_KEY_BYTES;
  const tuning = { ...USUAL, maxValueBytes: 1 << 20, maxInFlightBytes: bytes - 1 };
  assert.match(objectionToTuning(tuning) ?? '', /no room for one value/);
  assert.is(objectionToTuning({ ...tuning, maxInFlightBytes: bytes }), undefined);
});

test('a hint that ends before its write does -> refused', () => {
  const tuning = { ...USUAL, hintWindowMs: 1999, requestTimeoutMs: 2000 };
  assert.match(objectionToTuning(tuning) ?? '', /hintWindowMs is below/);
  assert.is(objectionToTuning({ ...tuning, hintWindowMs: 2000 }), undefined);
});

test('what is over goes before all hints are given up -> refused', () => {
  const { hintWindowMs, maxClockDriftMs } = USUAL;
  const least = hintWindowMs + KNOBS.requestTimeoutMs.most + 2 * maxClockDriftMs;
  const objection = objectionToTuning({ ...USUAL, tombstoneMinAgeMs: least - 1 }) ?? '';
  assert.match(objection, /late hint/);
  assert.is(objectionToTuning({ ...USUAL, tombstoneMinAgeMs: least }), undefined);
});

test.run();
