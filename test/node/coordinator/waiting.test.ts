/** What waits for a ring, or for the clock's ceiling: until it is there, but not for ever. */
import * as assert from 'uvu/assert';
import { NOT_STAMPED } from '../../../src/core/failures.js';
import { Attempt, type RequestPorts } from '../../../src/node/coordinator/attempt.js';
import { VersionClock } from '../../../src/node/replica/version-clock.js';
import type { Clock, Store } from '../../../src/ports.js';
import { suite } from '../../support/runner/suite.js';
import { openRing, SELF } from '../ring/open-ring.js';
import { selfDrivenClock } from '../stabilizer/owners.js';

const test = suite('waiting');
const PEER = 'b'.repeat(16);
const pass = (clock: Clock, ms: number) =>
  new Promise<void>((resolve) => void clock.setTimeout(resolve, ms));

/** A disk that has no room until it is told. */
function fullDisk() {
  const waiting: (() => void)[] = [];
  const store = {
    meta: () => undefined,
    setMeta: (_: string, __: string, done: () => void) => waiting.push(done),
  } as unknown as Store;
  return { store, makeRoom: () => waiting.splice(0).forEach((done) => void done()) };
}

test('the ceiling cannot be raised -> a stamp is given up in time, nothing waits on', async () => {
  const clock = selfDrivenClock();
  const { store, makeRoom } = fullDisk();
  const right = { now: () => clock.now(), standing: 'right' as const };
  const versionClock = new VersionClock({
    ...{ node: SELF, clock: right, store, maxDriftMs: 500 },
    isTrusted: () => true,
  });
  const given: unknown[] = [];
  const ask = (timeoutMs: number) =>
    new Attempt({ clock, versionClock, rings: { epoch: 1 } } as unknown as RequestPorts, {
      level: 'quorum',
      timeoutMs,
    }).stamp('plain', (version) => given.push(version));
  for (let i = 0; i < 100; i++) ask(100);
  ask(10_000);
  await pass(clock, 200);
  assert.equal(given, Array(100).fill(NOT_STAMPED));
  makeRoom();
  assert.is(given.length, 101, 'those that were given up are not run');
  assert.is((given[100] as { node: string }).node, SELF);
});

test('a ring does not come -> who waits is told in time, and nothing is kept', async () => {
  const clock = selfDrivenClock();
  const { rings: waited, adopt, sync } = openRing(clock);
  const told: boolean[] = [];
  const wait = (withinMs: number) =>
    waited.whenAtLeast({ epoch: 5, source: PEER, withinMs, bytes: 0 }, (isThere) =>
      told.push(isThere),
    );
  assert.ok(wait(100));
  assert.ok(wait(10_000));
  await pass(clock, 200);
  assert.equal(told, [false]);
  adopt(4);
  sync();
  assert.equal(told, [false]);
  adopt(5);
  assert.equal(told, [false], 'it is not on disk yet');
  sync();
  assert.equal(told, [false, true]);
  await pass(clock, 20_000);
  assert.equal(told, [false, true], 'told once');
});

test('too much waits -> no more does, until some has been given up', async () => {
  const clock = selfDrivenClock();
  const { rings: waited, adopt, sync } = openRing(clock);
  const wait = (bytes: number, epoch = 5) =>
    waited.whenAtLeast({ epoch, source: PEER, withinMs: 100, bytes }, () => undefined);
  const fill = (bytes: number, epoch = 5) => {
    let count = 0;
    while (wait(bytes, epoch)) count++;
    return count;
  };
  assert.is(fill(1 << 20), 63, 'of large ones few');
  assert.ok(wait(1000), 'a small one still fits');
  await pass(clock, 200);
  const small = fill(0);
  assert.ok(small > 10_000 && small < 100_000, `${small} of those that weigh nothing`);
  adopt(5);
  sync();
  assert.is(fill(1 << 20, 6), 63, 'the ring has come');
});

test('the ring that was asked for is lost -> who waits later asks again', async () => {
  const clock = selfDrivenClock();
  const { rings: waited, sent } = openRing(clock);
  const wait = () =>
    waited.whenAtLeast({ epoch: 5, source: PEER, withinMs: 60_000, bytes: 0 }, () => undefined);
  await pass(clock, 1000);
  wait();
  wait();
  assert.is(sent.length, 1);
  await pass(clock, 300);
  wait();
  assert.equal(sent, Array(2).fill({ type: 'ring.fetch', epoch: 0 }));
});

test.run();
