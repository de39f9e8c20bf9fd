/**
 * The chart through its whole table, with the real coordinator behind it: what it decides is what
 * clients are answered.
 */
import * as assert from 'uvu/assert';
import { createActor } from 'xstate';
import type { CoordinatorEvent } from '../../../actors/coordinator/machine.js';
import type { Ring } from '../../../src/core/ring/ring.js';
import { Coordinator } from '../../../src/node/coordinator/coordinator.js';
import { suite } from '../../support/runner/suite.js';
import { member, selfDrivenClock } from '../stabilizer/owners.js';

const test = suite('gate');

const IDS = ['a', 'b', 'c'].map((digit) => digit.repeat(16));
const KEY = Buffer.from('k');
const RING: Ring = {
  clusterId: '0'.repeat(32),
  epoch: 3,
  replicas: 3,
  writeQuorum: 2,
  readQuorum: 2,
  members: IDS.map(member),
  layout: [[0, 1, 2]],
};
const ABSENT = { type: 'replica.found', epoch: 3, outcome: 'ok' };
const MAX_IN_FLIGHT = 8;

/** A coordinator with its chart; owners answer at once, unless what they are asked is held. */
function open() {
  const clock = selfDrivenClock();
  const held: (() => void)[] = [];
  let isHolding = false;
  let asked = 0;
  const calls = {
    request: (...args: unknown[]) => {
      asked++;
      const answer = () => (args[4] as (reply: object, tookMs: number) => void)(ABSENT, 0);
      if (isHolding) held.push(answer);
      else answer();
    },
  };
  const coordinator = new Coordinator({
    settings: {
      hedgeAfterMs: 10,
      slowRequestMs: 500,
      maxInFlight: MAX_IN_FLIGHT,
      maxInFlightBytes: 1 << 20,
    },
    rings: { current: RING, inForce: RING, epoch: RING.epoch } as never,
    calls: calls as never,
    versionClock: { isTooFarAhead: () => false } as never,
    clock,
    wallMs: () => 0,
    random: {} as never,
    standing: () => 'up',
    missed: () => undefined,
    tell: () => undefined,
  });
  const actor = createActor(coordinator.machine);
  const facts: string[] = [];
  actor.on('*', ({ type }) => facts.push(type));
  actor.start();
  coordinator.attach(actor);
  const read = (level: 'one' | 'quorum') => {
    const answers: string[] = [];
    coordinator.read({ key: KEY, level, timeoutMs: 1000 }, (outcome) =>
      answers.push(outcome.ok ? 'admitted' : outcome.code),
    );
    return answers;
  };
  return {
    coordinator,
    facts,
    state: () => actor.getSnapshot().value,
    send: (event: CoordinatorEvent) => coordinator.send(event),
    /** What the chart hears from nobody but the requests themselves. */
    begin(count: number) {
      isHolding = true;
      for (let i = 0; i < count; i++) read('quorum');
      isHolding = false;
    },
    end(count: number) {
      // Each asks two owners.
      for (const answer of held.splice(0, 2 * count)) answer();
    },
    answer: () => read('quorum')[0],
    /** How many owners a read at level one asks, with the repair behind it. */
    askedByOne: () => {
      asked = 0;
      read('one');
      return asked;
    },
  };
}

type World = ReturnType<typeof open>;
const SERVING: CoordinatorEvent = { type: 'node.serving' };
const DRAINING: CoordinatorEvent = { type: 'node.draining' };

/** How each state is reached, and what a request is answered in it. */
const ROWS: readonly [state: string, answer: string, reach: (world: World) => void][] = [
  ['waiting', 'not_ready', () => undefined],
  ['serving', 'admitted', ({ send }) => send(SERVING)],
  [
    'shedding',
    'overloaded',
    ({ send, begin }) => {
      send(SERVING);
      begin(MAX_IN_FLIGHT + 1);
    },
  ],
  [
    'serving',
    'admitted',
    ({ send, begin, end }) => {
      send(SERVING);
      begin(MAX_IN_FLIGHT + 1);
      end(MAX_IN_FLIGHT / 2 + 1);
    },
  ],
  [
    'draining',
    'shutting_down',
    ({ send, begin }) => {
      send(SERVING);
      begin(1);
      send(DRAINING);
    },
  ],
  [
    'draining',
    'shutting_down',
    ({ send, begin, end }) => {
      send(SERVING);
      begin(MAX_IN_FLIGHT + 1);
      send(DRAINING);
      end(MAX_IN_FLIGHT - 1);
    },
  ],
  [
    'stopped',
    'shutting_down',
    ({ send, begin, end }) => {
      send(SERVING);
      begin(MAX_IN_FLIGHT + 1);
      send(DRAINING);
      end(MAX_IN_FLIGHT);
    },
  ],
  ['stopped', 'shutting_down', ({ send }) => send(DRAINING)],
];

for (const [index, [state, answer, reach]] of ROWS.entries()) {
  test(`row ${index + 1}: ${state} -> ${answer}`, () => {
    const world = open();
    reach(world);
    assert.is(world.state(), state);
    assert.is(world.answer(), answer);
    assert.is(world.state(), state, 'asking changes nothing');
  });
}

test('there is room again, not yet half of it -> admitted, without what nobody waits for', () => {
  const world = open();
  world.send(SERVING);
  assert.is(world.askedByOne(), 3, 'one owner, and a quorum for the repair');
  world.begin(MAX_IN_FLIGHT + 1);
  world.end(2);
  assert.equal([world.state(), world.answer()], ['shedding', 'admitted']);
  assert.is(world.askedByOne(), 1);
  world.end(MAX_IN_FLIGHT);
  assert.equal([world.state(), world.askedByOne()], ['serving', 3]);
});

test('refused by the hundred -> the chart is told once; facts in their order', () => {
  const world = open();
  world.send(SERVING);
  world.begin(MAX_IN_FLIGHT + 100);
  world.end(MAX_IN_FLIGHT);
  world.send(DRAINING);
  assert.equal(world.facts, [
    'coordinator.serving',
    'overload.began',
    'overload.ended',
    'coordinator.serving',
    'coordinator.drained',
  ]);
  assert.is(world.coordinator.inFlight, 0);
});

test.run();
