/**
 * The lineage of a value: which writes with an operation id it comes from. By it a retry knows that
 * its first try was made and has been written over since, and under which version; and, if it is
 * not named, whether that proves that there was none.
 *
 * Intuition: every record that a round makes is made from the one before it, so it can carry on
 * what that one knew. A list of the last few writes that have an id, and the version since which it
 * leaves out none, are enough: a write that demands an ETag was made after the value with that
 * ETag.
 *
 * A plain write knows nothing of what it replaces, and ends what can be known.
 *
 *     0  28  since: of the writes made after this version none is left out
 *    28  44  of each, the newest first: the version under which it was made, and its id (16)
 *
 * Reference: the table of clients' last requests in Raft (Ongaro, 2014, section 6.3), which is the
 * state of all keys there. Rejected alternative: such a table beside the records; it would need an
 * agreement of its own, and have to be moved when owners change.
 */
import {
  type EncodedRecord,
  MAX_NAMED,
  NAMED_BYTES,
  recordLineage,
  recordOperation,
  recordOrigin,
} from './record.js';
import { NO_VERSION, type Version } from './version.js';
import { bytesOfVersion, parseVersionBytes, VERSION_BYTES } from './version-bytes.js';

/** Of what is made from this record; of what is made from nothing. */
export function lineageAfter(record: EncodedRecord | undefined): Buffer {
  if (!record) return bytesOfVersion(NO_VERSION);
  const origin = bytesOfVersion(recordOrigin(record));
  const known = recordLineage(record) ?? origin;
  const operation = recordOperation(record);
  if (!operation) return Buffer.from(known);
  const named = known.subarray(VERSION_BYTES);
  const isFull = named.length === MAX_NAMED * NAMED_BYTES;
  const kept = isFull ? named.subarray(0, -NAMED_BYTES) : named;
  const since = isFull ? named.subarray(-NAMED_BYTES).subarray(0, VERSION_BYTES) : known;
  return Buffer.concat([since.subarray(0, VERSION_BYTES), origin, operation, kept]);
}

/**
 * Of the writes made after this version, which a record comes from, all that have an id are known.
 */
export function knownSince(record: EncodedRecord | undefined): Version {
  if (!record) return NO_VERSION;
  const lineage = recordLineage(record);
  return lineage ? parseVersionBytes(lineage) : recordOrigin(record);
}

/** The version under which a write that a record comes from was made, if it is known to be one. */
export function madeUnder(record: EncodedRecord, operation: Uint8Array): Version | undefined {
  const lineage = recordLineage(record);
  if (!lineage) return undefined;
  for (let at = VERSION_BYTES; at < lineage.length; at += NAMED_BYTES) {
    const id = lineage.subarray(at + VERSION_BYTES, at + NAMED_BYTES);
    if (id.equals(operation)) return parseVersionBytes(lineage.subarray(at, at + VERSION_BYTES));
  }
  return undefined;
}
