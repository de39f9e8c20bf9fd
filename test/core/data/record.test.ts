/** A record comes back from its bytes, and no bit of them can change unnoticed. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import {
  type DataRecord,
  decodeRecord,
  encodeRecord,
  hasRecordLengths,
  isIntactRecord,
  MAX_CONTENT_TYPE_BYTES,
  MAX_KEY_BYTES,
  NAMED_BYTES,
  originOf,
  recordKey,
  recordOperation,
  recordOrigin,
  recordVersion,
} from '../../../src/core/data/record.js';
import { bytesOfVersion, VERSION_BYTES } from '../../../src/core/data/version-bytes.js';
import { checksum } from '../../../src/core/hash.js';
import { records } from '../../support/data/arbitraries.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('record');

const plain: DataRecord = {
  key: Buffer.from('key'),
  version: { epoch: 1, time: 2, node: '00000000000000aa' },
  tombstone: false,
  expiresAt: 0,
  contentType: 'text/plain',
  value: Buffer.from('value'),
};

function assertSame(actual: DataRecord, expected: DataRecord): void {
  const bare = (record: DataRecord) => ({
    ...record,
    key: Buffer.from(record.key).toString('hex'),
    value: Buffer.from(record.value).toString('hex'),
    ...(record.lineage && { lineage: Buffer.from(record.lineage).toString('hex') }),
    ...(record.operation && { operation: Buffer.from(record.operation).toString('hex') }),
  });
  assert.equal(bare(actual), bare(expected));
}

test('any record -> comes back from its bytes', () => {
  fc.assert(
    fc.property(records, (record) => {
      const bytes = encodeRecord(record);
      assert.ok(isIntactRecord(bytes));
      assertSame(decodeRecord(bytes), record);
      assert.equal(recordVersion(bytes), record.version);
      assert.equal(recordOrigin(bytes), originOf(record));
      assert.ok(recordKey(bytes).equals(record.key));
    }),
  );
});

test('a version or an origin that is none, under a checksum that fits -> not intact', () => {
  for (const bad of [
    { version: { ...plain.version, node: '00000000000\r\n0aa' } },
    { version: { ...plain.version, time: 0.5 } },
    { origin: { ...plain.version, node: '00000000000000AA' } },
    { origin: { ...plain.version, time: Number.NaN } },
    { predecessor: { ...plain.version, time: -1 } },
    { origin: plain.version, predecessor: { ...plain.version, node: 'x'.repeat(16) } },
    { lineage: Buffer.alloc(VERSION_BYTES, 'x') },
    { lineage: Buffer.concat([bytesOfVersion(plain.version), Buffer.alloc(NAMED_BYTES, 'x')]) },
  ]) {
    assert.not.ok(isIntactRecord(encodeRecord({ ...plain, ...bad })));
  }
});

test('the longest key and content type, and an empty value -> come back', () => {
  const record = {
    ...plain,
    key: Buffer.alloc(MAX_KEY_BYTES, 0xff),
    contentType: 'ÿ'.repeat(MAX_CONTENT_TYPE_BYTES),
    value: Buffer.alloc(0),
  };
  assertSame(decodeRecord(encodeRecord(record)), record);
});

test('every single flipped bit -> noticed', () => {
  fc.assert(
    fc.property(records, (record) => {
      const bytes = encodeRecord(record);
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        assert.not(isIntactRecord(bytes), `bit ${bit}`);
        bytes[bit >> 3]! ^= 1 << (bit & 7);
      }
      assert.ok(isIntactRecord(bytes));
    }),
    { numRuns: 10 },
  );
});

test('bytes missing or added at the end -> noticed', () => {
  const bytes = encodeRecord(plain);
  for (let length = 0; length < bytes.length; length++) {
    assert.not(isIntactRecord(bytes.subarray(0, length)), `${length} bytes`);
  }
  assert.not(isIntactRecord(Buffer.concat([bytes, Buffer.alloc(1)])));
});

test('lengths that lie under a matching checksum -> noticed', () => {
  for (const field of [41, 43, 47]) {
    const bytes = encodeRecord(plain);
    bytes[field]!++;
    bytes.writeUInt32BE(checksum(bytes.subarray(4)), 0);
    assert.not(isIntactRecord(bytes), `length at ${field}`);
  }
});

test('a key of no byte, or of more than keys have, under a checksum that fits -> noticed', () => {
  for (const keyBytes of [0, MAX_KEY_BYTES + 1, 0xffff]) {
    const bytes = encodeRecord({ ...plain, key: Buffer.alloc(keyBytes, 'k') });
    assert.not(hasRecordLengths(bytes), `${keyBytes} bytes`);
    assert.not(isIntactRecord(bytes), `${keyBytes} bytes`);
  }
});

test('lengths that fit, whatever else is changed -> every reader returns', () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 });
  const property = fc.property(records, changes, (record, list) => {
    const bytes = encodeRecord(record);
    for (const [at, byte] of list) bytes[at % bytes.length] = byte;
    if (!hasRecordLengths(bytes)) return;
    for (const read of [recordVersion, recordOrigin, recordOperation, decodeRecord]) read(bytes);
    const { length } = recordKey(bytes);
    assert.ok(length > 0 && length <= MAX_KEY_BYTES);
  });
  fc.assert(property, { numRuns: 1000 });
});

test.run();
