/** Who goes for good goes only when those who stay know why. */

import * as assert from 'uvu/assert';
import { foundingReplication } from '../../../src/core/ring/replication.js';
import { RingAnnouncement } from '../../../src/node/ring/ring-announcement.js';
import { Process, WallClock } from '../../sim/world/clock.js';
import { Scheduler } from '../../sim/world/scheduler.js';
import { Trace } from '../../sim/world/trace.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('handover');
const [A, B, C] = ['a', 'b', 'c'].map((digit) => digit.repeat(16)) as [string, string, string];
const member = (id: string) => ({ id, address: `${id[0]}:1`, weight: 1, zone: '' });
const RING = {
  clusterId: '0'.repeat(32),
  epoch: 7,
  ...foundingReplication({ replicas: 3 }),
  members: [A, B, C].map(member),
  layout: [[0, 1, 2]],
};

/** `answers`: the epoch that each voter says it has; none: it cannot be reached. */
function start(answers: { [voter: string]: number }, self = 'e'.repeat(16)) {
  const scheduler = new Scheduler();
  const process = new Process({
    name: 'p',
    scheduler,
    wall: new WallClock(scheduler, { offsetMs: 0, driftPpm: 0 }),
    trace: new Trace({ keep: 0 }),
  });
  const introduced = new Set<string>();
  let isDone = false;
  let ring = RING;
  const handover = new RingAnnouncement({
    rings: {
      get inForce() {
        return ring;
      },
    },
    clock: process.clock,
    transport: {
      isUp: (id) => id in answers,
      introduce: (address) => void introduced.add(address),
    },
    calls: {
      request: (to, _type, _body, _timeoutMs, done) => {
        const epoch = answers[to];
        done((epoch === undefined ? 'unreachable' : { epoch }) as never, 0);
      },
    },
  });
  handover.run(self, () => {
    assert.not(isDone, 'done is called once');
    isDone = true;
  });
  return {
    introduced,
    learn(epoch: number, ids: string[]) {
      ring = { ...RING, epoch, members: ids.map(member) };
    },
    isDoneAfter(ms: number) {
      const limit = scheduler.now + ms;
      while (scheduler.step(limit));
      return isDone;
    },
  };
}

test('a majority has the ring -> at once', () => {
  assert.ok(start({ [A]: 7, [B]: 8 }).isDoneAfter(0));
});

test('one of three, or an older ring -> asks on until a majority has it', () => {
  const answers: { [voter: string]: number } = { [A]: 7, [B]: 6 };
  const { isDoneAfter, introduced } = start(answers);
  assert.not(isDoneAfter(60_000));
  assert.equal([...introduced], ['c:1']);
  answers[B] = 7;
  assert.ok(isDoneAfter(1000));
  assert.ok(isDoneAfter(10_000));
});

test('the voters of our ring are gone -> those of the newer one are asked', () => {
  const D = 'd'.repeat(16);
  const { isDoneAfter, learn } = start({ [D]: 9 });
  assert.not(isDoneAfter(60_000));
  learn(9, [D]);
  assert.ok(isDoneAfter(1000));
});

test('our ring still names us -> it is old, and nothing is handed over', () => {
  assert.ok(start({}, A).isDoneAfter(0));
});

test.run();
