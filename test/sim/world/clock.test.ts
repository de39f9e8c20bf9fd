/** The timeline, and processes that stop and die on it. */
import * as assert from 'uvu/assert';
import { suite } from '../../support/runner/suite.js';
import { Process, WallClock } from './clock.js';
import { Stream } from './random.js';
import { Scheduler } from './scheduler.js';
import { Trace } from './trace.js';

const test = suite('simulated clock');

function makeProcess() {
  const scheduler = new Scheduler();
  const wall = new WallClock(scheduler, { offsetMs: 0, driftPpm: 0 });
  const trace = new Trace({ keep: 0 });
  return { scheduler, wall, process: new Process({ name: 'p', scheduler, wall, trace }) };
}

function runTo(scheduler: Scheduler, limit: number): void {
  while (scheduler.step(limit));
}

test('many tasks in any order -> run by time, and in order of scheduling within it', () => {
  const scheduler = new Scheduler();
  const random = new Stream(1, 'test');
  const ran: { at: number; index: number }[] = [];
  const cancelled = new Set<number>();
  for (let index = 0; index < 5000; index++) {
    const at = random.whole(0, 300);
    const task = scheduler.at(at, () => void ran.push({ at: scheduler.now, index }));
    if (random.chance(0.6)) {
      scheduler.cancel(task);
      cancelled.add(index);
    }
  }
  runTo(scheduler, 1000);
  assert.is(ran.length, 5000 - cancelled.size);
  assert.is(scheduler.now, 1000);
  const sorted = ran.toSorted((a, b) => a.at - b.at || a.index - b.index);
  assert.equal(ran, sorted);
  assert.not.ok(ran.some(({ index }) => cancelled.has(index)));
});

test('a timer sets a timer -> it sees the time at which it runs', () => {
  const { scheduler, process } = makeProcess();
  const seen: number[] = [];
  process.clock.setTimeout(() => {
    seen.push(process.clock.monotonic());
    process.clock.setTimeout(() => void seen.push(process.clock.monotonic()), 5);
  }, 10);
  runTo(scheduler, 1000);
  assert.equal(seen, [10, 15]);
});

test('stopped -> nothing runs; goes on -> overdue timers, then what arrived, then new', () => {
  const { scheduler, process } = makeProcess();
  const order: string[] = [];
  process.clock.setTimeout(() => void order.push('late'), 20);
  process.clock.setTimeout(() => {
    order.push('early');
    process.clock.setTimeout(() => void order.push('new'), 0);
  }, 10);
  const never = process.clock.setTimeout(() => void order.push('never'), 15);
  process.io.setTimeout(() => void order.push('disk'), 5);
  process.stop();
  scheduler.at(7, () => process.deliver(() => void order.push('packet')));
  runTo(scheduler, 100);
  assert.equal(order, []);
  process.clock.clearTimeout(never);
  process.goOn();
  runTo(scheduler, 200);
  assert.equal(order, ['early', 'late', 'disk', 'packet', 'new']);
});

test('killed -> nothing runs any more, not even what had waited', () => {
  const { scheduler, process } = makeProcess();
  process.clock.setTimeout(() => assert.unreachable(), 10);
  let dropped = 0;
  const deliver = () =>
    process.deliver(
      () => assert.unreachable(),
      () => void dropped++,
    );
  process.stop();
  deliver();
  process.goOn();
  process.stop();
  deliver();
  process.kill();
  process.goOn();
  deliver();
  runTo(scheduler, 100);
  assert.is(dropped, 3);
  assert.not(process.isAlive);
});

test('the wall clock jumps -> durations stay what they are', () => {
  const { scheduler, wall, process } = makeProcess();
  const before = process.clock.now();
  wall.jump(-3_600_000);
  runTo(scheduler, 1000);
  assert.is(process.clock.now(), before - 3_600_000 + 1000);
  assert.is(process.clock.monotonic(), 1000);
});

test('streams -> the same for the same seed and name, another for another', () => {
  const first = (seed: number, name: string) => new Stream(seed, name).hex(32);
  assert.is(first(1, 'network'), first(1, 'network'));
  assert.is.not(first(1, 'network'), first(2, 'network'));
  assert.is.not(first(1, 'network'), first(1, 'disk'));
  const random = new Stream(3, 'uniform');
  const bins = new Array<number>(10).fill(0);
  for (let i = 0; i < 100_000; i++) bins[Math.floor(random.float() * 10)]!++;
  for (const count of bins) assert.ok(Math.abs(count - 10_000) < 500, `${count} of 10000`);
});

test.run();
