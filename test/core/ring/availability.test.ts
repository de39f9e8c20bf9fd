/** What can be served, for all partitions at once, against a tally of each one. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { availabilityOf } from '../../../src/core/ring/availability.js';
import { type QuorumGroup, quorumOf, Tally } from '../../../src/core/ring/quorum.js';
import { allMembers, allOwners, ownersOf, type Ring } from '../../../src/core/ring/ring.js';
import { rings } from '../../support/data/arbitraries.js';
import { suite } from '../../support/runner/suite.js';
import { idOf, small } from './small-ring.js';

const test = suite('availability');

/** A ring, some of its members, and some of those. */
const scenes = rings.chain((ring) => {
  const ids = allMembers(ring).map(({ id }) => id);
  return fc.record({
    ring: fc.constant(ring),
    reachable: fc.subarray(ids).map((some) => new Set(some)),
    roomy: fc.subarray(ids).map((some) => new Set(some)),
  });
});

function groupsOf(ring: Ring, partition: number): string[][] {
  const { present, coming } = ownersOf(ring, partition);
  return coming ? [present, coming] : [present];
}

function reaches(groups: QuorumGroup[], answers: (id: string) => boolean): boolean {
  const tally = new Tally(groups);
  for (const { owners } of groups) for (const owner of owners.filter(answers)) tally.succeed(owner);
  return tally.verdict === 'reached';
}

test('any ring, any members -> what the tally of each partition says', () => {
  fc.assert(
    fc.property(scenes, ({ ring, reachable, roomy }) => {
      const isReachable = (id: string) => reachable.has(id);
      const hasRoom = (id: string) => roomy.has(id);
      const all = ring.layout.map((_, partition) => partition);
      const failing = (wanted: number, answers: (id: string) => boolean) =>
        all.filter((partition) => {
          const groups = groupsOf(ring, partition).map((owners) => quorumOf(owners, wanted));
          return !reaches(groups, answers);
        });
      const write = failing(ring.writeQuorum, (id) => isReachable(id) && hasRoom(id));
      const read = failing(ring.readQuorum, isReachable);
      const short = all.filter((partition) => {
        const groups = groupsOf(ring, partition);
        return !reaches(
          groups.map((owners) => ({ owners, needed: ring.replicas })),
          isReachable,
        );
      });
      const lacking = all.filter((each) => write.includes(each) || read.includes(each));

      const found = availabilityOf(ring, { isReachable, hasRoom });
      assert.is(found.partitions, all.length);
      assert.is(found.fewerCopies, short.length);
      assert.equal(found.withoutQuorum, {
        ...{ write: write.length, read: read.length, any: lacking.length },
        first: lacking.slice(0, 20),
      });
      assert.is(
        found.byCopies.reduce((sum, some) => sum + some, 0),
        all.length,
      );
    }),
    { numRuns: 200 },
  );
});

test('owners change -> copies are those of the set that has fewer within reach', () => {
  const hasRoom = () => true;
  const all = availabilityOf(small, { isReachable: () => true, hasRoom });
  assert.equal(all.byCopies, [0, 0, 2]);
  const newcomer = idOf(3);
  const without = availabilityOf(small, { isReachable: (id) => id !== newcomer, hasRoom });
  assert.equal(without.byCopies, [0, 1, 1]);
  assert.equal(without.withoutQuorum, { write: 1, read: 0, any: 1, first: [0] });
  assert.equal(allOwners(ownersOf(small, 0)), [idOf(1), idOf(2), newcomer]);
});

test('65,536 partitions, nobody there -> all are counted, 20 are named', () => {
  const layout = Array.from({ length: 65_536 }, () => [0, 1]);
  const { transition: _, ...ring } = { ...small, layout };
  const found = availabilityOf(ring, { isReachable: () => false, hasRoom: () => true });
  assert.is(found.withoutQuorum.any, 65_536);
  assert.equal(found.withoutQuorum.first, [...Array(20).keys()]);
  assert.equal(found.byCopies, [65_536, 0, 0]);
});

test.run();
