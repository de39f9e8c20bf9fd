/** The guard has to fail for what is worse, and for nothing else. */
import * as assert from 'uvu/assert';
import { type Counts, compare } from '../../../bench/guard/compare.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('bench guard');

const counted = (place: string, count: string, value: number): Counts => ({
  [place]: { PUT: { [count]: value } },
});

test('the same counts -> nothing to say', () => {
  const counts = counted('simulated', 'messages', 4);
  assert.equal(compare(counts, counts), { worse: [], better: [] });
});

test('one message more or less -> worse or better', () => {
  const [four, five] = [4, 5].map((count) => counted('simulated', 'messages', count));
  assert.equal(compare(four!, five!).worse, ['simulated | PUT | messages: 5, committed 4']);
  assert.equal(compare(four!, five!).better, []);
  assert.equal(compare(five!, four!).better, ['simulated | PUT | messages: 4, committed 5']);
  assert.equal(compare(five!, four!).worse, []);
});

test('many at a time, a little more -> nothing to say; much more -> worse', () => {
  const [was, little, much] = [100, 140, 160].map((frames): Counts => {
    return { simulated: { 'PUT, 50 at a time': { frames } } };
  });
  assert.equal(compare(was!, little!), { worse: [], better: [] });
  assert.is(compare(was!, much!).worse.length, 1);
});

test('a count that is new, or gone -> worse: it has to be accepted', () => {
  const both = { simulated: { PUT: { messages: 4, frames: 4 } } };
  const one = { simulated: { PUT: { messages: 4 } } };
  assert.is(compare(one, both).worse.length, 1);
  assert.is(compare(both, one).worse.length, 1);
});

test.run();
