/** What another owner has newer, by one walk, against looking each key up. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { compareVersions } from '../../../src/core/data/version.js';
import { type KeyVersion, newerEntries } from '../../../src/core/tree/newer-entries.js';
import { version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('newer entries');

/** Of so few keys and versions that two lists often meet. */
const entries = fc.record({
  key: fc
    .array(fc.constantFrom(0, 0x61, 0xff), { minLength: 1, maxLength: 2 })
    .map((bytes) => Buffer.from(bytes)),
  version: fc.nat(3).map(version),
});
const lists = fc
  .uniqueArray(entries, { selector: ({ key }) => key.toString('hex') })
  .map((list) => list.sort((a, b) => a.key.compare(b.key)));

test('two lists -> those that are newer there, or are here in no version', () => {
  const property = fc.property(lists, lists, (ours, theirs) => {
    const isNewer = (entry: (typeof theirs)[number]) => {
      const own = ours.find(({ key }) => key.equals(entry.key));
      return !own || compareVersions(entry.version, own.version) > 0;
    };
    assert.equal(newerEntries(ours, theirs), theirs.filter(isNewer));
  });
  fc.assert(property, { numRuns: 1000 });
});

test('one of them is empty -> all of theirs, or nothing', () => {
  const list: KeyVersion[] = ['a', 'b'].map((key) => ({
    key: Buffer.from(key),
    version: version(0),
  }));
  assert.equal(newerEntries([], list), list);
  assert.equal(newerEntries(list, []), []);
});

test.run();
