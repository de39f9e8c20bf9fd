/**
 * Reads rows whole, one after the other, to find those that are damaged: of most rows nobody asks
 * for years, and a disk does not say what it has lost until it is asked.
 */
import type { Database, Statement } from 'better-sqlite3';
import { isWhole } from '../../../core/data/held-row.js';
import { MAX_KEY_BYTES } from '../../../core/data/record.js';
import type { Inspected } from '../../../ports.js';
import { DamagedIndex } from '../problems.js';

type Columns = [key: Buffer, version: Buffer, record: Buffer, endsAt: unknown];

const NO_KEY = Buffer.alloc(0);

export interface InspectQuery {
  readonly partition: number;
  readonly after?: Buffer | undefined;
  readonly bytes: number;
}

/** At a time: each may be a page of the disk of its own, and everybody waits meanwhile. */
const MOST_ROWS = 200;

export class Inspection {
  readonly #rows: Statement<[number, Buffer], Columns>;

  constructor(db: Database) {
    this.#rows = db.prepare<[number, Buffer], Columns>(
      `SELECT key, version, record, ends_at FROM records
       WHERE partition = ? AND key > ? ORDER BY key`,
    );
    this.#rows.raw();
  }

  /** See `Store.inspect`. */
  inspect({ partition, after = NO_KEY, bytes: most }: InspectQuery): Inspected {
    const damaged: Buffer[] = [];
    let rows = 0;
    let bytes = 0;
    let last = after;
    for (const [key, version, record, endsAt] of this.#rows.iterate(partition, after)) {
      if (key.compare(last) <= 0 || key.length > MAX_KEY_BYTES) throw new DamagedIndex(partition);
      last = key;
      rows++;
      bytes += key.length + (Buffer.isBuffer(record) ? record.length : 0);
      if (!isWhole(key, { version, record, endsAt })) damaged.push(key);
      if (bytes >= most || rows >= MOST_ROWS) return { rows, bytes, damaged, next: last };
    }
    return { rows, bytes, damaged, next: undefined };
  }
}
