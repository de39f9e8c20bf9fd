/** A plan against what then happens: the same layout, counted by something else. */

import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { Size } from '../../../src/core/planning/load.js';
import { type MemberChange, membersAfter } from '../../../src/core/planning/member-change.js';
import { type Plan, type PlanInput, planOf } from '../../../src/core/planning/plan.js';
import { explain } from '../../../src/core/planning/sentences.js';
import { computeLayout } from '../../../src/core/ring/layout.js';
import { foundingReplication } from '../../../src/core/ring/replication.js';
import { byMemberId, type Member, type Ring } from '../../../src/core/ring/ring.js';
import { suite } from '../../support/runner/suite.js';
import { countMoves, fewestMovesOfAll, leastMoves, total } from '../ring/layout-oracle.js';

const test = suite('plan');
const PARTITIONS = 16;

function idOf(n: number): string {
  return n.toString(16).padStart(16, '0');
}

function member(n: number, { weight = 1, zone = 'z' } = {}): Member {
  return { id: idOf(n), address: `127.0.0.1:${8000 + n}`, weight, zone };
}

function ringOf(members: readonly Member[], replicas = 3, partitions = PARTITIONS): Ring {
  const layout = computeLayout({ members, partitions, replicas });
  const replication = foundingReplication({ replicas });
  return { clusterId: 'c'.repeat(32), epoch: 7, ...replication, members, layout };
}

function equals(count: number): Member[] {
  return Array.from({ length: count }, (_, i) => member(i + 1));
}

/** Partition p holds p rows of ten bytes. */
function someSizes(partitions = PARTITIONS): Map<number, Size> {
  return new Map(Array.from({ length: partitions }, (_, p) => [p, { rows: p, bytes: 10 * p }]));
}

function inputOf(ring: Ring, change: MemberChange, dead: readonly number[] = []): PlanInput {
  const deadIds = dead.map(idOf);
  return {
    ring,
    wanted: membersAfter(ring, change),
    isAlive: (id) => !deadIds.includes(id),
    sizes: someSizes(),
  };
}

function explained(ring: Ring, change: MemberChange, dead: readonly number[] = []) {
  return explain(planOf(inputOf(ring, change, dead)), { unanswered: [], underWay: false });
}

const leave = (...ns: number[]): MemberChange => ({ kind: 'leave', ids: ns.map(idOf) });
const join = (zone = 'z', count = 1): MemberChange => ({ kind: 'join', count, weight: 1, zone });

const members = fc
  .uniqueArray(
    fc.record({
      n: fc.integer({ min: 1, max: 12 }),
      weight: fc.integer({ min: 1, max: 3 }),
      zone: fc.constantFrom('a', 'b', 'c'),
    }),
    { minLength: 1, maxLength: 7, selector: ({ n }) => n },
  )
  .map((list) => list.map(({ n, ...rest }) => member(n, rest)).sort(byMemberId));

/** From any members to any others: who joins, leaves, moves to another zone, is given weight. */
const inputs: fc.Arbitrary<PlanInput> = fc
  .record({
    before: members,
    wanted: members,
    replicas: fc.integer({ min: 1, max: 4 }),
    dead: fc.uniqueArray(fc.integer({ min: 1, max: 12 })),
    sizes: fc.array(fc.record({ rows: fc.nat(99), bytes: fc.nat(9999) }), {
      maxLength: PARTITIONS,
    }),
    readQuorum: fc.integer({ min: 1, max: 3 }),
    writeQuorum: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ before, wanted, dead, sizes, replicas, readQuorum, writeQuorum }) => ({
    ring: { ...ringOf(before, replicas), readQuorum, writeQuorum },
    wanted,
    isAlive: (id: string) => !dead.map(idOf).includes(id),
    sizes: new Map(sizes.entries()),
  }));

function nextOf({ ring, wanted }: PlanInput) {
  const { layout, replicas } = ring;
  const input = { previous: ring, members: wanted, partitions: layout.length, replicas };
  return { members: wanted, layout: computeLayout(input) };
}

function sumOf(plan: Plan, field: 'before' | 'after' | 'fetches') {
  const loads = plan.nodes.map((node) => node[field]);
  return {
    partitions: total(loads.map(({ partitions }) => partitions)),
    rows: total(loads.map(({ rows }) => rows)),
    bytes: total(loads.map(({ bytes }) => bytes)),
  };
}

