/** The stabilizer's paths: what it does next, and what it leaves when the ring changes. */
import * as assert from 'uvu/assert';
import type { StabilizerEvent } from '../../../actors/stabilizer/events.js';
import { stabilizerMachine } from '../../../actors/stabilizer/machine.js';
import { suite } from '../../support/runner/suite.js';
import { host } from '../chart-host.js';

const test = suite('stabilizer chart');

const EFFECTS = ['pull', 'reportPulled', 'tellHowFar', 'survey', 'collect', 'compare', 'repair'];
const RETRY_PULL_MS = 500;
const TELL_AGAIN_MS = 1000;

function start(...events: StabilizerEvent[]) {
  const hosted = host(stabilizerMachine, EFFECTS);
  const send = (...more: StabilizerEvent[]) => {
    for (const event of more) hosted.actor.send(event);
  };
  send(...events);
  return { ...hosted, send, context: () => hosted.actor.getSnapshot().context };
}

const moved = { records: 2, bytes: 10 };
const nothing = { records: 0, bytes: 0 };
const began = (epoch: number, ...partitions: number[]): StabilizerEvent => ({
  type: 'transition.began',
  epoch,
  partitions,
});
const pulled = (epoch: number, partition: number): StabilizerEvent => ({
  type: 'partition.pulled',
  epoch,
  partition,
  ...moved,
});
const failed = (epoch: number, partition: number, reason = 'lost'): StabilizerEvent => ({
  type: 'pull.failed',
  epoch,
  partition,
  reason,
  ...nothing,
});
const settled = (epoch: number, ...owned: number[]): StabilizerEvent => ({
  type: 'ring.settled',
  epoch,
  owned,
});
const round = (epoch: number, leftovers: number[] = [], from = 0): StabilizerEvent => ({
  type: 'round.began',
  epoch,
  leftovers,
  start: from,
});
const compared = (epoch: number, ...owners: string[]): StabilizerEvent => ({
  type: 'partition.compared',
  epoch,
  differences: owners.map((owner) => ({ owner, leaves: Buffer.alloc(32, 1) })),
});
const repaired = (epoch: number, what = moved): StabilizerEvent => ({
  type: 'partition.repaired',
  epoch,
  ...what,
});

test('a transition -> a few partitions at once, the next when one is done, then reports', () => {
  const { state, done, send, fireTimers, facts } = start(began(2, 3, 4, 5, 6, 7));
  assert.equal(done(), ['pull 3', 'pull 4', 'pull 5', 'pull 6']);
  send(pulled(2, 4));
  assert.equal(done(), ['pull 7']);
  assert.equal(facts.at(-1), {
    type: 'transfer.progress',
    epoch: 2,
    done: 1,
    total: 5,
    ...moved,
  });
  send(pulled(2, 3), pulled(2, 5), pulled(2, 6));
  assert.is(state(), 'pulling');
  send(pulled(2, 7));
  assert.is(state(), 'reporting');
  assert.equal(facts.at(-1), { type: 'transfer.done', epoch: 2, records: 10, bytes: 50 });
  fireTimers();
  assert.equal(done(), ['tellHowFar', 'reportPulled', 'tellHowFar', 'reportPulled']);
});

test('a failed pull -> waits and says why, goes on with the others before it tries again', () => {
  const { state, done, send, fireTimers, context } = start(began(2, 3, 4, 5, 6, 7));
  done();
  send(failed(2, 3, 'peer: lost'));
  assert.is(state(), 'waiting');
  assert.is(context().waitingBecause, 'peer: lost');
  fireTimers(RETRY_PULL_MS);
  assert.is(state(), 'pulling');
  assert.equal(done(), ['pull 7']);
  send(pulled(2, 4));
  assert.equal(done(), ['pull 3']);
  assert.is(context().waitingBecause, undefined);
});

test('what the other pulls bring while it waits -> counts', () => {
  const { state, send, done, fireTimers, context } = start(began(2, 3, 4));
  send(failed(2, 3), pulled(2, 4), { ...failed(2, 4), records: 1, bytes: 5 } as StabilizerEvent);
  assert.is(state(), 'waiting');
  assert.is(context().records, 3);
  assert.is(context().bytes, 15);
  done();
  fireTimers(RETRY_PULL_MS);
  assert.equal(done(), ['pull 3', 'pull 4']);
});

test('while it pulls or waits -> tells how far it is, again and again, and then no more', () => {
  const { done, send, fireTimers } = start(began(2, 3));
  done();
  fireTimers(TELL_AGAIN_MS);
  send(failed(2, 3));
  fireTimers(TELL_AGAIN_MS);
  assert.equal(done(), ['tellHowFar', 'tellHowFar']);
  send(settled(3));
  done();
  send(round(3));
  fireTimers(TELL_AGAIN_MS);
  assert.not.ok(done().includes('tellHowFar'));
});

test('another transition -> tells it as often as before, not twice', () => {
  const { done, send, fireTimers } = start(began(2, 3));
  send(began(4, 3));
  done();
  fireTimers(TELL_AGAIN_MS);
  assert.equal(done(), ['tellHowFar']);
});

