/** A host's hold on its actor: the state it shows, and what comes after the actor's end. */
import * as assert from 'uvu/assert';
import { type ActorRefFrom, createActor, createMachine } from 'xstate';
import { ActorHost } from '../../src/node/actor-host.js';
import { suite } from '../support/runner/suite.js';

const test = suite('actor host');

const machine = createMachine({
  initial: 'starting',
  states: {
    starting: { on: { go: 'running' } },
    running: { initial: 'idle', states: { idle: { on: { go: 'busy' } }, busy: {} } },
    ended: { type: 'final' },
  },
  on: { end: '.ended' },
});

function hosted(): ActorHost<ActorRefFrom<typeof machine>> {
  const host = new ActorHost<ActorRefFrom<typeof machine>>('machine');
  host.attach(createActor(machine).start());
  return host;
}

test('a state within a state -> a path', () => {
  const host = hosted();
  assert.is(host.state, 'starting');
  host.send({ type: 'go' });
  assert.is(host.state, 'running.idle');
  host.send({ type: 'go' });
  assert.is(host.state, 'running.busy');
});

test('after its end -> the state in which it ended, and nothing more is taken', () => {
  const host = hosted();
  host.send({ type: 'end' });
  assert.not.ok(host.isActive);
  host.send({ type: 'go' });
  assert.is(host.state, 'ended');
});

test('not attached yet -> a sentence that names it', () => {
  const host = new ActorHost<ActorRefFrom<typeof machine>>('machine');
  assert.throws(() => host.send({ type: 'go' }), /the actor machine/);
});

test.run();
