/** Curves from samples: of one node, and of all together. */
import * as assert from 'uvu/assert';
import { seriesOf } from '../../../../src/console/model/cluster/series.js';
import { History } from '../../../../src/console/model/history.js';
import { Picked } from '../../../../src/console/model/picked.js';
import type { RecordedFrame } from '../../../../src/events/recorded-frame.js';
import { suite } from '../../../support/runner/suite.js';

const test = suite('series');

const NONE = { puts: 0, deletes: 0, failed: 0, p50Ms: null, p99Ms: null, inFlight: 0, lateMs: 0 };
let seq = 0;
const sample = (node: string, at: number, fields: object) =>
  ({ type: 'node.sampled', seq: ++seq, node, at, ms: 5000, ...NONE, ...fields }) as RecordedFrame;

const history = new History();
const samples = new Picked(history, ['node.sampled']);
history.append([
  sample('a', 5000, { gets: 50, p99Ms: 4 }),
  sample('b', 7000, { gets: 100, p99Ms: 9, lateMs: 20 }),
  { type: 'beat', node: 'a', at: 7000, seq },
  sample('a', 10_000, { gets: 5 }),
  sample('b', 20_000, { gets: 130, ms: 13_000 }),
]);

test('one node -> its rates, each above the time it is of; nothing told, nothing drawn', () => {
  const { at, getsPerSecond, p99Ms } = seriesOf(samples.frames, 'a');
  assert.equal(at, [2500, 7500]);
  assert.equal(getsPerSecond, [10, 1]);
  assert.equal(p99Ms, [4, null]);
});

test('all together -> requests are added, of times the worst counts', () => {
  const { at, getsPerSecond, p99Ms, lateMs } = seriesOf(samples.frames, undefined);
  assert.equal(at, [2500, 7500, 12_500, 17_500]);
  assert.equal(getsPerSecond, [30, 11, 10, 10]);
  assert.equal(p99Ms, [9, null, null, null]);
  assert.equal(lateMs, [20, 0, 0, 0]);
});

test('no samples -> no points', () => {
  assert.equal(seriesOf([], undefined).at, []);
});

test('a history that forgets -> what is picked forgets with it, and finds each frame once', () => {
  const short = new History(8);
  const picked = new Picked(short, ['node.sampled']);
  for (let at = 1; at <= 20; at++) {
    short.append([sample('z', at, {})]);
    assert.is(picked.frames.at(-1)?.at, at);
  }
  assert.is(picked.frames[0]!.place, short.first);
  assert.is(picked.frames.length, short.end - short.first);
  assert.is(picked.frames, picked.frames);
});

test.run();
