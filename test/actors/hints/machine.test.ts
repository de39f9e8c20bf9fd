/** The paths of hinted handoff: whom it looks after, when, and what it tells of it. */
import * as assert from 'uvu/assert';
import { type HintsEvent, hintsMachine } from '../../../actors/hints/machine.js';
import { suite } from '../../support/runner/suite.js';
import { host } from '../chart-host.js';

const test = suite('hints chart');

const LOOK_AGAIN_MS = 1000;

function start(...targets: string[]) {
  const hosted = host(hintsMachine, ['lookAfter']);
  const send = (...events: HintsEvent[]) => {
    for (const event of events) hosted.actor.send(event);
  };
  send(...targets.map(kept));
  return { ...hosted, send, targets: () => hosted.actor.getSnapshot().context.targets };
}

const kept = (target: string): HintsEvent => ({ type: 'hint.kept', target });
const taken = (target: string, pauseMs: number, records = 2, dropped = 0): HintsEvent => ({
  type: 'batch.taken',
  target,
  records,
  dropped,
  pauseMs,
});
const failed = (target: string, reason = 'away'): HintsEvent => ({
  type: 'delivery.failed',
  target,
  reason,
});
const ended = (target: string): HintsEvent => ({ type: 'hints.ended', target });

test('a hint is kept -> after a while its target is looked after, once', () => {
  const { state, done, send, fireTimers } = start('a');
  assert.is(state(), 'waiting');
  send(kept('a'), kept('a'));
  assert.equal(done(), []);
  fireTimers();
  assert.equal(done(), ['lookAfter a']);
  assert.is(state(), 'delivering');
  send(kept('a'));
  fireTimers();
  assert.equal(done(), []);
});

test('a batch is taken -> the next one after the pause that was asked for', () => {
  const { state, done, send, fireTimers } = start('a');
  fireTimers();
  send(taken('a', 777));
  assert.is(state(), 'pausing');
  fireTimers(LOOK_AGAIN_MS);
  assert.equal(done(), ['lookAfter a']);
  fireTimers(777);
  assert.equal(done(), ['lookAfter a']);
  assert.is(state(), 'delivering');
});

test('the target is away -> says why, and looks again', () => {
  const { state, done, send, fireTimers, targets } = start('a');
  fireTimers();
  send(failed('a', 'timeout'));
  assert.is(state(), 'waiting');
  assert.is(targets().a!.waitingBecause, 'timeout');
  done();
  fireTimers(LOOK_AGAIN_MS);
  assert.equal(done(), ['lookAfter a']);
  send(taken('a', 1));
  assert.is(targets().a!.waitingBecause, undefined);
});

test('none is left -> told with what was taken and dropped in all; then begins anew', () => {
  const { state, send, fireTimers, facts, targets } = start('a');
  fireTimers();
  send(taken('a', 1, 200), failed('a'), taken('a', 1, 0, 3), taken('a', 1, 50, 0), ended('a'));
  assert.equal(facts, [{ type: 'hints.drained', target: 'a', records: 250, dropped: 3 }]);
  assert.is(state(), 'empty');
  send(kept('a'));
  assert.is(state(), 'waiting');
  assert.equal(targets(), { a: { phase: 'waiting', records: 0, dropped: 0 } });
});

test('several targets -> none waits for another', () => {
  const { state, done, send, fireTimers, facts } = start('a', 'b', 'c');
  fireTimers();
  assert.equal(done(), ['lookAfter a', 'lookAfter b', 'lookAfter c']);
  send(failed('a'), taken('b', 5000));
  assert.is(state(), 'delivering');
  send(taken('c', 7));
  assert.is(state(), 'pausing');
  fireTimers(7);
  assert.equal(done(), ['lookAfter c']);
  send(ended('c'));
  assert.is(state(), 'pausing');
  fireTimers(5000);
  send(ended('b'));
  assert.is(state(), 'waiting');
  assert.equal(
    facts.map((fact) => (fact as unknown as { target: string }).target),
    ['c', 'b'],
  );
});

test('flushed -> who waits is looked after at once, and once; a pause is kept', () => {
  const { done, send, fireTimers } = start('a', 'b');
  fireTimers();
  send(failed('a'), taken('b', 5000));
  done();
  send({ type: 'hints.flush' });
  assert.equal(done(), ['lookAfter a']);
  fireTimers(LOOK_AGAIN_MS);
  assert.equal(done(), []);
  send({ type: 'hints.flush' });
  assert.equal(done(), []);
  fireTimers(5000);
  assert.equal(done(), ['lookAfter b']);
});

test.run();
