/** Samples: what ended since the last one, and how long it took. */
import * as assert from 'uvu/assert';
import { failure } from '../../../src/core/failures.js';
import { RequestStats } from '../../../src/core/request-stats.js';
import type { SampleFact } from '../../../src/events/facts.js';
import { percentile, SAMPLE_MS, Sampler } from '../../../src/node/observation/sampler.js';
import { ManualClock } from '../../peers/manual-clock.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('sampler');

const HINTS = { target: 'b'.repeat(16), rows: 2, bytes: 300 };

function start() {
  const clock = new ManualClock();
  const stats = new RequestStats();
  const coordinator = { stats, inFlight: 3 };
  const facts: SampleFact[] = [];
  const held = { rows: 7, bytes: 4096 };
  let answer = () => {};
  const sampler = new Sampler({
    ...{ clock, coordinator, tell: (fact) => facts.push(fact) },
    store: {
      status: (done) => {
        answer = () => done({ ...held, walBytes: 0, readOnly: false });
      },
    },
    hints: { status: () => [HINTS] },
    residentBytes: () => 1 << 20,
  });
  const sample = (ms = SAMPLE_MS) => {
    clock.advance(ms);
    sampler.take();
    answer();
    return facts.at(-1)!;
  };
  return { stats, sampler, sample, facts, answer: () => answer() };
}

test('nothing happened -> zeros, and no percentile of nothing', () => {
  const { sampler, sample } = start();
  assert.is(sampler.last, null);
  const none = { ms: SAMPLE_MS, gets: 0, puts: 0, deletes: 0, failed: 0, lateMs: 0 };
  const held = { rows: 7, bytes: 4096, hints: [HINTS], residentBytes: 1 << 20 };
  const expected = { ...none, p50Ms: null, p99Ms: null, inFlight: 3, ...held };
  assert.equal(sample(), { type: 'node.sampled', ...expected });
  assert.equal(sampler.last, expected);
});

test('requests ended -> each in one sample only, by what it was', () => {
  const { stats, sample } = start();
  for (let i = 0; i < 97; i++) stats.note('get', 'quorum', undefined, 0.7);
  stats.note('put', 'one', undefined, 30);
  stats.note('put', 'quorum', failure('precondition_failed', '', 'no'), 30);
  stats.note('delete', 'all', failure('outcome_unknown', '', 'unknown'), 2000);
  const { gets, puts, deletes, failed, p50Ms, p99Ms } = sample();
  assert.equal([gets, puts, deletes, failed], [97, 2, 1, 1]);
  assert.equal([p50Ms, p99Ms], [1, 50]);
  stats.note('get', 'one', undefined, 70);
  const next = sample();
  assert.equal([next.gets, next.puts, next.deletes, next.failed], [1, 0, 0, 0]);
  assert.equal([next.p50Ms, next.p99Ms], [100, 100]);
});

test('it comes late -> says so', () => {
  const { sample } = start();
  const { ms, lateMs } = sample(SAMPLE_MS + 700);
  assert.equal([ms, lateMs], [SAMPLE_MS + 700, 700]);
});

test('the store has not said yet what is in it -> nothing is told; nor after the end', () => {
  const { sampler, facts, answer } = start();
  sampler.take();
  assert.is(facts.length, 0);
  sampler.stop();
  answer();
  assert.is(facts.length, 0);
});

test('behind all bounds -> the last of them', () => {
  assert.is(percentile([0, 0, 5], [1, 10], 0.5), 10);
  assert.is(percentile([5, 0, 5], [1, 10], 0.5), 1);
});

test.run();
