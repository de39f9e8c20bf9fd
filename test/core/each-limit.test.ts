/** Many things, a few at a time: all of them end, however they do. */
import * as assert from 'uvu/assert';
import { eachLimit } from '../../src/core/each-limit.js';
import { suite } from '../support/runner/suite.js';

const test = suite('each, up to a limit');

/** What is begun, and the ends of it; `done`: how often all had ended. */
function begin(count: number, limit: number) {
  const begun: number[] = [];
  const ends: ((goesOn?: boolean) => void)[] = [];
  const told = { begun, ends, done: 0 };
  eachLimit(
    Array.from({ length: count }, (_, index) => index),
    limit,
    (each, ended) => {
      begun.push(each);
      ends.push(ended);
    },
    () => told.done++,
  );
  return told;
}

test('more than the limit -> so many at a time, in their order, and done once', () => {
  const told = begin(5, 2);
  assert.equal(told.begun, [0, 1]);
  told.ends[1]!();
  assert.equal(told.begun, [0, 1, 2]);
  for (const place of [0, 2, 3]) told.ends[place]!();
  assert.equal([told.begun, told.done], [[0, 1, 2, 3, 4], 0]);
  told.ends[4]!();
  assert.is(told.done, 1);
});

test('nothing -> done at once', () => {
  assert.is(begin(0, 2).done, 1);
});

test('one says that it is enough -> no other is begun, and those under way end first', () => {
  const told = begin(5, 3);
  told.ends[0]!(false);
  told.ends[2]!();
  assert.equal([told.begun, told.done], [[0, 1, 2], 0]);
  told.ends[1]!();
  assert.equal([told.begun, told.done], [[0, 1, 2], 1]);
});

test('a great many that end as they begin -> no deeper stack, and done once', () => {
  let ended = 0;
  let done = 0;
  eachLimit(
    new Array(100_000).fill(0),
    32,
    (_, end) => {
      ended++;
      end();
    },
    () => done++,
  );
  assert.equal([ended, done], [100_000, 1]);
});

test.run();
