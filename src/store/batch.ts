/**
 * The packed form in which requests and answers cross between the store and its thread.
 *
 * A batch is one ArrayBuffer, transferred, not copied: items of `tag u8, size u32, payload`, then a
 * zero. The answers to a batch are a batch, in the same order. What comes a thousand times, such as
 * a record, a key or a version, is a payload as it stands; the codec's fields describe the rest.
 *
 * Rejected alternative: posting objects. Structured clone takes them apart item by item, and a
 * cloned view of a buffer takes the whole buffer along.
 */
import {
  bytes,
  type Field,
  flag,
  list,
  maybe,
  Reader,
  struct,
  text,
  u32,
  uint53,
  version,
  Writer,
} from '../core/codec.js';
import { MAX_KEY_BYTES } from '../core/data/record.js';
import { MAX_LEAF_SET_BYTES } from '../core/tree/hash-tree.js';
import type { PromiseOutcome, ReadOutcome, VersionOutcome, WriteOutcome } from '../ports.js';
import type { DataDirProblem } from './data-dir.js';

export const TAG = {
  end: 0,
  // Requests that write.
  write: 1,
  setMeta: 2,
  /** Whether there is room on the disk. */
  probe: 3,
  prepare: 4,
  drop: 5,
  hint: 6,
  dropHints: 7,
  // Requests that read.
  read: 8,
  readVersion: 9,
  page: 10,
  tree: 11,
  sizes: 12,
  hints: 13,
  hintSizes: 14,
  status: 15,
  // Answers.
  applied: 20,
  superseded: 21,
  readOnly: 22,
  corrupt: 23,
  found: 24,
  absent: 25,
  promised: 26,
} as const;

export function isWrite(tag: number): boolean {
  return tag <= TAG.dropHints;
}

/** What comes from clients, and grows without end. */
export function isOfClients(tag: number): boolean {
  return tag === TAG.write || tag === TAG.prepare || tag === TAG.hint;
}

const INITIAL_BYTES = 16 << 10;
const ITEM_HEADER_BYTES = 5;
const NO_BYTES = Buffer.alloc(0);

export class BatchWriter {
  #bytes: Buffer = NO_BYTES;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(tag: number, payload: Uint8Array = NO_BYTES): void {
    const start = this.#length;
    const end = start + ITEM_HEADER_BYTES + payload.length;
    if (end > this.#bytes.length) this.#grow(end);
    this.#bytes[start] = tag;
    this.#bytes.writeUInt32BE(payload.length, start + 1);
    if (payload.length > 0) this.#bytes.set(payload, start + ITEM_HEADER_BYTES);
    this.#length = end;
  }

  #grow(size: number): void {
    const larger = Math.max(INITIAL_BYTES, size, this.#bytes.length * 2);
    const bytes = Buffer.allocUnsafeSlow(larger);
    this.#bytes.copy(bytes, 0, 0, this.#length);
    this.#bytes = bytes;
  }

