/**
 * Rows in four bytes each: so an owner tells another one what it holds of some leaves, and hears of
 * what it lacks alone.
 *
 * Intuition: where owners differ in one row, a leaf holds a dozen that both have. A key with its
 * version takes fifty bytes or more to tell, and whether the other owner holds just that takes a
 * few.
 *
 * Algorithm: a fingerprint is a hash of key, version and a salt. What has none of those that were
 * told is listed. Among a thousand rows one that is lacked looks as one that is held once in four
 * million times. It is left out then: this is for those who compare again, with another salt.
 *
 * Reference: Minsky, Trachtenberg and Zippel, "Set reconciliation with nearly optimal communication
 * complexity", IEEE Transactions on Information Theory 2003. Rejected alternatives are its
 * polynomials, and the invertible Bloom filters of Eppstein et al., SIGCOMM 2011: for a few dozen
 * rows there is little left to save.
 */
import { putVersionBytes, VERSION_BYTES } from '../data/version-bytes.js';
import { seededHash } from '../hash.js';
import type { KeyVersion } from './newer-entries.js';

export const FINGERPRINT_BYTES = 4;

/** `salt`: 32 bits. */
export function fingerprintsOf(rows: readonly KeyVersion[], salt: number): Buffer {
  const fingerprints = Buffer.alloc(rows.length * FINGERPRINT_BYTES);
  for (const [at, row] of rows.entries()) {
    fingerprints.writeUInt32LE(fingerprint(row, salt), at * FINGERPRINT_BYTES);
  }
  return fingerprints;
}

/** Those of `rows` that have none of these fingerprints. */
export function without<R extends KeyVersion>(
  rows: readonly R[],
  fingerprints: Buffer,
  salt: number,
): R[] {
  const known = new Set<number>();
  const end = fingerprints.length - FINGERPRINT_BYTES;
  for (let at = 0; at <= end; at += FINGERPRINT_BYTES) known.add(fingerprints.readUInt32LE(at));
  return rows.filter((row) => !known.has(fingerprint(row, salt)));
}

const versionBytes = Buffer.alloc(VERSION_BYTES);

function fingerprint({ key, version }: KeyVersion, salt: number): number {
  putVersionBytes(versionBytes, 0, version);
  return seededHash(versionBytes, seededHash(key, salt));
}
