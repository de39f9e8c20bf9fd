/** What time it is where clocks differ. */
import * as assert from 'uvu/assert';
import { ClusterClock } from '../../../src/node/membership/cluster-clock.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('cluster clock');

const HOUR_MS = 3_600_000;
const NOW_MS = 1_000_000_000;

/** Our clock, which the test sets, and peers whose clocks are ahead by so much. */
function start(aheadMs: number, ...peersAheadMs: number[]) {
  let passedMs = 0;
  let ownAheadMs = aheadMs;
  const now = () => NOW_MS + passedMs + ownAheadMs;
  const clock = new ClusterClock({
    clock: { now, monotonic: () => 500 + passedMs },
    maxDriftMs: 500,
  });
  const probe = (peer: number, peerAheadMs: number, roundTripMs = 2) => {
    const offsetMs = peerAheadMs - ownAheadMs;
    clock.hear({ type: 'clock.offset', at: 0, id: `${peer}`, offsetMs, roundTripMs });
  };
  peersAheadMs.forEach((peerAheadMs, peer) => void probe(peer, peerAheadMs));
  return {
    clock,
    probe,
    /** How far it is ahead of the right time. */
    aheadMs: () => clock.now() - NOW_MS - passedMs,
    pass: (ms: number) => {
      passedMs += ms;
    },
    setOurs: (ms: number) => {
      ownAheadMs = ms;
    },
  };
}

test('alone -> our own', () => {
  assert.is(start(HOUR_MS).aheadMs(), HOUR_MS);
});

test('ours is an hour off -> the median, wherever we are', () => {
  assert.is(start(HOUR_MS, 0, 0).aheadMs(), 0);
  assert.is(start(-HOUR_MS, 0, 30).aheadMs(), 0);
  assert.is(start(HOUR_MS, 0, 10, 20, 30).aheadMs(), 20);
  assert.is(start(HOUR_MS, -10, 10, 20).aheadMs(), 10, 'of an even number the earlier one');
});

test('another is an hour off -> ours', () => {
  assert.is(start(0, HOUR_MS, 20).aheadMs(), 0);
  assert.is(start(0, HOUR_MS, HOUR_MS, 10, -20).aheadMs(), 0, 'the median is 10');
});

test('off by no more than clocks may differ -> ours', () => {
  assert.is(start(500, 0, 0).aheadMs(), 500);
  assert.is(start(501, 0, 0).aheadMs(), 0);
});

test('two that differ -> both go by the earlier', () => {
  assert.is(start(0, HOUR_MS).aheadMs(), 0);
  assert.is(start(HOUR_MS, 0).aheadMs(), 0);
});

test('ours is set -> the same moment as before, without a new probe', () => {
  const { aheadMs, setOurs, pass } = start(0, 0, 10);
  setOurs(HOUR_MS);
  pass(7000);
  assert.is(aheadMs(), 10);
  setOurs(0);
  assert.is(aheadMs(), 0);
});

test('an answer that took too long, or a peer that is gone -> tells nothing', () => {
  const { clock, probe, aheadMs } = start(HOUR_MS, 0, 0);
  probe(0, HOUR_MS, 501);
  assert.is(aheadMs(), 0);
  for (const id of ['0', '1']) {
    clock.hear({ type: 'member.dead', at: 0, id, incarnation: 1 } as never);
  }
  assert.is(aheadMs(), HOUR_MS);
});

test.run();