test('any change -> the sums add up, and are what the layout then gives', () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const plan = planOf(input);
      const next = nextOf(input);
      const { ring, sizes } = input;
      const all = [
        ['before', ring.layout],
        ['after', next.layout],
      ] as const;
      for (const [field, layout] of all) {
        let bytes = 0;
        let rows = 0;
        for (const [partition, owners] of layout.entries()) {
          bytes += owners.length * (sizes.get(partition)?.bytes ?? 0);
          rows += owners.length * (sizes.get(partition)?.rows ?? 0);
        }
        assert.equal(sumOf(plan, field), {
          partitions: total(layout.map((o) => o.length)),
          rows,
          bytes,
        });
      }
      assert.equal(sumOf(plan, 'fetches'), plan.fetches);
      const moves = countMoves(ring, next);
      for (const { id, fetches, change, before, after } of plan.nodes) {
        assert.is(fetches.partitions, moves.get(id) ?? 0);
        assert.is(change === 'leaves', !moves.has(id));
        if (change === 'joins') assert.equal([before.partitions, fetches], [0, after]);
      }
      assert.ok(plan.fewestMoves <= plan.fetches.partitions);
    }),
    { numRuns: 200 },
  );
});

test('any change, anybody dead -> copies and quorums as counted one by one', () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const { ring, wanted, isAlive } = input;
      const { readQuorum, writeQuorum } = ring;
      const known = new Set(ring.members.map(({ id }) => id));
      const lives = (id: string) => !known.has(id) || isAlive(id);
      const { layout } = nextOf(input);
      const quorum = Math.max(readQuorum, writeQuorum);
      const copies = { now: [] as number[], afterwards: [] as number[] };
      const broken = { now: 0, during: 0, afterwards: 0 };
      const stuck: number[] = [];
      for (let p = 0; p < PARTITIONS; p++) {
        const old = ring.layout[p]!.map((owner) => ring.members[owner]!.id);
        const coming = layout[p]!.map((owner) => wanted[owner]!.id);
        const oldDead = old.filter((id) => !lives(id)).length;
        const comingDead = coming.filter((id) => !lives(id)).length;
        copies.now.push(old.length - oldDead);
        copies.afterwards.push(coming.length - comingDead);
        // A quorum fails when more are dead than it can do without; a small group needs all.
        const failsNow = oldDead > Math.max(old.length - quorum, 0);
        const failsThen = comingDead > Math.max(coming.length - quorum, 0);
        broken.now += Number(failsNow);
        broken.afterwards += Number(failsThen);
        broken.during += Number(failsNow || failsThen);
        const changes = [...old].sort().join() !== [...coming].sort().join();
        // Stuck if the dead could be a whole quorum, so that only they know of a write.
        const most = Math.floor(old.length / 2) + 1;
        if (changes && oldDead >= Math.min(readQuorum, writeQuorum, most)) stuck.push(p);
      }
      const plan = planOf(input);
      const fewest = { now: Math.min(...copies.now), afterwards: Math.min(...copies.afterwards) };
      assert.equal(plan.now, { fewestCopies: fewest.now, unavailable: broken.now });
      assert.equal(plan.during, { fewestCopies: fewest.now, unavailable: broken.during });
      const { afterwards } = plan;
      assert.equal(afterwards, { fewestCopies: fewest.afterwards, unavailable: broken.afterwards });
      assert.equal(
        plan.stuck.map(({ partition }) => partition),
        stuck,
      );
    }),
    { numRuns: 200 },
  );
});

test('equal members in one zone -> the fewest moves are exactly those that are made', () => {
  for (const [before, after] of [
    [1, 2],
    [3, 4],
    [4, 3],
    [5, 9],
    [9, 2],
  ] as const) {
    const ring = ringOf(equals(before), 3, 256);
    const input = { ...inputOf(ring, join()), wanted: equals(after) };
    const plan = planOf(input);
    assert.is(plan.fewestMoves, leastMoves(ring, nextOf(input), 3));
    assert.is(plan.fewestMoves, plan.fetches.partitions);
  }
});

test('a few members of any kind -> no layout makes fewer moves than the fewest', () => {
  const few = members.map((list) => list.slice(0, 4));
  fc.assert(
    fc.property(few, few, fc.integer({ min: 1, max: 3 }), (before, wanted, replicas) => {
      const ring = ringOf(before, replicas, 4);
      const plan = planOf({ ...inputOf(ring, join()), wanted });
      assert.ok(plan.fewestMoves <= fewestMovesOfAll(ring, wanted, replicas));
    }),
    { numRuns: 60 },
  );
});

test('a fourth member joins three -> it fetches its quarter, and nothing stands in the way', () => {
  const plan = explained(ringOf(equals(3)), join());
  const newcomer = plan.nodes.at(-1)!;
  assert.is(newcomer.id, 'new-1');
  assert.is(newcomer.change, 'joins');
  assert.is(newcomer.fetches.partitions, (3 * PARTITIONS) / 4);
  assert.equal(newcomer.fetches, plan.fetches);
  assert.is(plan.now.fewestCopies, 3);
  assert.is(plan.afterwards.fewestCopies, 3);
  assert.ok(plan.canFinish);
  assert.equal(plan.warnings, []);
});

