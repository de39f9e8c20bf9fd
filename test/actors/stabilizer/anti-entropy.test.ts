/** The paths of anti-entropy: what is compared next, and what becomes of a difference. */
import * as assert from 'uvu/assert';
import {
  type AntiEntropyEvent,
  antiEntropyMachine,
} from '../../../actors/stabilizer/anti-entropy.js';
import { suite } from '../../support/runner/suite.js';
import { hostChild } from '../chart-host.js';

const test = suite('anti-entropy chart');

const B = 'b'.repeat(16);
const LOOK_AGAIN_MS = 100;

function start(owned: readonly number[], dirty: readonly number[] = []) {
  const hosted = hostChild(antiEntropyMachine, ['compare', 'repair', 'verify'], {
    epoch: 3,
    owned,
    dirty,
  });
  const send = (...events: AntiEntropyEvent[]) => {
    for (const event of events) hosted.actor.send(event);
  };
  const compareNext = () => {
    hosted.fireTimers();
    send(hosted.state() === 'verifying' ? verified(0) : compared());
  };
  return { ...hosted, send, compareNext };
}

const compared = (...owners: string[]): AntiEntropyEvent => ({
  type: 'partition.compared',
  differences: owners.map((owner) => ({ owner, leaves: Buffer.alloc(32, 1) })),
});
const repaired = (records: number, bytes: number): AntiEntropyEvent => ({
  type: 'partition.repaired',
  records,
  bytes,
});
const verified = (wrong: number): AntiEntropyEvent => ({ type: 'tree.verified', wrong });
const dirty = (partition: number): AntiEntropyEvent => ({ type: 'partition.dirty', partition });

test('every partition is compared in its turn; after each round the next one is verified', () => {
  const { done, facts, compareNext } = start([5, 7]);
  for (let i = 0; i < 9; i++) compareNext();
  assert.equal(facts, [], 'all is well');
  const round = ['compare 5', 'compare 7'];
  assert.equal(done(), [...round, 'verify 5', ...round, 'verify 7', ...round, 'verify 5']);
});

test('a tree that is wrong -> told, and it goes on', () => {
  const { state, compareNext, send, fireTimers, facts } = start([5]);
  compareNext();
  fireTimers();
  assert.is(state(), 'verifying');
  send(verified(3));
  assert.is(state(), 'resting');
  assert.equal(facts, [{ type: 'tree.mismatch', partition: 5, leaves: 3 }]);
});

test('a dirty partition of ours -> before the others, and once', () => {
  const { done, send, compareNext } = start([1, 2, 3], [2]);
  send(dirty(3), dirty(3), dirty(2), dirty(8));
  for (let i = 0; i < 4; i++) compareNext();
  assert.equal(done(), ['compare 2', 'compare 3', 'compare 1', 'compare 2']);
});

test('nothing is ours -> nothing is compared', () => {
  const { done, fireTimers, state } = start([]);
  fireTimers();
  assert.is(state(), 'resting');
  assert.equal(done(), []);
});

test('a difference -> looked at twice, then repaired, and told', () => {
  const { state, done, send, fireTimers, facts } = start([1]);
  fireTimers();
  send(compared(B));
  assert.is(state(), 'lookingTwice');
  assert.equal(done(), ['compare 1']);
  fireTimers(LOOK_AGAIN_MS);
  assert.is(state(), 'repairing');
  assert.equal(done(), ['repair 1']);
  send(repaired(1, 10));
  assert.is(state(), 'resting');
  assert.equal(facts, [{ type: 'repair.done', partition: 1, records: 1, bytes: 10 }]);
});

test('a difference that is gone, or that was ours -> nothing to tell', () => {
  const { state, send, fireTimers, facts } = start([1]);
  fireTimers();
  send(compared(B));
  fireTimers();
  send(repaired(0, 0));
  assert.is(state(), 'resting');
  assert.equal(facts, []);
});

test.run();
