/** The supervisor's paths: every state has a way out, and the process ends as it was asked to. */
import * as assert from 'uvu/assert';
import { createActor, createMachine, SimulatedClock } from 'xstate';
import { type NodeEvent, nodeMachine } from '../../../actors/node/machine.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('node');
const nothing = createMachine({});
const EFFECTS = [
  ...['persistIdentity', 'findRing', 'lookAround'],
  ...['askToLeave', 'renounceIdentity', 'drainRequests'],
];

function start(...given: (NodeEvent | SimulatedClock)[]) {
  const events = given.filter((each): each is NodeEvent => !(each instanceof SimulatedClock));
  const clock = given.find((each) => each instanceof SimulatedClock);
  const children = ['membership', 'ring', 'coordinator', 'stabilizer', 'hints'];
  const done: string[] = [];
  const effects = EFFECTS.map((name) => [
    name,
    (_: unknown, params?: { left?: boolean }) =>
      void done.push(params?.left ? `${name} for good` : name),
  ]);
  const machine = nodeMachine.provide({
    actors: Object.fromEntries(children.map((name) => [name, nothing])) as never,
    actions: Object.fromEntries(effects) as never,
  });
  const actor = createActor(machine, {
    input: { membership: {} as never },
    ...(clock && { clock }),
  });
  const facts: string[] = [];
  actor.on('*', ({ type }) => facts.push(type));
  actor.start();
  const send = (...more: NodeEvent[]) => {
    for (const event of more) actor.send(event);
    return String(actor.getSnapshot().value);
  };
  send(...events);
  return { facts, done, send };
}

const BOOTED: NodeEvent = { type: 'identity.persisted' };
const NEW_RING: NodeEvent = { type: 'ring.ready', trust: 'trusted' };
const KNOWN_RING: NodeEvent = { type: 'ring.ready', trust: 'unknown' };
const REACHED: NodeEvent = { type: 'members.reached' };
const QUORUM: NodeEvent = { type: 'quorum.reached' };
const OUTDATED: NodeEvent = { type: 'identity.outdated' };
const LEAVE: NodeEvent = { type: 'node.leave' };
const STOP: NodeEvent = { type: 'node.stop' };
const DRAINED: NodeEvent = { type: 'requests.drained' };
const left = (asked: boolean): NodeEvent => ({ type: 'ring.left', asked });

const PATHS: readonly (readonly [state: string, path: readonly NodeEvent[]])[] = [
  ['booting', []],
  ['joining', [BOOTED]],
  ['confirming', [BOOTED, KNOWN_RING]],
  ['reaching', [BOOTED, NEW_RING]],
  ['reaching', [BOOTED, KNOWN_RING, { type: 'identity.confirmed' }]],
  ['serving', [BOOTED, NEW_RING, REACHED]],
  ['leaving', [BOOTED, NEW_RING, REACHED, LEAVE]],
  ['departing', [BOOTED, NEW_RING, REACHED, LEAVE, left(true)]],
  ['renouncing', [BOOTED, NEW_RING, left(false)]],
  ['renouncing', [BOOTED, NEW_RING, REACHED, left(false)]],
  ['renouncing', [BOOTED, KNOWN_RING, OUTDATED]],
  ['renouncing', [BOOTED, { type: 'ring.ready', trust: 'denied' }]],
];

for (const [state, path] of PATHS) {
  test(`stopped while ${state} -> it ends as stopped, and not to begin anew`, () => {
    const { facts, send } = start(...path);
    assert.is(send(), state);
    if (send(STOP) === 'draining') assert.is(send(DRAINED), 'stopped');
    assert.is(send(), 'stopped');
    assert.is(facts.at(-1), 'node.stopped');
  });

  test(`the disk fails while ${state} -> it says so and ends`, () => {
    const { facts, send } = start(...path);
    assert.is(send({ type: 'disk.failed', reason: 'gone' }), 'failed');
    assert.is(facts.at(-1), 'node.failed');
  });

  test(`the cluster refuses it while ${state} -> it says so and ends`, () => {
    const { facts, send } = start(...path);
    assert.is(send({ type: 'ring.refused', reason: 'another has its place' }), 'failed');
    assert.is(facts.at(-1), 'node.failed');
  });
}

test('members are missing -> it waits for them a little, and then for quorums', () => {
  const clock = new SimulatedClock();
  for (const [what, ends] of [
    [QUORUM, 'serving'],
    [REACHED, 'serving'],
    [undefined, 'lackingMembers'],
  ] as const) {
    const { send } = start(clock, BOOTED, NEW_RING, QUORUM);
    assert.is(send(), 'reaching', 'the next one that is restarted may take that quorum away');
    clock.increment(2000);
    assert.is(send(), 'lackingMembers');
    if (what) send(what);
    assert.is(send(), ends);
    clock.increment(8000);
    assert.is(send(), 'serving', 'who is asked says at least what is missing');
  }
});

for (const [state, limitMs, next, path] of [
  ['confirming', 5000, 'serving', [BOOTED, KNOWN_RING]],
  ['draining', 10_000, 'stopped', [BOOTED, NEW_RING, REACHED, STOP]],
] as const) {
  test(`nothing comes while ${state} -> ${next} after ${limitMs} ms`, () => {
    const clock = new SimulatedClock();
    const { send } = start(clock, ...path);
    clock.increment(limitMs - 1);
    assert.is(send(), state);
    clock.increment(1);
    assert.is(send(), next);
  });
}

test('its place is lost -> it drains, and begins anew as somebody else', () => {
  const { facts, done, send } = start(BOOTED, NEW_RING, REACHED, left(false));
  assert.is(send({ type: 'identity.renounced' }), 'draining');
  send(DRAINED);
  assert.is(facts.at(-1), 'node.renounced');
  const effects = ['persistIdentity', 'findRing', 'lookAround', 'renounceIdentity'];
  assert.equal(done, [...effects, 'drainRequests']);
});

test('it was asked to leave -> it serves on until it is stopped', () => {
  const { facts, done, send } = start(BOOTED, NEW_RING, REACHED, LEAVE, left(true));
  assert.is(done.at(-1), 'renounceIdentity for good');
  assert.is(send({ type: 'identity.renounced' }), 'departing');
  assert.is(facts.at(-1), 'node.left');
  send(STOP, DRAINED);
  assert.is(facts.at(-1), 'node.stopped');
});

test.run();
