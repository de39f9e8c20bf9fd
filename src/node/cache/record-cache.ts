/**
 * The records that were read or written lately, in memory of a fixed size.
 *
 * Algorithm: two generations. A record goes behind the one before it into the young one; when that
 * is full it is the old one, and what was old is forgotten. What is asked for and is old becomes
 * young again. So what is asked for often stays, and nobody has to look for what should go.
 *
 * Reference: CLOCK (Corbató, 1968) gives what was used a second chance; here all that was not used
 * goes at once.
 *
 * Rejected alternative: a map of keys to buffers, in the order of their use (LRU). An object for
 * each record makes small ones three times as large, each look changes the map, and the garbage
 * collector pays for both.
 */
import { type EncodedRecord, recordKey } from '../../core/data/record.js';
import { hashKey } from '../../core/hash.js';
import { Generation } from './generation.js';

/** Larger ones would push out many others, and take longer to copy than is saved. */
const LARGEST_BYTES = 16 << 10;
const LARGEST_SHARE = 1 / 16;

export class RecordCache {
  readonly #largest: number;
  #young: Generation;
  #old: Generation;

  /** Of so many bytes, and a sixteenth of that for the tables. */
  constructor(bytes: number) {
    const half = Math.floor(bytes / 2);
    this.#largest = Math.min(LARGEST_BYTES, Math.floor(half * LARGEST_SHARE));
    this.#young = new Generation(half);
    this.#old = new Generation(half);
  }

  /** A slice that is good until the next call: to be copied if it is kept. */
  get(key: Uint8Array): EncodedRecord | undefined {
    const hash = hashKey(key);
    const young = this.#young.get(key, hash);
    if (young) return young;
    const old = this.#old.get(key, hash);
    if (!old || this.#young.put(key, old, hash)) return old;
    // The generation that it stands in is about to be written over.
    const record = Buffer.from(old);
    this.#put(key, record, hash);
    return record;
  }

  /** In place of what there was of its key. */
  put(record: EncodedRecord): void {
    const key = recordKey(record);
    if (record.length > this.#largest) this.remove(key);
    else this.#put(key, record, hashKey(key));
  }

  remove(key: Uint8Array): void {
    const hash = hashKey(key);
    this.#young.remove(key, hash);
    this.#old.remove(key, hash);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }

  #put(key: Uint8Array, record: EncodedRecord, hash: number): void {
    if (this.#young.put(key, record, hash)) return;
    [this.#young, this.#old] = [this.#old, this.#young];
    this.#young.clear();
    this.#young.put(key, record, hash);
  }
}