test('what was pulled for an older ring -> changes nothing', () => {
  const { state, send, done, context } = start(began(2, 3), began(4, 3));
  done();
  send(pulled(2, 3), failed(2, 3));
  assert.is(state(), 'pulling');
  assert.equal(context().pulling, [3]);
  assert.equal(done(), []);
});

test('a transition that brings this node nothing -> idle, and reports nothing', () => {
  const { state, done } = start(settled(1, 1, 2), began(2));
  assert.is(state(), 'idle');
  assert.equal(done(), ['survey']);
});

test('a stable ring -> looks for leftovers, collects them one by one, kept ones later', () => {
  const { state, done, send, facts, context } = start(settled(3, 1));
  assert.is(state(), 'surveying');
  send(round(3, [8, 9]));
  send({ type: 'leftover.kept', epoch: 3, partition: 8, reason: 'the owners differ' });
  assert.is(context().waitingBecause, 'the owners differ');
  send({ type: 'leftover.dropped', epoch: 3, partition: 9, rows: 40 });
  assert.is(state(), 'resting');
  assert.equal(done(), ['survey', 'collect 8', 'collect 9']);
  assert.equal(facts, [{ type: 'partition.collected', partition: 9, rows: 40 }]);
});

test('a round -> every partition is compared once, in ring order from where it begins', () => {
  const { done, send, fireTimers, state } = start(settled(3, 1, 2, 5, 7), round(3, [], 0.5));
  const compareNext = () => {
    fireTimers();
    send(compared(3));
  };
  for (let i = 0; i < 4; i++) compareNext();
  assert.equal(done(), ['survey', 'compare 5', 'compare 7', 'compare 1', 'compare 2']);
  fireTimers();
  assert.is(state(), 'surveying');
});

test('a dirty partition of ours -> before the others, and once', () => {
  const { done, send, fireTimers } = start(settled(3, 1, 2, 3), round(3));
  for (const partition of [3, 3, 8]) send({ type: 'partition.dirty', partition });
  for (let i = 0; i < 3; i++) {
    fireTimers();
    send(compared(3));
  }
  assert.equal(done(), ['survey', 'compare 3', 'compare 1', 'compare 2']);
});

test('a dirty partition that is lost -> forgotten; one that stays -> remembered', () => {
  const { send, context } = start(settled(3, 1, 2));
  for (const partition of [1, 2]) send({ type: 'partition.dirty', partition });
  send(began(4), settled(5, 2, 3));
  assert.equal(context().dirty, [2]);
});

test('a difference -> looked at twice, then repaired, and told', () => {
  const { state, done, send, fireTimers, facts } = start(settled(3, 1), round(3));
  fireTimers();
  send(compared(3, 'bbbbbbbbbbbbbbbb'));
  assert.is(state(), 'lookingTwice');
  assert.equal(done(), ['survey', 'compare 1']);
  fireTimers();
  assert.is(state(), 'repairing');
  assert.equal(done(), ['repair 1']);
  send(repaired(3));
  assert.is(state(), 'resting');
  assert.equal(facts, [{ type: 'repair.done', partition: 1, ...moved }]);
});

test('a difference that is gone, or that was ours -> nothing to tell', () => {
  const { state, send, fireTimers, facts } = start(settled(3, 1), round(3));
  fireTimers();
  send(compared(3, 'bbbbbbbbbbbbbbbb'));
  fireTimers();
  send(repaired(3, nothing));
  assert.is(state(), 'resting');
  assert.equal(facts, []);
});

/** [state, what leads there in epoch 3, what comes for epoch 2] */
const STALE: readonly [string, (hosted: ReturnType<typeof start>) => void, StabilizerEvent[]][] = [
  ['surveying', () => undefined, [round(2, [5])]],
  [
    'collecting',
    ({ send }) => send(round(3, [5])),
    [
      { type: 'leftover.dropped', epoch: 2, partition: 5, rows: 1 },
      { type: 'leftover.kept', epoch: 2, partition: 5, reason: '' },
    ],
  ],
  [
    'comparing',
    ({ send, fireTimers }) => {
      send(round(3));
      fireTimers();
    },
    [compared(2), compared(2, 'bbbbbbbbbbbbbbbb')],
  ],
  [
    'repairing',
    ({ send, fireTimers }) => {
      send(round(3));
      fireTimers();
      send(compared(3, 'bbbbbbbbbbbbbbbb'));
      fireTimers();
    },
    [repaired(2), repaired(2, nothing)],
  ],
];

for (const [name, lead, stale] of STALE) {
  test(`${name}: what comes for an older ring -> changes nothing, tells nothing`, () => {
    const hosted = start(settled(3, 1, 2));
    lead(hosted);
    for (const event of stale) {
      hosted.send(event);
      assert.is(hosted.state(), name);
    }
    assert.equal(hosted.facts, []);
  });

  test(`${name}: a transition -> left for it, and a settled ring begins a new round`, () => {
    const hosted = start(settled(3, 1, 2));
    lead(hosted);
    hosted.done();
    hosted.send(began(4, 6));
    assert.is(hosted.state(), 'pulling');
    assert.equal(hosted.done(), ['pull 6']);
    hosted.send(settled(5, 1, 6));
    assert.is(hosted.state(), 'surveying');
    assert.equal(hosted.done(), ['survey']);
  });
}

test.run();
