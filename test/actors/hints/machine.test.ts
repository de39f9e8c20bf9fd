/** Hinted handoff: an actor for each target as long as there are hints for it, and the flush. */
import * as assert from 'uvu/assert';
import type { AnyActorRef } from 'xstate';
import { type HintsEvent, hintsMachine } from '../../../actors/hints/machine.js';
import { type TargetEvent, targetMachine } from '../../../actors/hints/replay.js';
import { suite } from '../../support/runner/suite.js';
import { Effects, host } from '../chart-host.js';

const test = suite('hints chart');

const LOOK_AGAIN_MS = 1000;
const FLUSH_LIMIT_MS = 30_000;

function start(...targets: string[]) {
  const effects = new Effects();
  const target = targetMachine.provide({ actions: effects.named(['lookAfter']) });
  const hosted = host(hintsMachine.provide({ actors: { target } }), ['flushed'], effects);
  const send = (...events: HintsEvent[]) => {
    for (const event of events) hosted.actor.send(event);
  };
  const children = (): { readonly [name: string]: AnyActorRef } =>
    hosted.actor.getSnapshot().children;
  const sendTo = (name: string, ...events: TargetEvent[]) => {
    for (const event of events) children()[name]!.send(event);
  };
  send(...targets.map(kept));
  return { ...hosted, send, sendTo, children };
}

const kept = (target: string): HintsEvent => ({ type: 'hint.kept', target });
const flush: HintsEvent = { type: 'hints.flush' };
const taken = (pauseMs: number, records = 2): TargetEvent => ({
  type: 'batch.taken',
  records,
  dropped: 0,
  pauseMs,
});
const failed: TargetEvent = { type: 'delivery.failed', reason: 'away' };
const ended: TargetEvent = { type: 'hints.ended' };

test('hints for one target, however many -> one actor, looked after once', () => {
  const { state, done, fireTimers, send, children } = start('a', 'a', 'a');
  assert.is(state(), 'keeping');
  fireTimers();
  send(kept('a'));
  fireTimers();
  assert.equal(done(), ['lookAfter a']);
  assert.equal(Object.keys(children()), ['a']);
});

test('none is left -> told, and its actor has ended; the next hint begins anew', () => {
  const { state, done, sendTo, send, fireTimers, facts, children } = start('a');
  fireTimers();
  sendTo('a', taken(1, 50));
  fireTimers();
  sendTo('a', ended);
  assert.equal(facts, [
    { type: 'hint.kept', target: 'a' },
    { type: 'hint.drained', target: 'a', records: 50, dropped: 0 },
  ]);
  assert.is(state(), 'empty');
  assert.equal(children(), {});
  done();
  send(kept('a'));
  assert.is(state(), 'keeping');
  fireTimers();
  assert.equal(done(), ['lookAfter a']);
});

test('several targets -> none waits for another', () => {
  const { state, done, sendTo, fireTimers, facts } = start('a', 'b', 'c');
  fireTimers();
  assert.equal(done(), ['lookAfter a', 'lookAfter b', 'lookAfter c']);
  sendTo('a', failed);
  sendTo('b', taken(5000));
  sendTo('c', taken(7));
  fireTimers(7);
  assert.equal(done(), ['lookAfter c']);
  sendTo('c', ended);
  fireTimers(5000);
  sendTo('b', ended);
  assert.is(state(), 'keeping');
  assert.equal(
    facts.map((fact) => `${fact.type} ${(fact as unknown as { target: string }).target}`),
    ['hint.kept a', 'hint.kept b', 'hint.kept c', 'hint.drained c', 'hint.drained b'],
  );
});

test('flushed -> who waits is looked after at once; over when each was tried or is drained', () => {
  const { done, send, sendTo, fireTimers, state } = start('a', 'b', 'c');
  fireTimers();
  sendTo('a', failed);
  sendTo('b', taken(5000));
  done();
  send(flush, flush);
  assert.is(state(), 'flushing');
  assert.equal(done(), ['lookAfter a']);
  sendTo('a', failed);
  sendTo('c', failed);
  // Tried, and tried again: it does not count twice.
  fireTimers(LOOK_AGAIN_MS);
  sendTo('a', failed);
  assert.is(state(), 'flushing');
  done();
  fireTimers(5000);
  sendTo('b', ended);
  assert.equal(done(), ['lookAfter b', 'flushed']);
  assert.is(state(), 'keeping');
});

test('a hint for somebody new while it is flushed -> kept, and not waited for', () => {
  const { done, send, sendTo, fireTimers, state } = start('a');
  send(flush, kept('b'));
  sendTo('a', ended);
  assert.is(state(), 'keeping');
  assert.equal(done(), ['lookAfter a', 'flushed']);
  fireTimers();
  assert.equal(done(), ['lookAfter b']);
});

test('flushed without hints -> over at once', () => {
  const { done, send, state } = start();
  send(flush);
  assert.equal(done(), ['flushed']);
  assert.is(state(), 'empty');
});

test('flushed, and a target takes for ever -> over when that takes too long', () => {
  const { done, send, fireTimers, state } = start('a');
  send(flush);
  done();
  fireTimers(FLUSH_LIMIT_MS);
  assert.equal(done(), ['flushed']);
  assert.is(state(), 'keeping');
});

test.run();
