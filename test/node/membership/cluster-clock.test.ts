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

test('clocks differ by parts of milliseconds -> whole ones, which a store can keep', () => {
  const { clock } = start(HOUR_MS, 0.25, 0.5);
  assert.ok(Number.isInteger(clock.now()), `${clock.now()}`);
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

test('whether our own is right -> by the median, in the moment it is set', () => {
  assert.is(start(HOUR_MS).clock.standing, 'right', 'alone it is right whatever it says');
  assert.is(start(501, 0, 0).clock.standing, 'wrong');
  assert.is(start(-501, 0, 0).clock.standing, 'wrong');
  assert.is(start(500, 0, 0).clock.standing, 'right');
  const { clock, setOurs } = start(0, 0, 10);
  assert.is(clock.standing, 'right');
  setOurs(HOUR_MS);
  assert.is(clock.standing, 'wrong');
  assert.is(clock.aheadMs, HOUR_MS - 10);
  assert.is(clock.aheadMsOf('0'), -10);
  assert.is(clock.aheadMsOf('7'), undefined);
  setOurs(0);
  assert.is(clock.standing, 'right');
});

test('two that differ -> the one that is ahead is wrong, whoever that is', () => {
  assert.is(start(0, HOUR_MS).clock.standing, 'right');
  assert.is(start(HOUR_MS, 0).clock.standing, 'wrong');
});

test('connected, and nobody has told the time yet -> unknown, until somebody has', () => {
  const { clock, probe } = start(0);
  const peer = { id: '0', address: 'h:1', programVersion: '' };
  clock.hear({ type: 'peer.up', ...peer });
  assert.is(clock.standing, 'unknown');
  clock.hear({ type: 'peer.down', id: '0', reason: '' });
  assert.is(clock.standing, 'right', 'there is nobody to ask');
  clock.hear({ type: 'peer.up', ...peer });
  probe(0, 0, 10_000);
  assert.is(clock.standing, 'right', 'however long the answer took');
});

const gone = (type: 'member.dead' | 'member.left', id: string) =>
  ({ type, at: 0, id, incarnation: 1 }) as never;

test('an answer that took too long, or a peer that has left -> tells nothing', () => {
  const { clock, probe, aheadMs } = start(HOUR_MS, 0, 0);
  probe(0, HOUR_MS, 501);
  assert.is(aheadMs(), 0);
  for (const id of ['0', '1']) clock.hear(gone('member.left', id));
  assert.is(aheadMs(), HOUR_MS);
});

test('an answer took long, and is too far off for that to be why -> it tells the time', () => {
  for (const [aheadMs, standing] of [
    [1499, 'right'],
    [1501, 'wrong'],
    [HOUR_MS, 'wrong'],
  ] as const) {
    const { clock, probe } = start(aheadMs);
    probe(0, 0, 2000);
    assert.is(clock.standing, standing, `${aheadMs} ms ahead`);
  }
});

test('cut off, and then our clock is set -> those who seem dead still tell the time', () => {
  const { clock, aheadMs, setOurs, pass } = start(0, 0, 0);
  for (const id of ['0', '1']) clock.hear(gone('member.dead', id));
  setOurs(HOUR_MS);
  assert.equal([clock.standing, aheadMs()], ['wrong', 0]);
  pass(HOUR_MS / 2);
  for (const id of ['0', '1']) clock.hear(gone('member.dead', id));
  assert.is(clock.standing, 'wrong');
  pass(HOUR_MS / 2);
  assert.equal([clock.standing, aheadMs()], ['right', HOUR_MS], 'for an hour');
});

test('dead, and no members any more, whichever came first -> they tell nothing', () => {
  const ringOf = (...ids: string[]) =>
    ({ type: 'ring.changed', at: 0, ring: { members: ids.map((id) => ({ id })) } }) as never;
  for (const isDeadFirst of [true, false]) {
    const { clock, aheadMs } = start(0, HOUR_MS, HOUR_MS, HOUR_MS, HOUR_MS, 0, 0);
    clock.hear(ringOf('0', '1', '2', '3', '4', '5'));
    const replaced = ['0', '1', '2', '3'];
    const go = [
      () => replaced.forEach((id) => void clock.hear(gone('member.dead', id))),
      () => clock.hear(ringOf('4', '5')),
    ];
    const [first, second] = isDeadFirst ? go : go.reverse();
    first!();
    assert.is(clock.standing, 'wrong', 'as long as they are members, or alive');
    second!();
    assert.equal([clock.standing, aheadMs()], ['right', 0]);
  }
});

test('dead, and back -> it counts as before, for longer than the dead do', () => {
  const { clock, aheadMs, pass } = start(HOUR_MS, 0, 0);
  for (const id of ['0', '1']) {
    clock.hear(gone('member.dead', id));
    clock.hear({ type: 'member.alive', at: 0, id, address: '', bootId: '', incarnation: 2 });
  }
  pass(2 * HOUR_MS);
  assert.is(aheadMs(), 0);
});

test.run();
