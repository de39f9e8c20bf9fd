/** What a node says of itself. */
import * as assert from 'uvu/assert';
import { createActor, createMachine } from 'xstate';
import { stateOf } from '../../../src/node/operator/status.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('status');

const machine = createMachine({
  initial: 'starting',
  states: {
    starting: { on: { go: 'running' } },
    running: { initial: 'idle', states: { idle: { on: { go: 'busy' } }, busy: {} } },
  },
});

test('a state within a state -> a path', () => {
  const actor = createActor(machine).start();
  assert.is(stateOf(actor), 'starting');
  actor.send({ type: 'go' });
  assert.is(stateOf(actor), 'running.idle');
  actor.send({ type: 'go' });
  assert.is(stateOf(actor), 'running.busy');
});

test('no actor -> stopped', () => {
  assert.is(stateOf(undefined), 'stopped');
});

test.run();
