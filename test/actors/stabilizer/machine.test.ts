/** What the stabilizer does in which ring, and that nothing of one ring reaches the next. */
import * as assert from 'uvu/assert';
import type { AnyActorRef } from 'xstate';
import { antiEntropyMachine } from '../../../actors/stabilizer/anti-entropy.js';
import type { StabilizerEvent } from '../../../actors/stabilizer/events.js';
import { garbageCollectionMachine } from '../../../actors/stabilizer/garbage-collection.js';
import { stabilizerMachine } from '../../../actors/stabilizer/machine.js';
import { reaperMachine } from '../../../actors/stabilizer/reaper.js';
import { transferMachine } from '../../../actors/stabilizer/transfer.js';
import { version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import { Effects, host } from '../chart-host.js';

const test = suite('stabilizer chart');

const TELL_AGAIN_MS = 1000;

type Children = { readonly [name: string]: AnyActorRef };

function start(...events: StabilizerEvent[]) {
  const effects = new Effects();
  const named = (...names: string[]) => ({ actions: effects.named(names) });
  const machine = stabilizerMachine.provide({
    actors: {
      transfer: transferMachine.provide(named('pull', 'reportPulled', 'tellHowFar')),
      antiEntropy: antiEntropyMachine.provide(named('compare', 'repair', 'verify')),
      garbageCollection: garbageCollectionMachine.provide(named('survey', 'collect')),
      reaper: reaperMachine.provide(named('search', 'look', 'confirm', 'reap')),
    },
  });
  const hosted = host(machine, [], effects);
  const send = (...more: StabilizerEvent[]) => {
    for (const event of more) hosted.actor.send(event);
  };
  send(...events);
  const children = (): Children => hosted.actor.getSnapshot().children;
  return { ...hosted, send, children };
}

const moved = { records: 2, bytes: 10 };
const began = (epoch: number, ...partitions: number[]): StabilizerEvent => ({
  type: 'transition.began',
  epoch,
  partitions,
});
const settled = (epoch: number, ...owned: number[]): StabilizerEvent => ({
  type: 'ring.settled',
  epoch,
  owned,
});
const dirty = (partition: number): StabilizerEvent => ({ type: 'partition.dirty', partition });

test('a transition that brings it something -> a transfer, and what it tells is told', () => {
  const { state, done, children, facts } = start(began(2, 3));
  assert.is(state(), 'transferring');
  assert.equal(Object.keys(children()), ['transfer']);
  assert.equal(done(), ['pull 3']);
  children().transfer!.send({ type: 'partition.pulled', partition: 3, ...moved });
  assert.equal(facts, [
    { type: 'transfer.began', epoch: 2, total: 1 },
    { type: 'transfer.progress', epoch: 2, done: 1, total: 1, ...moved },
    { type: 'transfer.done', epoch: 2, ...moved },
  ]);
});

test('a transition that brings it nothing -> idle, and there is nobody', () => {
  const { state, done, children } = start(settled(1, 1, 2), began(2));
  assert.is(state(), 'idle');
  assert.equal(children(), {});
  assert.equal(done(), ['survey']);
});

test('a stable ring -> compares, collects and reaps at the same time, and all tell', () => {
  const { state, done, children, facts, fireTimers } = start(settled(3, 1));
  assert.is(state(), 'maintaining');
  children().garbageCollection!.send({ type: 'leftovers.found', partitions: [8] });
  fireTimers();
  assert.equal(done(), ['survey', 'collect 8', 'compare 1', 'search']);
  children().reaper!.send({ type: 'partitions.found', partitions: [1] });
  const differences = [{ owner: 'b'.repeat(16), partition: 1, groups: 1 }];
  children().antiEntropy!.send({ type: 'partitions.compared', differences });
  fireTimers();
  children().antiEntropy!.send({
    type: 'partitions.repaired',
    repaired: [{ partition: 1, ...moved }],
  });
  children().garbageCollection!.send({ type: 'leftover.dropped', partition: 8, rows: 40 });
  const entries = [{ key: Buffer.from('k'), version: version(1) }];
  for (const type of ['ended.found', 'ended.confirmed']) children().reaper!.send({ type, entries });
  children().reaper!.send({ type: 'ended.reaped', rows: 1 });
  assert.equal(facts, [
    { type: 'repair.done', partition: 1, ...moved },
    { type: 'partition.collected', partition: 8, rows: 40 },
    { type: 'partition.reaped', partition: 1, rows: 1 },
  ]);
});

/** [in which ring, what comes] */
const NEXT: readonly [string, StabilizerEvent, readonly string[]][] = [
  ['another transition', began(4, 6), ['transfer']],
  ['another transition that brings nothing', began(4), []],
  ['a stable ring', settled(4, 6), ['antiEntropy', 'garbageCollection', 'reaper']],
];
for (const [before, first] of [
  ['a transition', began(3, 1, 2)],
  ['a stable ring', settled(3, 1, 2)],
] as const) {
  for (const [after, next, names] of NEXT) {
    test(`${before}, then ${after} -> who worked has ended, its timers too; all begin anew`, () => {
      const { send, done, children, fireTimers } = start(first);
      const former = Object.values(children());
      assert.ok(former.length > 0);
      done();
      send(next);
      for (const child of former) assert.is(child.getSnapshot().status, 'stopped');
      assert.equal(Object.keys(children()).sort(), names);
      for (const child of Object.values(children()))
        assert.is(child.getSnapshot().context.epoch, 4);
      fireTimers();
      // Partitions 1 and 2 were of the ring before.
      assert.ok(done().every((effect) => !/[12]$/.test(effect)));
    });
  }
}

test('another transition -> how far it is is told as often as before, not twice', () => {
  const { done, send, fireTimers } = start(began(2, 3));
  send(began(4, 3));
  done();
  fireTimers(TELL_AGAIN_MS);
  assert.equal(done(), ['tellHowFar']);
});

test('dirty partitions -> first, in this stable ring or the next one, as long as ours', () => {
  const { send, done, fireTimers } = start(dirty(7), settled(3, 1, 2, 3));
  send(dirty(3), dirty(2), dirty(8), began(4, 9), dirty(5), dirty(5), settled(5, 1, 2, 5));
  done();
  fireTimers();
  assert.equal(
    done().filter((effect) => effect.startsWith('compare')),
    ['compare 2,5,1'],
  );
});

test.run();
