/** The charts' paths: which event leads where, and which effect it asks for. */

import * as assert from 'uvu/assert';
import { coordinatorMachine } from '../../actors/coordinator/machine.js';
import { suite } from '../support/runner/suite.js';
import { host } from './chart-host.js';

const test = suite('charts');

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
