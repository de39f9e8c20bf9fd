/** How many values have expired at a time, of any number of them. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { Contents } from '../../../src/cli/backup/contents.js';
import { record } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('backup contents');
const NOON = Date.UTC(2026, 10, 30, 12);
const WEEK_MS = 7 * 86_400_000;

test('values that expire -> counted to the second, for a week', () => {
  const offsets = fc.integer({ min: -WEEK_MS, max: 2 * WEEK_MS });
  fc.assert(
    fc.property(fc.array(offsets), fc.integer({ min: 0, max: WEEK_MS }), (all, laterMs) => {
      const contents = new Contents(NOON);
      for (const offset of all) contents.add(record('k', { expiresAt: NOON + offset }));
      const expired = (byMs: number) => all.filter((offset) => offset <= byMs).length;
      const found = contents.expiredAt(NOON + laterMs);
      assert.ok(found <= expired(laterMs) && found >= expired(laterMs - 1000), `${found}`);
      assert.is(contents.valuesAt(NOON + laterMs), all.length - found);
    }),
  );
});

test('the clock is set back -> what had expired before is counted, and nothing else', () => {
  const contents = new Contents(NOON);
  contents.add(record('a', { expiresAt: NOON - 5000 }));
  contents.add(record('b', { expiresAt: NOON + 5000 }));
  assert.is(contents.expiredAt(NOON - 60_000), 1);
});

test('what is deleted, and what does not expire -> no value, and one', () => {
  const contents = new Contents(NOON);
  contents.add(record('a', { tombstone: true, value: Buffer.alloc(0) }));
  contents.add(record('b'));
  const { keys, tombstones } = contents;
  assert.equal([keys, tombstones, contents.valuesAt(NOON + WEEK_MS)], [2, 1, 1]);
});

test.run();
