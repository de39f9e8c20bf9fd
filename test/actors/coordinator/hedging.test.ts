/** When an answer is late, and who is slow: learnt from answers. */
import * as assert from 'uvu/assert';
import { Hedging } from '../../../actors/coordinator/hedging.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('coordinator: hedging');

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} instead of ${expected}`);

test('an answer above what is late -> an eighth up; below -> a nineteenth of that down', () => {
  const hedging = new Hedging(80);
  assert.is(hedging.lateMs, 80);
  hedging.note('a', 81);
  near(hedging.lateMs, 90);
  hedging.note('a', 90);
  near(hedging.lateMs, 90 - 90 / 8 / 19);
});

test('answers of any times -> about one of twenty is late', () => {
  const hedging = new Hedging(10);
  let late = 0;
  for (let i = 0; i < 20_000; i++) {
    const tookMs = ((i * 7919) % 1000) / 10;
    if (i >= 10_000 && tookMs > hedging.lateMs) late++;
    hedging.note('a', tookMs);
  }
  assert.ok(late > 300 && late < 800, `${late} of 10,000`);
});

test('answers that take no time -> not everything is late', () => {
  const hedging = new Hedging(2.001);
  for (let i = 0; i < 100; i++) hedging.note('a', 0);
  assert.is(hedging.lateMs, 2);
});

test('what an owner takes -> its mean moves by a tenth; a quick answer is believed at once', () => {
  const hedging = new Hedging(10);
  assert.is(hedging.usualMs('a'), 0);
  hedging.note('a', 20);
  assert.is(hedging.usualMs('a'), 20);
  hedging.note('a', 40);
  near(hedging.usualMs('a'), 22);
  hedging.note('a', 5.5);
  near(hedging.usualMs('a'), 22 - 1.65);
  hedging.note('a', 5);
  assert.is(hedging.usualMs('a'), 5);
  assert.is(hedging.usualMs('b'), 0);
});

test('four times as slow and more -> behind its like, but for one of a thousand', () => {
  const hedging = new Hedging(10);
  assert.is(hedging.handicap('a', 1), 0, 'nobody knows');
  hedging.note('a', 4);
  assert.is(hedging.handicap('a', 1), 0);
  assert.is(hedging.handicap('a', 0.9), 0.5);
  const rest = Array.from({ length: 1999 }, () => hedging.handicap('a', 0.9));
  const tries = rest.flatMap((handicap, index) => (handicap < 0 ? [index + 2] : []));
  assert.equal(tries, [1000, 2000]);
  assert.equal([...new Set(rest)].sort(), [-0.5, 0.5]);
});

test('ourselves at once, every other time -> when others are late stays as it is learnt', () => {
  const [alone, mixed] = [new Hedging(50), new Hedging(50)];
  for (let i = 0; i < 2000; i++) {
    const tookMs = 5 + ((i * 7) % 20);
    alone.note('b', tookMs);
    mixed.note('b', tookMs);
    mixed.note('a', 0, true);
  }
  assert.is(mixed.lateMs, alone.lateMs);
  assert.ok(alone.lateMs > 15, 'it is not the least');
  assert.is(mixed.usualMs('a'), 0, 'how quick we are is known all the same');
});

test.run();
