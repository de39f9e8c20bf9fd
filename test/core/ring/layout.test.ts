/** The rules of the layout, each checked by something that does not know how it is computed. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { computeLayout, nextLayout, rememberingLayout } from '../../../src/core/ring/layout.js';
import { foundingReplication } from '../../../src/core/ring/replication.js';
import { byMemberId, type Member, type Placement, type Ring } from '../../../src/core/ring/ring.js';
import { suite } from '../../support/runner/suite.js';
import {
  countMoves,
  DROPS_PER_OWNER,
  fewestMovesOfAll,
  leastMoves,
  ownedCounts,
  ownersProblem,
  pouredShares,
  total,
} from './layout-oracle.js';

const test = suite('layout');

type Node = { id: number; weight: number; zone: number };

function memberOf({ id, weight, zone }: Node): Member {
  const hex = id.toString(16).padStart(16, '0');
  return { id: hex, address: '127.0.0.1:8080', weight, zone: `zone-${zone}` };
}

/** Members 1 to `count` (or those named), all alike. */
function equals(ids: number | readonly number[]): Member[] {
  const list = typeof ids === 'number' ? Array.from({ length: ids }, (_, i) => i + 1) : ids;
  return list.map((id) => memberOf({ id, weight: 1, zone: 0 })).sort(byMemberId);
}

/** As many members in each zone as its number says. */
function zoned(...sizes: number[]): Member[] {
  const zones = sizes.flatMap((size, zone) => new Array<number>(size).fill(zone));
  return zones.map((zone, id) => memberOf({ id, weight: 1, zone }));
}

function place(
  members: readonly Member[],
  { partitions = 256, replicas = 3, previous }: Partial<Options> = {},
): Placement {
  const input = { members, partitions, replicas, ...(previous && { previous }) };
  return { members, layout: computeLayout(input) };
}
type Options = { partitions: number; replicas: number; previous: Placement };

function firstCounts({ members, layout }: Placement): number[] {
  return members.map((_, member) => layout.filter((owners) => owners[0] === member).length);
}

function spread(counts: readonly number[]): number {
  return Math.max(...counts) - Math.min(...counts);
}

function movesBetween(previous: Placement, next: Placement): number {
  return total(countMoves(previous, next).values());
}

/** Rules 1 to 3; how far a count may be from its share is one, and what pouring gets wrong. */
function assertRules({ members, layout }: Placement, partitions: number, replicas: number): void {
  assert.is(layout.length, partitions);
  for (const owners of layout) assert.is(ownersProblem(members, owners, replicas), undefined);
  const shares = pouredShares(members, replicas);
  const slack = 1 + (2 * partitions) / DROPS_PER_OWNER;
  const counts = ownedCounts({ members, layout });
  for (const [member, count] of counts.entries()) {
    const ideal = shares[member]! * partitions;
    assert.ok(Math.abs(count - ideal) < slack, `${count} partitions where ${ideal} are due`);
  }
}

/** Rule 5. */
function assertOrderKept(previous: Placement, next: Placement): void {
  for (const [partition, owners] of next.layout.entries()) {
    const ids = owners.map((owner) => next.members[owner]!.id);
    const before = previous.layout[partition]!.map((owner) => previous.members[owner]!.id);
    assert.equal(
      ids.filter((id) => before.includes(id)),
      before.filter((id) => ids.includes(id)),
    );
  }
}

test('3 equal members -> each owns everything and is first for a third', () => {
  const placement = place(equals(3));
  assert.equal(ownedCounts(placement), [256, 256, 256]);
  assert.is(spread(firstCounts(placement)), 1);
});

test('1 to 100 equal members -> balanced to one partition, firsts to one as well', () => {
  for (const count of [1, 2, 4, 5, 7, 10, 31, 64, 100]) {
    const placement = place(equals(count));
    assertRules(placement, 256, 3);
    assert.ok(spread(ownedCounts(placement)) <= 1, `${count} members`);
    assert.ok(spread(firstCounts(placement)) <= 1, `${count} members`);
  }
});

