/** The charts' paths: which event leads where, and which effect it asks for. */

import * as assert from 'uvu/assert';
import { coordinatorMachine } from '../../actors/coordinator/machine.js';
import { suite } from '../support/runner/suite.js';
import { host } from './chart-host.js';

const test = suite('charts');

test('coordinator: no ring, no requests; too much load, none either; draining ends it', () => {
  const { actor, state, done, facts } = host(coordinatorMachine, ['waitForRequestsToEnd']);
  assert.is(state(), 'waiting');
  actor.send({ type: 'ring.adopted', epoch: 1 });
  actor.send({ type: 'load.tooHigh' });
  assert.is(state(), 'shedding');
  actor.send({ type: 'load.normal' });
  actor.send({ type: 'node.draining' });
  assert.equal(done(), ['waitForRequestsToEnd']);
  actor.send({ type: 'requests.ended' });
  assert.is(state(), 'stopped');
  assert.is(facts.at(-1)?.type, 'coordinator.drained');
});

test.run();
