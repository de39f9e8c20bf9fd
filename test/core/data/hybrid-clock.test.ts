/**
 * The clock's promises under any wall clock: readings only grow, stay below the ceiling that is on
 * disk, survive restarts, and are not led astray by a peer's bad clock.
 */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import {
  CLOCK_ORIGIN_MS,
  HybridClock,
  readingOf,
  wallTimeOf,
} from '../../../src/core/data/hybrid-clock.js';
import { isBallot } from '../../../src/core/data/version.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('hybrid clock');
const MAX_DRIFT_MS = 500;
/** What the clock of another node may be ahead, and it of that when it has begun anew. */
const MAX_AHEAD_MS = 750;
const NOON = Date.UTC(2030, 5, 1, 12);

function newClock(ceiling = 0): HybridClock {
  return new HybridClock({ ceiling, maxDriftMs: MAX_DRIFT_MS });
}

/** What a node does: raise the ceiling (on its disk), then issue. */
function issueRaising(clock: HybridClock, wallMs: number, aheadMs = 1000): number {
  const reading = clock.issue(wallMs);
  if (reading !== undefined) return reading;
  clock.raiseCeiling(clock.ceilingFor(wallMs, aheadMs));
  const raised = clock.issue(wallMs);
  assert.type(raised, 'number');
  return raised!;
}

const wallClocks = fc.oneof(
  fc.integer({ min: NOON - 5, max: NOON + 5 }),
  fc.integer({ min: NOON - 3_600_000, max: NOON + 3_600_000 }),
  fc.double({ min: 0, max: Date.UTC(2080, 0, 1), noNaN: true }),
);

type Step =
  | { readonly does: 'issue'; readonly wallMs: number }
  | { readonly does: 'observe'; readonly wallMs: number; readonly offsetMs: number }
  | { readonly does: 'restart' };

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant('issue'), wallMs: wallClocks }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('observe'),
      wallMs: wallClocks,
      offsetMs: fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.integer()),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('restart') }) },
);

