/** On which epoch a voter votes, and what may follow on its ring. */
import * as assert from 'uvu/assert';
import { accept, freshVote, prepare } from '../../../actors/ring/paxos.js';
import { mayFollow, positionOf, voteAfter } from '../../../actors/ring/voter.js';
import { foundingReplication } from '../../../src/core/ring/replication.js';
import type { Ring } from '../../../src/core/ring/ring.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('ring: voter');
const NODE = 'a'.repeat(16);
const RING: Ring = {
  clusterId: '0'.repeat(32),
  epoch: 5,
  ...foundingReplication({ replicas: 1 }),
  members: [{ id: NODE, address: 'h:1', weight: 1, zone: '' }],
  layout: [[0], [0]],
};

test('it votes on the ring after its own, and on no other', () => {
  assert.is(positionOf(6, 5), 'due');
  assert.is(positionOf(2, 1), 'due');
  for (const epoch of [0, 4, 5]) assert.is(positionOf(epoch, 5), 'decided');
  for (const epoch of [7, 1_000_000]) assert.is(positionOf(epoch, 5), 'ahead');
});

test('in no ring it votes on nothing, not even on the first', () => {
  assert.is(positionOf(1, 0), 'decided');
  assert.is(positionOf(2, 0), 'ahead');
});

test('a vote is kept while its ring is decided, and binds nobody afterwards', () => {
  const ballot = { round: 1, node: NODE };
  const vote = accept(prepare(freshVote(6), ballot), ballot, 'a ring');
  assert.is(voteAfter(RING, vote), vote);
  assert.equal(voteAfter({ ...RING, epoch: 6 }, vote), freshVote(7));
});

test('what may follow: the next number of the same cluster, with as many partitions', () => {
  const next = { ...RING, epoch: 6 };
  assert.ok(mayFollow(RING, next));
  assert.ok(mayFollow(RING, { ...RING, epoch: 900 }), 'the same owners');
  assert.ok(mayFollow(RING, { ...RING, epoch: 0x4000_0000 }));
  assert.not(mayFollow(RING, { ...RING, epoch: 0x4000_0001 }), 'as many are left');
  assert.ok(mayFollow({ ...RING, epoch: 0x4000_0000 }, { ...RING, epoch: 0x4000_0001 }));
  const changing = { ...RING, transition: { members: RING.members, layout: RING.layout } };
  assert.not(mayFollow(changing, { ...RING, epoch: 900 }));
  for (const strange of [
    { epoch: 5 },
    { epoch: 7, members: [] },
    { epoch: 7, members: [{ ...RING.members[0]!, weight: 9 }] },
    { epoch: 7, transition: { members: RING.members, layout: RING.layout } },
    { epoch: 4 },
    { clusterId: '1'.repeat(32) },
    { layout: [[0]] },
  ]) {
    assert.not(mayFollow(RING, { ...next, ...strange }), JSON.stringify(strange));
  }
});

test.run();
