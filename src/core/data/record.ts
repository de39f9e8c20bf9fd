/**
 * A record is one version of one key, and its encoding is the unit that travels: the coordinator
 * encodes it once, and the same bytes go into the peers' frames and into the store's batches. Its
 * checksum is computed where the value enters the cluster. It is checked once at each hop: by the
 * store that takes a record or gives it away, and by the coordinator that is sent one. So a flipped
 * bit anywhere in between is noticed.
 *
 *     0  u32  checksum over everything behind it
 *     4  u32  version.epoch
 *     8  f64  version.time
 *    16  16   version.node, hexadecimal digits
 *    32  f64  expiresAt: milliseconds since 1970, 0 = never
 *    40  u8   flags: 1 = tombstone, 2 = has an origin, 4 = has an operation id,
 *              8 = has a predecessor, 16 = has a lineage; the upper three bits: writes named in it
 *    41  u8   length of the content type
 *    42  u16  length of the key
 *    44  u32  length of the value
 *    48       origin and predecessor (28 bytes each, as the version above), lineage (28, and 44 for
 *              each write it names), operation id (16), content type, key, value
 */
import { assert } from '../assert.js';
import { checksum } from '../hash.js';
import { wallTimeOf } from './hybrid-clock.js';
import type { Version } from './version.js';
import { isVersionAt, VERSION_BYTES } from './version-bytes.js';

export interface DataRecord {
  readonly key: Uint8Array;
  readonly version: Version;
  /** A version with no value: the key was deleted. */
  readonly tombstone: boolean;
  /** Milliseconds since 1970; 0 = never. */
  readonly expiresAt: number;
  readonly contentType: string;
  readonly value: Uint8Array;
  /**
   * The version under which the value was first stored, if that was another: a round of CASPaxos
   * may store again, under its own ballot, what it found.
   */
  readonly origin?: Version | undefined;
  /**
   * The origin of what it took the place of, `NO_VERSION` for nothing: known of what a round has
   * written. So a writer that was overtaken can tell whether that was before its write or after it.
   */
  readonly predecessor?: Version | undefined;
  /** Which writes with an operation id it comes from, as its bytes: see `lineage.ts`. */
  readonly lineage?: Uint8Array | undefined;
  /** By which a client's retry knows its own write: `OPERATION_BYTES`. */
  readonly operation?: Uint8Array | undefined;
}

/** What a record says of itself without its value. */
export type RecordHead = Pick<DataRecord, 'version' | 'origin' | 'tombstone' | 'expiresAt'> & {
  /** How long the value is. */
  readonly valueBytes: number;
};

/** The bytes of `encodeRecord`. */
export type EncodedRecord = Buffer;

/** Up to what is of any length, or only there of some. */
export const RECORD_HEADER_BYTES = 48;
export const VERSION_START = 4;
const ORIGIN_START = RECORD_HEADER_BYTES;
const EXPIRES_AT = 32;
const FLAGS_AT = 40;
const VALUE_BYTES_AT = 44;
export const MAX_KEY_BYTES = 1024;
export const MAX_CONTENT_TYPE_BYTES = 255;
/** A client's id of a write is hashed to this. */
export const OPERATION_BYTES = 16;
const TOMBSTONE = 1;
const HAS_ORIGIN = 2;
const HAS_OPERATION = 4;
const HAS_PREDECESSOR = 8;
const HAS_LINEAGE = 16;
const NAMED_SHIFT = 5;
/** Of a write that is named in a lineage: the version under which it was made, and its id. */
export const NAMED_BYTES = VERSION_BYTES + OPERATION_BYTES;
/** Writes that a lineage names: those that a retry may come after. */
export const MAX_NAMED = 7;
/** Of what stands between header and content type, by the flags. */
const EXTRA_BYTES = Array.from({ length: 256 }, (_, flags) => {
  const versions = (flags & HAS_ORIGIN ? 1 : 0) + (flags & HAS_PREDECESSOR ? 1 : 0);
  const named = versions * VERSION_BYTES + (flags & HAS_OPERATION ? OPERATION_BYTES : 0);
  return named + lineageBytes(flags);
});
/** What a record can have beside its key, its value and its content type. */
export const MAX_HEADER_BYTES = RECORD_HEADER_BYTES + Math.max(...EXTRA_BYTES);

