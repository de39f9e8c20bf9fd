/**
 * Rows in two or four bytes each: so an owner tells another one what it holds of some leaves, and
 * hears of what it lacks alone.
 *
 * Intuition: where owners differ in one row, a leaf holds a dozen that both have. A key with its
 * version takes fifty bytes or more to tell, and whether the other owner holds just that takes a
 * few.
 *
 * Algorithm: a fingerprint is a hash of key, version and a salt. What has none of those that were
 * told is listed. What is lacked and looks as one of these is left out: this is for those who
 * compare again, with another salt. Two bytes are enough where few rows are told: of a thousand
 * that are lacked, each beside fifty that are held, it happens to one. Where many are told, and
 * many may be lacked, most should come this time: with four bytes, beside a thousand rows, it
 * happens to one in four million.
 *
 * Reference: Minsky, Trachtenberg and Zippel, "Set reconciliation with nearly optimal communication
 * complexity", IEEE Transactions on Information Theory 2003. Rejected alternatives are its
 * polynomials, and the invertible Bloom filters of Eppstein et al., SIGCOMM 2011: for a few dozen
 * rows there is little left to save.
 */
import { putVersionBytes, VERSION_BYTES } from '../data/version-bytes.js';
import { seededHash } from '../hash.js';
import type { KeyVersion } from './newer-entries.js';

/** Up to so many rows are told in two bytes each, more in four. */
export const FEW_ROWS = 100;
const FEW_BYTES = 2;
export const FINGERPRINT_BYTES = 4;

/** `salt`: 32 bits. */
export function fingerprintsOf(rows: readonly KeyVersion[], salt: number): Buffer {
  const bytes = rows.length <= FEW_ROWS ? FEW_BYTES : FINGERPRINT_BYTES;
  const fingerprints = Buffer.alloc(rows.length * bytes);
  for (const [at, row] of rows.entries()) {
    fingerprints.writeUIntLE(fingerprint(row, salt, bytes), at * bytes, bytes);
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
  const bytes = fingerprints.length <= FEW_ROWS * FEW_BYTES ? FEW_BYTES : FINGERPRINT_BYTES;
  const end = fingerprints.length - bytes;
  for (let at = 0; at <= end; at += bytes) known.add(fingerprints.readUIntLE(at, bytes));
  return rows.filter((row) => !known.has(fingerprint(row, salt, bytes)));
}

const versionBytes = Buffer.alloc(VERSION_BYTES);

function fingerprint({ key, version }: KeyVersion, salt: number, bytes: number): number {
  putVersionBytes(versionBytes, 0, version);
  return seededHash(versionBytes, seededHash(key, salt)) % 2 ** (8 * bytes);
}