test('weights 1, 2 and 3, two owners -> no share above one copy of everything', () => {
  const nodes = [1, 2, 3].map((weight) => memberOf({ id: weight, weight, zone: 0 }));
  assert.equal(ownedCounts(place(nodes, { replicas: 1, partitions: 6 })), [1, 2, 3]);
  assert.equal(ownedCounts(place(nodes, { replicas: 2, partitions: 6 })), [2, 4, 6]);
  // The third cannot own more than everything; the others share what is left over, 1 to 2.
  const heavy = [1, 2, 30].map((weight) => memberOf({ id: weight, weight, zone: 0 }));
  assert.equal(ownedCounts(place(heavy, { replicas: 2, partitions: 6 })), [2, 4, 6]);
});

test('one zone has most members -> the only members of the others own everything', () => {
  const counts = ownedCounts(place(zoned(10, 1, 1)));
  assert.equal(counts.slice(10), [256, 256]);
  assert.ok(spread(counts.slice(0, 10)) <= 1);
});

test('5 owners in 3 zones -> no zone has 3 of them, though weights would like that', () => {
  const members = [0, 0, 0, 1, 1, 2, 2].map((zone, id) =>
    memberOf({ id, weight: zone === 0 ? 10 : 1, zone }),
  );
  for (const owners of place(members, { replicas: 5 }).layout) {
    const perZone = [0, 1, 2].map(
      (zone) => owners.filter((owner) => members[owner]!.zone === `zone-${zone}`).length,
    );
    assert.equal(perZone.sort(), [1, 2, 2]);
  }
});

test('every way to put up to 7 members into zones -> spread to the very last partition', () => {
  let seen = 0;
  const fill = (sizes: number[], left: number) => {
    if (sizes.length > 0) {
      for (const replicas of [1, 2, 3, 5]) {
        const members = zoned(...sizes);
        const { layout } = place(members, { partitions: 16, replicas });
        for (const owners of layout) assert.is(ownersProblem(members, owners, replicas), undefined);
        seen++;
      }
    }
    for (let size = 1; size <= Math.min(left, sizes.at(-1) ?? left); size++) {
      fill([...sizes, size], left - size);
    }
  };
  fill([], 7);
  assert.is(seen, 4 * 44);
});

test('the same input -> the same layout', () => {
  fc.assert(
    fc.property(clusters, fc.constantFrom(1, 2, 3, 5), (members, replicas) => {
      const first = place(members, { partitions: 16, replicas });
      assert.equal(place(structuredClone(members), { partitions: 16, replicas }), first);
      const fewer = members.slice(1);
      if (fewer.length === 0) return;
      const options = { partitions: 16, replicas, previous: first };
      const again = { ...options, previous: structuredClone(first) };
      assert.equal(place(fewer, options), place(fewer, again));
    }),
    { numRuns: 50 },
  );
});

test('nothing changes -> nothing moves and no list is reordered', () => {
  fc.assert(
    fc.property(clusters, fc.constantFrom(1, 2, 3, 5), (members, replicas) => {
      const previous = place(members, { partitions: 16, replicas });
      assert.equal(place(members, { partitions: 16, replicas, previous }), previous);
    }),
    { numRuns: 50 },
  );
});

test('equal members join one by one up to 100 and leave again -> always the fewest moves', () => {
  let previous = place(equals(1));
  const change = (members: Member[]) => {
    const next = place(members, { previous });
    const least = leastMoves(previous, next, 3);
    const moves = movesBetween(previous, next);
    assert.ok(moves <= least * 1.05, `${moves} moves to ${members.length}, not ${least}`);
    assert.ok(spread(ownedCounts(next)) <= 1);
    previous = next;
  };
  for (let count = 2; count <= 100; count++) change(equals(count));
  // Who leaves jumps around, so that the old and the new go alike.
  for (let count = 99; count >= 1; count--) {
    change(previous.members.filter((_, i) => i !== (count * 37) % previous.members.length));
  }
});

