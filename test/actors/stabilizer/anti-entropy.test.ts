/** The paths of anti-entropy: what is compared next, and what becomes of a difference. */
import * as assert from 'uvu/assert';
import {
  type AntiEntropyEvent,
  antiEntropyMachine,
  TOGETHER,
  VERIFY_EVERY,
} from '../../../actors/stabilizer/anti-entropy.js';
import { TOGETHER_LIMIT } from '../../../src/core/wire/partition.js';
import { suite } from '../../support/runner/suite.js';
import { hostChild } from '../chart-host.js';

const test = suite('anti-entropy chart');

const B = 'b'.repeat(16);
const LOOK_AGAIN_MS = 100;

test('as many as are compared together -> one question may name them', () => {
  assert.ok(TOGETHER <= TOGETHER_LIMIT);
});

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

const compared = (...partitions: number[]): AntiEntropyEvent => ({
  type: 'partitions.compared',
  differences: partitions.map((partition) => ({ owner: B, partition, groups: 1 })),
});
const repaired = (...each: [partition: number, records: number, bytes: number][]) =>
  ({
    type: 'partitions.repaired',
    repaired: each.map(([partition, records, bytes]) => ({ partition, records, bytes })),
  }) as const;
const verified = (wrong: number): AntiEntropyEvent => ({ type: 'tree.verified', wrong });
const dirty = (partition: number): AntiEntropyEvent => ({ type: 'partition.dirty', partition });

/** So many numbers, from one on, as effects tell of partitions. */
const named = (from: number, count: number) =>
  Array.from({ length: count }, (_, at) => from + at).join();

test('32 at a time; after every fourth round one is verified', () => {
  const owned = Array.from({ length: 40 }, (_, at) => at);
  const { done, facts, compareNext } = start(owned);
  const perTurn = 2 * VERIFY_EVERY + 1;
  for (let i = 0; i < 2 * perTurn; i++) compareNext();
  assert.equal(facts, [], 'all is well');
  const round = [`compare ${named(0, 32)}`, `compare ${named(32, 8)}`];
  const rounds = Array.from({ length: VERIFY_EVERY }, () => round).flat();
  assert.equal(done(), [...rounds, 'verify 0', ...rounds, 'verify 1']);
  for (let i = 0; i < 38 * perTurn; i++) compareNext();
  assert.ok(done().includes('verify 39'));
});

test('a tree that is wrong -> told, and it goes on', () => {
  const { state, compareNext, send, fireTimers, facts } = start([5]);
  for (let i = 0; i < VERIFY_EVERY; i++) compareNext();
  fireTimers();
  assert.is(state(), 'verifying');
  send(verified(3));
  assert.is(state(), 'resting');
  assert.equal(facts, [{ type: 'tree.mismatch', partition: 5, leaves: 3 }]);
});

test('differs, and nothing newer is there -> verified after the rounds between the turns', () => {
  const owned = Array.from({ length: 10 }, (_, at) => at);
  const { done, send, fireTimers, compareNext } = start(owned);
  fireTimers();
  send(compared(7, 8, 9));
  fireTimers();
  send(repaired([7, 0, 0], [8, 3, 10], [9, 0, 0], [9, 0, 0]));
  const compare = `compare ${named(0, 10)}`;
  for (let i = 0; i < 10; i++) compareNext();
  assert.equal(done(), [
    ...[compare, 'repair 7,8,9', 'verify 7', compare, 'verify 9', compare, compare, 'verify 0'],
    ...[compare, compare, compare, compare],
  ]);
});

test('dirty partitions of ours -> before the others, and once', () => {
  const owned = Array.from({ length: 80 }, (_, at) => at);
  const { done, send, compareNext } = start(owned, [2]);
  for (let i = 0; i < 3; i++) compareNext();
  assert.equal(done(), [
    `compare 2,0,1,${named(3, 28)}`,
    `compare ${named(31, 32)}`,
    `compare ${named(63, 17)}`,
  ]);
  send(dirty(50), dirty(50), dirty(2), dirty(128));
  compareNext();
  for (let at = 0; at < 33; at++) send(dirty(79 - at));
  for (let i = 0; i < 3; i++) compareNext();
  assert.equal(done(), [
    `compare 50,2,0,1,${named(3, 27)}`,
    `compare ${named(48, 32).split(',').reverse()}`,
    `compare 47,${named(30, 17)},${named(48, 13)}`,
    `compare ${named(61, 19)}`,
  ]);
});

test('nothing is ours -> nothing is compared', () => {
  const { done, fireTimers, state } = start([]);
  fireTimers();
  assert.is(state(), 'resting');
  assert.equal(done(), []);
});

test('differences -> looked at twice, then repaired, and told', () => {
  const { state, done, send, compareNext, fireTimers, facts } = start([1, 2, 3]);
  for (let i = 0; i < 2; i++) compareNext();
  done();
  fireTimers();
  send(compared(1, 3));
  assert.is(state(), 'lookingTwice');
  assert.equal(done(), ['compare 1,2,3']);
  fireTimers(LOOK_AGAIN_MS);
  assert.is(state(), 'repairing');
  assert.equal(done(), ['repair 1,3']);
  send(repaired([1, 1, 10], [3, 2, 30]));
  assert.is(state(), 'resting');
  assert.equal(facts, [
    { type: 'repair.done', partition: 1, records: 1, bytes: 10 },
    { type: 'repair.done', partition: 3, records: 2, bytes: 30 },
  ]);
});

test('a difference that is gone, or that was ours -> nothing to tell', () => {
  const { state, send, fireTimers, facts } = start([1]);
  fireTimers();
  send(compared(1));
  fireTimers();
  send(repaired([1, 0, 0]));
  assert.is(state(), 'resting');
  assert.equal(facts, []);
});

test.run();