test('one of three leaves -> nothing to fetch, and a warning that copies get fewer', () => {
  const plan = explained(ringOf(equals(3)), leave(2));
  assert.is(plan.fetches.partitions, 0);
  assert.is(plan.afterwards.fewestCopies, 2);
  assert.match(plan.warnings.join('\n'), /2 members for 3 replicas/);
  assert.match(plan.warnings.join('\n'), /from 3 to 2/);
  assert.ok(plan.canFinish);
});

test('two of three owners are dead -> stuck: which partitions, and who has to be started', () => {
  const plan = explained(ringOf(equals(5)), { kind: 'remove', ids: [idOf(1)] }, [1, 2]);
  assert.not(plan.canFinish);
  assert.ok(plan.stuck.length > 0);
  for (const each of plan.stuck) assert.equal([each.alive, each.needed], [1, 2]);
  const [obstacle = ''] = plan.obstacles;
  assert.match(
    obstacle,
    new RegExp(`${plan.stuck.length} partitions? \\(${plan.stuck[0]!.partition}`),
  );
  assert.match(obstacle, new RegExp(`start one or more of ${idOf(1)}, ${idOf(2)}`));
});

test('who would have to fetch is dead -> an obstacle that names it', () => {
  const plan = explained(ringOf(equals(4)), leave(1), [2]);
  assert.not(plan.canFinish);
  assert.equal(plan.stuck, []);
  assert.match(plan.obstacles.join('\n'), new RegExp(`^${idOf(2)} would have to copy`, 'm'));
});

test('copies get fewer and one that stays is dead -> an obstacle, though it gains nothing', () => {
  const plan = explained(ringOf(equals(3)), leave(1), [2]);
  assert.is(plan.fetches.partitions, 0);
  assert.equal(plan.silent, [idOf(2)]);
  assert.not(plan.canFinish);
});

test('most voters are dead -> an obstacle', () => {
  const plan = explained(ringOf(equals(3)), join(), [1, 2]);
  assert.equal(plan.voters, { alive: 1, needed: 2 });
  assert.match(plan.obstacles[0]!, /2 voters have to agree and 1 can be reached/);
});

test('the last member of the other zone leaves -> a warning that one zone has all copies', () => {
  const ring = ringOf([
    member(1, { zone: 'a' }),
    member(2, { zone: 'a' }),
    member(3, { zone: 'b' }),
  ]);
  assert.match(explained(ring, leave(3)).warnings.join('\n'), /All copies of every partition/);
  assert.not.match(explained(ring, leave(2)).warnings.join('\n'), /All copies/);
  // Where nobody uses zones, nobody is warned of them.
  assert.not.match(explained(ringOf(equals(4)), leave(2)).warnings.join('\n'), /zone/);
});

test('a member is replaced -> its place is taken by one newcomer, and nothing else moves', () => {
  // So that shares are whole numbers, and only one layout is the best.
  const ring = ringOf(equals(4));
  const plan = explained(ring, { kind: 'replace', ids: [idOf(3)] }, [3]);
  const [old] = plan.nodes.filter(({ change }) => change === 'leaves');
  const [added, ...others] = plan.nodes.filter(({ change }) => change === 'joins');
  assert.equal([old!.id, added!.id, others], [idOf(3), 'new-1', []]);
  assert.is(added!.address, old!.address);
  assert.equal(plan.fetches, added!.fetches);
  assert.is(added!.fetches.partitions, old!.before.partitions);
  assert.ok(plan.canFinish);
});

test('eleven join -> all of them have names of their own, and the members stay sorted', () => {
  const wanted = membersAfter(ringOf(equals(3)), join('b', 11));
  assert.is(wanted.length, 14);
  assert.is(new Set(wanted.map(({ id }) => id)).size, 14);
  assert.equal(wanted, [...wanted].sort(byMemberId));
});

test('a change is under way -> the plan is for where it goes, and says so', () => {
  const ring = ringOf(equals(3));
  const coming = equals(4);
  const layout = computeLayout({
    previous: ring,
    members: coming,
    partitions: PARTITIONS,
    replicas: 3,
  });
  const changing = { ...ring, transition: { members: coming, layout } };
  const input = inputOf(changing, leave(1), [4]);
  assert.equal(
    input.wanted.map(({ id }) => id),
    [2, 3, 4].map(idOf),
  );
  const plan = explain(planOf(input), { unanswered: [idOf(2)], underWay: true });
  assert.match(plan.warnings[0]!, /Another change is under way/);
  assert.match(plan.warnings.at(-1)!, new RegExp(`${idOf(2)} did not say`));
  // The fourth is named by the ring already, so whether it lives is known.
  assert.not(plan.nodes.find(({ id }) => id === idOf(4))!.alive);
});

test('nobody is wanted -> RangeError', () => {
  const input = { ...inputOf(ringOf(equals(1)), join()), wanted: [] };
  assert.throws(
    () => planOf(input),
    (error: unknown) => error instanceof RangeError,
  );
});

test.run();
