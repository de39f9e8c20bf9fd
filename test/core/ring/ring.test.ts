/** Where keys go, and who owns them. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { partitionOf } from '../../../src/core/ring/key-owners.js';
import {
  allMembers,
  allOwners,
  byMemberId,
  changingPartitions,
  gainedPartitions,
  gainingMembers,
  isPartitionCount,
  isZone,
  type Member,
  namesMember,
  ownersOf,
  type Ring,
  settledRing,
  stableRing,
  transitionTo,
  votersOf,
} from '../../../src/core/ring/ring.js';
import { buffers, rings } from '../../support/data/arbitraries.js';
import { suite } from '../../support/runner/suite.js';
import { idOf, member, small } from './small-ring.js';

const test = suite('ring');
const POWERS = Array.from({ length: 17 }, (_, bits) => 2 ** bits);

test('isPartitionCount -> the powers of two up to 65536', () => {
  for (const count of POWERS) assert.ok(isPartitionCount(count), `${count}`);
  for (const count of [0, -1, -2, 3, 6, 1.5, 131072, 2 ** 32, Number.NaN, Infinity]) {
    assert.not(isPartitionCount(count), `${count}`);
  }
});

test('any key -> a partition in range, and a finer cut only splits partitions', () => {
  fc.assert(
    fc.property(buffers(40), (key) => {
      for (const count of POWERS) {
        const partition = partitionOf(key, count);
        assert.ok(Number.isInteger(partition) && partition >= 0 && partition < count);
        if (count > 1) assert.is(partition >> 1, partitionOf(key, count / 2));
      }
    }),
  );
});

test('many keys -> spread evenly for every number of partitions', () => {
  const keys = Array.from({ length: 20_000 }, (_, n) => Buffer.from(`user:${n}`));
  for (const count of POWERS) {
    const held = new Array<number>(count).fill(0);
    for (const key of keys) held[partitionOf(key, count)]!++;
    // Chi-squared of an even spread has mean P-1 and deviation sqrt(2(P-1)).
    const expected = keys.length / count;
    const chiSquared = held.reduce((total, n) => total + (n - expected) ** 2 / expected, 0);
    const bound = count - 1 + 5 * Math.sqrt(2 * count);
    assert.ok(chiSquared <= bound, `${count} partitions: ${chiSquared} > ${bound}`);
  }
});

test('in transition -> present and coming owners, by id', () => {
  assert.equal(ownersOf(small, 0), { present: [idOf(1), idOf(2)], coming: [idOf(1), idOf(3)] });
  assert.equal(ownersOf(small, 1), { present: [idOf(2), idOf(1)], coming: [idOf(2), idOf(1)] });
  assert.equal(gainedPartitions(small, idOf(3)), [0]);
  assert.equal(gainedPartitions(small, idOf(1)), []);
  assert.equal(gainingMembers(small), [idOf(3)]);
});

test('in transition -> everyone who owns or will, and what has to be fetched', () => {
  assert.equal(allOwners(ownersOf(small, 0)), [1, 2, 3].map(idOf));
  assert.equal(allOwners(ownersOf(settledRing(small), 0)), [1, 3].map(idOf));
  assert.equal(changingPartitions(small), [0]);
  assert.equal(changingPartitions(settledRing(small)), []);
  assert.equal(
    [1, 3, 4].map((n) => namesMember(small, idOf(n))),
    [true, true, false],
  );
});

test('fewer owners than before -> those that stay have to fetch, too', () => {
  const fewer = transitionTo(settledRing(small), { members: [member(1)], layout: [[0], [0]] });
  assert.equal(
    [gainedPartitions(fewer, idOf(1)), changingPartitions(fewer)],
    [
      [0, 1],
      [0, 1],
    ],
  );
});

test('members by their ids -> in one order', () => {
  const sorted = [3, 1, 2, 1].map((n) => member(n)).sort(byMemberId);
  assert.equal(
    sorted.map(({ id }) => id),
    [1, 1, 2, 3].map(idOf),
  );
  assert.equal([byMemberId(member(1), member(1)), byMemberId(member(2), member(1))], [0, 1]);
});

test('a zone -> a name of some letters, and of no control characters', () => {
  for (const name of ['', 'eu-1', 'Köln 3', 'z'.repeat(100)]) assert.ok(isZone(name), name);
  for (const name of ['a\tb', '\u0000', '\u0085', 'z'.repeat(101)]) assert.not(isZone(name), name);
});

test('settled -> the coming owners are the owners, one epoch on', () => {
  const settled = settledRing(small);
  assert.is(settled.epoch, 4);
  assert.is(settled.transition, undefined);
  assert.equal(ownersOf(settled, 0), { present: [idOf(1), idOf(3)] });
  assert.equal(gainedPartitions(settled, idOf(3)), []);
  assert.equal(gainingMembers(settled), []);
  assert.throws(() => settledRing(settled));
});

test('any ring -> who gains something is exactly who has a gained partition', () => {
  fc.assert(
    fc.property(rings, (ring) => {
      const gaining = allMembers(ring)
        .map(({ id }) => id)
        .filter((id) => gainedPartitions(ring, id).length > 0);
      assert.equal(gainingMembers(ring), gaining);
    }),
  );
});

test('any ring -> everyone it names, each once, in order', () => {
  fc.assert(
    fc.property(rings, (ring) => {
      const named = [...ring.members, ...(ring.transition?.members ?? [])];
      assert.equal(
        allMembers(ring).map(({ id }) => id),
        [...new Set(named.map(({ id }) => id))].sort(),
      );
    }),
  );
});

test('up to seven members -> all vote; of more, seven from as many zones as possible', () => {
  const stable = (members: Member[]): Ring => ({ ...settledRing(small), members });
  const seven = Array.from({ length: 7 }, (_, n) => member(n));
  assert.equal(
    votersOf(stable(seven)),
    seven.map(({ id }) => id),
  );

  const voters = votersOf(
    stable(Array.from({ length: 20 }, (_, n) => member(n, n < 14 ? 'big' : `small ${n}`))),
  );
  assert.is(voters.length, 7);
  const lonely = Array.from({ length: 6 }, (_, n) => idOf(14 + n));
  assert.equal(voters, [idOf(0), ...lonely]);
  assert.equal(
    votersOf(small),
    small.members.map(({ id }) => id),
    'who is coming has no vote',
  );
});

test('whatever ring follows -> has the numbers of the one before', () => {
  const { replicas, writeQuorum, readQuorum } = small;
  for (const next of [stableRing(small, small), transitionTo(small, small), settledRing(small)]) {
    assert.equal(
      [next.replicas, next.writeQuorum, next.readQuorum],
      [replicas, writeQuorum, readQuorum],
    );
  }
});

test.run();
