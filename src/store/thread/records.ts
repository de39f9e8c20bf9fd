/**
 * The rows of one node, and the rules by which they change: the newest version is kept, and
 * nothing is accepted below a promise. Knows nothing of threads, batches and transactions: what is
 * here runs inside somebody's transaction, or reads. Sizes, trees and promises are kept in memory
 * in step with the rows; when a transaction is rolled back they are not, and whoever does that
 * begins anew with another `Records`.
 *
 * A row whose record fails its checksum, or belongs to another key, is answered `corrupt`. It
 * counts as a promise of its version, which stands beside the record: what was accepted is lost,
 * but an older copy that comes late must not take its place and be served for it. An equal version
 * or a newer one heals it, and if nobody has one, a round does (as with every promise that stands
 * in the way of a copy). For pages and trees, which read no records, it is there under that
 * version.
 *
 * What a write replaces has to come out of tree and size. The upsert tells of it by itself,
 * through a function that SQL calls for the row in its way. Rejected alternatives, measured in
 * batches of 64: a SELECT first (a quarter more than this), and an INSERT that gives way to a
 * SELECT and an UPDATE by row id (as good for new keys, half as much again for held ones).
 */
import type { Database, Statement } from 'better-sqlite3';
import {
  type EncodedRecord,
  isIntactRecord,
  MAX_KEY_BYTES,
  recordKey,
} from '../../core/data/record.js';
import {
  isVersionBytes,
  listedVersion,
  parseVersionBytes,
  versionBytes,
} from '../../core/data/version-bytes.js';
import { partitionOf } from '../../core/ring/ring.js';
import { isInLeaves } from '../../core/tree/hash-tree.js';
import type { Page, PartitionSize } from '../../ports.js';
import { Promises } from './promises.js';
import { Sizes } from './sizes.js';
import { type ListedRow, Trees } from './trees.js';

const NO_KEY = Buffer.alloc(0);
/** Rows that are read at a time to build a tree. */
const TREE_PAGE_ROWS = 1000;

/** Nothing that the index says can be trusted any more. */
export class DamagedIndex extends Error {
  constructor(partition: number) {
    super(`the index of partition ${partition} is damaged`);
  }
}

/** A row as its columns are: a flipped bit can change even their types. */
interface HeldRow {
  readonly version: Buffer;
  readonly record: Buffer;
}

/** What a write finds in its place. */
interface Replaced {
  readonly version: unknown;
  readonly bytes: number;
}

type Removed = [key: unknown, version: unknown, bytes: unknown];

export type Promised = { readonly record: EncodedRecord | undefined };

/** The version that is in the way of another one. */
export type Obstacle = { readonly held: Buffer } | { readonly promised: Buffer };

export class Records {
  readonly #partitions: number;
  readonly #sizes: Sizes;
  readonly #trees = new Trees();
  readonly #promises: Promises;
  readonly #upsert: Statement<[number, number, Buffer, Buffer, Buffer]>;
  readonly #replace: Statement<[Buffer, Buffer, number, Buffer]>;
  readonly #row: Statement<[number, Buffer], HeldRow>;
  readonly #record: Statement<[number, Buffer], Buffer>;
  readonly #page: Statement<[number, Buffer, number], [Buffer, unknown]>;
  readonly #drop: Statement<[number, number], Removed>;
  #nextRowId: number;
  /** What the write that is under way has found in its place. */
  #inTheWay: Replaced | undefined;

