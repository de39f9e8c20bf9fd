/** Where keys go, who owns them, and that only well-formed rings get in. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { objectionTo } from '../../../src/core/ring/replication.js';
import {
  allMembers,
  gainedPartitions,
  gainingMembers,
  InvalidRing,
  isPartitionCount,
  type Member,
  ownersOf,
  parseRing,
  partitionOf,
  type Ring,
  settledRing,
  stableRing,
  transitionTo,
  votersOf,
} from '../../../src/core/ring/ring.js';
import { buffers, rings } from '../../support/data/arbitraries.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('ring');
const POWERS = Array.from({ length: 17 }, (_, bits) => 2 ** bits);

function idOf(n: number): string {
  return n.toString(16).padStart(16, '0');
}

function member(n: number, zone = 'z'): Member {
  return { id: idOf(n), address: `127.0.0.1:${8000 + n}`, weight: 1, zone };
}

const small: Ring = {
  clusterId: '0123456789abcdef'.repeat(2),
  epoch: 3,
  replicas: 2,
  writeQuorum: 2,
  readQuorum: 1,
  members: [member(1), member(2)],
  layout: [
    [0, 1],
    [1, 0],
  ],
  transition: {
    members: [member(1), member(2), member(3)],
    layout: [
      [0, 2],
      [1, 0],
    ],
  },
};

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

test('a ring of before quorums were in it -> majorities of its replicas', () => {
  for (const [replicas, quorum] of [
    [1, 1],
    [2, 2],
    [3, 2],
    [5, 3],
  ]) {
    const { writeQuorum: _, readQuorum: __, ...old } = { ...small, replicas };
    const ring = parseRing(JSON.stringify(old));
    assert.equal([ring.writeQuorum, ring.readQuorum], [quorum, quorum]);
  }
});

test('any ring -> comes back from its JSON', () => {
  fc.assert(fc.property(rings, (ring) => assert.equal(parseRing(JSON.stringify(ring)), ring)));
});

/** Replaces what stands at some path of a JSON value. */
function mutate(value: unknown, path: readonly number[], replacement: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== 'object' || value === null) return replacement;
  const copy: { [name: string]: unknown } = Array.isArray(value)
    ? ([...value] as never)
    : { ...value };
  const names = Object.keys(value);
  const name = names[step % Math.max(1, names.length)] ?? '0';
  const mutated = mutate(copy[name], rest, replacement);
  if (mutated === undefined) delete copy[name];
  else copy[name] = mutated;
  return copy;
}

/** Whatever gets in must be safe to use, however it came about. */
function assertSafe(ring: Ring): void {
  assert.ok(isPartitionCount(ring.layout.length));
  assert.is(objectionTo(ring), undefined);
  for (let partition = 0; partition < ring.layout.length; partition++) {
    const { present, coming } = ownersOf(ring, partition);
    for (const owners of coming ? [present, coming] : [present]) {
      assert.ok(owners.length > 0);
      assert.is(new Set(owners).size, owners.length);
    }
  }
  assert.equal(parseRing(JSON.stringify(ring)), ring);
}

function parseHostile(text: string): void {
  let ring: Ring;
  try {
    ring = parseRing(text);
  } catch (error) {
    assert.instance(error, InvalidRing);
    return;
  }
  assertSafe(ring);
}

test('any ring with anything replaced or removed -> InvalidRing or a safe ring', () => {
  const hostile = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(-1, 1.5, 1e308, '', '__proto__', [], {}, null, undefined),
  );
  const paths = fc.array(fc.nat(50), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(rings, paths, hostile, (ring, path, replacement) =>
      parseHostile(JSON.stringify(mutate(ring, path, replacement)) ?? ''),
    ),
    { numRuns: 1000 },
  );
});

test('any text, and any beginning of a ring -> InvalidRing, never another error', () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), parseHostile));
  const text = JSON.stringify(small);
  for (let end = 0; end < text.length; end++) {
    assert.throws(() => parseRing(text.slice(0, end)), isInvalidRing);
  }
  assert.throws(() => parseRing('['.repeat(100_000)), isInvalidRing);
});

/** [what is wrong, the ring with it] */
const WRONG: readonly [string, object][] = [
  ['a short cluster id', { clusterId: 'abc' }],
  ['epoch 0', { epoch: 0 }],
  ['an epoch that is no integer', { epoch: 1.5 }],
  ['no replicas', { replicas: 0 }],
  ['writes that may miss each other', { writeQuorum: 1, readQuorum: 2 }],
  ['reads that may miss writes', { replicas: 3, writeQuorum: 2, readQuorum: 1 }],
  ['more readers than replicas', { readQuorum: 3 }],
  ['a quorum that is no integer', { writeQuorum: 1.5 }],
  ['a quorum that is null', { readQuorum: null }],
  ['no members', { members: [] }],
  ['members out of order', { members: [member(2), member(1)] }],
  ['a member twice', { members: [member(1), member(1)] }],
  ['an address without a port', { members: [{ ...member(1), address: 'host' }, member(2)] }],
  ['a weight of 0', { members: [{ ...member(1), weight: 0 }, member(2)] }],
  ['three partitions', { layout: [[0], [0], [0]] }],
  ['an owner that is no member', { layout: [[0], [2]] }],
  ['an owner twice', { layout: [[0], [1, 1]] }],
  ['a partition without owners', { layout: [[0], []] }],
  ['a transition of another size', { transition: { members: [member(1)], layout: [[0]] } }],
  ['a transition that is null', { transition: null }],
];

for (const [what, change] of WRONG) {
  test(`${what} -> InvalidRing`, () => {
    assert.throws(() => parseRing(JSON.stringify({ ...small, ...change })), isInvalidRing);
  });
}

function isInvalidRing(error: unknown): boolean {
  return error instanceof InvalidRing;
}

test.run();
