/** What a reader sees of a record, and why it sees nothing. */
import * as assert from 'uvu/assert';
import type { DataRecord } from '../../../src/core/data/record.js';
import { timeToLive, visible, visibleVersion } from '../../../src/core/data/visible.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('visible');

const version = { epoch: 2, time: 4, node: '00000000000000aa' };
const origin = { ...version, epoch: 1 };
const plain: DataRecord = {
  key: Buffer.from('key'),
  version,
  tombstone: false,
  expiresAt: 0,
  contentType: 'text/plain',
  value: Buffer.from('value'),
};

const CASES = [
  ['a value without an end', plain, Number.MAX_SAFE_INTEGER, undefined],
  ['a value before it expires', { ...plain, expiresAt: 1000 }, 999, undefined],
  ['a value in the millisecond it expires', { ...plain, expiresAt: 1000 }, 1000, 'expired'],
  ['a tombstone', { ...plain, tombstone: true }, 0, 'deleted'],
  ['a tombstone that names an end', { ...plain, tombstone: true, expiresAt: 1 }, 9, 'deleted'],
  ['nothing', undefined, 0, 'neverWritten'],
] as const;

for (const [name, record, wallMs, absent] of CASES) {
  test(`${name} -> ${absent ?? 'seen'}`, () => {
    const seen = visible(record, wallMs);
    assert.is(seen.absent, absent);
    assert.is(seen.record, record);
    assert.equal(visibleVersion(seen), absent ? undefined : version);
  });
}

test('a value that was stored again -> its origin stands for it', () => {
  assert.equal(visibleVersion(visible({ ...plain, origin }, 0)), origin);
});

test('the time that is left -> in begun seconds, 0 when it is over, none without an end', () => {
  for (const [expiresAt, wallMs, ttl] of [
    [0, 5000, undefined],
    [9000, 5000, 4],
    [9000, 5001, 4],
    [9000, 8999, 1],
    [9000, 9000, 0],
    [9000, 99_000, 0],
  ] as const) {
    assert.is(timeToLive(expiresAt, wallMs), ttl);
  }
});

test.run();
