/** A record comes back from its bytes, and no bit of them can change unnoticed. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { CLOCK_ORIGIN_MS, readingOf } from '../../../src/core/data/hybrid-clock.js';
import {
  type DataRecord,
  decodeHead,
  decodeRecord,
  encodeRecord,
  hasRecordLengths,
  headOf,
  isHead,
  isIntactRecord,
  isSame,
  MAX_CONTENT_TYPE_BYTES,
  MAX_HEADER_BYTES,
  MAX_KEY_BYTES,
  MAX_NAMED,
  NAMED_BYTES,
  OPERATION_BYTES,
  originOf,
  recordEnd,
  recordKey,
  recordLineage,
  recordOperation,
  recordOrigin,
  recordPredecessor,
  recordsIn,
  recordVersion,
  VERSION_START,
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

test('the bytes of a record -> those that other builds write and have on their disks', () => {
  const named = (time: number) => ({ epoch: 1, time, node: '00000000000000bb' });
  const operation = Buffer.alloc(OPERATION_BYTES, 'p');
  const full: DataRecord = {
    ...plain,
    tombstone: true,
    expiresAt: 1,
    origin: named(1),
    predecessor: named(2),
    lineage: Buffer.concat([named(3), named(4)].map(bytesOfVersion).concat(operation)),
    operation,
  };
  const a = Buffer.from('00000000000000aa').toString('hex');
  const b = Buffer.from('00000000000000bb').toString('hex');
  const p = operation.toString('hex');
  // Version, expiry, flags, lengths; content type, key, value.
  const rest = Buffer.from('text/plainkeyvalue').toString('hex');
  assert.is(
    encodeRecord(plain).toString('hex', 4),
    `000000014000000000000000${a}0000000000000000000a000300000005${rest}`,
  );
  const origins = ['3ff0', '4000', '4008', '4010'].map((f) => `00000001${f}000000000000${b}`);
  assert.is(
    encodeRecord(full).toString('hex', 4),
    [`000000014000000000000000${a}3ff00000000000003f0a000300000005`, ...origins, p, p, rest].join(
      '',
    ),
  );
  for (const record of [plain, full]) {
    const bytes = encodeRecord(record);
    assert.is(bytes.readUInt32BE(0), checksum(bytes.subarray(4)));
  }
});

test('each part, read by itself -> what the whole says', () => {
  fc.assert(
    fc.property(records, (record) => {
      const bytes = encodeRecord(record);
      assert.equal(recordPredecessor(bytes), record.predecessor);
      const hex = (part: Uint8Array | undefined) => part && Buffer.from(part).toString('hex');
      assert.is(hex(recordLineage(bytes)), hex(record.lineage));
      assert.is(hex(recordOperation(bytes)), hex(record.operation));
    }),
  );
});

test('the most that a record can have beside key, value and content type -> as announced', () => {
  const { version } = plain;
  const lineage = Buffer.concat([
    bytesOfVersion(version),
    ...Array.from({ length: MAX_NAMED }, () => [
      bytesOfVersion(version),
      Buffer.alloc(OPERATION_BYTES),
    ]).flat(),
  ]);
  const operation = Buffer.alloc(OPERATION_BYTES);
  const all = { ...plain, origin: version, predecessor: version, lineage, operation };
  const { length } = encodeRecord({ ...all, contentType: '', key: Buffer.alloc(1) });
  assert.is(length - 1 - plain.value.length, MAX_HEADER_BYTES);
});

test('a head -> what the record says without its value; less than that is none', () => {
  fc.assert(
    fc.property(records, (record) => {
      const bytes = encodeRecord(record);
      const head = headOf(bytes);
      const { version, tombstone, expiresAt, origin, value } = record;
      const said = { version, tombstone, expiresAt, valueBytes: value.length };
      for (const held of [head, bytes]) {
        assert.ok(isHead(held));
        assert.equal(decodeHead(held), { ...said, ...(origin && { origin }) });
      }
      for (let end = 0; end < head.length; end++) assert.not(isHead(head.subarray(0, end)));
    }),
  );
  const bad = { ...plain.version, node: 'x'.repeat(16) };
  assert.not(isHead(headOf(encodeRecord({ ...plain, version: bad }))));
  assert.not(isHead(headOf(encodeRecord({ ...plain, origin: bad }))));
});

test('since when there is nothing to see of it -> its deletion or its end, if it has one', () => {
  const stamped = (ms: number) => ({ ...plain.version, time: readingOf(ms) });
  const now = CLOCK_ORIGIN_MS + 1000;
  const endOf = (record: Partial<DataRecord>) =>
    recordEnd(encodeRecord({ ...plain, version: stamped(now), ...record }));
  assert.is(endOf({}), undefined);
  assert.is(endOf({ tombstone: true }), now);
  assert.is(endOf({ tombstone: true, expiresAt: now + 5 }), now);
  assert.is(endOf({ expiresAt: now + 5 }), now + 5);
  assert.is(endOf({ expiresAt: now - 5 }), now, 'not before it was stamped');
  assert.is(endOf({ expiresAt: Number.NaN }), undefined);
  assert.is(endOf({ expiresAt: Number.POSITIVE_INFINITY }), undefined);
});

test('deleted before 1970, as a damaged row says -> no time at which it was', () => {
  const ticksPerMs = readingOf(CLOCK_ORIGIN_MS + 1) - readingOf(CLOCK_ORIGIN_MS);
  const endAt = (ms: number) => {
    const bytes = encodeRecord({ ...plain, tombstone: true });
    bytes.writeDoubleBE((ms - CLOCK_ORIGIN_MS) * ticksPerMs, VERSION_START + 4);
    return recordEnd(bytes);
  };
  assert.is(endAt(0), 0);
  assert.is(endAt(-1), undefined);
});

test('two records that write the same -> by content alone', () => {
  assert.ok(isSame(plain, { ...plain, value: Buffer.from('value') }));
  for (const other of [
    { tombstone: true },
    { contentType: 'text/html' },
    { value: Buffer.from('valuf') },
  ]) {
    assert.not(isSame(plain, { ...plain, ...other }));
  }
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
  assert.ok(isIntactRecord(encodeRecord(record)));
  assertSame(decodeRecord(encodeRecord(record)), record);
});

test('how much a record holds -> as in every build: what is more is refused', () => {
  assert.equal(
    [MAX_KEY_BYTES, MAX_CONTENT_TYPE_BYTES, OPERATION_BYTES, MAX_NAMED, MAX_HEADER_BYTES],
    [1024, 255, 16, 7, 456],
  );
});

test('records one behind the other -> each of them; what is no whole record -> none', () => {
  const two = [plain, { ...plain, key: Buffer.from('another') }].map(encodeRecord);
  const bytes = Buffer.concat(two);
  assert.equal(recordsIn(bytes), two);
  assert.equal(recordsIn(Buffer.alloc(0)), []);
  for (const end of [bytes.length - 1, two[0]!.length + 1, 1]) {
    assert.is(recordsIn(bytes.subarray(0, end)), undefined, `${end} bytes`);
  }
  assert.is(recordsIn(Buffer.concat([bytes, Buffer.alloc(1)])), undefined);
  assert.is(recordsIn(Buffer.concat([bytes, Buffer.alloc(100)])), undefined, 'a key of no byte');
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
