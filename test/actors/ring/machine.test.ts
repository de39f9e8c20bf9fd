/** The ring's chart: what it waits for, for how long, and which effect it asks for. */
import * as assert from 'uvu/assert';
import { type LookEvent, type RingEvent, ringMachine } from '../../../actors/ring/machine.js';
import { foundingReplication } from '../../../src/core/ring/replication.js';
import type { Ring } from '../../../src/core/ring/ring.js';
import { type DeadLetter, watchDeadLetters } from '../../sim/world/dead-letters.js';
import { suite } from '../../support/runner/suite.js';
import { host } from '../chart-host.js';

const test = suite('ring: chart');

const ring = (epoch: number): Ring => ({
  clusterId: '0'.repeat(32),
  epoch,
  ...foundingReplication({ replicas: 3 }),
  members: [],
  layout: [],
});
const adopted = (epoch: number): RingEvent => {
  return { type: 'ring.adopted', ring: ring(epoch), isMember: true };
};
const EFFECTS = ['foundCluster', 'askToJoin', 'forgetFulfilled', 'look', 'startRound'];
const start = () => host(ringMachine, EFFECTS);
const OURS: LookEvent = { type: 'ring.wanted', ring: ring(2), isOurs: true, turn: 3 };
const OF_ALL: LookEvent = { ...OURS, isOurs: false };
const WAITS: LookEvent = { type: 'ring.waits', waitsFor: 'somebody' };

/** A member of ring 1 that has looked and found this. */
function found(event: LookEvent) {
  const it = start();
  it.actor.send(adopted(1));
  it.actor.send(event);
  it.done();
  return it;
}

test('nothing on disk and nobody to join -> a cluster is founded', () => {
  const { actor, state, done, facts } = start();
  actor.send({ type: 'ring.missing', origin: 'found' });
  assert.is(state(), 'founding');
  actor.send(adopted(1));
  actor.send({ type: 'nothing.wanted' });
  assert.is(state(), 'settled');
  assert.equal(done(), ['foundCluster', 'forgetFulfilled', 'look']);
  assert.equal(
    facts.map(({ type }) => type),
    ['ring.changed'],
  );
});

test('joining asks again and again until a ring names us', () => {
  const { actor, state, done, fireTimers } = start();
  actor.send({ type: 'ring.missing', origin: 'join' });
  fireTimers(1000);
  fireTimers(1000);
  assert.equal(done(), ['askToJoin', 'askToJoin', 'askToJoin']);
  actor.send(adopted(4));
  assert.is(state(), 'looking');
});

test('refused, whether it joins or meets -> it ends and says why', () => {
  for (const origin of ['join', 'meet'] as const) {
    const { actor, state, facts } = start();
    actor.send({ type: 'ring.missing', origin });
    actor.send({ type: 'join.refused', reason: 'another P' });
    assert.is(state(), 'refused');
    assert.equal(facts, [{ type: 'ring.refused', reason: 'another P' }]);
  }
});

test('nodes that expect each other -> one founds the cluster when all have met', () => {
  const { actor, state, done, fireTimers } = start();
  actor.send({ type: 'ring.missing', origin: 'meet' });
  fireTimers();
  assert.is(state(), 'meeting');
  actor.send({ type: 'all.met' });
  assert.equal(done(), ['askToJoin', 'askToJoin', 'foundCluster']);
});

test('asked by the others while the cluster is being founded -> founded once, nothing lost', () => {
  const { actor, state, done } = start();
  actor.send({ type: 'ring.missing', origin: 'meet' });
  actor.send({ type: 'all.met' });
  done();
  const lost: DeadLetter[] = [];
  const forget = watchDeadLetters((letter) => lost.push(letter));
  actor.send({ type: 'all.met' });
  actor.send({ type: 'join.refused', reason: 'one too many' });
  forget();
  assert.equal([state(), ...done(), ...lost], ['founding']);
});

