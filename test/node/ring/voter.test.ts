/** What a voter accepts: rings that could follow on its own; and what it says, its disk holds. */
import * as assert from 'uvu/assert';
import * as paxos from '../../../actors/ring/paxos.js';
import { foundingReplication } from '../../../src/core/ring/replication.js';
import type { Ring } from '../../../src/core/ring/ring.js';
import type { MessageOf } from '../../../src/core/wire/messages.js';
import { RingVoter } from '../../../src/node/ring/voter.js';
import { suite } from '../../support/runner/suite.js';
import { member } from '../stabilizer/owners.js';

const test = suite('voter');

const [SELF, PROPOSER] = ['a'.repeat(16), 'b'.repeat(16)] as const;
const RING: Ring = {
  clusterId: '0'.repeat(32),
  epoch: 5,
  ...foundingReplication({ replicas: 1 }),
  members: [member(SELF)],
  layout: [[0], [0]],
};
const NEXT: Ring = { ...RING, epoch: 6 };
const ballot = { round: 3, node: PROPOSER };

function start(disk = new Map<string, string>()) {
  const writes: (() => void)[] = [];
  const voter = new RingVoter({
    store: {
      meta: (name) => disk.get(name),
      setMeta: (name, text, done) => {
        writes.push(() => {
          disk.set(name, text);
          done();
        });
      },
    },
    rings: {
      current: RING,
      epoch: RING.epoch,
      fetchFrom: () => undefined,
      answerFetch: () => undefined,
    },
    isTrusted: () => true,
  });
  /** What it says, and that it says nothing that is not on its disk. */
  function said<R>(ask: (reply: (message: R) => void) => void): R {
    const replies: R[] = [];
    ask((message) => replies.push(message));
    if (writes.length > 0) assert.equal(replies, [], 'before the vote is on disk');
    for (const write of writes.splice(0)) write();
    assert.is(replies.length, 1);
    return replies[0]!;
  }
  const prepare = (round: number) =>
    said<MessageOf<'ring.promised'>>((reply) => {
      const request = { type: 'ring.prepare', call: 1, epoch: 6 } as const;
      voter.prepare(PROPOSER, { ...request, ballot: { ...ballot, round } }, reply);
    });
  const accept = (ring: string) =>
    said<MessageOf<'ring.accepted'>>((reply) => {
      voter.accept(PROPOSER, { type: 'ring.accept', call: 1, epoch: 6, ballot, ring }, reply);
    });
  return { disk, prepare, accept };
}

test('the next ring -> accepted, and found by whoever asks later, restarted or not', () => {
  const { disk, accept } = start();
  const ring = JSON.stringify(NEXT);
  assert.is(accept(ring).ok, true);
  assert.is(disk.size, 1);
  const { ok, accepted } = start(disk).prepare(4);
  assert.ok(ok);
  assert.equal(accepted, { ballot, ring });
});

/** [what is no next ring, the text] */
const STRANGE: readonly (readonly [string, string])[] = [
  ['no ring', 'no ring'],
  ['nothing', ''],
  ['a ring of an earlier epoch', JSON.stringify({ ...NEXT, epoch: 5 })],
  [
    'other owners in a later epoch',
    JSON.stringify({ ...NEXT, epoch: 7, members: [member(PROPOSER)] }),
  ],
  ['a ring of another cluster', JSON.stringify({ ...NEXT, clusterId: '1'.repeat(32) })],
  ['a ring of fewer partitions', JSON.stringify({ ...NEXT, layout: [[0]] })],
];

for (const [what, ring] of STRANGE) {
  test(`${what} -> refused, and nobody finds it accepted`, () => {
    const { disk, prepare, accept } = start();
    assert.ok(prepare(2).ok);
    const before = new Map(disk);
    assert.equal(accept(ring), {
      type: 'ring.accepted',
      call: 1,
      ok: false,
      promised: { ...ballot, round: 2 },
    });
    assert.equal(disk, before);
    assert.is(prepare(4).accepted, undefined);
  });
}

test('a lower ballot than is promised -> refused', () => {
  const { prepare, accept } = start();
  prepare(4);
  assert.is(accept(JSON.stringify(NEXT)).ok, false);
  assert.ok(paxos.compareBallots(ballot, { ...ballot, round: 4 }) < 0);
});

test.run();
