/** Rings are decided once: property tests of the Paxos core under any order of messages. */

import fc from 'fast-check';
import * as assert from 'uvu/assert';
import {
  accept,
  compareBallots,
  freshVote,
  prepare,
  Round,
  type Vote,
} from '../../../actors/ring/paxos.js';
import { foundingReplication } from '../../../src/core/ring/replication.js';
import type { Ring } from '../../../src/core/ring/ring.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('ring: paxos');

const VOTERS = ['1', '2', '3', '4', '5'].map((digit) => digit.repeat(16));
const member = (id: string) => ({ id, address: `h:${id[0]}`, weight: 1, zone: '' });
const ringOf = (members: string[], coming?: string[]): Ring => ({
  clusterId: '0'.repeat(32),
  epoch: 1,
  ...foundingReplication({ replicas: 3 }),
  members: members.map(member),
  layout: [[0]],
  ...(coming && { transition: { members: coming.map(member), layout: [[0]] } }),
});

test('a voter never goes back on a promise', () => {
  const high = { round: 2, node: VOTERS[0]! };
  const low = { round: 1, node: VOTERS[1]! };
  const promised = prepare(freshVote(2), high);
  assert.is(prepare(promised, low), promised);
  assert.is(prepare(promised, high), promised, 'not even for the same ballot twice');
  assert.is(accept(promised, low, 'x'), promised);
  assert.equal(accept(promised, high, 'x').accepted, { ballot: high, ring: 'x' });
});

test('a proposer is bound by the highest ring its promises name', () => {
  const round = new Round(ringOf(VOTERS), { round: 9, node: VOTERS[0]! });
  const named = (n: number) => ({ ballot: { round: n, node: VOTERS[1]! }, ring: `ring of ${n}` });
  const promised = round.ballot;
  round.promised(VOTERS[0]!, { ok: true, promised, accepted: named(3) });
  round.promised(VOTERS[1]!, { ok: true, promised, accepted: named(7) });
  assert.is(round.promised(VOTERS[2]!, { ok: true, promised }), 'reached');
  assert.is(round.proposal('our own'), 'ring of 7');
});

test('a proposer is bound by the highest ring, in whatever order it hears of them', () => {
  const round = new Round(ringOf(VOTERS), { round: 9, node: VOTERS[0]! });
  assert.is(round.epoch, 2);
  const named = (n: number) => ({ ballot: { round: n, node: VOTERS[1]! }, ring: `ring of ${n}` });
  for (const [voter, number] of [7, 3, 5].entries()) {
    const promised = round.ballot;
    round.promised(VOTERS[voter]!, { ok: true, promised, accepted: named(number) });
  }
  assert.is(round.proposal('our own'), 'ring of 7');
});

test('most voters refuse, or do not answer -> impossible, and the highest ballot is known', () => {
  for (const phase of ['prepare', 'accept'] as const) {
    const round = new Round(ringOf(VOTERS), { round: 9, node: VOTERS[0]! });
    assert.is(round.seen, round.ballot);
    const refused = (voter: number, at: number) => {
      const answer = { ok: false, promised: { round: at, node: VOTERS[0]! } };
      return phase === 'prepare'
        ? round.promised(VOTERS[voter]!, answer)
        : round.accepted(VOTERS[voter]!, answer);
    };
    assert.is(refused(0, 10), 'open');
    assert.is(round.seen.round, 10);
    assert.is(refused(1, 3), 'open');
    assert.is(round.seen.round, 10);
    const other = phase === 'prepare' ? 'accept' : 'prepare';
    assert.is(round.unanswered(VOTERS[2]!, other), 'open');
    assert.is(round.unanswered(VOTERS[2]!, phase), 'impossible');
  }
});

test('any ballot is above none', () => {
  const lowest = { round: 1, node: '0'.repeat(16) };
  const vote = freshVote(2);
  assert.is.not(prepare(vote, lowest), vote);
});

test('in a transition a majority of the present members decides', () => {
  const ring = ringOf(VOTERS.slice(0, 3), VOTERS.slice(2, 5));
  const round = new Round(ring, { round: 1, node: VOTERS[0]! });
  assert.equal(round.voters, VOTERS.slice(0, 3));
  const yes = { ok: true, promised: round.ballot };
  assert.is(round.accepted(VOTERS[0]!, yes), 'open');
  assert.is(round.accepted(VOTERS[4]!, yes), 'open');
  assert.is(round.accepted(VOTERS[2]!, yes), 'reached');
});

/** One run: proposers act in an arbitrary order, every message may be lost. */
function decidedRings(steps: readonly { proposer: number; heard: number; accepted: number }[]) {
  const votes = new Map<string, Vote>(VOTERS.map((voter) => [voter, freshVote(2)]));
  const decided = new Set<string>();
  const rounds = new Map<number, Round>();
  let number = 0;
  for (const { proposer, heard, accepted } of steps) {
    const started = rounds.get(proposer);
    if (!started) {
      const ballot = { round: ++number, node: VOTERS[proposer]! };
      const round = new Round(ringOf(VOTERS), ballot);
      let verdict = 'open';
      for (const [index, voter] of VOTERS.entries()) {
        if (!(heard & (1 << index))) continue;
        const vote = prepare(votes.get(voter)!, ballot);
        const ok = vote !== votes.get(voter);
        votes.set(voter, vote);
        verdict = round.promised(voter, { ok, promised: vote.promised, accepted: vote.accepted });
      }
      if (verdict === 'reached') rounds.set(proposer, round);
    } else {
      // Other proposers may have acted between this one's two phases.
      rounds.delete(proposer);
      const ring = started.proposal(`ring of ${proposer}`);
      let verdict = 'open';
      for (const [index, voter] of VOTERS.entries()) {
        if (!(accepted & (1 << index))) continue;
        const vote = accept(votes.get(voter)!, started.ballot, ring);
        const ok = vote !== votes.get(voter);
        votes.set(voter, vote);
        verdict = started.accepted(voter, { ok, promised: vote.promised });
      }
      if (verdict === 'reached') decided.add(ring);
    }
  }
  return decided;
}

test('whatever is lost and however proposers interleave, at most one ring is decided', () => {
  const step = fc.record({
    proposer: fc.integer({ min: 0, max: 4 }),
    heard: fc.integer({ min: 0, max: 31 }),
    accepted: fc.integer({ min: 0, max: 31 }),
  });
  let runsThatDecided = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const decided = decidedRings(steps);
      if (decided.size > 0) runsThatDecided++;
      return decided.size <= 1;
    }),
    { numRuns: 3000 },
  );
  assert.ok(runsThatDecided > 100, 'the property was not tried on nothing');
});

test('ballots are ordered by round, then by node', () => {
  assert.ok(compareBallots({ round: 1, node: VOTERS[4]! }, { round: 2, node: VOTERS[0]! }) < 0);
  const [lower, higher] = [VOTERS[0]!, VOTERS[1]!].map((node) => ({ round: 1, node }));
  assert.ok(compareBallots(higher!, lower!) > 0);
  assert.ok(compareBallots(lower!, higher!) < 0);
});

test.run();
