/**
 * Records in one piece of memory, one behind the other, and a table of where each key's stands.
 *
 * The table is open addressing with linear probing over numbers: it is as large as it will ever be
 * from the start, at most half full, and has no objects. Rejected alternative: a `Map` by key. It
 * grows by copying itself, 90 ms at once where 16 MiB of small records had filled it, and keeps a
 * text for each key.
 */

import { type EncodedRecord, recordKey } from '../../core/data/record.js';
import { hashKey } from '../../core/hash.js';

/** Before each record: its length, with a bit for one that is gone, and the hash of its key. */
const HEAD_BYTES = 8;
const GONE = 0x8000_0000;
/** What a record takes at least: it bounds how many there can be. */
const LEAST_BYTES = 128;
const SLOTS_PER_RECORD = 2;

export class Generation {
  readonly #bytes: Buffer;
  /** Where a record stands, plus one; 0 where none does. */
  readonly #slots: Uint32Array;
  readonly #mask: number;
  /** The next record goes there. */
  #end = 0;

  /** Of so many bytes, which are taken from the system as they fill. */
  constructor(bytes: number) {
    this.#bytes = Buffer.allocUnsafeSlow(bytes);
    const records = Math.max(1, Math.floor(bytes / LEAST_BYTES));
    const slots = 2 ** Math.ceil(Math.log2(SLOTS_PER_RECORD * records));
    this.#slots = new Uint32Array(slots);
    this.#mask = slots - 1;
  }

  /** A part of this memory. */
  get(key: Uint8Array, hash = hashKey(key)): EncodedRecord | undefined {
    const place = this.#placeAt(this.#slotOf(key, hash));
    if (place === undefined) return undefined;
    const length = this.#bytes.readUInt32BE(place);
    return length & GONE ? undefined : this.#recordAt(place, length);
  }

  /** False if there is no room for it, and then none of its key. */
  put(key: Uint8Array, record: EncodedRecord, hash = hashKey(key)): boolean {
    const slot = this.#slotOf(key, hash);
    const held = this.#placeAt(slot);
    const isAsLong = held !== undefined && this.#lengthAt(held) === record.length;
    const place = isAsLong ? held : this.#end;
    if (!isAsLong) {
      const end = place + Math.max(LEAST_BYTES, HEAD_BYTES + record.length);
      if (end > this.#bytes.length) {
        if (held !== undefined) this.#leave(held);
        return false;
      }
      this.#end = end;
      this.#slots[slot] = place + 1;
    }
    this.#bytes.writeUInt32BE(record.length, place);
    this.#bytes.writeUInt32BE(hash, place + 4);
    this.#bytes.set(record, place + HEAD_BYTES);
    return true;
  }

  remove(key: Uint8Array, hash = hashKey(key)): void {
    const place = this.#placeAt(this.#slotOf(key, hash));
    if (place !== undefined) this.#leave(place);
  }

  clear(): void {
    if (this.#end > 0) this.#slots.fill(0);
    this.#end = 0;
  }

  /** It stays in the table: those behind it are found by going past it. */
  #leave(place: number): void {
    this.#bytes.writeUInt32BE((this.#lengthAt(place) | GONE) >>> 0, place);
  }

  /** Where the key stands in the table, or where it would. */
  #slotOf(key: Uint8Array, hash: number): number {
    let slot = hash & this.#mask;
    for (;;) {
      const place = this.#placeAt(slot);
      if (place === undefined || this.#isOf(key, hash, place)) return slot;
      slot = (slot + 1) & this.#mask;
    }
  }

  #placeAt(slot: number): number | undefined {
    const place = this.#slots[slot]!;
    return place === 0 ? undefined : place - 1;
  }

  #isOf(key: Uint8Array, hash: number, place: number): boolean {
    if (this.#bytes.readUInt32BE(place + 4) !== hash) return false;
    return recordKey(this.#recordAt(place, this.#lengthAt(place))).equals(key);
  }

  #lengthAt(place: number): number {
    return this.#bytes.readUInt32BE(place) & ~GONE;
  }

  #recordAt(place: number, length: number): EncodedRecord {
    const start = place + HEAD_BYTES;
    return this.#bytes.subarray(start, start + length);
  }
}
