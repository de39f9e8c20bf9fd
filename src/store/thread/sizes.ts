/**
 * How many rows each partition has, and how many bytes their records: kept up to date with what is
 * written and saved by the same transaction, because to count is to read the head of every row.
 *
 * The counts of 256 partitions are one blob, with a checksum behind them, and a transaction saves
 * the blobs that it changed. What does not fit its checksum, or is not there yet, is counted.
 *
 * Rejected alternative: a row for each partition. A batch touches nearly as many partitions as it
 * has writes, and each would be an update of its own.
 */
import type { Database, Statement } from 'better-sqlite3';
import { checksum } from '../../core/hash.js';
import type { PartitionSize } from '../../ports.js';

const CHUNK_PARTITIONS = 256;
/** u32 of rows, f64 of bytes. */
const COUNTS_BYTES = 12;
const CHUNK_BYTES = CHUNK_PARTITIONS * COUNTS_BYTES;
const CHECKSUM_BYTES = 4;

export class Sizes {
  readonly #counts: DataView;
  readonly #changed = new Set<number>();
  readonly #save: Statement<[number, Buffer]>;
  /** Of all partitions. */
  rows = 0;

  /** Counts, if what was saved is not intact. */
  constructor(db: Database, partitions: number) {
    this.#counts = new DataView(new ArrayBuffer(partitions * COUNTS_BYTES));
    this.#save = db.prepare('INSERT OR REPLACE INTO sizes (chunk, counts) VALUES (?, ?)');
    if (!this.#load(db)) this.#count(db);
  }

  #load(db: Database): boolean {
    const saved = db.prepare<[number], unknown>('SELECT counts FROM sizes WHERE chunk = ?').pluck();
    for (let chunk = 0; chunk < this.#chunks; chunk++) {
      const held = saved.get(chunk);
      const counts = this.#chunk(chunk);
      if (!Buffer.isBuffer(held) || held.length !== counts.length + CHECKSUM_BYTES) return false;
      if (held.readUInt32LE(counts.length) !== checksum(held.subarray(0, counts.length))) {
        return false;
      }
      counts.set(held.subarray(0, counts.length));
    }
    for (const { rows } of this.list()) this.rows += rows;
    return true;
  }

  #count(db: Database): void {
    new Uint8Array(this.#counts.buffer).fill(0);
    for (let chunk = 0; chunk < this.#chunks; chunk++) this.#changed.add(chunk);
    const counted = db.prepare<[], [number, number, number]>(
      'SELECT partition, count(*), sum(length(record)) FROM records GROUP BY partition',
    );
    for (const [partition, rows, bytes] of counted.raw().iterate()) {
      this.add(partition, rows, bytes);
    }
  }

  /** Rows that come, or go if the numbers are negative. */
  add(partition: number, rows: number, bytes: number): void {
    if (rows === 0 && bytes === 0) return;
    const at = partition * COUNTS_BYTES;
    this.#counts.setUint32(at, this.#counts.getUint32(at, true) + rows, true);
    this.#counts.setFloat64(at + 4, this.#counts.getFloat64(at + 4, true) + bytes, true);
    this.#changed.add(Math.floor(partition / CHUNK_PARTITIONS));
    this.rows += rows;
  }

  /** Of every partition that has any rows. */
  list(): PartitionSize[] {
    const sizes: PartitionSize[] = [];
    for (let at = 0; at < this.#counts.byteLength; at += COUNTS_BYTES) {
      const rows = this.#counts.getUint32(at, true);
      const bytes = this.#counts.getFloat64(at + 4, true);
      if (rows > 0) sizes.push({ partition: at / COUNTS_BYTES, rows, bytes });
    }
    return sizes;
  }

  /** Part of every transaction that changes them. */
  save(): void {
    for (const chunk of this.#changed) {
      const counts = this.#chunk(chunk);
      const saved = Buffer.allocUnsafe(counts.length + CHECKSUM_BYTES);
      counts.copy(saved);
      saved.writeUInt32LE(checksum(counts), counts.length);
      this.#save.run(chunk, saved);
    }
    this.#changed.clear();
  }

  get #chunks(): number {
    return Math.ceil(this.#counts.byteLength / CHUNK_BYTES);
  }

  #chunk(chunk: number): Buffer {
    const start = chunk * CHUNK_BYTES;
    const size = Math.min(CHUNK_BYTES, this.#counts.byteLength - start);
    return Buffer.from(this.#counts.buffer as ArrayBuffer, start, size);
  }
}