  constructor(db: Database, partitions: number) {
    this.#partitions = partitions;
    this.#sizes = new Sizes(db, partitions);
    this.#promises = new Promises(db, partitions);
    db.function('found', { directOnly: true }, (version: unknown, bytes: unknown) => {
      this.#inTheWay = { version, bytes: Number(bytes) };
      return 1;
    });
    // An equal version changes nothing either: see `#keepNewest`. CASE, because the sides of an AND
    // may be evaluated in any order.
    this.#upsert = db.prepare(
      `INSERT INTO records (rowid, partition, key, version, record) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (partition, key)
       DO UPDATE SET version = excluded.version, record = excluded.record
       WHERE CASE found(version, length(record)) WHEN 1 THEN excluded.version > version END`,
    );
    this.#replace = db.prepare(
      'UPDATE records SET version = ?, record = ? WHERE partition = ? AND key = ?',
    );
    const held = 'FROM records WHERE partition = ? AND key = ?';
    this.#row = db.prepare(`SELECT version, record ${held}`);
    this.#record = db.prepare<[number, Buffer], Buffer>(`SELECT record ${held}`).pluck();
    this.#page = db.prepare<[number, Buffer, number], [Buffer, unknown]>(
      `SELECT key, version FROM records WHERE partition = ? AND key > ? ORDER BY key LIMIT ?`,
    );
    this.#page.raw();
    this.#drop = db.prepare<[number, number], Removed>(
      `DELETE FROM records
       WHERE rowid IN (SELECT rowid FROM records WHERE partition = ? ORDER BY key LIMIT ?)
       RETURNING key, version, length(record)`,
    );
    this.#drop.raw();
    const lastRowId = db.prepare<[], number | null>('SELECT max(rowid) FROM records').pluck();
    this.#nextRowId = (lastRowId.get() ?? 0) + 1;
  }

  get rows(): number {
    return this.#sizes.rows;
  }

  sizes(): PartitionSize[] {
    return this.#sizes.list();
  }

  /** Part of every transaction that writes. */
  saveSizes(): void {
    this.#sizes.save();
  }

  /**
   * Keeps the newest version. Returns the version held, or promised, if that is in the way;
   * `corrupt` if the record itself is damaged. What is held already is `applied` even below a
   * promise: whoever sends it again changes nothing and learns that it was accepted, which was
   * before the promise.
   */
  write(record: EncodedRecord): 'applied' | 'corrupt' | Obstacle {
    if (!isIntactRecord(record)) return 'corrupt';
    const version = versionBytes(record);
    const key = recordKey(record);
    const partition = partitionOf(key, this.#partitions);
    const ballot = this.#promises.get(partition, key);
    if (ballot && version.compare(ballot) < 0) {
      const held = this.#row.get(partition, key);
      const found = held && whatIsInTheWay(key, held, version);
      if (found === 'applied') return found;
      // What is promised for all keys may be older than what this one holds.
      return found && versionOf(found).compare(ballot) > 0 ? found : { promised: ballot };
    }
    const outcome = this.#keepNewest(partition, key, version, record);
    if (ballot) this.#promises.remove(partition, key);
    return outcome;
  }

  #keepNewest(
    partition: number,
    key: Buffer,
    version: Buffer,
    record: EncodedRecord,
  ): 'applied' | Obstacle {
    this.#inTheWay = undefined;
    const rowId = this.#nextRowId++;
    if (this.#upsert.run(rowId, partition, key, version, record).changes === 0) {
      const held = this.#row.get(partition, key);
      if (!held) throw new DamagedIndex(partition);
      const found = whatIsInTheWay(key, held, version);
      if (found) return found;
      this.#replace.run(version, record, partition, key);
    }
    this.#account(partition, key, version, record.length);
    return 'applied';
  }

  #account(partition: number, key: Buffer, version: Buffer, bytes: number): void {
    const held = this.#inTheWay;
    if (held) {
      this.#trees.replace(partition, key, held.version, version);
      this.#sizes.add(partition, 0, bytes - held.bytes);
    } else {
      this.#trees.toggle(partition, key, version);
      this.#sizes.add(partition, 1, bytes);
    }
  }

  /**
   * Promises to accept nothing below `ballot`, and returns what is held. Returns the version or the
   * ballot in the way instead, if there is one.
   */
  prepare(key: Buffer, ballot: Buffer): Promised | 'corrupt' | Buffer {
    const partition = partitionOf(key, this.#partitions);
    const held = this.#intactRow(partition, key);
    if (held !== 'corrupt' && held && ballot.compare(held.version) <= 0) return held.version;
    const promised = this.#promises.get(partition, key);
    if (promised && ballot.compare(promised) <= 0) return promised;
    if (held === 'corrupt') return 'corrupt';
    this.#promises.set(partition, key, ballot);
    return { record: held?.record };
  }

  read(key: Buffer): EncodedRecord | 'absent' | 'corrupt' {
    const record = this.#record.get(partitionOf(key, this.#partitions), key);
    if (record === undefined) return 'absent';
    return isIntact(key, record) ? record : 'corrupt';
  }

  #intactRow(partition: number, key: Buffer): HeldRow | 'corrupt' | undefined {
    const row = this.#row.get(partition, key);
    if (!row) return undefined;
    return isIntactRow(key, row) ? row : 'corrupt';
  }

  /** Versions are not checked against the records, which would have to be read for that. */
  page({ partition, leaves, after = NO_KEY, limit }: PageQuery): Page {
    const rows = this.#rowsBehind(partition, after, limit);
    const chosen = leaves ? rows.filter(({ key }) => isInLeaves(leaves, key)) : rows;
    const entries = chosen.map(({ key, version }) => ({
      key,
      version: parseVersionBytes(listedVersion(version)),
    }));
    return { entries, next: rows.length < limit ? undefined : rows.at(-1)?.key };
  }

  #rowsBehind(partition: number, after: Buffer, limit: number): ListedRow[] {
    let last = after;
    return this.#page.all(partition, after, limit).map(([key, version]) => {
      // Without this a damaged index could send the caller round and round.
      if (key.compare(last) <= 0 || key.length > MAX_KEY_BYTES) {
        throw new DamagedIndex(partition);
      }
      last = key;
      return { key, version };
    });
  }

  tree(partition: number): Buffer {
    return this.#trees.get(partition) ?? this.#trees.build(partition, this.#rowsOf(partition));
  }

  /** It is built from the rows when it is asked for again. */
  forgetTree(partition: number): void {
    this.#trees.forget(partition);
  }

  *#rowsOf(partition: number): Generator<ListedRow> {
    let after: Buffer = NO_KEY;
    for (;;) {
      const rows = this.#rowsBehind(partition, after, TREE_PAGE_ROWS);
      yield* rows;
      if (rows.length < TREE_PAGE_ROWS) return;
      after = rows.at(-1)!.key;
    }
  }

  /** Removes up to `limit` rows of a partition and all its promises; returns how many rows. */
  drop({ partition, limit }: { partition: number; limit: number }): number {
    this.#promises.drop(partition);
    const removed = this.#drop.all(partition, limit);
    for (const [key, version, bytes] of removed) {
      if (!Buffer.isBuffer(key)) throw new DamagedIndex(partition);
      this.#trees.toggle(partition, key, version);
      this.#sizes.add(partition, -1, -Number(bytes));
    }
    if (removed.length < limit) this.#trees.forget(partition);
    return removed.length;
  }
}

