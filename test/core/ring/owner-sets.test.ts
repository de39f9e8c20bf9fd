/** Partitions by who owns them: each is in one set, and those of a set have the same owners. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { ownerSetsOf } from '../../../src/core/ring/owner-sets.js';
import { ownersOf } from '../../../src/core/ring/ring.js';
import { rings } from '../../support/data/arbitraries.js';
import { suite } from '../../support/runner/suite.js';
import { idOf, small } from './small-ring.js';

const test = suite('owner sets');

test('at rest, the same owners in another order -> one set', () => {
  const { transition: _, ...atRest } = small;
  const { sets, placeOf } = ownerSetsOf(atRest);
  const present = [idOf(1), idOf(2)];
  assert.equal(sets, [{ owners: ownersOf(atRest, 0), partitions: [0, 1] }]);
  assert.equal([sets[0]!.owners.present, placeOf], [present, [0, 0]]);
});

test('the same present owners, others coming -> two sets', () => {
  const { sets, placeOf } = ownerSetsOf(small);
  assert.equal(
    sets.map(({ partitions }) => partitions),
    [[0], [1]],
  );
  assert.equal(placeOf, [0, 1]);
});

test('any ring -> each partition is in the set of its owners, and in no other', () => {
  const sorted = (ids: readonly string[] | undefined) => [...(ids ?? [])].sort();
  const property = fc.property(rings, (ring) => {
    const { sets, placeOf } = ownerSetsOf(ring);
    const inSets = sets.flatMap(({ partitions }) => partitions).sort((a, b) => a - b);
    assert.equal(inSets, [...ring.layout.keys()]);
    const names = sets.map(({ owners }) => [owners.present, owners.coming].map(sorted).join('|'));
    assert.is(new Set(names).size, sets.length);
    for (const [place, { owners, partitions }] of sets.entries()) {
      for (const partition of partitions) {
        assert.is(placeOf[partition], place);
        const { present, coming } = ownersOf(ring, partition);
        assert.equal(sorted(present), sorted(owners.present));
        assert.equal(sorted(coming), sorted(owners.coming));
      }
    }
  });
  fc.assert(property, { numRuns: 40 });
});

test('asked again about the same ring -> not counted again', () => {
  const ring = { ...small };
  assert.is(ownerSetsOf(ring), ownerSetsOf(ring));
  assert.is.not(ownerSetsOf(ring), ownerSetsOf({ ...ring }));
});

test.run();
