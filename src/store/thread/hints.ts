/**
 * Hints: records that other nodes have missed, one for each node and key. What they take is kept in
 * memory beside the database, so that to ask for it, and to refuse what would be too much, is to
 * count nothing.
 *
 * A hint has a number, and one that replaces it another: whoever drops a hint by its number drops
 * no newer one that has come while the older was being delivered.
 */
import type { Database, Statement } from 'better-sqlite3';
import { type EncodedRecord, isIntactRecord, recordKey } from '../../core/data/record.js';
import { versionBytes } from '../../core/data/version-bytes.js';
import type { Hint, HintSize, Store } from '../../ports.js';

interface Size {
  readonly rows: number;
  readonly bytes: number;
}

const NOTHING: Size = { rows: 0, bytes: 0 };

type HintQuery = Parameters<Store['hints']>[0];
type HintColumns = [id: number, record: unknown, expiresAt: unknown];

export class HintTable {
  readonly #maxBytes: number;
  /** By target. */
  #sizes: ReadonlyMap<string, Size>;
  /** As they were when the last transaction ended. */
  #committed: ReadonlyMap<string, Size>;
  readonly #held: Statement<[string, Buffer], unknown>;
  readonly #save: Statement<[number, string, Buffer, number, Buffer]>;
  readonly #list: Statement<[string, number], HintColumns>;
  readonly #listAfter: Statement<[string, number, number, number], HintColumns>;
  readonly #behind: Statement<[number, number], HintColumns>;
  readonly #drop: Statement<[number], [string, number]>;
  readonly #firstExpiry: Statement<[string], unknown>;
  #nextId: number;

  constructor(db: Database, maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#held = db.prepare<[string, Buffer], unknown>(
      'SELECT record FROM hints WHERE target = ? AND key = ?',
    );
    this.#held.pluck();
    this.#save = db.prepare(
      'INSERT OR REPLACE INTO hints (id, target, key, expires_at, record) VALUES (?, ?, ?, ?, ?)',
    );
    this.#list = db.prepare<[string, number], HintColumns>(
      'SELECT id, record, expires_at FROM hints WHERE target = ? ORDER BY expires_at, id LIMIT ?',
    );
    this.#list.raw();
    this.#listAfter = db.prepare<[string, number, number, number], HintColumns>(
      `SELECT id, record, expires_at FROM hints WHERE target = ? AND (expires_at, id) > (?, ?)
       ORDER BY expires_at, id LIMIT ?`,
    );
    this.#listAfter.raw();
    this.#behind = db.prepare<[number, number], HintColumns>(
      'SELECT id, record, expires_at FROM hints WHERE id > ? ORDER BY id LIMIT ?',
    );
    this.#behind.raw();
    this.#drop = db.prepare<[number], [string, number]>(
      'DELETE FROM hints WHERE id = ? RETURNING target, length(record)',
    );
    this.#drop.raw();
    this.#firstExpiry = db.prepare<[string], unknown>(
      'SELECT expires_at FROM hints WHERE target = ? ORDER BY expires_at LIMIT 1',
    );
    this.#firstExpiry.pluck();
    const counted = db.prepare<[], [string, number, number]>(
      'SELECT target, count(*), sum(length(record)) FROM hints GROUP BY target',
    );
    this.#sizes = new Map(
      counted
        .raw()
        .all()
        .map(([target, rows, bytes]) => [target, { rows, bytes }]),
    );
    this.#committed = this.#sizes;
    const lastId = db.prepare<[], number | null>('SELECT max(id) FROM hints').pluck();
    this.#nextId = (lastId.get() ?? 0) + 1;
  }

  /** False if it is corrupt, or too much. True also if one at least as new is held already. */
  keep(hint: { target: string; record: EncodedRecord; expiresAt: number }): boolean {
    const { target, record, expiresAt } = hint;
    if (!isIntactRecord(record)) return false;
    const key = recordKey(record);
    const held = this.#held.get(target, key);
    if (Buffer.isBuffer(held) && isIntactRecord(held)) {
      if (versionBytes(held).compare(versionBytes(record)) >= 0) return true;
    }
    const heldBytes = Buffer.isBuffer(held) ? held.length : 0;
    const bytes = record.length - heldBytes;
    if (this.#bytes + bytes > this.#maxBytes) return false;
    this.#save.run(this.#nextId++, target, key, expiresAt, record);
    this.#account(target, held === undefined ? 1 : 0, bytes);
    return true;
  }

  /** Those that expire first. What is no record any more comes as an empty one. */
  list({ target, after, limit, bytes }: HintQuery): Hint[] {
    const rows = after
      ? this.#listAfter.iterate(target, after.expiresAt, after.id, limit)
      : this.#list.iterate(target, limit);
    return upTo(bytes, rows);
  }

  /** As `list`, for whomever, by their numbers. */
  behind({ after, limit, bytes }: { after: number; limit: number; bytes: number }): Hint[] {
    return upTo(bytes, this.#behind.iterate(after, limit));
  }

  /** True, also if one of them was gone already. */
  drop(ids: readonly number[]): true {
    for (const id of ids) {
      const dropped = this.#drop.get(id);
      if (dropped) this.#account(dropped[0], -1, -dropped[1]);
    }
    return true;
  }

  sizes(): HintSize[] {
    return [...this.#sizes].map(([target, size]) => ({
      target,
      ...size,
      expiresAt: wallMs(this.#firstExpiry.get(target)),
    }));
  }

  /** What was changed is in the database. */
  committed(): void {
    this.#committed = this.#sizes;
  }

  /** What was changed is not in the database. */
  rolledBack(): void {
    this.#sizes = this.#committed;
  }

  get #bytes(): number {
    let total = 0;
    for (const { bytes } of this.#sizes.values()) total += bytes;
    return total;
  }

  #account(target: string, rows: number, bytes: number): void {
    const held = this.#sizes.get(target) ?? NOTHING;
    const size = { rows: held.rows + rows, bytes: held.bytes + bytes };
    const sizes = new Map(this.#sizes);
    if (size.rows > 0) sizes.set(target, size);
    else sizes.delete(target);
    this.#sizes = sizes;
  }
}

function upTo(bytes: number, rows: Iterable<HintColumns>): Hint[] {
  const hints: Hint[] = [];
  let room = bytes;
  for (const [id, held, expiry] of rows) {
    const record = Buffer.isBuffer(held) ? held : Buffer.alloc(0);
    room -= record.length;
    if (room < 0 && hints.length > 0) break;
    hints.push({ id, record, expiresAt: wallMs(expiry) });
  }
  return hints;
}

/** A flipped bit can make a column anything; what has no time any more has expired. */
function wallMs(column: unknown): number {
  return Number.isSafeInteger(column) && (column as number) > 0 ? (column as number) : 0;
}
