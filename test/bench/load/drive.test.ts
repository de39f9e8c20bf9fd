/** The arithmetic of the load, in simulated time: no figure of these depends on the machine. */
import * as assert from 'uvu/assert';
import { type Channel, DONE, failed } from '../../../bench/load/channel.js';
import { drive, type Load, once, requireAllWell } from '../../../bench/load/drive.js';
import type { Job } from '../../../bench/load/jobs.js';
import { Schedule } from '../../../bench/load/schedule.js';
import { Scheduler } from '../../sim/world/scheduler.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('bench drive');

const STALL = { fromMs: 500, toMs: 700 };

/** A system that takes 1 ms for each operation, and for a while in the middle answers nothing. */
class Stalling implements Channel {
  readonly #scheduler: Scheduler;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  ask(_operation: unknown, done: (answer: typeof DONE) => void): void {
    const at = this.#scheduler.now + 1;
    const stalls = at >= STALL.fromMs && at < STALL.toMs;
    this.#scheduler.at(stalls ? STALL.toMs : at, () => done(DONE));
  }

  close(): void {}
}

const job: Job = (channel, _lane, _serial, done) => {
  channel.ask({ kind: 'get', key: 'x' }, ({ outcome, text }) => {
    done(outcome === 'done' ? undefined : text);
  });
};

async function driven(load: Load, lanes = 1) {
  const scheduler = new Scheduler();
  const clock = {
    monotonic: () => scheduler.now,
    setTimeout: (run: () => void, ms: number) => scheduler.after(ms, run),
  };
  const channels = Array.from({ length: lanes }, () => new Stalling(scheduler));
  const ending = drive(channels, job, load, clock);
  while (scheduler.step(10_000) && scheduler.now < 10_000);
  return ending;
}

test('schedule -> evenly spaced, and due from its beginning on', () => {
  const schedule = new Schedule(1000, 100, 2);
  assert.is(schedule.total, 200);
  assert.is(schedule.intendedMs(0), 1000);
  assert.is(schedule.intendedMs(150), 2500);
  assert.equal(
    [999, 1000, 1009, 1010, 2990, 9999].map((ms) => schedule.due(ms)),
    [0, 1, 1, 2, 200, 200],
  );
});

test('closed loop over a stall -> the stall is one slow operation', async () => {
  const { count, perSecond, p99Ms, maxMs } = await driven({ seconds: 1 });
  // 499 before, one that waits, 300 behind.
  assert.is(count, 800);
  assert.is(Math.round(perSecond), 800);
  assert.ok(p99Ms < 2);
  assert.ok(maxMs >= 199);
});

test('open loop over the same stall -> all that was to begin meanwhile is late', async () => {
  const { count, p50Ms, p99Ms, unsent } = await driven({ seconds: 1, perSecond: 500 });
  assert.is(count, 500);
  assert.is(unsent, 0);
  assert.ok(p50Ms < 2);
  // A hundred were to begin in those 200 ms, and those behind wait until the backlog is gone.
  assert.ok(p99Ms > 150, `${p99Ms}`);
});

test('more than the system can take -> what found no lane is counted', async () => {
  const { count, unsent, p50Ms } = await driven({ seconds: 1, perSecond: 5000 });
  assert.is(count + unsent, 5000);
  assert.ok(unsent > 3000, `${unsent}`);
  assert.ok(p50Ms > 100);
});

test('so many operations -> each serial once', async () => {
  const serials: number[] = [];
  const noting: Job = (_channel, _lane, serial, done) => {
    serials.push(serial);
    setImmediate(() => done(undefined));
  };
  const channel = { ask: () => undefined, close: () => undefined };
  const { count } = await once([channel, channel], noting, 50);
  assert.is(count, 50);
  assert.equal(
    serials.sort((a, b) => a - b),
    Array.from({ length: 50 }, (_, index) => index),
  );
});

test('a wrong answer -> counted apart, and no figure counts', async () => {
  const wrong: Job = (_channel, _lane, serial, done) => {
    setImmediate(() => done(serial === 3 ? failed('wrong').text : undefined));
  };
  const channel = { ask: () => undefined, close: () => undefined };
  const result = await drive([channel], wrong, { seconds: 60, most: 5 });
  assert.is(result.count, 4);
  assert.is(result.failed, 1);
  assert.throws(() => requireAllWell(result), /1 operations failed: wrong/);
});

test.run();
