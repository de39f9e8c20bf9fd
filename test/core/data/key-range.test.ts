/** Ranges of keys, held against what a list of all short keys has in it. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import {
  ALL_KEYS,
  behindKey,
  between,
  inOrder,
  isEmptyRange,
  type KeyRange,
  prefixRange,
  restOf,
} from '../../../src/core/data/key-range.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('key range');

/** The ends of what a byte can be, where one too much or too little shows. */
const bytes = fc.constantFrom(0, 1, 0x61, 0xfe, 0xff);
const keys = fc.array(bytes, { minLength: 1, maxLength: 3 }).map((each) => Buffer.from(each));
const prefixes = fc.array(bytes, { maxLength: 3 }).map((each) => Buffer.from(each));
const ends = fc.option(prefixes, { nil: undefined });
const ranges: fc.Arbitrary<KeyRange> = fc.record(
  { from: prefixes, to: ends },
  { noNullPrototype: true },
);

function has({ from, to }: KeyRange, key: Buffer): boolean {
  return key.compare(from) >= 0 && (to === undefined || key.compare(to) < 0);
}

test('a prefix -> the keys that begin with it, and no other', () => {
  const property = fc.property(prefixes, keys, (prefix, key) => {
    const isIn = key.subarray(0, prefix.length).equals(prefix);
    assert.is(has(prefixRange(prefix), key), isIn);
  });
  fc.assert(property, { numRuns: 2000 });
});

test('prefixes of the largest byte -> an end where there is one', () => {
  const endOf = (hex: string) => prefixRange(Buffer.from(hex, 'hex')).to?.toString('hex');
  assert.equal(['61', '61ff', '61ffff', 'ff', 'ffff', ''].map(endOf), [
    ...['62', '62', '62'],
    ...[undefined, undefined, undefined],
  ]);
});

test('behind a key -> nothing is between', () => {
  const property = fc.property(keys, keys, (key, other) => {
    const isBehind = other.compare(key) > 0;
    assert.is(other.compare(behindKey(key)) >= 0, isBehind);
  });
  fc.assert(property, { numRuns: 2000 });
});

test('between two keys -> of the range what is behind the one and before the other', () => {
  const maybe = fc.option(keys, { nil: undefined });
  const property = fc.property(ranges, maybe, maybe, keys, (range, after, before, key) => {
    const isBetween = (!after || key.compare(after) > 0) && (!before || key.compare(before) < 0);
    assert.is(has(between(range, after, before), key), has(range, key) && isBetween);
  });
  fc.assert(property, { numRuns: 2000 });
});

test('a walk that has come to a key, either way -> what follows, until nothing does', () => {
  const property = fc.property(ranges, keys, keys, fc.boolean(), (range, key, other, reverse) => {
    const rest = restOf(range, key, reverse);
    assert.is(has(rest, other), has(range, other) && inOrder(key, other, reverse) < 0);
    if (has(range, other)) assert.not.ok(isEmptyRange(range));
  });
  fc.assert(property, { numRuns: 2000 });
  for (const [from, to, isEmpty] of [
    ['b', 'b', true],
    ['b', 'a', true],
    ['a', 'b', false],
    ['', undefined, false],
  ] as const) {
    assert.is(
      isEmptyRange({ from: Buffer.from(from), to: to === undefined ? to : Buffer.from(to) }),
      isEmpty,
    );
  }
  assert.not.ok(isEmptyRange(ALL_KEYS));
});

test.run();