test('equal members join, leave and are replaced at once -> the fewest moves', () => {
  const ids = fc.uniqueArray(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 100 });
  fc.assert(
    fc.property(ids, ids, fc.boolean(), (before, others, isReplacement) => {
      const old = equals(before);
      // Either any change at all, or one member replaced by another.
      const coming = isReplacement ? [...before.slice(1), 121] : others;
      const previous = place(old);
      const next = place(equals(coming), { previous });
      const least = leastMoves(previous, next, 3);
      const moves = movesBetween(previous, next);
      assert.ok(moves <= least * 1.05, `${moves} moves, not ${least}`);
    }),
    { numRuns: 40 },
  );
});

test('any few members after any layout -> as few moves as the best of all layouts', () => {
  const cases = fc
    .record({
      partitions: fc.integer({ min: 1, max: 4 }),
      replicas: fc.integer({ min: 1, max: 3 }),
      old: smallClusters,
      members: smallClusters,
    })
    .chain((setting) => fc.record({ setting: fc.constant(setting), owners: anyOwners(setting) }));
  fc.assert(
    fc.property(cases, ({ setting: { partitions, replicas, old, members }, owners }) => {
      const previous = { members: old, layout: owners };
      const next = place(members, { partitions, replicas, previous });
      assert.is(movesBetween(previous, next), fewestMovesOfAll(previous, members, replicas));
    }),
    { numRuns: 300 },
  );
});

test('chains of random changes -> all rules hold at each step', () => {
  const steps = fc.array(clusterChanges, { minLength: 1, maxLength: 8 });
  const sizes = fc.tuple(fc.constantFrom(1, 16, 256), fc.constantFrom(1, 2, 3, 5));
  fc.assert(
    fc.property(clusters, steps, sizes, (start, changes, [partitions, replicas]) => {
      let previous = place(start, { partitions, replicas });
      assertRules(previous, partitions, replicas);
      for (const change of changes) {
        const members = changed(previous.members, change);
        const next = place(members, { partitions, replicas, previous });
        assertRules(next, partitions, replicas);
        assertOrderKept(previous, next);
        previous = next;
      }
    }),
    { numRuns: 60 },
  );
});

test('equal members come and go for long -> nobody is first for thrice its share', () => {
  const turns = fc.array(fc.nat(), { minLength: 60, maxLength: 60 });
  fc.assert(
    fc.property(turns, (choices) => {
      let placement = place(equals(5));
      for (const [turn, choice] of choices.entries()) {
        const { members } = placement;
        const grows = members.length === 3 || (members.length < 12 && choice % 2 === 0);
        const fewer = members.filter((_, i) => i !== choice % members.length);
        const joined = [...members, memberOf({ id: 1000 + turn, weight: 1, zone: 0 })];
        placement = place(grows ? joined.sort(byMemberId) : fewer, { previous: placement });
        const limit = (3 * 256) / placement.members.length;
        assert.ok(Math.max(...firstCounts(placement)) < limit);
      }
    }),
    { numRuns: 5 },
  );
});

test('a member is lost -> most of the others take a part of its load', () => {
  const previous = place(equals(10));
  const next = place(equals([1, 2, 3, 4, 5, 6, 7, 8, 9]), { previous });
  const gains = [...countMoves(previous, next).values()];
  assert.is(gains.length, 9);
  assert.ok(Math.min(...gains) > 0);
  // Its partitions had other owners of all kinds, too: the sources of the copies.
  const lost = previous.layout.filter((owners) => owners.includes(9));
  assert.is(new Set(lost.flat()).size, 10);
});

