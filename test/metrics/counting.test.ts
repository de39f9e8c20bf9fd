/** What is counted while a node runs: its facts, and how late its event loop is. */
import * as assert from 'uvu/assert';
import { EventLoopLag } from '../../src/metrics/event-loop-lag.js';
import { FactCounts } from '../../src/metrics/fact-counts.js';
import { idOf, ringOf } from '../node/one-node.js';
import { suite } from '../support/runner/suite.js';

const test = suite('counting');

test('facts -> counted by type, and what they moved is added up', () => {
  const counts = new FactCounts();
  counts.note({ type: 'repair.done', partition: 1, records: 2, bytes: 30 });
  counts.note({ type: 'repair.done', partition: 2, records: 1, bytes: 5 });
  counts.note({ type: 'transfer.done', epoch: 1, records: 7, bytes: 70 });
  counts.note({ type: 'partition.collected', partition: 1, rows: 9 });
  assert.is(counts.byType['repair.done'], 2);
  assert.is(counts.byType['member.dead'], 0);
  counts.note({ type: 'partition.reaped', partition: 1, rows: 4 });
  assert.is(counts.reapedRows, 4);
  assert.equal(counts.repaired, { records: 3, bytes: 35 });
  assert.equal(counts.transferred, { records: 7, bytes: 70 });
  assert.is(counts.collectedRows, 9);
});

test('clocks of peers -> the last measure of each, until it is no member any more', () => {
  const counts = new FactCounts();
  const [b, c] = [idOf('b'), idOf('c')];
  const clock = (id: string, offsetMs: number) =>
    counts.note({ type: 'clock.offset', at: 0, id, offsetMs, roundTripMs: 2 });
  clock(b, 10);
  clock(b, -20);
  clock(c, 1);
  assert.is(counts.clockOf(b)?.offsetMs, -20);
  counts.note({ type: 'ring.changed', ring: ringOf(2, 'a', 'b') });
  assert.is(counts.clockOf(b)?.offsetMs, -20);
  assert.is(counts.clockOf(c), undefined);
});

test('a timer that comes late -> noted by how much, until it is stopped', () => {
  let now = 0;
  let timer: { readonly run: () => void; readonly ms: number } | undefined;
  const lag = new EventLoopLag({
    now: () => now,
    monotonic: () => now,
    setTimeout: (run, ms) => {
      timer = { run, ms };
      return timer;
    },
    clearTimeout: (cleared) => {
      if (cleared === timer) timer = undefined;
    },
  });
  for (const lateMs of [0, 40, 3]) {
    now += timer!.ms + lateMs;
    timer!.run();
  }
  assert.equal([lag.durations.count, lag.durations.sum], [3, 43]);
  lag.stop();
  assert.is(timer, undefined);
});

test.run();
