/**
 * What a node gives away for a backup, as it travels and as it lies in a file:
 *
 *     u32 size, as many bytes of records, one behind the other (core/data/record.ts); repeated
 *     u32 0, u32 size, as many bytes of JSON: `PartEnd`, or `PartFailure` in its place
 *
 * A node gives two such parts, its hints and its rows, and the file has both, one behind the other.
 * What has no end was cut off, wherever that was. Records have their own checksums.
 */
import { type EncodedRecord, recordsIn } from '../data/record.js';
import { isNodeId, type NodeId } from '../data/version.js';
import { MAX_RECORD_BYTES } from './fields.js';

/** In the order in which they are asked for, and stand in a file. */
export const PARTS = ['hints', 'rows'] as const;
export type Part = (typeof PARTS)[number];

/** What was given, and by whom: it holds for the whole part. */
export interface PartEnd {
  readonly part: Part;
  readonly node: NodeId;
  readonly clusterId: string;
  /** Of the ring, all the time. */
  readonly epoch: number;
  /** How many records. */
  readonly records: number;
  /** Rows that fail their checksum, and were left out. */
  readonly unreadable: number;
  /** Milliseconds since 1970: a version beyond it cannot be of a clock that is right. */
  readonly latest: number;
}

/** `latest` where nobody has said it, as before there was one: everything is believed. */
export const ANY_TIME = Number.MAX_SAFE_INTEGER;

/** Why there is no more of it, in a sentence. */
export interface PartFailure {
  readonly failure: string;
}

/** Its message is a sentence that says what is wrong. */
export class BadStream extends Error {}

const SIZE_BYTES = 4;
const MOST_END_BYTES = 4096;

export function encodeBlock(records: readonly EncodedRecord[]): Buffer {
  const bytes = records.reduce((sum, { length }) => sum + length, 0);
  return Buffer.concat([sizeOf(bytes), ...records], SIZE_BYTES + bytes);
}

export function encodeEnd(end: PartEnd | PartFailure): Buffer {
  const json = Buffer.from(JSON.stringify(end));
  return Buffer.concat([sizeOf(0), sizeOf(json.length), json]);
}

function sizeOf(bytes: number): Buffer {
  const size = Buffer.alloc(SIZE_BYTES);
  size.writeUInt32BE(bytes);
  return size;
}

/** Of the records, slices of what was taken: their own checksums have not been looked at. */
export type StreamItem = EncodedRecord[] | PartEnd | PartFailure;

/** Takes a stream in pieces of any size. */
export class StreamReader {
  #pieces: Buffer[] = [];
  #length = 0;
  /** Bytes that make the next step possible. */
  #needed = SIZE_BYTES;

  /** Between two parts, or before the first. */
  #isEnded = true;

  /** Whether nothing is begun. */
  get isAtEnd(): boolean {
    return this.#isEnded && this.#length === 0;
  }

  /** What has become complete. Throws `BadStream`. */
  take(piece: Buffer): StreamItem[] {
    this.#pieces.push(piece);
    this.#length += piece.length;
    const items: StreamItem[] = [];
    if (this.#length < this.#needed) return items;
    let rest = this.#pieces.length === 1 ? piece : Buffer.concat(this.#pieces);
    for (;;) {
      const item = this.#next(rest);
      if (!item) break;
      rest = rest.subarray(item.bytes);
      items.push(item.item);
    }
    this.#pieces = [rest];
    this.#length = rest.length;
    return items;
  }

  #next(bytes: Buffer): { item: StreamItem; bytes: number } | undefined {
    if (!this.#has(bytes, SIZE_BYTES)) return undefined;
    const size = bytes.readUInt32BE(0);
    if (size === 0) return this.#end(bytes);
    // One block is one record, or many small ones.
    if (size > MAX_RECORD_BYTES) throw new BadStream('a block of it is larger than there is any');
    if (!this.#has(bytes, SIZE_BYTES + size)) return undefined;
    const records = recordsIn(bytes.subarray(SIZE_BYTES, SIZE_BYTES + size));
    if (!records) throw new BadStream('a block of it does not hold records');
    this.#isEnded = false;
    return { item: records, bytes: SIZE_BYTES + size };
  }

  #end(bytes: Buffer): { item: StreamItem; bytes: number } | undefined {
    if (!this.#has(bytes, 2 * SIZE_BYTES)) return undefined;
    const size = bytes.readUInt32BE(SIZE_BYTES);
    if (size > MOST_END_BYTES) throw new BadStream('an end of it is larger than there is any');
    const total = 2 * SIZE_BYTES + size;
    if (!this.#has(bytes, total)) return undefined;
    this.#isEnded = true;
    return { item: endIn(bytes.subarray(2 * SIZE_BYTES, total)), bytes: total };
  }

  #has(bytes: Buffer, needed: number): boolean {
    this.#needed = needed;
    return bytes.length >= needed;
  }
}

function endIn(json: Buffer): PartEnd | PartFailure {
  const end = parsed(json);
  if (typeof end.failure === 'string') return { failure: end.failure };
  const { part, node, clusterId, epoch, records, unreadable, latest = ANY_TIME } = end;
  const isEnd =
    PARTS.some((each) => each === part) &&
    isNodeId(node) &&
    typeof clusterId === 'string' &&
    [epoch, records, unreadable, latest].every(isCount);
  if (!isEnd) throw new BadStream('an end of it does not say what ends');
  return { part, node, clusterId, epoch, records, unreadable, latest } as PartEnd;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function parsed(json: Buffer): { readonly [name: string]: unknown } {
  try {
    return Object(JSON.parse(json.toString('utf8')));
  } catch {
    throw new BadStream('an end of it is not JSON');
  }
}
