import * as assert from 'uvu/assert';
import { Backoff } from '../../src/peers/backoff.js';
import { FailureLog } from '../../src/peers/failure-log.js';
import type { GreetingFailure } from '../../src/peers/greet.js';
import { suite } from '../support/runner/suite.js';
import { ManualClock } from './manual-clock.js';

const test = suite('dialling again');

function delays(chance: number, count: number): number[] {
  const clock = new ManualClock();
  const backoff = new Backoff(clock, { float: () => chance, hex: () => '' }, () => undefined);
  return Array.from({ length: count }, () => {
    backoff.retry();
    const delay = clock.nextMs!;
    clock.advance(delay);
    return delay;
  });
}

test('failure after failure -> the delay doubles up to two seconds, half of it is chance', () => {
  assert.equal(delays(0, 8), [25, 50, 100, 200, 400, 800, 1000, 1000]);
  const longest = delays(0.999999, 8).map(Math.round);
  assert.equal(longest, [50, 100, 200, 400, 800, 1600, 2000, 2000]);
});

test('asked twice, reset, cancelled -> one attempt, the first delay, none', () => {
  const clock = new ManualClock();
  let attempts = 0;
  const backoff = new Backoff(clock, { float: () => 0, hex: () => '' }, () => attempts++);
  backoff.retry();
  backoff.retry();
  clock.advance(1000);
  assert.is(attempts, 1);
  backoff.reset();
  backoff.retry();
  assert.is(clock.nextMs, 25);
  backoff.cancel();
  clock.advance(1000);
  assert.is(attempts, 1);
});

/** A log that counts, and failures for it. */
function failureLog() {
  const lines: string[] = [];
  const log = new FailureLog((level, event, fields) => {
    lines.push(`${level} ${event} ${fields?.reason}`);
  });
  const fail = (source: string, reason: string, by: GreetingFailure['by'] = 'network') =>
    log.note(source, { by, code: 1006, reason, peer: undefined }, 'peer.unreachable');
  return { log, lines, fail };
}

test('the same cause again -> logged once, until the source did well', () => {
  const { log, lines, fail } = failureLog();
  fail('a', 'one');
  fail('a', 'one');
  fail('a', 'two', 'us');
  fail('a', 'one');
  fail('b', 'one');
  log.forget('a');
  fail('a', 'one');
  fail('b', 'one');
  const one = 'info peer.unreachable one';
  assert.equal(lines, [one, 'warn peer.refused two', one, one]);
});

test('sources without end -> forgotten, not kept', () => {
  const { lines, fail } = failureLog();
  for (let index = 0; index < 1000; index++) fail(`source ${index}`, 'one');
  fail('source 0', 'one');
  assert.is(lines.length, 1001);
});

test.run();
