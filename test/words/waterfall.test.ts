/** A request on an axis of time, and which of them were slow. */
import * as assert from 'uvu/assert';
import { slowRequests } from '../../src/console/model/actors/slow-requests.js';
import { History } from '../../src/console/model/history.js';
import type { RequestStep } from '../../src/core/requests.js';
import { Explanation } from '../../src/node/coordinator/explanation.js';
import { waterfallOf } from '../../src/words/waterfall.js';
import { suite } from '../support/runner/suite.js';

const test = suite('console: waterfall');

const STEPS: readonly RequestStep[] = [
  { atMs: 40, what: 'read', owner: 'a', answer: 'ok', version: '1.2.3', tookMs: 30 },
  { atMs: 50, what: 'one more is asked', owner: 'b' },
  { atMs: 200, what: 'read', owner: 'c', answer: 'timeout', tookMs: 195 },
];

test('bars from when an owner was asked to its answer, in the order of asking', () => {
  const { rows, spanMs, answered } = waterfallOf(STEPS, 100);
  assert.equal([spanMs, answered], [200, 0.5]);
  assert.equal(
    rows.map(({ owner, from, width }) => [owner, from, width]),
    [
      ['c', 0.025, 0.975],
      ['a', 0.05, 0.15],
      ['b', 0.25, 0],
    ],
  );
  assert.equal(
    rows.map(({ isMoment, isFailure, isLate }) => [isMoment, isFailure, isLate]),
    [
      [false, true, true],
      [false, false, false],
      [true, false, false],
    ],
  );
});

test('ticks are round numbers within the span, whatever it is', () => {
  for (const [span, expected] of [
    [200, [0, 50, 100, 150, 200]],
    [0.3, [0, 0.1, 0.2, 0.3]],
    [2005, [0, 500, 1000, 1500, 2000]],
    [7, [0, 2, 4, 6]],
  ] as const) {
    const { ticks } = waterfallOf([], span);
    assert.equal(
      ticks.map(({ ms }) => ms),
      expected,
    );
    assert.ok(ticks.every(({ at }) => at >= 0 && at <= 1));
  }
});

test('nothing happened, in no time -> an axis all the same', () => {
  const { rows, ticks } = waterfallOf([], 0);
  assert.is(rows.length, 0);
  assert.ok(ticks.length > 0 && ticks.every(({ at }) => Number.isFinite(at)));
});

test('what explain=1 tells is drawn as it was', () => {
  let now = 1000;
  const clock = { monotonic: () => now } as ConstructorParameters<typeof Explanation>[0];
  const explanation = new Explanation(clock);
  now += 1;
  const answered = explanation.ask('replica.read', 'a');
  now += 2;
  answered({ outcome: 'ok' });
  explanation.note('owners differ', {});
  const [read, note] = waterfallOf(explanation.steps, 4).rows;
  assert.equal([read?.fromMs, read?.tookMs, read?.from, read?.width], [1, 2, 0.25, 0.5]);
  assert.equal([note?.isMoment, note?.fromMs, note?.owner], [true, 3, '']);
});

test('slow requests: of one node, up to a place, the newest first', () => {
  const history = new History();
  const slow = { type: 'request.slow', operation: 'get', level: 'one', outcome: 'ok', unsaid: 0 };
  const frames = ['a', 'b', 'a', 'a'].map((node, index) => {
    return { ...slow, seq: index + 1, at: index, node, key: `${index}`, tookMs: 1, steps: STEPS };
  });
  history.append(frames as never);
  const found = (place: number) => slowRequests(history, place, 'a').map(({ key }) => key);
  assert.equal(found(3), ['3', '2', '0']);
  assert.equal(found(2), ['2', '0']);
  assert.equal(slowRequests(history, 3, 'a')[0]?.steps, STEPS);
});

test.run();
