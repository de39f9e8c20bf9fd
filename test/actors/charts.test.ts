/** The charts' paths: which event leads where, and which effect it asks for. */
import * as assert from 'uvu/assert';
import { type AnyStateMachine, createActor } from 'xstate';
import { coordinatorMachine } from '../../actors/coordinator/machine.js';
import { ringMachine } from '../../actors/ring/machine.js';
import { stabilizerMachine } from '../../actors/stabilizer/machine.js';
import type { Ring } from '../../src/core/ring.js';
import { suite } from '../support/suite.js';

const test = suite('charts');

/** An actor whose named effects are written down and whose timers are fired by hand. */
function host(machine: AnyStateMachine, effects: readonly string[]) {
  const done: string[] = [];
  const timers = new Map<number, { run: () => void; ms: number }>();
  let last = 0;
  const clock = {
    setTimeout(run: () => void, ms: number) {
      timers.set(++last, { run, ms });
      return last;
    },
    clearTimeout: (id: number) => timers.delete(id),
  };
  const actions = Object.fromEntries(effects.map((name) => [name, () => done.push(name)]));
  const actor = createActor(machine.provide({ actions }), { clock });
  const facts: { type: string }[] = [];
  actor.on('*', (fact) => facts.push(fact as { type: string }));
  actor.start();
  return {
    actor,
    facts,
    state: () => actor.getSnapshot().value as string,
    done: () => done.splice(0),
    fireTimers() {
      for (const [id, { run }] of [...timers]) {
        timers.delete(id);
        run();
      }
    },
  };
}

const ring = (epoch: number, changing = false): Ring => ({
  clusterId: '0'.repeat(32),
  epoch,
  replicas: 3,
  members: [],
  layout: [],
  ...(changing && { transition: { members: [], layout: [] } }),
});
const RING_EFFECTS = ['foundCluster', 'askToJoin', 'startRound', 'checkForChanges', 'watchPulls'];

test('ring: nothing on disk and nobody to join -> a cluster is founded', () => {
  const { actor, state, done, facts } = host(ringMachine, RING_EFFECTS);
  actor.send({ type: 'ring.missing', join: false });
  assert.is(state(), 'founding');
  actor.send({ type: 'ring.adopted', ring: ring(1) });
  assert.is(state(), 'stable');
  assert.equal(done(), ['foundCluster', 'checkForChanges']);
  assert.equal(
    facts.map(({ type }) => type),
    ['ring.changed'],
  );
});

test('ring: joining asks again and again until a ring names us', () => {
  const { actor, state, done, fireTimers } = host(ringMachine, RING_EFFECTS);
  actor.send({ type: 'ring.missing', join: true });
  fireTimers();
  fireTimers();
  assert.equal(done(), ['askToJoin', 'askToJoin', 'askToJoin']);
  actor.send({ type: 'ring.adopted', ring: ring(4, true) });
  assert.is(state(), 'changing');
});

test('ring: refused -> it ends and says why', () => {
  const { actor, state, facts } = host(ringMachine, RING_EFFECTS);
  actor.send({ type: 'ring.missing', join: true });
  actor.send({ type: 'join.refused', reason: 'another P' });
  assert.is(state(), 'refused');
  assert.equal(facts, [{ type: 'ring.refused', reason: 'another P' }]);
});

test('ring: a change is proposed, a lost round is tried again after a while', () => {
  const { actor, state, done, fireTimers } = host(ringMachine, RING_EFFECTS);
  actor.send({ type: 'ring.adopted', ring: ring(1) });
  actor.send({ type: 'change.wanted' });
  actor.send({ type: 'round.lost' });
  assert.is(state(), 'backingOff');
  fireTimers();
  assert.is(state(), 'proposing');
  assert.equal(done(), ['checkForChanges', 'startRound', 'startRound']);
});

test('ring: in a transition only the completed pulls of this very epoch lead on', () => {
  const { actor, state } = host(ringMachine, RING_EFFECTS);
  actor.send({ type: 'ring.adopted', ring: ring(2, true) });
  actor.send({ type: 'change.wanted' });
  actor.send({ type: 'pulls.complete', epoch: 1 });
  assert.is(state(), 'changing');
  actor.send({ type: 'pulls.complete', epoch: 2 });
  assert.is(state(), 'proposing');
});

const STABILIZER_EFFECTS = ['pullNext', 'reportPulled'];
const pulled = (epoch: number, partition: number) => ({
  type: 'partition.pulled',
  epoch,
  partition,
  records: 2,
  bytes: 10,
});

test('stabilizer: pulls one partition after the other, then reports until the epoch ends', () => {
  const { actor, state, done, fireTimers, facts } = host(stabilizerMachine, STABILIZER_EFFECTS);
  actor.send({ type: 'transition.began', epoch: 2, partitions: [7, 9] });
  actor.send(pulled(2, 7));
  assert.is(state(), 'pulling');
  actor.send(pulled(2, 9));
  assert.is(state(), 'reporting');
  fireTimers();
  assert.equal(
    done().filter((effect) => effect === 'reportPulled'),
    ['reportPulled', 'reportPulled'],
  );
  assert.equal(facts.at(-1), { type: 'transfer.done', epoch: 2, records: 4, bytes: 20 });
  actor.send({ type: 'transition.ended', epoch: 3 });
  assert.is(state(), 'idle');
});

test('stabilizer: a failed pull is tried again after a while', () => {
  const { actor, state, fireTimers } = host(stabilizerMachine, STABILIZER_EFFECTS);
  actor.send({ type: 'transition.began', epoch: 2, partitions: [7] });
  actor.send({ type: 'pull.failed', epoch: 2, partition: 7, reason: 'lost' });
  assert.is(state(), 'waiting');
  fireTimers();
  assert.is(state(), 'pulling');
});

test('stabilizer: what an older transition pulled does not count', () => {
  const { actor, state } = host(stabilizerMachine, STABILIZER_EFFECTS);
  actor.send({ type: 'transition.began', epoch: 2, partitions: [7] });
  actor.send({ type: 'transition.began', epoch: 4, partitions: [7] });
  actor.send(pulled(2, 7));
  assert.is(state(), 'pulling');
});

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
