/** What a round stores under its ballot. */
import { lineageAfter } from '../../../src/core/data/lineage.js';
import {
  type DataRecord,
  decodeRecord,
  type EncodedRecord,
  encodeRecord,
  originOf,
  recordOrigin,
  recordVersion,
} from '../../../src/core/data/record.js';
import {
  compareVersions,
  isBallot,
  NO_VERSION,
  type Version,
} from '../../../src/core/data/version.js';

/** A change of what was found. */
export function madeFrom(
  found: EncodedRecord | undefined,
  change: Omit<DataRecord, 'version'>,
  version: Version,
): EncodedRecord {
  const predecessor = found ? recordOrigin(found) : NO_VERSION;
  return encodeRecord({ ...change, version, predecessor, lineage: lineageAfter(found) });
}

/** The same again: the identity. */
export function restamped(found: EncodedRecord, version: Version): EncodedRecord {
  const record = decodeRecord(found);
  return encodeRecord({ ...record, version, origin: originOf(record) });
}

const NOTHING = { tombstone: true, expiresAt: 0, contentType: '', value: new Uint8Array(0) };

/** That the key was never written: a tombstone. */
export function absence(key: Uint8Array, version: Version): EncodedRecord {
  return encodeRecord({ key, ...NOTHING, version, lineage: lineageAfter(undefined) });
}

/** That what was found has expired: a tombstone that follows on it, and says when that was. */
export function ended(found: EncodedRecord, version: Version): EncodedRecord {
  const { key, expiresAt } = decodeRecord(found);
  return madeFrom(found, { ...NOTHING, key, expiresAt }, version);
}

/** Whether a record is such a tombstone: those of deletes say no time. */
export function endsExpired(record: EncodedRecord): boolean {
  const { tombstone, expiresAt } = decodeRecord(record);
  return tombstone && expiresAt !== 0;
}

/**
 * What came later, of what was found and of a copy that a promise kept away. A round's own record
 * counts by its ballot, as if its owner had been asked, too. A plain write goes by when it was
 * made: rounds may have stored again, above it, what is older than it (see `../write.ts`).
 */
export function laterOf(
  found: EncodedRecord | undefined,
  copy: EncodedRecord | undefined,
): EncodedRecord | undefined {
  if (!copy || !found) return found ?? copy;
  const version = recordVersion(copy);
  const stamp = isBallot(version) ? recordVersion(found) : recordOrigin(found);
  return compareVersions(version, stamp) > 0 ? copy : found;
}
