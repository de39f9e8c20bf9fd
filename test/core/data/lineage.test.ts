/** What a value knows of the writes that it comes from. */
import * as assert from 'uvu/assert';
import { knownSince, lineageAfter, madeUnder } from '../../../src/core/data/lineage.js';
import { MAX_NAMED, OPERATION_BYTES } from '../../../src/core/data/record.js';
import { NO_VERSION } from '../../../src/core/data/version.js';
import { record, version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('lineage');

const idOf = (time: number) => Buffer.alloc(OPERATION_BYTES, time);

/** Rounds that follow on each other, from the time of the first to that of the last. */
function madeBy(first: Buffer | undefined, from: number, to: number, isNamed = true): Buffer {
  let last = first;
  for (let time = from; time <= to; time++) {
    const operation = isNamed ? { operation: idOf(time) } : {};
    last = record('k', { version: version(time), lineage: lineageAfter(last), ...operation });
  }
  return last!;
}

test('made from nothing -> all that came after is known', () => {
  assert.equal(knownSince(undefined), NO_VERSION);
  const last = madeBy(undefined, 1, MAX_NAMED + 1);
  assert.equal(knownSince(last), NO_VERSION);
  for (let time = 1; time <= MAX_NAMED; time++) {
    assert.equal(madeUnder(last, idOf(time)), version(time));
  }
  assert.is(madeUnder(last, idOf(MAX_NAMED + 1)), undefined, 'itself it did not come from');
});

test('more than are named -> the oldest is left out, and it is known since when', () => {
  const last = madeBy(undefined, 1, MAX_NAMED + 3);
  assert.equal(knownSince(last), version(2));
  assert.equal(
    [1, 2].map((time) => madeUnder(last, idOf(time))),
    [undefined, undefined],
  );
  assert.equal(madeUnder(last, idOf(3)), version(3));
});

test('writes without an id -> push none out', () => {
  const last = madeBy(madeBy(undefined, 1, 3), 4, 40, false);
  assert.equal(madeUnder(last, idOf(1)), version(1));
  assert.equal(knownSince(last), NO_VERSION);
});

test('a plain write -> nothing is known of what it came after, but what it is itself', () => {
  const plain = record('k', { version: version(8), operation: idOf(8) });
  assert.equal(knownSince(plain), version(8));
  assert.is(madeUnder(plain, idOf(8)), undefined);
  const next = madeBy(plain, 9, 9);
  assert.equal([knownSince(next), madeUnder(next, idOf(8))], [version(8), version(8)]);
});

test('stored again by a round -> by the version under which it was made', () => {
  const again = record('k', { version: version(9), origin: version(5), operation: idOf(5) });
  const next = madeBy(again, 10, 10);
  assert.equal([knownSince(next), madeUnder(next, idOf(5))], [version(5), version(5)]);
});

test.run();
