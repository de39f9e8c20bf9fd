/** What is still to be made of a row of which a bit may have flipped, in either of its halves. */
import type { Held } from '../acceptor.js';
import { type EncodedRecord, isIntactRecord, recordEnd, recordKey } from './record.js';
import { isVersionBytes, versionBytes } from './version-bytes.js';

/** A row as its columns are: a flipped bit can change even their types. */
export interface HeldRow {
  readonly version: Buffer;
  readonly record: Buffer;
}

/** A row with what is noted beside it of when it is over; null or undefined if it stays. */
export interface WholeRow extends HeldRow {
  readonly endsAt: unknown;
}

/**
 * Whether that is what the record says. If not, the row is served like any other, but it would be
 * looked for where it is not; the same version heals it.
 */
export function hasItsEnd({ record, endsAt }: WholeRow): boolean {
  return (endsAt ?? undefined) === recordEnd(record);
}

/** Whether nothing of a row has been damaged. */
export function isWhole(key: Buffer, row: WholeRow): boolean {
  return heldIn(key, row).isIntact && hasItsEnd(row);
}

/** Whether it is a record, and of this key. */
export function isIntact(key: Buffer, record: unknown): record is EncodedRecord {
  return Buffer.isBuffer(record) && isIntactRecord(record) && recordKey(record).equals(key);
}

function isIntactRow(key: Buffer, { version, record }: HeldRow): boolean {
  return isIntact(key, record) && Buffer.isBuffer(version) && versionBytes(record).equals(version);
}

/** Of a damaged row, the version of whichever half is left, if there is any telling. */
export function heldIn(key: Buffer, row: HeldRow): Held<Buffer> {
  const { version, record } = row;
  if (isIntactRow(key, row)) return { isIntact: true, version };
  if (isIntact(key, record)) return { isIntact: false, version: versionBytes(record) };
  return { isIntact: false, version: isVersionBytes(version) ? version : undefined };
}