export function encodeRecord(record: DataRecord): EncodedRecord {
  const { key, version, contentType, value, origin, predecessor, lineage, operation } = record;
  let flags = record.tombstone ? TOMBSTONE : 0;
  if (origin) flags |= HAS_ORIGIN;
  if (operation) flags |= HAS_OPERATION;
  if (predecessor) flags |= HAS_PREDECESSOR;
  if (lineage) {
    const named = (lineage.length - VERSION_BYTES) / NAMED_BYTES;
    assert(Number.isInteger(named) && named >= 0 && named <= MAX_NAMED, 'a lineage is one');
    flags |= HAS_LINEAGE | (named << NAMED_SHIFT);
  }
  const contentTypeStart = RECORD_HEADER_BYTES + extraBytes(flags);
  const keyStart = contentTypeStart + contentType.length;
  const size = keyStart + key.length + value.length;
  const bytes = Buffer.allocUnsafe(size);
  putVersion(bytes, VERSION_START, version);
  bytes.writeDoubleBE(record.expiresAt, EXPIRES_AT);
  bytes[FLAGS_AT] = flags;
  bytes[41] = contentType.length;
  bytes.writeUInt16BE(key.length, 42);
  bytes.writeUInt32BE(value.length, VALUE_BYTES_AT);
  if (origin) putVersion(bytes, ORIGIN_START, origin);
  if (predecessor) putVersion(bytes, predecessorStart(flags), predecessor);
  if (lineage) bytes.set(lineage, lineageStart(flags));
  if (operation) bytes.set(operation, contentTypeStart - OPERATION_BYTES);
  bytes.write(contentType, contentTypeStart, contentType.length, 'latin1');
  bytes.set(key, keyStart);
  bytes.set(value, size - value.length);
  bytes.writeUInt32BE(checksum(bytes.subarray(4)), 0);
  return bytes;
}

function putVersion(bytes: Buffer, start: number, { epoch, time, node }: Version): void {
  bytes.writeUInt32BE(epoch, start);
  bytes.writeDoubleBE(time, start + 4);
  bytes.write(node, start + 12, 16, 'latin1');
}

function takeVersion(bytes: Buffer, start: number): Version {
  return {
    epoch: bytes.readUInt32BE(start),
    time: bytes.readDoubleBE(start + 4),
    node: bytes.toString('latin1', start + 12, start + VERSION_BYTES),
  };
}

function extraBytes(flags: number): number {
  return EXTRA_BYTES[flags]!;
}

function lineageBytes(flags: number): number {
  return flags & HAS_LINEAGE ? VERSION_BYTES + (flags >> NAMED_SHIFT) * NAMED_BYTES : 0;
}

function predecessorStart(flags: number): number {
  return ORIGIN_START + (flags & HAS_ORIGIN ? VERSION_BYTES : 0);
}

function lineageStart(flags: number): number {
  return predecessorStart(flags) + (flags & HAS_PREDECESSOR ? VERSION_BYTES : 0);
}

/** Where content type, key and value begin. */
function contentTypeStartOf(bytes: EncodedRecord): number {
  return RECORD_HEADER_BYTES + extraBytes(bytes[FLAGS_AT]!);
}

export function recordVersion(bytes: EncodedRecord): Version {
  return takeVersion(bytes, VERSION_START);
}

/** See `originOf`. */
export function recordOrigin(bytes: EncodedRecord): Version {
  const hasOrigin = (bytes[FLAGS_AT]! & HAS_ORIGIN) !== 0;
  return takeVersion(bytes, hasOrigin ? ORIGIN_START : VERSION_START);
}

export function recordPredecessor(bytes: EncodedRecord): Version | undefined {
  const flags = bytes[FLAGS_AT]!;
  return flags & HAS_PREDECESSOR ? takeVersion(bytes, predecessorStart(flags)) : undefined;
}

/** A slice of `bytes`; undefined of what no round has made. */
export function recordLineage(bytes: EncodedRecord): Buffer | undefined {
  const flags = bytes[FLAGS_AT]!;
  if ((flags & HAS_LINEAGE) === 0) return undefined;
  const start = lineageStart(flags);
  return bytes.subarray(start, start + lineageBytes(flags));
}

export function recordOperation(bytes: EncodedRecord): Buffer | undefined {
  if ((bytes[FLAGS_AT]! & HAS_OPERATION) === 0) return undefined;
  const end = contentTypeStartOf(bytes);
  return bytes.subarray(end - OPERATION_BYTES, end);
}

export function recordKey(bytes: EncodedRecord): Buffer {
  const start = contentTypeStartOf(bytes) + bytes[41]!;
  return bytes.subarray(start, start + bytes.readUInt16BE(42));
}

/**
 * From when on there is nothing to see of it, milliseconds since 1970: of a tombstone since it was
 * stamped, of a value since it expired, but not before it was stamped; undefined if it stays, or if
 * what stands there is no time.
 */
export function recordEnd(bytes: EncodedRecord): number | undefined {
  const isTombstone = (bytes[FLAGS_AT]! & TOMBSTONE) !== 0;
  const expiresAt = bytes.readDoubleBE(EXPIRES_AT);
  if (!isTombstone && expiresAt === 0) return undefined;
  const stampedAt = wallTimeOf(bytes.readDoubleBE(VERSION_START + 4));
  const end = isTombstone ? stampedAt : Math.max(Math.ceil(expiresAt), stampedAt);
  return Number.isSafeInteger(end) && end >= 0 ? end : undefined;
}

/** Whether it is as long as it says, with a key as keys are; all other readers rely on that. */
export function hasRecordLengths(bytes: EncodedRecord): boolean {
  return declaredBytes(bytes) === bytes.length;
}

/**
 * How long the record says that it is which begins these bytes; undefined if there is not even a
 * header, or it has no key as keys are.
 */
