/**
 * The rows of one node, which change by the acceptor's rule (`core/acceptor.ts`). Knows nothing of
 * threads, batches and transactions: what is here runs inside somebody's transaction, or reads.
 * Sizes, trees and promises are kept in memory in step with the rows; when a transaction is rolled
 * back they are not, and whoever does that begins anew with another `Records`.
 *
 * A row whose record fails its checksum, or belongs to another key, is answered `corrupt`. Its
 * version stands beside the record as well, and what was accepted counts as a promise of that. For
 * pages and trees, which read no records, the row is there under that version.
 *
 * Nearly every write meets nothing newer: one statement finds that out and stores it, and only
 * what it turns down, or what is below a promise, is judged. A test holds it against the rule.
 * What a write replaces has to come out of tree and size. The upsert tells of it by itself,
 * through a function that SQL calls for the row in its way. Rejected alternatives, measured in
 * batches of 64: a SELECT first (a quarter more than this), and an INSERT that gives way to a
 * SELECT and an UPDATE by row id (as good for new keys, half as much again for held ones).
 */
import type { Database, Statement } from 'better-sqlite3';
import { judge, judgePrepare, judgeReaped, type Reaped } from '../../core/acceptor.js';
import { assert, present } from '../../core/assert.js';
import { hasItsEnd, heldIn, isIntact, type WholeRow } from '../../core/data/held-row.js';
import {
  type EncodedRecord,
  isIntactRecord,
  MAX_KEY_BYTES,
  recordEnd,
  recordKey,
  VERSION_START,
} from '../../core/data/record.js';
import type { ScanPage } from '../../core/data/scan-page.js';
import type { Version } from '../../core/data/version.js';
import {
  bytesOfVersion,
  listedVersion,
  parseVersionBytes,
  VERSION_BYTES,
  versionBytes,
} from '../../core/data/version-bytes.js';
import { partitionOf } from '../../core/ring/key-owners.js';
import { isInLeaves } from '../../core/tree/hash-tree.js';
import { type ListedRow, Trees } from '../../core/tree/trees.js';
import type { Ended, EndedIn, Page, PageEntry, PartitionSize, ScanQuery } from '../../ports.js';
import type { PrepareAnswer, Read, WriteJudgement } from '../answers.js';
import { DamagedIndex } from './problems.js';
import { Promises } from './promises.js';
import { Reapings, type Removed } from './rows/reapings.js';
import { Scanner } from './rows/scan.js';
import { Sizes } from './sizes.js';

const NO_KEY = Buffer.alloc(0);
/** What a write finds in its place. */
interface Replaced {
  readonly version: unknown;
  readonly bytes: number;
}

/** In SQL. */
const VERSION_IN_RECORD = `substr(records.record, ${VERSION_START + 1}, ${VERSION_BYTES})`;

const ACCEPT: WriteJudgement = { kind: 'accept' };
const CORRUPT: WriteJudgement = { kind: 'corrupt' };

export class Records {
  readonly #partitions: number;
  readonly #sizes: Sizes;
  readonly #trees = new Trees();
  readonly #promises: Promises;
  readonly #reapings: Reapings;
  readonly #upsert: Statement<[number, number, Buffer, Buffer, Buffer, number | null]>;
  readonly #replace: Statement<[Buffer, Buffer, number | null, number, Buffer]>;
  readonly #row: Statement<[number, Buffer], WholeRow>;
  readonly #record: Statement<[number, Buffer], Buffer>;
  readonly #recordUpTo: Statement<[number, number, Buffer], unknown>;
  readonly #page: Statement<[number, Buffer, number], [Buffer, unknown]>;
  readonly #drop: Statement<[number, number], Removed>;
  readonly #scanner: Scanner;
  #nextRowId: number;
  /** What the write that is under way has found in its place. */
  #inTheWay: Replaced | undefined;

