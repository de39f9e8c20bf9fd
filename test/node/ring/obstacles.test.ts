/** What stands between a node and a ring, in one sentence. */
import * as assert from 'uvu/assert';
import { Obstacles } from '../../../src/node/ring/obstacles.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('obstacles');

test('answers and failures, however often and in which order -> one sentence, each once', () => {
  const it = new Obstacles();
  assert.is(it.sentence(''), '');
  assert.is(it.sentence('3 nodes to meet, 1 have'), '3 nodes to meet, 1 have');
  const says = 'y, to be found dead; x:1 (nobody listens there)';
  it.failed('x:1', 'nobody listens there');
  for (const peer of ['a', 'b', 'a']) it.answered(peer, 'y, to be found dead');
  assert.is(it.sentence('3 nodes to meet, 1 have'), says);
  it.answered('b', 'connections with c:1');
  assert.is(it.sentence(''), `connections with c:1, ${says}`);
  it.answered('b', '');
  assert.is(it.sentence(''), says);
  it.disconnected('a');
  it.connected('x:1');
  assert.is(it.sentence(''), '');
});

test('many of them -> three of each are named, and the others counted', () => {
  const it = new Obstacles();
  for (const n of [1, 2, 3, 4, 5]) it.failed(`x:${n}`, 'why');
  assert.is(it.sentence(''), 'x:1 (why), x:2 (why), x:3 (why) and 2 more');
});

test.run();
