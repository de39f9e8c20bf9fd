/** What is in memory of the records: never another one than was put there last. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { type EncodedRecord, recordKey } from '../../../src/core/data/record.js';
import { RecordCache } from '../../../src/node/cache/record-cache.js';
import { record, version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('record cache');

const KIB = 1024;

function sized(key: string, valueBytes: number, time = 1): EncodedRecord {
  return record(key, { version: version(time), value: Buffer.alloc(valueBytes, time) });
}

/** What it has of a key, as its own bytes. */
function has(cache: RecordCache, key: string | Buffer): Buffer | undefined {
  const held = cache.get(Buffer.from(key as string));
  return held && Buffer.from(held);
}

test('put, put again, longer, removed, cleared -> the last is there, or none', () => {
  const cache = new RecordCache(64 * KIB);
  assert.is(has(cache, 'a'), undefined);
  for (const last of [sized('a', 10), sized('a', 10, 2), sized('a', 300, 3), sized('a', 0, 4)]) {
    cache.put(last);
    assert.equal(has(cache, 'a'), last);
  }
  cache.remove(Buffer.from('a'));
  assert.is(has(cache, 'a'), undefined);
  cache.put(sized('a', 10));
  cache.clear();
  assert.is(has(cache, 'a'), undefined);
});

test('a record that is too large takes the place of one that is not -> neither is there', () => {
  const cache = new RecordCache(64 * KIB);
  cache.put(sized('a', 10));
  cache.put(sized('a', 32 * KIB));
  assert.is(has(cache, 'a'), undefined);
});

test('none of its kind -> nothing is kept, and nothing fails', () => {
  const cache = new RecordCache(0);
  cache.put(sized('a', 10));
  assert.is(has(cache, 'a'), undefined);
  cache.remove(Buffer.from('a'));
});

test('more than it holds -> what was not asked for lately goes, what was stays', () => {
  const cache = new RecordCache(64 * KIB);
  cache.put(sized('often', 100));
  cache.put(sized('never', 100));
  for (let i = 0; i < 2000; i++) {
    cache.put(sized(`other ${i}`, 100));
    if (i % 50 === 0) assert.ok(has(cache, 'often'), `after ${i} others`);
  }
  assert.is(has(cache, 'never'), undefined);
  assert.ok(has(cache, 'other 1999'));
});

test('any puts, looks and removals -> what it has is what was put last', () => {
  const keys = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'ä', '\0');
  const step = fc.oneof(
    fc.record({ key: keys, valueBytes: fc.integer({ min: 0, max: 700 }) }),
    fc.record({ key: keys, does: fc.constantFrom('look', 'remove') }),
    fc.constant({ key: '', does: 'clear' }),
  );
  let found = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      // Two generations of a few records each.
      const cache = new RecordCache(16 * KIB);
      const last = new Map<string, EncodedRecord>();
      for (const [time, each] of steps.entries()) {
        const { key } = each;
        if ('valueBytes' in each) {
          const put = sized(key, each.valueBytes, time + 1);
          cache.put(put);
          last.set(recordKey(put).toString(), put);
        } else if (each.does === 'look') cache.get(Buffer.from(key));
        else if (each.does === 'remove') {
          cache.remove(Buffer.from(key));
          last.delete(key);
        } else {
          cache.clear();
          last.clear();
        }
        for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'ä', '\0']) {
          const held = has(cache, name);
          if (held) assert.equal(held, last.get(name));
          if (held) found++;
        }
      }
    }),
  );
  assert.ok(found > 50, `${found} were found`);
});

test.run();