test('any clock jumps, remote readings and restarts -> readings strictly increase', () => {
  fc.assert(
    fc.property(
      fc.array(steps, { maxLength: 60 }),
      fc.integer({ min: 1, max: 5000 }),
      (run, ahead) => {
        let clock = newClock();
        let floor = 0;
        let believed = 0;
        for (const step of run) {
          if (step.does === 'restart') {
            // Only the ceiling is on disk.
            clock = newClock(clock.ceiling);
            believed = clock.ceiling;
          } else if (step.does === 'observe') {
            const remote = readingOf(step.wallMs + step.offsetMs);
            const adopted = clock.observe(remote, step.wallMs);
            const referenceMs = Math.max(step.wallMs, wallTimeOf(believed));
            assert.is(adopted, wallTimeOf(remote) <= referenceMs + MAX_AHEAD_MS);
            if (adopted) believed = Math.max(believed, remote);
            // A restart may forget what was observed: nothing issued depends on it any more.
            if (adopted) assert.ok(clock.last >= remote);
          } else {
            const reading = issueRaising(clock, step.wallMs, ahead);
            assert.ok(Number.isSafeInteger(reading));
            assert.ok(reading > floor, `${reading} after ${floor}`);
            assert.ok(reading >= readingOf(step.wallMs));
            assert.ok(reading <= clock.ceiling);
            floor = reading;
            believed = Math.max(believed, reading);
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('a wall clock within the drift bound -> the reading is that of the wall clock', () => {
  const clock = newClock();
  assert.is(wallTimeOf(issueRaising(clock, NOON)), NOON);
  assert.is(wallTimeOf(issueRaising(clock, NOON + 7)), NOON + 7);
});

test('at the ceiling -> nothing is issued, and nothing is lost by asking', () => {
  const clock = newClock();
  clock.raiseCeiling(readingOf(NOON) + 2);
  assert.is(clock.issue(NOON), readingOf(NOON));
  assert.is(clock.issue(NOON), readingOf(NOON) + 2);
  assert.is(clock.issue(NOON), undefined);
  assert.is(clock.issue(NOON + 1), undefined);
  clock.raiseCeiling(readingOf(NOON) + 4);
  assert.is(clock.issue(NOON), readingOf(NOON) + 4);
});

test('ballots and plain stamps in any order -> ever higher, odd and even', () => {
  const clock = newClock();
  clock.raiseCeiling(readingOf(NOON) + 1000);
  let last = 0;
  for (const kind of ['plain', 'ballot', 'ballot', 'plain', 'plain', 'ballot'] as const) {
    const time = clock.issue(NOON, kind)!;
    assert.ok(time > last);
    assert.is(isBallot({ epoch: 1, time, node: '' }), kind === 'ballot');
    last = time;
  }
});

test('each reading is the next that is even, or odd for a ballot', () => {
  const clock = newClock();
  clock.raiseCeiling(readingOf(NOON) + 1000);
  const kinds = ['plain', 'ballot', 'ballot', 'plain', 'plain'] as const;
  assert.equal(
    kinds.map((kind) => clock.issue(NOON, kind)! - readingOf(NOON)),
    [0, 1, 3, 4, 6],
  );
});

test('readings begin with the year 2020', () => {
  assert.is(new Date(wallTimeOf(0)).toISOString(), '2020-01-01T00:00:00.000Z');
  assert.is(readingOf(Date.UTC(2019, 0, 1)), 0);
});

test('ahead of the wall clock -> the ceiling is raised by eight milliseconds only', () => {
  const ceiling = readingOf(NOON + 10_000);
  assert.is(newClock(ceiling).ceilingFor(NOON, 250), ceiling + 8 * 4096);
  assert.is(newClock(ceiling).ceilingFor(NOON, 5), ceiling + 5 * 4096);
});

test('ahead of what another clock believes -> plausible yet; more -> not', () => {
  const bound = readingOf(NOON + MAX_DRIFT_MS + MAX_AHEAD_MS);
  assert.not(newClock().isImplausible(bound + 4095, NOON));
  assert.ok(newClock().isImplausible(bound + 4096, NOON));
  assert.is(newClock().latestPlausible(NOON), wallTimeOf(bound));
});

test('what was adopted is believed -> what is as far ahead of that, too', () => {
  const clock = newClock();
  const further = readingOf(NOON + 2 * MAX_AHEAD_MS);
  assert.not(clock.observe(further, NOON));
  assert.ok(clock.observe(readingOf(NOON + MAX_AHEAD_MS), NOON));
  assert.ok(clock.observe(further, NOON));
});

test('restarts one right after the other -> ahead by little more than after one', () => {
  let ceiling = 0;
  for (let boots = 0; boots < 20; boots++) {
    const clock = newClock(ceiling);
    clock.issue(NOON);
    ceiling = clock.ceilingFor(NOON, 250);
    clock.raiseCeiling(ceiling);
    assert.ok(clock.issue(NOON)! < readingOf(NOON + 250 + 20 * 10));
  }
});

test('a lower ceiling -> changes nothing', () => {
  const clock = newClock(1000);
  clock.raiseCeiling(10);
  assert.is(clock.ceiling, 1000);
});

test('a restart after the clock stepped back an hour -> continues above all issued before', () => {
  const clock = newClock();
  const before = Array.from({ length: 5000 }, () => issueRaising(clock, NOON, 5));
  const restarted = newClock(clock.ceiling);
  assert.ok(issueRaising(restarted, NOON - 3_600_000) > before.at(-1)!);
});

test('a remote reading at the bound -> adopted; a millisecond beyond -> refused', () => {
  const clock = newClock();
  const bound = readingOf(NOON + MAX_AHEAD_MS);
  assert.not(clock.observe(bound + 4096, NOON));
  assert.ok(clock.last < bound);
  assert.ok(clock.observe(bound + 4095, NOON));
  assert.is(clock.last, bound + 4095);
  assert.ok(issueRaising(clock, NOON) > bound + 4095);
});

test('an older remote reading -> takes nothing back', () => {
  const clock = newClock();
  const issued = issueRaising(clock, NOON);
  assert.ok(clock.observe(readingOf(NOON - 1000), NOON));
  assert.is(clock.last, issued);
});

test('all clocks are set back a day -> readings go on, and are taken from others', () => {
  const clock = newClock();
  const before = issueRaising(clock, NOON);
  const dayBefore = NOON - 86_400_000;
  assert.not(clock.isTooFarAhead(before + 4096, dayBefore));
  assert.ok(clock.observe(before + 4096, dayBefore));
  assert.ok(issueRaising(clock, dayBefore) > before + 4096);
  const ahead = MAX_AHEAD_MS * 4096;
  assert.not(clock.observe(clock.last + ahead + 4096, dayBefore), 'no further than from any wall');
});

test('all are set back, and one begins anew at its ceiling -> others take what it stamps', () => {
  const other = newClock();
  issueRaising(other, NOON);
  const restarted = newClock(other.ceilingFor(NOON + MAX_DRIFT_MS, MAX_AHEAD_MS - MAX_DRIFT_MS));
  const hourBefore = NOON - 3_600_000;
  for (let times = 0; times < 3; times++) {
    assert.ok(other.observe(issueRaising(restarted, hourBefore), hourBefore));
  }
});

test('what is believed from far ahead -> no longer too far; issued is what the wall says', () => {
  const clock = newClock();
  const far = readingOf(NOON + 3_600_000);
  assert.ok(clock.isTooFarAhead(far, NOON));
  assert.ok(clock.isImplausible(far, NOON));
  clock.believe(far);
  assert.not(clock.isTooFarAhead(far, NOON));
  assert.not(clock.isImplausible(far, NOON));
  assert.is(wallTimeOf(issueRaising(clock, NOON)), NOON);
});

test('another epoch -> by the wall clock again if readings were too far ahead', () => {
  for (const [aheadMs, goesOn] of [
    [MAX_DRIFT_MS, true],
    [MAX_DRIFT_MS + 1, false],
  ] as const) {
    const clock = newClock();
    const before = issueRaising(clock, NOON + aheadMs);
    clock.beginEpoch(NOON);
    assert.is(clock.issue(NOON), undefined, 'nothing is issued before its ceiling is on disk');
    const after = issueRaising(clock, NOON);
    assert.is(after > before, goesOn);
    assert.ok(goesOn || wallTimeOf(after) === NOON);
    assert.not(clock.isTooFarAhead(before, NOON), 'what was before is no less true');
  }
});

test('readings and wall times -> are each other’s inverse, in 53 bits until 2089', () => {
  fc.assert(
    fc.property(fc.integer({ min: CLOCK_ORIGIN_MS, max: Date.UTC(2089, 0, 1) }), (wallMs) => {
      assert.is(wallTimeOf(readingOf(wallMs)), wallMs);
      assert.is(wallTimeOf(readingOf(wallMs) + 4095), wallMs);
      assert.ok(Number.isSafeInteger(readingOf(wallMs) + 4095));
    }),
  );
  assert.is(readingOf(0), 0);
});

test.run();
