/**
 * What a client and a node check of what they hand each other: a key, and the value that belongs to
 * it. The checksum of a record (`record.ts`) covers these as well, but also the version, which only
 * the coordinator knows; so at the coordinator one checksum takes over from the other.
 *
 * Each part is the seed of the next one: what moves from one part to another changes it, and
 * nothing has to be copied together.
 */
import { checksum } from '../hash.js';

export function keyChecksum(key: Uint8Array): number {
  return checksum(key);
}

export function contentChecksum(key: Uint8Array, contentType: string, value: Uint8Array): number {
  return checksum(value, checksum(typeBytes(contentType), checksum(key)));
}

/** The last content type, as most values have the same one. */
let lastType = '';
let lastBytes: Uint8Array = Buffer.alloc(0);

function typeBytes(contentType: string): Uint8Array {
  if (contentType === lastType) return lastBytes;
  lastType = contentType;
  lastBytes = Buffer.from(contentType, 'latin1');
  return lastBytes;
}
