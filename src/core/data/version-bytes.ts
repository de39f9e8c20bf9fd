/**
 * Versions as the 28 bytes that stand in a record: they compare, byte by byte, as versions do.
 *
 * A flipped bit can change even the type of a column, so what is read from one is taken for
 * anything.
 */
import { Reader, version as versionField, Writer } from '../codec.js';
import { NO_VERSION, type Version } from './version.js';

export const VERSION_BYTES = 28;
/** In an encoded record. */
const START = 4;
const TIME_AT = 4;
const NODE_AT = 12;

/** Those of an encoded record. */
export function versionBytes(record: Buffer): Buffer {
  return record.subarray(START, START + VERSION_BYTES);
}

/** Whether these are the bytes of a version, and of nothing else. */
export function isVersionBytes(bytes: unknown): bytes is Buffer {
  return Buffer.isBuffer(bytes) && bytes.length === VERSION_BYTES && isVersionAt(bytes, 0);
}

/** Whether the `VERSION_BYTES` from `start` on are those of a version. */
export function isVersionAt(bytes: Buffer, start: number): boolean {
  const time = bytes.readDoubleBE(start + TIME_AT);
  if (!Number.isSafeInteger(time) || time < 0) return false;
  for (let at = start + NODE_AT; at < start + VERSION_BYTES; at++) {
    const digit = bytes[at]!;
    const isHex = (digit >= 0x30 && digit <= 0x39) || (digit >= 0x61 && digit <= 0x66);
    if (!isHex) return false;
  }
  return true;
}

export function parseVersionBytes(bytes: Buffer): Version {
  return versionField.take(new Reader(bytes));
}

export function bytesOfVersion(version: Version): Buffer {
  const writer = new Writer();
  versionField.put(writer, version);
  return writer.finish();
}

/** Writes the `VERSION_BYTES` of a version, as the codec does, in a third of its time. */
export function putVersionBytes(bytes: Buffer, at: number, { epoch, time, node }: Version): void {
  bytes.writeUInt32BE(epoch, at);
  bytes.writeDoubleBE(time, at + TIME_AT);
  bytes.write(node, at + NODE_AT, VERSION_BYTES - NODE_AT, 'latin1');
}

const NO_VERSION_BYTES = bytesOfVersion(NO_VERSION);

/**
 * The version under which a row is listed, and under which it is in the tree of its partition. One
 * that is none at all counts as the oldest, so that it is fetched from whoever has it.
 */
export function listedVersion(column: unknown): Buffer {
  return isVersionBytes(column) ? column : NO_VERSION_BYTES;
}
