/** Both hashes are part of what is on disk and on the wire: they must never change. */
import * as assert from 'uvu/assert';
import { checksum, hashKey } from '../../src/core/hash.js';
import { suite } from '../support/runner/suite.js';

const test = suite('hash');

test('hashKey -> the published xxHash32 values', () => {
  assert.is(hashKey(Buffer.from('')), 0x02cc5d05);
  assert.is(hashKey(Buffer.from('abc')), 0x32d153ff);
  assert.is(hashKey(Buffer.from('Nobody inspects the spammish repetition')), 0xe2293b2f);
});

test('checksum -> apart from hashKey', () => {
  for (const text of ['', 'abc', 'x'.repeat(100_000)]) {
    assert.is.not(checksum(Buffer.from(text)), hashKey(Buffer.from(text)));
  }
});

test('checksum -> the values that are on disks', () => {
  assert.is(checksum(Buffer.from('')), 0x9fdaa01b);
  assert.is(checksum(Buffer.from('key')), 0x788fb2a);
});

test('a slice of a larger buffer -> hashed as the bytes it shows', () => {
  const whole = Buffer.from('xxabcxx');
  assert.is(hashKey(whole.subarray(2, 5)), 0x32d153ff);
});

test.run();