function declaredBytes(bytes: Buffer): number | undefined {
  if (bytes.length < RECORD_HEADER_BYTES) return undefined;
  const keyBytes = bytes.readUInt16BE(42);
  if (keyBytes < 1 || keyBytes > MAX_KEY_BYTES) return undefined;
  const keyStart = contentTypeStartOf(bytes) + bytes[41]!;
  return keyStart + keyBytes + bytes.readUInt32BE(VALUE_BYTES_AT);
}

/** The records that stand one behind the other in these bytes; undefined if that is not so. */
export function recordsIn(bytes: Buffer): EncodedRecord[] | undefined {
  const records: EncodedRecord[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = declaredBytes(bytes.subarray(at));
    if (size === undefined || at + size > bytes.length) return undefined;
    records.push(bytes.subarray(at, at + size));
    at += size;
  }
  return records;
}

/** Whether lengths, checksum and versions fit. */
export function isIntactRecord(bytes: EncodedRecord): boolean {
  if (!hasRecordLengths(bytes)) return false;
  if (bytes.readUInt32BE(0) !== checksum(bytes.subarray(4))) return false;
  if (!isVersionAt(bytes, VERSION_START)) return false;
  const flags = bytes[FLAGS_AT]!;
  if (flags & HAS_ORIGIN && !isVersionAt(bytes, ORIGIN_START)) return false;
  if (flags & HAS_PREDECESSOR && !isVersionAt(bytes, predecessorStart(flags))) return false;
  return !(flags & HAS_LINEAGE) || hasVersionsInLineage(bytes, flags);
}

function hasVersionsInLineage(bytes: EncodedRecord, flags: number): boolean {
  const start = lineageStart(flags);
  if (!isVersionAt(bytes, start)) return false;
  for (let at = VERSION_BYTES; at < lineageBytes(flags); at += NAMED_BYTES) {
    if (!isVersionAt(bytes, start + at)) return false;
  }
  return true;
}

/** What a listing needs of a record: its first bytes. */
export function headOf(bytes: EncodedRecord): Buffer {
  return bytes.subarray(0, headBytes(bytes[FLAGS_AT]!));
}

function headBytes(flags: number): number {
  return RECORD_HEADER_BYTES + (flags & HAS_ORIGIN ? VERSION_BYTES : 0);
}

/** Whether these can be the first bytes of a record. */
export function isHead(bytes: Buffer): boolean {
  if (bytes.length < RECORD_HEADER_BYTES || !isVersionAt(bytes, VERSION_START)) return false;
  const size = headBytes(bytes[FLAGS_AT]!);
  return bytes.length >= size && (size === RECORD_HEADER_BYTES || isVersionAt(bytes, ORIGIN_START));
}

/** Of a head, or of a whole record. */
export function decodeHead(bytes: Buffer): RecordHead {
  const hasOrigin = (bytes[FLAGS_AT]! & HAS_ORIGIN) !== 0;
  return {
    version: recordVersion(bytes),
    tombstone: (bytes[FLAGS_AT]! & TOMBSTONE) !== 0,
    expiresAt: bytes.readDoubleBE(EXPIRES_AT),
    valueBytes: bytes.readUInt32BE(VALUE_BYTES_AT),
    ...(hasOrigin && { origin: takeVersion(bytes, ORIGIN_START) }),
  };
}

/** Slices of `bytes`, not copies. They have to be an intact record. */
export function decodeRecord(bytes: EncodedRecord): DataRecord {
  const flags = bytes[FLAGS_AT]!;
  const contentTypeStart = contentTypeStartOf(bytes);
  const keyStart = contentTypeStart + bytes[41]!;
  const valueStart = keyStart + bytes.readUInt16BE(42);
  const record: DataRecord = {
    key: bytes.subarray(keyStart, valueStart),
    version: recordVersion(bytes),
    tombstone: (flags & TOMBSTONE) !== 0,
    expiresAt: bytes.readDoubleBE(EXPIRES_AT),
    contentType: bytes.toString('latin1', contentTypeStart, keyStart),
    value: bytes.subarray(valueStart),
  };
  if (extraBytes(flags) === 0) return record;
  const predecessor = recordPredecessor(bytes);
  const lineage = recordLineage(bytes);
  const operation = recordOperation(bytes);
  return {
    ...record,
    ...(flags & HAS_ORIGIN && { origin: recordOrigin(bytes) }),
    ...(predecessor && { predecessor }),
    ...(lineage && { lineage }),
    ...(operation && { operation }),
  };
}

/** The version under which the value was first stored: it stands for the value in an ETag. */
export function originOf({ origin, version }: Pick<DataRecord, 'origin' | 'version'>): Version {
  return origin ?? version;
}

/** Whether both write the same: what a write and its retry have in common. */
export function isSame(a: Content, b: Content): boolean {
  return (
    a.tombstone === b.tombstone &&
    a.contentType === b.contentType &&
    Buffer.compare(a.value, b.value) === 0
  );
}

type Content = Pick<DataRecord, 'tombstone' | 'contentType' | 'value'>;
