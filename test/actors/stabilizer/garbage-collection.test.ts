/** The paths of garbage collection: what is looked at, one after the other, and when again. */
import * as assert from 'uvu/assert';
import {
  type GarbageCollectionEvent,
  garbageCollectionMachine,
} from '../../../actors/stabilizer/garbage-collection.js';
import { suite } from '../../support/runner/suite.js';
import { hostChild } from '../chart-host.js';

const test = suite('garbage collection chart');

function start(...owned: number[]) {
  const effects = ['survey', 'collect'];
  const hosted = hostChild(garbageCollectionMachine, effects, { epoch: 3, owned });
  const send = (...events: GarbageCollectionEvent[]) => {
    for (const event of events) hosted.actor.send(event);
  };
  return { ...hosted, send, context: () => hosted.actor.getSnapshot().context };
}

const found = (...partitions: number[]): GarbageCollectionEvent => ({
  type: 'leftovers.found',
  partitions,
});
const dropped = (partition: number, rows: number): GarbageCollectionEvent => ({
  type: 'leftover.dropped',
  partition,
  rows,
});
const kept = (partition: number): GarbageCollectionEvent => ({
  type: 'leftover.kept',
  partition,
  reason: 'the owners differ',
});

test('leftovers -> collected one by one; kept ones are looked at the next time', () => {
  const { state, done, send, facts, context, fireTimers } = start(1);
  assert.is(state(), 'surveying');
  send(found(8, 9));
  assert.is(state(), 'collecting');
  send(kept(8));
  assert.is(context().waitingBecause, 'the owners differ');
  send(dropped(9, 40));
  assert.is(state(), 'resting');
  assert.is(context().waitingBecause, undefined);
  assert.equal(done(), ['survey', 'collect 8', 'collect 9']);
  assert.equal(facts, [{ type: 'partition.collected', partition: 9, rows: 40 }]);
  fireTimers();
  send(found(8));
  assert.equal(done(), ['survey', 'collect 8']);
});

test('no leftovers -> rests, and looks again', () => {
  const { state, done, send, facts, fireTimers } = start(1);
  send(found());
  assert.is(state(), 'resting');
  fireTimers();
  assert.is(state(), 'surveying');
  assert.equal(done(), ['survey', 'survey']);
  assert.equal(facts, []);
});

/** [what is wrong, what comes] */
const MISTAKES: readonly [string, RegExp, readonly GarbageCollectionEvent[]][] = [
  ['a partition of ours is a leftover', /partition of others/, [found(8, 1)]],
  [
    'another one was dropped than was to be',
    /the one that was looked at/,
    [found(8), dropped(9, 1)],
  ],
];
for (const [what, sentence, events] of MISTAKES) {
  test(`${what} -> a mistake of ours: nothing is collected any more`, () => {
    const { actor, send, done } = start(1);
    const failures: unknown[] = [];
    actor.subscribe({ error: (error) => failures.push(error) });
    send(...events);
    assert.match(String(failures[0]), sentence);
    assert.ok(!done().includes('collect 1'));
  });
}

test.run();