test('a member is lost -> who is first of the others stays so, nearly everywhere', () => {
  const previous = place(equals(10));
  const next = place(equals([1, 2, 3, 4, 5, 6, 7, 8, 9]), { previous });
  const changed = next.layout.filter((owners, partition) => {
    const [first] = previous.layout[partition]!;
    return owners.includes(first!) && owners[0] !== first;
  });
  assert.ok(changed.length < 5, `${changed.length} of 256`);
});

test('moves are counted -> per member, what it gains', () => {
  const previous = {
    members: equals([1, 2, 3]),
    layout: [
      [0, 1],
      [1, 2],
      [2, 0],
    ],
  };
  const next = {
    members: equals([2, 3, 4]),
    layout: [
      [0, 2],
      [1, 0],
      [0, 1],
    ],
  };
  const ids = next.members.map(({ id }) => id);
  assert.equal(
    [...countMoves(previous, next)],
    [
      [ids[0], 1],
      [ids[1], 0],
      [ids[2], 1],
    ],
  );
});

test('no members, or a previous layout of another size -> RangeError', () => {
  const isRangeError = (error: unknown) => error instanceof RangeError;
  assert.throws(() => place([]), isRangeError);
  assert.throws(() => place(equals(3), { replicas: 0 }), isRangeError);
  const previous = place(equals(3), { partitions: 8 });
  assert.throws(() => place(equals(3), { partitions: 16, previous }), isRangeError);
});

function clustersOf(nodes: fc.Arbitrary<Node>, maxLength: number): fc.Arbitrary<Member[]> {
  return fc
    .uniqueArray(nodes, { minLength: 1, maxLength, selector: ({ id }) => id })
    .map((list) => list.map(memberOf).sort(byMemberId));
}

test('the same is asked again -> the same answer, not another like it; else as if never', () => {
  const replication = foundingReplication({});
  const first: Ring = { clusterId: '', epoch: 1, ...replication, ...place(equals(3)) };
  const second: Ring = { ...first, ...place(equals([1, 2, 4])) };
  const layoutOf = rememberingLayout();
  const asked = layoutOf(first, equals(5));
  assert.is(layoutOf(first, equals(5)), asked);
  const heavy = equals(5).map((member) => ({ ...member, weight: member.id < '2' ? 2 : 1 }));
  for (const [ring, members] of [
    [first, equals(4)],
    [second, equals(4)],
    [second, heavy],
    [second, equals(5)],
    [first, equals(5)],
  ] as const) {
    assert.equal(layoutOf(ring, members), nextLayout(ring, members));
  }
  assert.equal(nextLayout(first, equals(5)), place(equals(5), { previous: first }).layout);
});

const anyNode = fc.record({
  id: fc.integer({ min: 1, max: 30 }),
  weight: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 5 }), fc.constantFrom(100, 1000)),
  // Zone 0 is likely, so that it often has most members.
  zone: fc.oneof(fc.constant(0), fc.nat(4)),
});
const clusters = clustersOf(anyNode, 12);
const smallClusters = clustersOf(
  fc.record({
    id: fc.integer({ min: 1, max: 6 }),
    weight: fc.integer({ min: 1, max: 3 }),
    zone: fc.nat(2),
  }),
  5,
);

/** Some members leave, and up to four join, move to another zone or change their weight. */
const clusterChanges = fc.record({
  stays: fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
  joins: clustersOf(anyNode, 4),
});

function changed(members: readonly Member[], change: { stays: boolean[]; joins: Member[] }) {
  const staying = members.filter((_, i) => change.stays[i % 12]);
  const byId = new Map([...staying, ...change.joins].map((member) => [member.id, member]));
  return [...byId.values()].sort(byMemberId);
}

/** Any owners at all, balanced or not: up to `replicas` of `old` for each partition. */
function anyOwners(setting: { partitions: number; replicas: number; old: readonly Member[] }) {
  const { partitions, replicas, old } = setting;
  const owners = fc.shuffledSubarray([...old.keys()], {
    maxLength: Math.min(replicas, old.length),
  });
  return fc.array(owners, { minLength: partitions, maxLength: partitions });
}

test.run();
