/**
 * What of the rows is over, and what of that is gone by agreement (`node/stabilizer/reaper.ts`).
 *
 * What is over is found by an index of its own, which holds nothing of rows that stay: a search
 * costs what it finds, and who writes what stays pays nothing for it. Records are not read, which
 * may be large: a flipped bit in a column makes one owner take a row for what it is not, but every
 * owner is asked.
 *
 * Up to where a partition was reaped stands in a row of its own, and in memory: every write asks.
 */
import type { Database, Statement } from 'better-sqlite3';
import { isVersionBytes, parseVersionBytes } from '../../../core/data/version-bytes.js';
import type { Ended, EndedIn } from '../../../ports.js';
import { Damaged } from '../problems.js';
import { promiseChecksum } from '../promises.js';

const NO_KEY = Buffer.alloc(0);

/** So many partitions are looked at in one go: two steps in the index each. */
const PARTITIONS_AT_ONCE = 256;
/** More are not counted. */
const MOST_COUNTED = 10_000;

interface EndedQuery {
  readonly partition: number;
  readonly before: number;
  readonly limit: number;
}

export type Removed = [key: unknown, version: unknown, bytes: unknown];

export class Reapings {
  readonly #upTo = new Map<number, Buffer>();
  readonly #save: Statement<[number, Buffer, number]>;
  readonly #endedIn: Statement<[number, number], [number, number]>;
  readonly #count: Statement<[number, number, number], number>;
  readonly #first: Statement<[number, number], number>;
  readonly #ended: Statement<[number, number, number], [unknown, unknown]>;
  readonly #isOver: Statement<[number, Buffer, Buffer, number], number>;
  readonly #remove: Statement<[number, Buffer, Buffer], Removed>;

  /** Throws `Damaged`: who forgets what was reaped may take for new what was deleted. */
  constructor(db: Database) {
    this.#save = db.prepare(
      'INSERT OR REPLACE INTO reaped (partition, version, checksum) VALUES (?, ?, ?)',
    );
    const next = (least: string) =>
      `SELECT partition FROM records INDEXED BY records_by_end
       WHERE partition ${least} AND ends_at IS NOT NULL ORDER BY partition LIMIT 1`;
    // From one partition to the next, whatever lies between them.
    this.#endedIn = db.prepare(
      `WITH RECURSIVE found(number) AS (
         SELECT (${next('>= ?')})
         UNION ALL
         SELECT (${next('> found.number')}) FROM found WHERE found.number IS NOT NULL
         LIMIT ${PARTITIONS_AT_ONCE}
       )
       SELECT number, EXISTS (
         SELECT 1 FROM records INDEXED BY records_by_end
         WHERE partition = found.number AND ends_at <= ?
       ) FROM found WHERE number IS NOT NULL`,
    );
    this.#endedIn.raw();
    const over = 'FROM records INDEXED BY records_by_end WHERE partition = ? AND ends_at <= ?';
    this.#count = db.prepare(`SELECT count(*) FROM (SELECT 1 ${over} LIMIT ?)`);
    this.#count.pluck();
    this.#first = db.prepare(`SELECT ends_at ${over} ORDER BY ends_at LIMIT 1`);
    this.#first.pluck();
    this.#ended = db.prepare(`SELECT key, version ${over} ORDER BY ends_at LIMIT ?`);
    this.#ended.raw();
    const held = 'FROM records WHERE partition = ? AND key = ? AND version = ?';
    this.#isOver = db.prepare(`SELECT 1 ${held} AND ends_at <= ?`);
    this.#isOver.pluck();
    this.#remove = db.prepare(
      `DELETE ${held}
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

  endedIn(from: number, before: number): EndedIn {
    const looked = this.#endedIn.all(from, before);
    const partitions = looked.filter(([, isOver]) => isOver === 1).map(([partition]) => partition);
    const last = looked.length === PARTITIONS_AT_ONCE ? looked.at(-1) : undefined;
    return { partitions, next: last && last[0] + 1 };
  }

  ended({ partition, before, limit }: EndedQuery): Ended {
    const since = this.#first.get(partition, before) ?? 0;
    const entries: Ended['entries'] = [];
    for (const [key, version] of this.#ended.iterate(partition, before, limit)) {
      if (!Buffer.isBuffer(key) || !isVersionBytes(version)) continue;
      entries.push({ key, version: parseVersionBytes(version) });
    }
    const rows = this.#count.get(partition, before, MOST_COUNTED) ?? 0;
    return { rows, since: Number.isSafeInteger(since) && since >= 0 ? since : 0, entries };
  }

  /** Whether a row is held in this version, and has been over since then at the latest. */
  isOver(partition: number, key: Buffer, version: Buffer, before: number): boolean {
    return this.#isOver.get(partition, key, version, before) !== undefined;
  }

  /** A row, if it is still held in this version. */
  remove(partition: number, key: Buffer, version: Buffer): Removed[] {
    return this.#remove.all(partition, key, version);
  }
}

/** As of a promise for no key. */
function reapedChecksum(partition: number, version: Buffer): number {
  return promiseChecksum(partition, NO_KEY, version);
}
