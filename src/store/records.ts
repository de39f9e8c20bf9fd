/**
 * The statements on one node's rows, and the rule of versions. Knows nothing of threads, batches
 * and transactions: what is here runs inside somebody's transaction, or reads.
 *
 * A row whose record fails its checksum, or belongs to another key, counts as absent: it is
 * answered `corrupt`, and any write replaces it. Were it to keep its place by its version, which
 * may be what is damaged, it could never be repaired.
 */
import type { Database, Statement } from 'better-sqlite3';
import { MalformedFrame, Reader, version as versionField } from '../core/codec.js';
import { type EncodedRecord, isIntactRecord, MAX_KEY_BYTES, recordKey } from '../core/record.js';
import { partitionOf } from '../core/ring.js';
import { NO_VERSION, type Version } from '../core/version.js';
import type { PageEntry } from '../ports.js';

const NO_KEY = Buffer.alloc(0);

/** The version in a record, as bytes that compare as versions do. */
export function versionBytes(record: EncodedRecord): Buffer {
  return record.subarray(4, 32);
}

// A flipped bit can change even the type of a column, so what is read is taken for anything.

function parseVersionBytes(bytes: unknown): Version | undefined {
  if (!Buffer.isBuffer(bytes)) return undefined;
  try {
    return versionField.take(new Reader(bytes));
  } catch (error) {
    if (error instanceof MalformedFrame) return undefined;
    throw error;
  }
}

/** Nothing that the index says can be trusted any more. */
export class DamagedIndex extends Error {
  constructor(partition: number) {
    super(`the index of partition ${partition} is damaged`);
  }
}

interface HeldRow {
  readonly version: Buffer;
  readonly record: Buffer;
}

export class Records {
  readonly #partitions: number;
  readonly #upsert: Statement<[number, number, Buffer, Buffer, Buffer]>;
  readonly #replace: Statement<[Buffer, Buffer, number, Buffer]>;
  readonly #held: Statement<[number, Buffer], HeldRow>;
  readonly #record: Statement<[number, Buffer], Buffer>;
  readonly #page: Statement<[number, Buffer, number], [Buffer, Buffer]>;
  readonly #saveRows: Statement<[number]>;
  /** Kept up to date and on the disk, since counting walks the whole index. */
  rows: number;
  #nextRowId: number;

  constructor(db: Database, partitions: number) {
    this.#partitions = partitions;
    // An equal version changes nothing either: see `write`.
    this.#upsert = db.prepare(
      `INSERT INTO records (rowid, partition, key, version, record) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (partition, key)
       DO UPDATE SET version = excluded.version, record = excluded.record
       WHERE excluded.version > version`,
    );
    this.#replace = db.prepare(
      'UPDATE records SET version = ?, record = ? WHERE partition = ? AND key = ?',
    );
    const held = 'FROM records WHERE partition = ? AND key = ?';
    this.#held = db.prepare(`SELECT version, record ${held}`);
    this.#record = db.prepare<[number, Buffer], Buffer>(`SELECT record ${held}`).pluck();
    this.#page = db.prepare<[number, Buffer, number], [Buffer, Buffer]>(
      `SELECT key, version FROM records WHERE partition = ? AND key > ? ORDER BY key LIMIT ?`,
    );
    this.#page.raw();
    const lastRowId = db.prepare<[], number | null>('SELECT max(rowid) FROM records').pluck();
    this.#nextRowId = (lastRowId.get() ?? 0) + 1;
    this.#saveRows = db.prepare('UPDATE shape SET rows = ?');
    this.rows = db.prepare<[], number>('SELECT rows FROM shape').pluck().get()!;
  }

  /** Part of every transaction that changes their number. */
  saveRows(): void {
    this.#saveRows.run(this.rows);
  }

  /**
   * Keeps the newest version. Returns the version held if it is newer; `corrupt` if the record
   * itself is damaged.
   */
  write(record: EncodedRecord): 'applied' | 'corrupt' | Buffer {
    if (!isIntactRecord(record)) return 'corrupt';
    const version = versionBytes(record);
    if (!parseVersionBytes(version)) return 'corrupt';
    const key = recordKey(record);
    const partition = partitionOf(key, this.#partitions);
    const rowId = this.#nextRowId++;
    const { changes, lastInsertRowid } = this.#upsert.run(rowId, partition, key, version, record);
    if (changes === 1) {
      // Only an insert takes the row id it is offered.
      if (lastInsertRowid === rowId) this.rows++;
      return 'applied';
    }
    const held = this.#held.get(partition, key);
    if (!held) throw new DamagedIndex(partition);
    if (!isIntact(key, held.record) || !isVersionOf(held.record, held.version)) {
      this.#replace.run(version, record, partition, key);
      return 'applied';
    }
    return held.version.equals(version) ? 'applied' : held.version;
  }

  read(key: Buffer): EncodedRecord | 'absent' | 'corrupt' {
    const record = this.#record.get(partitionOf(key, this.#partitions), key);
    if (record === undefined) return 'absent';
    return isIntact(key, record) ? record : 'corrupt';
  }

  /**
   * Versions are not checked against the records, which would have to be read for that; one that
   * is none at all is given as the oldest, so that it is fetched from whoever has it.
   */
  page({ partition, after = NO_KEY, limit }: PageQuery): PageEntry[] {
    let last = after;
    return this.#page.all(partition, after, limit).map(([key, version]) => {
      // Without this a damaged index could send the caller round and round.
      if (key.compare(last) <= 0 || key.length > MAX_KEY_BYTES) {
        throw new DamagedIndex(partition);
      }
      last = key;
      return { key, version: parseVersionBytes(version) ?? NO_VERSION };
    });
  }
}

interface PageQuery {
  readonly partition: number;
  readonly after?: Buffer | undefined;
  readonly limit: number;
}

function isIntact(key: Buffer, record: unknown): boolean {
  return Buffer.isBuffer(record) && isIntactRecord(record) && recordKey(record).equals(key);
}

function isVersionOf(record: EncodedRecord, version: unknown): boolean {
  return Buffer.isBuffer(version) && versionBytes(record).equals(version);
}
