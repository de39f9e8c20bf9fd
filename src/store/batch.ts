/**
 * The packed form in which requests and answers cross between the store and its thread.
 *
 * A batch is one ArrayBuffer, transferred, not copied: items of `tag u8, size u32, payload`, then a
 * zero. The answers to a batch are a batch, in the same order. Which tags there are, and what their
 * payloads hold: `operations.ts` and `answers.ts`.
 *
 * Rejected alternative: posting objects. Structured clone takes them apart item by item, and a
 * cloned view of a buffer takes the whole buffer along.
 */
import { type Field, Reader, Writer } from '../core/codec.js';

/** No item has this tag. */
const END = 0;
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
    // With room for the zero: a copy of much for one byte would be dear.
    if (end >= this.#bytes.length) this.#grow(end + 1);
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
    if (this.#length === 0) this.#grow(1);
    const batch = this.#bytes;
    batch[this.#length] = END;
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
  tag: number = END;
  readonly #bytes: Buffer;
  #start: number;
  #end: number;

  /** `from`: where an item begins, as `rest` of another reader says. */
  constructor(batch: ArrayBuffer, from = 0) {
    this.#bytes = Buffer.from(batch);
    this.#start = from;
    this.#end = from;
  }

  /** Where the item behind this one begins; undefined if this is the last. */
  get rest(): number | undefined {
    return this.#bytes[this.#end] === END ? undefined : this.#end;
  }

  /** False behind the last item. */
  next(): boolean {
    this.tag = this.#bytes[this.#end]!;
    if (this.tag === END) return false;
    this.#start = this.#end + ITEM_HEADER_BYTES;
    this.#end = this.#start + this.#bytes.readUInt32BE(this.#end + 1);
    return true;
  }

  get payload(): Buffer {
    return this.#bytes.subarray(this.#start, this.#end);
  }
}

export function pack<T>(field: Field<T>, value: T): Buffer {
  const writer = new Writer();
  field.put(writer, value);
  return writer.finish();
}

export function unpack<T>(field: Field<T>, payload: Buffer): T {
  return field.take(new Reader(payload));
}
