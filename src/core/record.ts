/**
 * A record is one version of one key, and its encoding is the unit that travels: the coordinator
 * encodes it once, and the same bytes go into the peers' frames and into the store's batches. Its
 * checksum is computed where the value enters the cluster and checked where it is stored and
 * wherever it leaves a store, so that a flipped bit anywhere in between is noticed.
 *
 *     0  u32  checksum over everything behind it
 *     4  u32  version.epoch
 *     8  f64  version.time
 *    16  16   version.node, hexadecimal digits
 *    32  f64  expiresAt: milliseconds since 1970, 0 = never
 *    40  u8   flags: 1 = tombstone
 *    41  u8   length of the content type
 *    42  u16  length of the key
 *    44  u32  length of the value
 *    48       content type, key, value
 */
import { checksum } from './hash.js';
import type { Version } from './version.js';

export interface Record {
  readonly key: Uint8Array;
  readonly version: Version;
  /** A version with no value: the key was deleted. */
  readonly tombstone: boolean;
  /** Milliseconds since 1970; 0 = never. */
  readonly expiresAt: number;
  readonly contentType: string;
  readonly value: Uint8Array;
}

/** The bytes of `encodeRecord`. */
export type EncodedRecord = Buffer;

export const RECORD_HEADER_BYTES = 48;
export const MAX_KEY_BYTES = 1024;
export const MAX_CONTENT_TYPE_BYTES = 255;
const TOMBSTONE = 1;

export class CorruptRecord extends Error {}

export function encodeRecord(record: Record): EncodedRecord {
  const { key, version, contentType, value } = record;
  const size = RECORD_HEADER_BYTES + contentType.length + key.length + value.length;
  const bytes = Buffer.allocUnsafe(size);
  bytes.writeUInt32BE(version.epoch, 4);
  bytes.writeDoubleBE(version.time, 8);
  bytes.write(version.node, 16, 16, 'latin1');
  bytes.writeDoubleBE(record.expiresAt, 32);
  bytes[40] = record.tombstone ? TOMBSTONE : 0;
  bytes[41] = contentType.length;
  bytes.writeUInt16BE(key.length, 42);
  bytes.writeUInt32BE(value.length, 44);
  bytes.write(contentType, RECORD_HEADER_BYTES, contentType.length, 'latin1');
  bytes.set(key, RECORD_HEADER_BYTES + contentType.length);
  bytes.set(value, size - value.length);
  bytes.writeUInt32BE(checksum(bytes.subarray(4)), 0);
  return bytes;
}

export function recordVersion(bytes: EncodedRecord): Version {
  return {
    epoch: bytes.readUInt32BE(4),
    time: bytes.readDoubleBE(8),
    node: bytes.toString('latin1', 16, 32),
  };
}

export function recordKey(bytes: EncodedRecord): Buffer {
  const start = RECORD_HEADER_BYTES + bytes[41]!;
  return bytes.subarray(start, start + bytes.readUInt16BE(42));
}

/** Whether lengths and checksum fit; the other readers rely on it. */
export function isIntactRecord(bytes: EncodedRecord): boolean {
  if (bytes.length < RECORD_HEADER_BYTES) return false;
  const size = RECORD_HEADER_BYTES + bytes[41]! + bytes.readUInt16BE(42) + bytes.readUInt32BE(44);
  return bytes.length === size && bytes.readUInt32BE(0) === checksum(bytes.subarray(4));
}

/** Slices of `bytes`, not copies. Throws `CorruptRecord` if `isIntactRecord` would be false. */
export function decodeRecord(bytes: EncodedRecord): Record {
  if (!isIntactRecord(bytes)) throw new CorruptRecord('record checksum or lengths do not match');
  const keyStart = RECORD_HEADER_BYTES + bytes[41]!;
  const valueStart = keyStart + bytes.readUInt16BE(42);
  return {
    key: bytes.subarray(keyStart, valueStart),
    version: recordVersion(bytes),
    tombstone: (bytes[40]! & TOMBSTONE) !== 0,
    expiresAt: bytes.readDoubleBE(32),
    contentType: bytes.toString('latin1', RECORD_HEADER_BYTES, keyStart),
    value: bytes.subarray(valueStart),
  };
}

/** Whether a reader at `wallMs` sees a value: neither deleted nor expired. */
export function isLive(record: Record, wallMs: number): boolean {
  return !record.tombstone && (record.expiresAt === 0 || record.expiresAt > wallMs);
}
