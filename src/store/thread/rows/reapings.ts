/**
 * What of the rows is over, and what of that is gone by agreement (`node/stabilizer/reaper.ts`).
 *
 * What is over is found by an index of its own, which holds nothing of rows that stay: a search
 * costs what it finds, and who writes what stays pays nothing for it.
 *
 * Up to where a partition was reaped stands in a row of its own, and in memory: every write asks.
 */
import type { Database, Statement } from 'better-sqlite3';
import { type EncodedRecord, recordEnd } from '../../../core/data/record.js';
import {
  isVersionBytes,
  parseVersionBytes,
  versionBytes,
} from '../../../core/data/version-bytes.js';
import { checksum } from '../../../core/hash.js';
import type { Ended } from '../../../ports.js';
import { Damaged } from '../problems.js';

export type Removed = [key: unknown, version: unknown, bytes: unknown];

export class Reapings {
  readonly #upTo = new Map<number, Buffer>();
  readonly #save: Statement<[number, Buffer, number]>;
  readonly #count: Statement<[number, number], [number, number | null]>;
  readonly #ended: Statement<[number, number, number], [unknown, unknown]>;
  readonly #remove: Statement<[number, Buffer, Buffer], Removed>;

  /** Throws `Damaged`: who forgets what was reaped may take for new what was deleted. */
  constructor(db: Database) {
    this.#save = db.prepare(
      'INSERT OR REPLACE INTO reaped (partition, version, checksum) VALUES (?, ?, ?)',
    );
    const over = 'FROM records INDEXED BY records_by_end WHERE partition = ? AND ends_at <= ?';
    this.#count = db.prepare(`SELECT count(*), min(ends_at) ${over}`);
    this.#count.raw();
    this.#ended = db.prepare(`SELECT key, record ${over} ORDER BY ends_at LIMIT ?`);
    this.#ended.raw();
    this.#remove = db.prepare(
      `DELETE FROM records WHERE partition = ? AND key = ? AND version = ?
       RETURNING key, version, length(record)`,
    );
    this.#remove.raw();
    const all = db.prepare<[], [number, unknown, unknown]>(
      'SELECT partition, version, checksum FROM reaped',
    );
    for (const [partition, version, held] of all.raw().iterate()) {
      if (!isVersionBytes(version) || held !== reapedChecksum(partition, version)) {
        throw new Damaged(`what was reaped of partition ${partition} fails its checksum`);
      }
      this.#upTo.set(partition, Buffer.from(version));
    }
  }

  get(partition: number): Buffer | undefined {
    return this.#upTo.get(partition);
  }

  /** It never goes back. */
  raise(partition: number, upTo: Buffer): void {
    const reaped = this.#upTo.get(partition);
    if (reaped && reaped.compare(upTo) >= 0) return;
    this.#save.run(partition, upTo, reapedChecksum(partition, upTo));
    this.#upTo.set(partition, upTo);
  }

  ended(
    partition: number,
    before: number,
    limit: number,
    isIntact: (key: Buffer, record: unknown) => record is EncodedRecord,
  ): Ended {
    const [rows, since] = this.#count.get(partition, before) ?? [0, null];
    const entries: Ended['entries'] = [];
    for (const [key, record] of this.#ended.iterate(partition, before, limit)) {
      if (!Buffer.isBuffer(key) || !isIntact(key, record)) continue;
      // A flipped bit can make of a row that stays one that is over.
      const end = recordEnd(record);
      if (end === undefined || end > before) continue;
      entries.push({ key, version: parseVersionBytes(versionBytes(record)) });
    }
    return { rows, since: since ?? 0, entries };
  }

  /** A row, if it is still held in this version. */
  remove(partition: number, key: Buffer, version: Buffer): Removed[] {
    return this.#remove.all(partition, key, version);
  }
}

function reapedChecksum(partition: number, version: Buffer): number {
  const signed = Buffer.allocUnsafe(4 + version.length);
  signed.writeUInt32BE(partition);
  signed.set(version, 4);
  return checksum(signed);
}