  constructor(db: Database, partitions: number) {
    this.#partitions = partitions;
    this.#sizes = new Sizes(db, partitions);
    this.#promises = new Promises(db, partitions);
    this.#reapings = new Reapings(db);
    db.function('found', { directOnly: true }, (version: unknown, bytes: unknown) => {
      this.#inTheWay = { version, bytes: Number(bytes) };
      return 1;
    });
    // An equal version changes nothing either: the rule decides on it, and on a row whose column
    // and record name two versions. CASE: the sides of an AND may be evaluated in any order.
    this.#upsert = db.prepare(
      `INSERT INTO records (rowid, partition, key, version, record, ends_at)
       VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (partition, key)
       DO UPDATE SET
         version = excluded.version, record = excluded.record, ends_at = excluded.ends_at
       WHERE CASE found(version, length(record))
         WHEN 1 THEN excluded.version > version AND ${VERSION_IN_RECORD} = version END`,
    );
    this.#replace = db.prepare(
      'UPDATE records SET version = ?, record = ?, ends_at = ? WHERE partition = ? AND key = ?',
    );
    const held = 'FROM records WHERE partition = ? AND key = ?';
    this.#row = db.prepare(`SELECT version, record, ends_at AS endsAt ${held}`);
    this.#record = db.prepare<[number, Buffer], Buffer>(`SELECT record ${held}`).pluck();
    // NULL stands for one that is larger: of that only the length is read.
    this.#recordUpTo = db.prepare<[number, number, Buffer], unknown>(
      `SELECT CASE WHEN length(record) <= ? THEN record END ${held}`,
    );
    this.#recordUpTo.pluck();
    this.#page = db.prepare<[number, Buffer, number], [Buffer, unknown]>(
      `SELECT key, version FROM records WHERE partition = ? AND key > ? ORDER BY key LIMIT ?`,
    );
    this.#page.raw();
    this.#drop = db.prepare(
      `DELETE FROM records
       WHERE rowid IN (SELECT rowid FROM records WHERE partition = ? ORDER BY key LIMIT ?)
       RETURNING key, version, length(record)`,
    );
    this.#drop.raw();
    this.#scanner = new Scanner(db, partitions, (...row) => this.#readUpTo(...row));
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

  /** Stores a record if the acceptor's rule lets it; `corrupt`: the record itself is damaged. */
  write(record: EncodedRecord): WriteJudgement {
    return this.#take(record, true);
  }

  /** As `write`, of what another owner holds: what was reaped is not in its way. */
  copy(record: EncodedRecord): WriteJudgement {
    return this.#take(record, false);
  }

  #take(record: EncodedRecord, heedsReaped: boolean): WriteJudgement {
    if (!isIntactRecord(record)) return CORRUPT;
    const version = versionBytes(record);
    const key = recordKey(record);
    const partition = partitionOf(key, this.#partitions);
    const reaped = heedsReaped ? this.#judgeReaped(partition, key, version) : undefined;
    if (reaped) return reaped;
    this.#inTheWay = undefined;
    const promised = this.#promises.get(partition, key);
    const isBelow = promised !== undefined && version.compare(promised) < 0;
    if (isBelow || !this.#upsertIfNewer(partition, key, version, record)) {
      const row = this.#row.get(partition, key);
      const judgement = judge(Buffer.compare, row && heldIn(key, row), promised, version);
      const lacksEnd = judgement.kind === 'held' && !hasItsEnd(present(row, 'what is held'));
      if (judgement.kind === 'restore' || lacksEnd) {
        this.#inTheWay = { version, bytes: present(row, 'the damaged row').record.length };
      } else if (judgement.kind !== 'accept') return judgement;
      const isNew = judgement.kind === 'accept';
      assert(!isBelow || !isNew, 'nothing new is accepted below a promise');
      const end = recordEnd(record) ?? null;
      const { changes } = this.#replace.run(version, record, end, partition, key);
      if (changes !== 1) throw new DamagedIndex(partition);
    }
    this.#account(partition, key, version, record.length);
    if (promised && !isBelow) this.#promises.remove(partition, key);
    return ACCEPT;
  }

  #judgeReaped(partition: number, key: Buffer, version: Buffer): Reaped<Buffer> | undefined {
    const reaped = this.#reapings.get(partition);
    if (!reaped || version.compare(reaped) > 0) return undefined;
    return judgeReaped(Buffer.compare, this.#row.get(partition, key), reaped, version);
  }

  /** True, and it is stored, if there is no row of this key or an older one. */
  #upsertIfNewer(partition: number, key: Buffer, version: Buffer, record: EncodedRecord): boolean {
    const end = recordEnd(record) ?? null;
    return this.#upsert.run(this.#nextRowId++, partition, key, version, record, end).changes > 0;
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

  /** Promises to accept nothing below `ballot`, and says what is held; or why it does not. */
  prepare(key: Buffer, ballot: Buffer): PrepareAnswer {
    const partition = partitionOf(key, this.#partitions);
    const row = this.#row.get(partition, key);
    const reaped = judgeReaped(Buffer.compare, row, this.#reapings.get(partition), ballot);
    const promised = newest(this.#promises.get(partition, key), reaped?.version);
    const judgement = judgePrepare(Buffer.compare, row && heldIn(key, row), promised, ballot);
    if (judgement.kind !== 'promise') return judgement;
    this.#promises.set(partition, key, ballot);
    return { kind: 'promise', record: row?.record };
  }

  read(key: Buffer): Read {
    const record = this.#record.get(partitionOf(key, this.#partitions), key);
    if (record === undefined) return 'absent';
    return isIntact(key, record) ? record : 'corrupt';
  }

  /** The records of these keys that can be read, as many as are so many bytes; one at least. */
  readUpTo({ keys, bytes }: { keys: readonly Buffer[]; bytes: number }): EncodedRecord[] {
    const records: EncodedRecord[] = [];
    let room = bytes;
    for (const key of keys) {
      const mostBytes = records.length === 0 ? Number.MAX_SAFE_INTEGER : room;
      const held = this.#readUpTo(partitionOf(key, this.#partitions), key, mostBytes);
      if (held === 'larger') break;
      if (held === 'corrupt') continue;
      records.push(held);
      room -= held.length;
    }
    return records;
  }

  /** `corrupt`: there is none that can be read. */
  #readUpTo(
    partition: number,
    key: Buffer,
    mostBytes: number,
    read?: unknown,
  ): EncodedRecord | 'larger' | 'corrupt' {
    const held = read ?? this.#recordUpTo.get(mostBytes, partition, key);
    if (held === null || (Buffer.isBuffer(held) && held.length > mostBytes)) return 'larger';
    return isIntact(key, held) ? held : 'corrupt';
  }

  scan(query: ScanQuery): ScanPage {
    return this.#scanner.scan(query);
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

  /** If it is not whole, builds on with so many rows first; undefined if it is not whole then. */
  tree(partition: number, rows: number): Buffer | undefined {
    if (rows > 0 && !this.#trees.get(partition)) {
      const next = this.#rowsBehind(partition, this.#trees.builtUpTo(partition) ?? NO_KEY, rows);
      this.#trees.build(partition, next, next.length < rows);
    }
    return this.#trees.get(partition);
  }

  /** It is built from the rows when it is asked for again. */
  forgetTree(partition: number): void {
    this.#trees.forget(partition);
  }

  /**
   * Removes up to `limit` rows of a partition and all its promises, or only what is still held in
   * these versions. Returns how many rows.
   */
  drop({ partition, limit, only }: DropQuery): number {
    if (only) return this.#dropHeld(partition, only.slice(0, limit));
    this.#promises.drop(partition);
    const rows = this.#removed(partition, this.#drop.all(partition, limit));
    if (rows < limit) this.#trees.forget(partition);
    return rows;
  }

  #removed(partition: number, rows: readonly Removed[]): number {
    for (const [key, version, bytes] of rows) {
      if (!Buffer.isBuffer(key)) throw new DamagedIndex(partition);
      this.#trees.toggle(partition, key, version);
      this.#sizes.add(partition, -1, -Number(bytes));
    }
    return rows.length;
  }

  /** See `Store.endedIn`. */
  endedIn({ from, before }: { from: number; before: number }): EndedIn {
    return this.#reapings.endedIn(from, before);
  }

  /** See `Store.ended`. */
  ended(query: { partition: number; before: number; limit: number }): Ended {
    return this.#reapings.ended(query);
  }

  /** See `Store.stay`. */
  stay({ partition, before, entries }: StayQuery): number[] {
    return entries.flatMap(({ key, version }, place) =>
      this.#reapings.isOver(partition, key, bytesOfVersion(version), before) ? [] : [place],
    );
  }

  /** Removes what is still held in these versions; returns how many rows. */
  reap({ partition, upTo, entries }: ReapQuery): number {
    this.#reapings.raise(partition, bytesOfVersion(upTo));
    return this.#dropHeld(partition, entries);
  }

  #dropHeld(partition: number, entries: readonly PageEntry[]): number {
    let rows = 0;
    for (const { key, version } of entries) {
      const removed = this.#reapings.remove(partition, key, bytesOfVersion(version));
      rows += this.#removed(partition, removed);
    }
    return rows;
  }

  reapedUpTo(partition: number): Version {
    return parseVersionBytes(listedVersion(this.#reapings.get(partition)));
  }
}

interface PageQuery {
  readonly partition: number;
  readonly leaves?: Buffer | undefined;
  readonly after?: Buffer | undefined;
  readonly limit: number;
}

interface DropQuery {
  readonly partition: number;
  readonly limit: number;
  readonly only?: readonly PageEntry[] | undefined;
}

interface StayQuery {
  readonly partition: number;
  readonly before: number;
  readonly entries: readonly PageEntry[];
}

interface ReapQuery {
  readonly partition: number;
  readonly upTo: Version;
  readonly entries: readonly PageEntry[];
}

function newest(a: Buffer | undefined, b: Buffer | undefined): Buffer | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.compare(b) > 0 ? a : b;
}
