/**
 * Rows of several partitions in the order of their keys.
 *
 * Intuition: each partition is in order by itself, in the index. A walk along each of them, of
 * which always that one goes on whose key is next, comes by all of them in order (a merge of k
 * runs: Knuth, TAOCP 3, section 5.4.1). The walks read keys alone, which are all in the index; a
 * record is read only for a key that has come out.
 *
 * Rejected alternative, measured: an index by key alone. FIGURES
 */
import type { Database, Statement } from 'better-sqlite3';
import { present } from '../../core/assert.js';
import { inOrder, type KeyRange, restOf } from '../../core/data/key-range.js';
import { headOf, MAX_KEY_BYTES } from '../../core/data/record.js';
import type { ScanPage, ScanRow } from '../../core/data/scan-page.js';
import { partitionsIn } from '../../core/ring/partition-set.js';
import type { ScanQuery } from '../../ports.js';
import { DamagedIndex } from './problems.js';

/** Above every key. */
const END = Buffer.alloc(MAX_KEY_BYTES + 1, 0xff);
/** Keys that a walk reads at a time, after the first of it. */
const MORE_KEYS = 16;

/** `larger`: than was asked for; `corrupt`: it cannot be read. */
export type RecordUpTo = (
  partition: number,
  key: Buffer,
  mostBytes: number,
) => Buffer | 'larger' | 'corrupt';

type Keys = Statement<[number, Buffer, Buffer, number], Buffer>;

export class Scanner {
  readonly #partitions: number;
  readonly #recordUpTo: RecordUpTo;
  readonly #ascending: Keys;
  readonly #descending: Keys;

  constructor(db: Database, partitions: number, recordUpTo: RecordUpTo) {
    this.#partitions = partitions;
    this.#recordUpTo = recordUpTo;
    const keys = (order: 'ASC' | 'DESC'): Keys =>
      db
        .prepare<[number, Buffer, Buffer, number], Buffer>(
          `SELECT key FROM records WHERE partition = ? AND key >= ? AND key < ?
           ORDER BY key ${order} LIMIT ?`,
        )
        .pluck();
    this.#ascending = keys('ASC');
    this.#descending = keys('DESC');
  }

  scan(query: ScanQuery): ScanPage {
    const { reverse, limit, withValues } = query;
    const walks = this.#begin(query);
    const rows: ScanRow[] = [];
    let room = query.bytes;
    for (;;) {
      const walk = walks.pop();
      if (!walk) return { rows, next: undefined };
      if (rows.length === limit) return { rows, next: rows.at(-1)?.key };
      const { key, partition } = walk;
      const mostBytes = rows.length === 0 ? Number.MAX_SAFE_INTEGER : room;
      const held = this.#recordUpTo(partition, key, mostBytes);
      if (held === 'larger') return { rows, next: rows.at(-1)?.key };
      if (held === 'corrupt') rows.push({ key, held: NOTHING });
      else {
        room -= held.length;
        rows.push({ key, held: withValues ? held : headOf(held) });
      }
      if (walk.goOn()) walks.splice(placeOf(walk, walks, reverse), 0, walk);
    }
  }

  /** A walk for each partition that has any of the keys; the one whose key is next stands last. */
  #begin({ partitions, range, reverse, limit }: ScanQuery): Walk[] {
    const keys = reverse ? this.#descending : this.#ascending;
    const numbers = partitionsIn(partitions, this.#partitions);
    const share = 1 + Math.ceil(limit / numbers.length);
    return numbers
      .map((partition) => new Walk(keys, partition, range, reverse))
      .filter((walk) => walk.begin(share))
      .sort((a, b) => inOrder(b.key, a.key, reverse));
  }
}

const NOTHING = Buffer.alloc(0);

/** Where a walk belongs among the others, which stand with the next one last. */
function placeOf({ key }: Walk, walks: readonly Walk[], reverse: boolean): number {
  let low = 0;
  let high = walks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = present(walks[middle], 'a walk between the first and the last');
    if (inOrder(other.key, key, reverse) > 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Along the keys of one partition. */
class Walk {
  readonly partition: number;
  readonly #statement: Keys;
  readonly #reverse: boolean;
  /** What has not been read yet. */
  #rest: KeyRange;
  #keys: Buffer[] = [];
  #at = 0;
  #isWhole = false;

  constructor(statement: Keys, partition: number, range: KeyRange, reverse: boolean) {
    this.#statement = statement;
    this.partition = partition;
    this.#rest = range;
    this.#reverse = reverse;
  }

  /** False if there is no key. */
  begin(limit: number): boolean {
    this.#read(limit);
    return this.#keys.length > 0;
  }

  get key(): Buffer {
    return present(this.#keys[this.#at], 'a key where a walk stands');
  }

  /** To the next key; false if there is none. */
  goOn(): boolean {
    this.#at++;
    if (this.#at === this.#keys.length && !this.#isWhole) this.#read(MORE_KEYS);
    return this.#at < this.#keys.length;
  }

  #read(limit: number): void {
    const { from, to = END } = this.#rest;
    this.#keys = this.#statement.all(this.partition, from, to, limit);
    this.#at = 0;
    this.#isWhole = this.#keys.length < limit;
    const last = this.#keys.at(-1);
    if (last === undefined) return;
    // What a damaged index says could send a walk round and round.
    const isWithin = last.compare(from) >= 0 && last.compare(to) < 0;
    if (!isWithin || last.length > MAX_KEY_BYTES) throw new DamagedIndex(this.partition);
    this.#rest = restOf(this.#rest, last, this.#reverse);
  }
}