  /** Hands over what was added, to be transferred; the writer starts anew. */
  finish(): ArrayBuffer {
    if (this.#length === this.#bytes.length) this.#grow(this.#length + 1);
    const batch = this.#bytes;
    batch[this.#length] = TAG.end;
    this.#bytes = NO_BYTES;
    this.#length = 0;
    return batch.buffer as ArrayBuffer;
  }
}

export interface Item {
  readonly tag: number;
  /** A slice of the batch, not a copy. */
  readonly payload: Buffer;
}

/** Walks along the items of a batch; it is itself the item it stands at. */
export class BatchReader implements Item {
  tag: number = TAG.end;
  readonly #bytes: Buffer;
  #start = 0;
  #end = 0;

  constructor(batch: ArrayBuffer) {
    this.#bytes = Buffer.from(batch);
  }

  /** False behind the last item. */
  next(): boolean {
    this.tag = this.#bytes[this.#end]!;
    if (this.tag === TAG.end) return false;
    this.#start = this.#end + ITEM_HEADER_BYTES;
    this.#end = this.#start + this.#bytes.readUInt32BE(this.#end + 1);
    return true;
  }

  get payload(): Buffer {
    return this.#bytes.subarray(this.#start, this.#end);
  }
}

export const metaField = struct({ name: text(1 << 10), text: text(64 << 20) });
const key = bytes(MAX_KEY_BYTES);
export const prepareField = struct({ key, ballot: version });
export const pageQueryField = struct({
  partition: u32,
  limit: u32,
  leaves: maybe(bytes(MAX_LEAF_SET_BYTES)),
  after: maybe(key),
});
export const pageField = struct({
  entries: list(struct({ key, version }), 0xffffffff),
  next: maybe(key),
});
export const treeQueryField = struct({ partition: u32, anew: flag });
export const dropQueryField = struct({ partition: u32, limit: u32 });
export const droppedField = struct({ rows: u32 });
export const sizesField = list(struct({ partition: u32, rows: uint53, bytes: uint53 }), 0xffffffff);
// Targets are texts: a flipped bit can make them anything.
const target = text(64);
export const hintField = struct({ target, expiresAt: uint53, record: bytes(0xffffffff) });
export const hintQueryField = struct({ target, limit: u32, bytes: u32 });
export const hintsField = list(
  struct({ id: uint53, record: bytes(0xffffffff), expiresAt: uint53 }),
  0xffffffff,
);
export const hintIdsField = list(uint53, 0xffffffff);
export const hintSizesField = list(
  struct({ target: text(0xffffffff), rows: uint53, bytes: uint53, expiresAt: uint53 }),
  0xffffffff,
);
/** Whether the store is read-only is known on the other side. */
export const statusField = struct({ rows: uint53, bytes: uint53, walBytes: uint53 });

export function pack<T>(field: Field<T>, value: T): Buffer {
  const writer = new Writer();
  field.put(writer, value);
  return writer.finish();
}

export function unpack<T>(field: Field<T>, payload: Buffer): T {
  return field.take(new Reader(payload));
}

const APPLIED: WriteOutcome = { kind: 'applied' };
export const READ_ONLY = { kind: 'readOnly' } as const;
const ABSENT = { kind: 'absent' } as const;
const CORRUPT = { kind: 'corrupt' } as const;

// The payload is sliced only where there is one.

export function writeOutcomeOf(answer: Item): WriteOutcome {
  if (answer.tag === TAG.applied) return APPLIED;
  if (answer.tag === TAG.readOnly) return READ_ONLY;
  if (answer.tag === TAG.corrupt) return CORRUPT;
  const kind = answer.tag === TAG.promised ? 'promised' : 'superseded';
  return { kind, version: unpack(version, answer.payload) };
}

export function readOutcomeOf(answer: Item): ReadOutcome {
  if (answer.tag === TAG.absent) return ABSENT;
  if (answer.tag === TAG.corrupt) return CORRUPT;
  return { kind: 'found', record: answer.payload };
}

export function versionOutcomeOf(answer: Item): VersionOutcome {
  if (answer.tag === TAG.absent) return ABSENT;
  if (answer.tag === TAG.corrupt) return CORRUPT;
  return { kind: 'found', version: unpack(version, answer.payload) };
}

export function promiseOutcomeOf(answer: Item): PromiseOutcome {
  if (answer.tag === TAG.absent) return { kind: 'promised', record: undefined };
  if (answer.tag === TAG.found) return { kind: 'promised', record: answer.payload };
  if (answer.tag === TAG.readOnly) return READ_ONLY;
  if (answer.tag === TAG.corrupt) return CORRUPT;
  return { kind: 'refused', version: unpack(version, answer.payload) };
}

export interface ThreadOptions {
  readonly dataDir: string;
  readonly partitions: number;
  readonly maxHintBytes: number;
}

/** The thread's first word. */
export type Opening =
  | { readonly kind: 'opened'; readonly meta: readonly (readonly [name: string, text: string])[] }
  | { readonly kind: 'refused'; readonly code: DataDirProblem; readonly message: string };
export type ToThread = ArrayBuffer | 'close';
/** Answers to the oldest batch that has none, or a last word. */
export type FromThread = ArrayBuffer | { readonly failure: string } | 'closed';
