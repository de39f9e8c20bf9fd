/** Sets of partitions come back from their bits, and the bits are those of other builds. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import {
  MAX_PARTITION_SET_BYTES,
  partitionSet,
  partitionsIn,
} from '../../../src/core/ring/partition-set.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('partition set');

test('some partitions -> their bits, the lowest of a byte first', () => {
  assert.equal(partitionSet([0, 3, 9], 16).toString('hex'), '0902');
  assert.equal(partitionSet([], 16).toString('hex'), '0000');
  assert.equal(partitionSet([0], 1).toString('hex'), '01');
  assert.is(partitionSet([65_535], 65_536).length, MAX_PARTITION_SET_BYTES);
});

test('any set -> comes back, in order', () => {
  const counts = fc.constantFrom(1, 2, 4, 8, 16, 32, 64, 256);
  const sets = counts.chain((count) =>
    fc.tuple(fc.constant(count), fc.uniqueArray(fc.nat(count - 1))),
  );
  const property = fc.property(sets, ([count, partitions]) => {
    const set = partitionSet(partitions, count);
    assert.is(set.length, Math.max(1, count / 8));
    assert.equal(
      partitionsIn(set, count),
      partitions.toSorted((a, b) => a - b),
    );
  });
  fc.assert(property);
});

test('longer or shorter than there are partitions -> no partition that is none', () => {
  const all = Buffer.from('ffff', 'hex');
  assert.equal(partitionsIn(all, 4), [0, 1, 2, 3]);
  assert.equal(partitionsIn(all, 64), [...Array(16).keys()]);
  assert.equal(partitionsIn(Buffer.alloc(0), 64), []);
});

test.run();
