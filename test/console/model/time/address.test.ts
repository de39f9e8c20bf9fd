/** Filters of the view of time in the address. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { formatAddress, parseAddress } from '../../../../src/console/model/address.js';
import { KINDS } from '../../../../src/console/model/kinds.js';
import {
  formatTimeAddress,
  kindsShown,
  parseTimeAddress,
} from '../../../../src/console/model/time/address.js';
import { suite } from '../../../support/runner/suite.js';

const test = suite('addresses of time');
const NOTHING = { node: '', kinds: undefined, types: [], text: '' };

test('written and read -> the same filter, whatever is looked for', () => {
  const filters = fc.record(
    {
      node: fc.constantFrom('', 'host:8080', '[::1]:8080'),
      kinds: fc.option(fc.subarray([...KINDS]), { nil: undefined }),
      types: fc.subarray(['member.dead', 'ring.changed']),
      text: fc.string({ unit: 'grapheme' }),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(filters, fc.boolean(), (filter, isSequence) => {
      const rest = formatTimeAddress({ isSequence, filter });
      const read = parseAddress(formatAddress({ view: 'time', rest }));
      assert.equal(parseTimeAddress(read.rest), { isSequence, filter });
    }),
  );
});

test('nothing, or nonsense -> everything', () => {
  assert.equal(parseTimeAddress([]), { isSequence: false, filter: NOTHING });
  assert.equal(parseTimeAddress(['x', 'kind=members', 'types=', 'node=']).filter, NOTHING);
  assert.equal(formatTimeAddress({ isSequence: false, filter: NOTHING }), []);
});

test('kinds: all in a list, all but steps of actors in lanes, or those that were chosen', () => {
  assert.equal([...kindsShown(parseTimeAddress([]))], [...KINDS]);
  assert.not.ok(kindsShown(parseTimeAddress(['sequence'])).includes('actors'));
  assert.equal([...kindsShown(parseTimeAddress(['sequence', 'kinds=actors,x']))], ['actors']);
  assert.equal([...kindsShown(parseTimeAddress(['kinds=']))], []);
});

test.run();
