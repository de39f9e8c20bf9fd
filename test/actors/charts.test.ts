/** The charts' paths: which event leads where, and which effect it asks for. */

import * as assert from 'uvu/assert';
import { coordinatorMachine } from '../../actors/coordinator/machine.js';
import { ringMachine } from '../../actors/ring/machine.js';
import { foundingReplication } from '../../src/core/ring/replication.js';
import type { Ring } from '../../src/core/ring/ring.js';
import { suite } from '../support/runner/suite.js';
import { host } from './chart-host.js';

const test = suite('charts');

const ring = (epoch: number, changing = false): Ring => ({
  clusterId: '0'.repeat(32),
  epoch,
  ...foundingReplication({ replicas: 3 }),
  members: [],
  layout: [],
  ...(changing && { transition: { members: [], layout: [] } }),
});
const RING_EFFECTS = ['foundCluster', 'askToJoin', 'startRound', 'checkForChanges'];

test('ring: nothing on disk and nobody to join -> a cluster is founded', () => {
  const { actor, state, done, facts } = host(ringMachine, RING_EFFECTS);
  actor.send({ type: 'ring.missing', origin: 'found' });
  assert.is(state(), 'founding');
  actor.send({ type: 'ring.adopted', ring: ring(1), isMember: true });
  assert.is(state(), 'stable');
  assert.equal(done(), ['foundCluster', 'checkForChanges']);
  assert.equal(
    facts.map(({ type }) => type),
    ['ring.changed'],
  );
});

test('ring: joining asks again and again until a ring names us', () => {
  const { actor, state, done, fireTimers } = host(ringMachine, RING_EFFECTS);
  actor.send({ type: 'ring.missing', origin: 'join' });
  fireTimers();
  fireTimers();
  assert.equal(done(), ['askToJoin', 'askToJoin', 'askToJoin']);
  actor.send({ type: 'ring.adopted', ring: ring(4, true), isMember: true });
  assert.is(state(), 'changing');
});

test('ring: refused -> it ends and says why', () => {
  const { actor, state, facts } = host(ringMachine, RING_EFFECTS);
  actor.send({ type: 'ring.missing', origin: 'join' });
  actor.send({ type: 'join.refused', reason: 'another P' });
  assert.is(state(), 'refused');
  assert.equal(facts, [{ type: 'ring.refused', reason: 'another P' }]);
});

test('ring: a change is proposed; a lost round -> after a while it is looked at anew', () => {
  const { actor, state, done, fireTimers } = host(ringMachine, RING_EFFECTS);
  actor.send({ type: 'ring.adopted', ring: ring(1), isMember: true });
  actor.send({ type: 'change.due', epoch: 1 });
  assert.is(state(), 'proposing');
  actor.send({ type: 'round.lost' });
  assert.is(state(), 'backingOff');
  fireTimers();
  assert.is(state(), 'stable');
  assert.equal(done(), ['checkForChanges', 'startRound', 'checkForChanges']);
});

test('ring: what was due in an older ring is not proposed in this one', () => {
  for (const [changing, state] of [
    [true, 'changing'],
    [false, 'stable'],
  ] as const) {
    const it = host(ringMachine, RING_EFFECTS);
    it.actor.send({ type: 'ring.adopted', ring: ring(2, changing), isMember: true });
    it.actor.send({ type: 'change.due', epoch: 1 });
    assert.is(it.state(), state);
    it.actor.send({ type: 'change.due', epoch: 2 });
    assert.is(it.state(), 'proposing');
  }
});

test('ring: nodes that expect each other -> one founds the cluster when all have met', () => {
  const { actor, state, done, fireTimers } = host(ringMachine, RING_EFFECTS);
  actor.send({ type: 'ring.missing', origin: 'meet' });
  fireTimers();
  assert.is(state(), 'meeting');
  actor.send({ type: 'all.met' });
  assert.equal(done(), ['askToJoin', 'askToJoin', 'foundCluster']);
});

test('ring: a ring without us -> it ends and says so', () => {
  const { actor, state, facts } = host(ringMachine, RING_EFFECTS);
  actor.send({ type: 'ring.adopted', ring: ring(1), isMember: true });
  actor.send({ type: 'ring.adopted', ring: ring(2), isMember: false });
  assert.is(state(), 'out');
  assert.equal(facts.at(-1), { type: 'ring.left', ring: ring(2) });
});

const GATE = ['admitRequests', 'shedLoad', 'drainRequests'];

test('coordinator: closed until the node serves; too much load; draining ends it', () => {
  const { actor, state, done, facts } = host(coordinatorMachine, GATE);
  assert.is(state(), 'waiting');
  assert.equal(done(), []);
  actor.send({ type: 'node.serving' });
  actor.send({ type: 'load.tooHigh' });
  assert.is(state(), 'shedding');
  actor.send({ type: 'load.normal' });
  actor.send({ type: 'node.draining' });
  assert.equal(done(), ['admitRequests', 'shedLoad', 'admitRequests', 'drainRequests']);
  actor.send({ type: 'requests.ended' });
  assert.is(state(), 'stopped');
  assert.is(facts.at(-1)?.type, 'coordinator.drained');
});

test('coordinator: drained from every state in which it runs', () => {
  for (const path of [[], ['node.serving'], ['node.serving', 'load.tooHigh']]) {
    const { actor, state, done } = host(coordinatorMachine, GATE);
    for (const type of [...path, 'node.draining']) actor.send({ type });
    assert.is(state(), 'draining');
    assert.is(done().at(-1), 'drainRequests');
  }
});

test.run();