interface PageQuery {
  readonly partition: number;
  readonly leaves?: Buffer | undefined;
  readonly after?: Buffer | undefined;
  readonly limit: number;
}

function isIntact(key: Buffer, record: unknown): boolean {
  return Buffer.isBuffer(record) && isIntactRecord(record) && recordKey(record).equals(key);
}

function isIntactRow(key: Buffer, { version, record }: HeldRow): boolean {
  return isIntact(key, record) && Buffer.isBuffer(version) && versionBytes(record).equals(version);
}

/** Of a version: what a row has against it, or that it is there already. */
function whatIsInTheWay(
  key: Buffer,
  row: HeldRow,
  version: Buffer,
): 'applied' | Obstacle | undefined {
  if (isIntactRow(key, row)) {
    const order = row.version.compare(version);
    if (order === 0) return 'applied';
    return order > 0 ? { held: row.version } : undefined;
  }
  const lost = versionOfDamaged(key, row);
  return lost && lost.compare(version) > 0 ? { promised: lost } : undefined;
}

function versionOf(obstacle: Obstacle): Buffer {
  return 'held' in obstacle ? obstacle.held : obstacle.promised;
}

/** Undefined if there is no telling. */
function versionOfDamaged(key: Buffer, { version, record }: HeldRow): Buffer | undefined {
  if (isIntact(key, record)) return versionBytes(record);
  return isVersionBytes(version) ? version : undefined;
}
