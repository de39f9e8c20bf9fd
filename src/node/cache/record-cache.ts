/**
 * The records that were read or written lately, in memory of a fixed size.
 *
 * Algorithm: two generations. A record goes behind the one before it into the young one; when that
 * is full it is the old one, and what was old is forgotten. What is asked for and is old becomes
 * young again. So what is asked for often stays, and nobody has to look for what should go.
 *
 * Reference: two generations stand for "lately" as in SIEVE and in the caches of Go's `fastcache`.
 *
 * Rejected alternative: a map of keys to buffers, in the order of their use (LRU). An object for
 * each record makes small ones three times as large, each look changes the map, and the garbage
 * collector pays for both.
 */
import { type EncodedRecord, recordKey } from '../../core/data/record.js';

/** The length of a record stands before it. */
const LENGTH_BYTES = 4;
/** Less than this counts as this: about what is needed to find a record. */
const LEAST_BYTES = 128;
/** Larger ones would push out many others, and take longer to copy than is saved. */
const LARGEST_BYTES = 16 << 10;
const LARGEST_SHARE = 1 / 16;

class Generation {
  readonly #bytes: Buffer;
  /** Where the record of a key stands; keys as Latin-1. */
  readonly #places = new Map<string, number>();
  /** The next goes there. */
  #end = 0;

  constructor(bytes: number) {
    // Memory that nothing was written to is not taken from the system.
    this.#bytes = Buffer.allocUnsafeSlow(bytes);
  }

  get(name: string): EncodedRecord | undefined {
    const place = this.#places.get(name);
    if (place === undefined) return undefined;
    const start = place + LENGTH_BYTES;
    return this.#bytes.subarray(start, start + this.#bytes.readUInt32BE(place));
  }

  /** False if there is no room for it. */
  put(name: string, record: EncodedRecord): boolean {
    const held = this.#places.get(name);
    const isAsLong = held !== undefined && this.#bytes.readUInt32BE(held) === record.length;
    const place = isAsLong ? held : this.#end;
    if (!isAsLong) {
      const end = place + Math.max(LEAST_BYTES, LENGTH_BYTES + record.length);
      if (end > this.#bytes.length) return false;
      this.#end = end;
      this.#places.set(name, place);
      this.#bytes.writeUInt32BE(record.length, place);
    }
    this.#bytes.set(record, place + LENGTH_BYTES);
    return true;
  }

  remove(name: string): void {
    this.#places.delete(name);
  }

  clear(): void {
    this.#places.clear();
    this.#end = 0;
  }
}

export class RecordCache {
  readonly #largest: number;
  #young: Generation;
  #old: Generation;

  /** Of so many bytes, beside a map of the keys. */
  constructor(bytes: number) {
    const half = Math.floor(bytes / 2);
    this.#largest = Math.min(LARGEST_BYTES, Math.floor(half * LARGEST_SHARE));
    this.#young = new Generation(half);
    this.#old = new Generation(half);
  }

  /** A slice that is good until the next call: to be copied if it is kept. */
  get(key: Uint8Array): EncodedRecord | undefined {
    const name = nameOf(key);
    const young = this.#young.get(name);
    if (young) return young;
    const old = this.#old.get(name);
    if (!old) return undefined;
    if (this.#young.put(name, old)) return this.#young.get(name);
    // It would be the first of a new generation, made where it stands itself.
    const record = Buffer.from(old);
    this.#add(name, record);
    return record;
  }

  /** In place of what there was of its key. */
  put(record: EncodedRecord): void {
    const key = recordKey(record);
    if (record.length > this.#largest) this.remove(key);
    else this.#add(nameOf(key), record);
  }

  remove(key: Uint8Array): void {
    const name = nameOf(key);
    this.#young.remove(name);
    this.#old.remove(name);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }

  #add(name: string, record: EncodedRecord): void {
    if (this.#young.put(name, record)) return;
    [this.#young, this.#old] = [this.#old, this.#young];
    this.#young.clear();
    this.#young.put(name, record);
  }
}

function nameOf(key: Uint8Array): string {
  const bytes = Buffer.isBuffer(key) ? key : Buffer.from(key.buffer, key.byteOffset, key.length);
  return bytes.toString('latin1');
}
