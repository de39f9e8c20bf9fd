/** The paths of one target's hints: when it is looked after, and what is told of it. */
import * as assert from 'uvu/assert';
import { type TargetEvent, targetMachine } from '../../../actors/hints/replay.js';
import { suite } from '../../support/runner/suite.js';
import { hostChild } from '../chart-host.js';

const test = suite('target chart');

const LOOK_AGAIN_MS = 1000;

function start() {
  const hosted = hostChild(targetMachine, ['lookAfter'], { target: 'a' });
  const send = (...events: TargetEvent[]) => {
    for (const event of events) hosted.actor.send(event);
  };
  return { ...hosted, send, context: () => hosted.actor.getSnapshot().context };
}

const taken = (pauseMs: number, records = 2, dropped = 0): TargetEvent => ({
  type: 'batch.taken',
  records,
  dropped,
  pauseMs,
});
const failed = (reason = 'away'): TargetEvent => ({ type: 'delivery.failed', reason });

test('at first -> waits a little, and is looked after once', () => {
  const { state, done, fireTimers } = start();
  assert.is(state(), 'waiting');
  assert.equal(done(), []);
  fireTimers();
  assert.equal(done(), ['lookAfter a']);
  assert.is(state(), 'delivering');
  fireTimers();
  assert.equal(done(), []);
});

test('a batch is taken -> the next one after the pause that was asked for', () => {
  const { state, done, send, fireTimers } = start();
  fireTimers();
  send(taken(777));
  assert.is(state(), 'pausing');
  fireTimers(LOOK_AGAIN_MS);
  assert.equal(done(), ['lookAfter a']);
  fireTimers(777);
  assert.equal(done(), ['lookAfter a']);
  assert.is(state(), 'delivering');
});

test('the target is away -> says why, tells that it waits, and looks again', () => {
  const { state, done, send, fireTimers, facts, context } = start();
  fireTimers();
  send(failed('timeout'));
  assert.is(state(), 'waiting');
  assert.is(context().waitingBecause, 'timeout');
  assert.equal(facts, [{ type: 'target.waits', target: 'a' }]);
  done();
  fireTimers(LOOK_AGAIN_MS);
  assert.equal(done(), ['lookAfter a']);
  send(taken(1));
  assert.is(context().waitingBecause, undefined);
});

test('none is left -> ends, with what was taken and dropped in all', () => {
  const { send, fireTimers, facts, actor } = start();
  for (const event of [taken(1, 200), failed(), taken(1, 0, 3), taken(1, 50)]) {
    fireTimers();
    send(event);
  }
  fireTimers();
  send({ type: 'hints.ended' });
  assert.equal(facts.at(-1), { type: 'target.drained', target: 'a', records: 250, dropped: 3 });
  assert.is(actor.getSnapshot().status, 'done');
});

test('flushed while it waits -> looked after at once, and once', () => {
  const { done, send, fireTimers } = start();
  send({ type: 'hints.flush' }, { type: 'hints.flush' });
  assert.equal(done(), ['lookAfter a']);
  fireTimers(LOOK_AGAIN_MS);
  assert.equal(done(), []);
});

test('flushed in a pause -> the pause is kept', () => {
  const { done, send, fireTimers } = start();
  fireTimers();
  send(taken(5000));
  done();
  send({ type: 'hints.flush' });
  assert.equal(done(), []);
  fireTimers(5000);
  assert.equal(done(), ['lookAfter a']);
});

test.run();