test('a wish of ours -> gathered for 300 ms, looked at once more, and proposed', () => {
  const { actor, state, done, fireTimers } = found(OURS);
  assert.is(state(), 'gathering');
  actor.send({ type: 'wishes.changed' });
  assert.equal(done(), [], 'it looks when the time is over');
  fireTimers(300);
  assert.equal([state(), ...done()], ['due', 'look']);
  actor.send(OURS);
  assert.equal([state(), ...done()], ['proposing', 'startRound']);
});

test('what all see -> proposed in turn, each 300 ms behind the one before', () => {
  const { actor, state, done, fireTimers } = found(OF_ALL);
  assert.is(state(), 'waitingForTurn');
  fireTimers(300);
  assert.is(state(), 'waitingForTurn');
  fireTimers(900);
  actor.send({ ...OF_ALL, turn: 0 });
  assert.equal([state(), ...done()], ['proposing', 'look', 'startRound']);
});

test('a wish of ours while it waits for its turn -> gathered; what others see -> waits on', () => {
  const { actor, state, done } = found(OF_ALL);
  actor.send({ type: 'wishes.changed' });
  assert.equal([state(), ...done()], ['waitingForTurn', 'look']);
  actor.send(OF_ALL);
  assert.is(state(), 'waitingForTurn');
  actor.send(OURS);
  assert.is(state(), 'gathering');
});

test('no longer wanted when the wait is over -> nothing is proposed', () => {
  for (const [event, state] of [
    [{ type: 'nothing.wanted' }, 'settled'],
    [{ type: 'member.missing' }, 'watching'],
    [WAITS, 'waiting'],
  ] as const) {
    const it = found(OURS);
    it.fireTimers(300);
    it.actor.send(event);
    assert.equal([it.state(), ...it.done()], [state, 'look']);
  }
});

test('a wish, or a death -> looks at once; while somebody is missing, each second too', () => {
  for (const [event, again] of [
    [{ type: 'nothing.wanted' }, []],
    [{ type: 'member.missing' }, ['look']],
    [WAITS, ['look']],
  ] as const) {
    const it = found(event);
    it.fireTimers(1000);
    assert.equal(it.done(), again);
    it.actor.send(event);
    it.actor.send({ type: 'wishes.changed' });
    assert.equal(it.done(), ['look']);
  }
});

test('a ring that cannot be had -> the chart says why', () => {
  assert.is(found(WAITS).actor.getSnapshot().context.waitsFor, 'somebody');
});

test('a lost round -> after a while it is looked at anew', () => {
  const { actor, state, done, fireTimers } = found({ ...OF_ALL, turn: 0 });
  fireTimers(0);
  actor.send(OF_ALL);
  actor.send({ type: 'round.lost' });
  assert.is(state(), 'backingOff');
  actor.send({ type: 'wishes.changed' });
  fireTimers();
  assert.is(state(), 'looking');
  assert.equal(done(), ['look', 'startRound', 'look']);
});

test('another ring comes into force -> whatever it waited for, it looks at that one', () => {
  const { actor, state, done, fireTimers } = found(OURS);
  actor.send(adopted(2));
  assert.equal([state(), ...done()], ['looking', 'forgetFulfilled', 'look']);
  fireTimers();
  assert.is(state(), 'looking', 'the wait for the older ring is over');
});

test('a ring without us -> it ends and says so', () => {
  const { actor, state, facts } = found({ type: 'nothing.wanted' });
  actor.send({ type: 'ring.adopted', ring: ring(2), isMember: false });
  assert.is(state(), 'out');
  assert.equal(facts.at(-1), { type: 'ring.left', ring: ring(2) });
});

test('a ring that is not newer -> against the invariant, and never in force', () => {
  const { actor } = found({ type: 'nothing.wanted' });
  let error: unknown;
  actor.subscribe({ error: (thrown) => (error = thrown) });
  actor.send(adopted(1));
  assert.match(String(error), 'the epoch only grows');
});

test.run();
