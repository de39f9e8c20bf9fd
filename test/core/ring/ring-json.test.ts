/** Only well-formed rings get in. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { objectionTo } from '../../../src/core/ring/replication.js';
import { isPartitionCount, ownersOf, type Ring } from '../../../src/core/ring/ring.js';
import { formatRing, InvalidRing, parseRing } from '../../../src/core/ring/ring-json.js';
import { rings } from '../../support/data/arbitraries.js';
import { suite } from '../../support/runner/suite.js';
import { member, small } from './small-ring.js';

const test = suite('ring as a text');

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
  fc.assert(fc.property(rings, (ring) => assert.equal(parseRing(formatRing(ring)), ring)));
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
  assert.equal(parseRing(formatRing(ring)), ring);
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

const ofReplicas = (replicas: number) => ({ replicas, writeQuorum: replicas, readQuorum: 1 });

/** The first member says something else. */
function one(change: object): object {
  return { members: [{ ...member(1), ...change }, member(2)] };
}

/** [what is wrong, the ring with it] */
const WRONG: readonly [string, object][] = [
  ['a short cluster id', { clusterId: 'abc' }],
  ['epoch 0', { epoch: 0 }],
  ['an epoch with too few above it', { epoch: 0x8000_0000 }],
  ['an epoch that is no integer', { epoch: 1.5 }],
  ['no replicas', { replicas: 0 }],
  ['writes that may miss each other', { writeQuorum: 1, readQuorum: 2 }],
  ['reads that may miss writes', { replicas: 3, writeQuorum: 2, readQuorum: 1 }],
  ['more readers than replicas', { readQuorum: 3 }],
  ['a quorum that is no integer', { writeQuorum: 1.5 }],
  ['a quorum that is null', { readQuorum: null }],
  ['no members', { members: [] }],
  ['members that are no list', { members: { length: 2 } }],
  ['a zone with a line break', one({ zone: 'a\nb' })],
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

const members = (count: number) => Array.from({ length: count }, (_, n) => member(n));
const addressOf = (letters: number) => `${'h'.repeat(letters - 5)}:8080`;
/** [what is at its bound, a ring just within it, and one just beyond] */
const BOUNDS: readonly [string, object, object][] = [
  ['members', { members: members(1000) }, { members: members(1001) }],
  ['replicas', ofReplicas(16), ofReplicas(17)],
  ['weight', one({ weight: 1000 }), one({ weight: 1001 })],
  ['letters of a zone', one({ zone: 'z'.repeat(100) }), one({ zone: 'z'.repeat(101) })],
  ['letters of an address', one({ address: addressOf(300) }), one({ address: addressOf(301) })],
];

for (const [what, within, beyond] of BOUNDS) {
  test(`as many ${what} as there may be -> taken, one more is not`, () => {
    assert.equal(parseRing(JSON.stringify({ ...small, ...within })), { ...small, ...within });
    assert.throws(() => parseRing(JSON.stringify({ ...small, ...beyond })), isInvalidRing);
  });
}

test('a forced ring -> says so; nothing else stands there', () => {
  const forced = { ...small, forced: true as const };
  assert.equal(parseRing(formatRing(forced)), forced);
  for (const other of [false, 'true', 1, null]) {
    assert.throws(() => parseRing(JSON.stringify({ ...small, forced: other })), isInvalidRing);
  }
});

for (const [what, change] of WRONG) {
  test(`${what} -> InvalidRing`, () => {
    assert.throws(() => parseRing(JSON.stringify({ ...small, ...change })), isInvalidRing);
  });
}

function isInvalidRing(error: unknown): boolean {
  return error instanceof InvalidRing;
}

test.run();
