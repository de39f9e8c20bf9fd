/** How many partitions each member should own: its share, rounded down and up, and no further. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { shareBounds, zonesOf } from '../../../src/core/ring/fair-share.js';
import type { Member } from '../../../src/core/ring/ring.js';
import { suite } from '../../support/runner/suite.js';
import { total } from './layout-oracle.js';

const test = suite('fair share');

function membersOf(of: readonly (readonly [weight: number, zone: string])[]): Member[] {
  return of.map(([weight, zone], index) => ({
    id: String(index).padStart(16, '0'),
    address: `127.0.0.1:${8000 + index}`,
    weight,
    zone,
  }));
}

function boundsOf(
  of: readonly (readonly [weight: number, zone: string])[],
  partitions: number,
  replicas: number,
): string[] {
  const members = membersOf(of);
  const bounds = shareBounds(members, zonesOf(members, replicas), partitions, replicas);
  return bounds.map(({ least, most }) => (least === most ? `${least}` : `${least} or ${most}`));
}

test('shares that are whole numbers -> just these, beside others that are not', () => {
  const [one, two, three] = [
    [1, 'z'],
    [2, 'z'],
    [3, 'z'],
  ] as const;
  assert.equal(boundsOf([one, one, one], 12, 1), ['4', '4', '4']);
  assert.equal(boundsOf([one, one, one], 16, 1), Array(3).fill('5 or 6'));
  assert.equal(boundsOf([two, one, one], 11, 2), ['11', '5 or 6', '5 or 6']);
  assert.equal(boundsOf([three, two, one], 12, 1), ['6', '4', '2']);
  // The first owns all there is, so the others share the second copy: 2 to 1.
  assert.equal(boundsOf([three, two, one], 12, 2), ['12', '8', '4']);
});

test('zones -> an owner in each as far as there are zones, whatever their members weigh', () => {
  assert.equal(
    boundsOf(
      [
        [5, 'a'],
        [1, 'b'],
        [1, 'b'],
      ],
      8,
      2,
    ),
    ['8', '4', '4'],
  );
  assert.equal(
    boundsOf(
      [
        [1, 'a'],
        [1, 'b'],
        [1, 'c'],
        [1, 'd'],
      ],
      8,
      2,
    ),
    Array(4).fill('4'),
  );
  assert.equal(
    boundsOf(
      [
        [1, 'a'],
        [1, 'b'],
        [1, 'b'],
        [1, 'b'],
      ],
      9,
      3,
    ),
    ['9', '6', '6', '6'],
  );
});

test('any members -> bounds that differ by one at most, and between which all can be dealt', () => {
  const weights = fc.integer({ min: 1, max: 1000 });
  const kinds = fc.array(fc.tuple(weights, fc.constantFrom('a', 'b', 'c')), {
    minLength: 1,
    maxLength: 8,
  });
  const property = fc.property(kinds, fc.integer({ min: 1, max: 5 }), (of, wanted) => {
    const [members, replicas] = [membersOf(of), Math.min(wanted, of.length)];
    const bounds = shareBounds(members, zonesOf(members, replicas), 64, replicas);
    for (const { least, most } of bounds) {
      assert.ok(least >= 0 && most <= 64 && most - least <= 1 && most >= least);
    }
    assert.ok(total(bounds.map(({ least }) => least)) <= 64 * replicas);
    assert.ok(total(bounds.map(({ most }) => most)) >= 64 * replicas);
  });
  fc.assert(property, { numRuns: 500 });
});

test.run();
