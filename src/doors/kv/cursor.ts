/**
 * Where a list goes on, as a word that clients hand back: a key, with a checksum over it and the
 * list that it is of. It is no secret and guards nothing; it keeps a cursor that was cut short, or
 * belongs to another list, from being taken for a place in this one.
 *
 * Rejected alternative: how many keys have been listed. Keys come and go meanwhile, and others
 * would be missed or listed twice.
 */
import { keyProblem } from '../../core/data/key.js';
import { checksum } from '../../core/hash.js';
import { Problem } from '../http/problem.js';

/** What makes a list another one. */
export interface ListScope {
  readonly prefix: Buffer;
  readonly after: Buffer | undefined;
  readonly before: Buffer | undefined;
  readonly reverse: boolean;
}

/** Of what is in a cursor; another form gets another number. */
const FORM = 1;
const CHECKSUM_BYTES = 4;
const CURSOR = /^[\w-]{7,2000}$/;

/** The cursor behind this key. */
export function cursorOf(scope: ListScope, key: Buffer): string {
  const bytes = Buffer.concat([Buffer.alloc(CHECKSUM_BYTES), key]);
  bytes.writeUInt32BE(checksumOf(scope, key), 0);
  return bytes.toString('base64url');
}

/** The key of a cursor; a `Problem` if it is none of this list. */
export function keyOfCursor(scope: ListScope, cursor: string): Buffer {
  const bytes = Buffer.from(CURSOR.test(cursor) ? cursor : '', 'base64url');
  const key = bytes.subarray(CHECKSUM_BYTES);
  const isOne = keyProblem(key) === undefined && bytes.readUInt32BE(0) === checksumOf(scope, key);
  if (isOne) return key;
  throw new Problem(
    'bad_request',
    'the cursor is none of this list: prefix, after, before and reverse stay as they were',
  );
}

function checksumOf({ prefix, after, before, reverse }: ListScope, key: Buffer): number {
  const parts = [prefix, after, before, key].map((part) => part?.toString('base64url') ?? '*');
  return checksum(Buffer.from([FORM, reverse, ...parts].join()));
}
