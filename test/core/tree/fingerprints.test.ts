/** Fingerprints tell what one owner holds and another lacks, against comparing the rows. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { compareVersions } from '../../../src/core/data/version.js';
import { FEW_ROWS, fingerprintsOf, without } from '../../../src/core/tree/fingerprints.js';
import { versions } from '../../support/data/arbitraries.js';
import { version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('fingerprints');

const row = fc.record({
  key: fc.uint8Array({ minLength: 1, maxLength: 2, max: 3 }).map((bytes) => Buffer.from(bytes)),
  version: fc.oneof(fc.nat(3).map(version), versions),
});
const rows = fc.uniqueArray(row, { selector: ({ key }) => key.toString('hex') });
const salts = fc.integer({ min: 0, max: 2 ** 32 - 1 });

test('two sets of rows -> what is not held in the very same version, in its order', () => {
  const property = fc.property(rows, rows, salts, (ours, theirs, salt) => {
    const told = fingerprintsOf(ours, salt);
    assert.is(told.length, ours.length * 2);
    const isHeld = ({ key, version }: (typeof theirs)[number]) =>
      ours.some((own) => own.key.equals(key) && compareVersions(own.version, version) === 0);
    const lacked = theirs.filter((each) => !isHeld(each));
    assert.ok(without(theirs, told, salt).every((each) => lacked.includes(each)));
    // What looks as if it were held does not under other salts.
    const listed = [1, 2, 3].flatMap((other) =>
      without(theirs, fingerprintsOf(ours, other), other),
    );
    assert.equal(
      theirs.filter((each) => listed.includes(each)),
      lacked,
    );
  });
  fc.assert(property, { numRuns: 1000 });
});

test('few rows, and many -> two bytes each, and four', () => {
  for (const [count, bytes] of [
    [FEW_ROWS, 2],
    [FEW_ROWS + 1, 4],
  ] as const) {
    const held = Array.from({ length: count }, (_, n) => ({
      ...{ key: Buffer.from(`key ${n}`), version: version(n) },
    }));
    const told = fingerprintsOf(held, 7);
    assert.is(told.length, count * bytes);
    assert.equal(without(held, told, 7), []);
    const other = { key: Buffer.from('other'), version: version(1) };
    assert.equal(without([...held, other], told, 7), [other]);
  }
});

test('any bytes in place of fingerprints -> rows, and no error', () => {
  const property = fc.property(
    rows,
    fc.uint8Array({ maxLength: 9 }),
    salts,
    (list, bytes, salt) => {
      const left = without(list, Buffer.from(bytes), salt);
      assert.ok(left.every((each) => list.includes(each)));
    },
  );
  fc.assert(property);
});

test('another salt -> other fingerprints, so that none is alike for good', () => {
  const list = Array.from({ length: 1000 }, (_, n) => ({
    key: Buffer.from(`key ${n}`),
    version: version(n),
  }));
  assert.is(without(list, fingerprintsOf(list, 1), 2).length, 1000);
  assert.is(without(list, fingerprintsOf(list, 2), 2).length, 0);
});

test.run();
