/**
 * Rows of several partitions in the order of their keys.
 *
 * Intuition: within a partition keys are in order already, in the index. What is not known is how
 * far to go in each of them for so many rows of all together. Keys are spread over partitions by
 * their hash, so a sample tells: if j is each partition's share, the j-th keys of all of them lie
 * around the place that is looked for.
 *
 * Algorithm: one statement fetches those j-th keys. That one of them below which about as many rows
 * lie as are wanted is the end of the page, and another statement fetches all rows before it, which
 * are then put in order. Whatever the guess, what is before that end is complete; a bad one makes a
 * short page, and one behind which there is far too much is taken back.
 *
 * Reference: sampling for splitters, as in Frazer and McKellar's samplesort, JACM 1970.
 *
 * Rejected alternatives, measured with 1,000,000 rows in 256 partitions. A merge of walks along
 * each partition: four times as dear, as each step of a walk is a call into SQLite. An index by
 * key alone: a page of 100 costs a sixth, one of 1,000 less than half; but every new key costs a
 * third more CPU and 33 bytes, whether anybody lists or not. What a page saves, 100 writes pay.
 */
import type { Database, Statement } from 'better-sqlite3';
import { assert } from '../../core/assert.js';
import { behindKey, inOrder, isEmptyRange, type KeyRange } from '../../core/data/key-range.js';
import { headOf, MAX_KEY_BYTES } from '../../core/data/record.js';
import type { ScanPage, ScanRow } from '../../core/data/scan-page.js';
import { partitionsIn } from '../../core/ring/partition-set.js';
import type { ScanQuery } from '../../ports.js';
import { DamagedIndex } from './problems.js';

/** Above every key. */
const END = Buffer.alloc(MAX_KEY_BYTES + 1, 0xff);
/** Larger records are read one by one, when their turn comes. */
const SMALL_BYTES = 1024;
/** For a page of so many rows it is looked for as many more, lest it be short. */
const SPARE_ROWS = 8;
const SPARE_SHARE = 1.3;
/** How many times as many rows may be before the end that was guessed. */
const MOST_SHARE = 4;

/** `larger`: than was asked for; `corrupt`: it cannot be read. */
export type RecordUpTo = (
  partition: number,
  key: Buffer,
  mostBytes: number,
  /** What has been read of it already, if it has been. */
  read?: unknown,
) => Buffer | 'larger' | 'corrupt';

type Sample = Statement<[Buffer, Buffer, number, string], Buffer | null>;
type Row = [partition: number, key: Buffer, record: unknown];

export class Scanner {
  readonly #partitions: number;
  readonly #recordUpTo: RecordUpTo;
  readonly #ascending: Sample;
  readonly #descending: Sample;
  readonly #rows: Statement<[string, Buffer, Buffer, number], Row>;

  constructor(db: Database, partitions: number, recordUpTo: RecordUpTo) {
    this.#partitions = partitions;
    this.#recordUpTo = recordUpTo;
    const sample = (order: 'ASC' | 'DESC'): Sample =>
      db
        .prepare<[Buffer, Buffer, number, string], Buffer | null>(
          `SELECT (SELECT records.key FROM records
                   WHERE partition = asked.value AND records.key >= ? AND records.key < ?
                   ORDER BY records.key ${order} LIMIT 1 OFFSET ?)
           FROM json_each(?) AS asked`,
        )
        .pluck();
    this.#ascending = sample('ASC');
    this.#descending = sample('DESC');
    this.#rows = db.prepare<[string, Buffer, Buffer, number], Row>(
      `SELECT partition, records.key, CASE WHEN length(record) <= ${SMALL_BYTES} THEN record END
       FROM json_each(?) AS asked CROSS JOIN records
         ON partition = asked.value AND records.key >= ? AND records.key < ?
       LIMIT ?`,
    );
    this.#rows.raw();
  }

  scan(query: ScanQuery): ScanPage {
    const { range, reverse, limit, withValues } = query;
    const partitions = partitionsIn(query.partitions, this.#partitions);
    if (partitions.length === 0 || isEmptyRange(range)) return { rows: [], next: undefined };
    const { found, end } = this.#find(partitions, range, reverse, limit);
    const rows: ScanRow[] = [];
    let room = query.bytes;
    for (const [partition, key, read] of found) {
      const last = rows.at(-1)?.key;
      if (rows.length === limit) return { rows, next: last };
      const mostBytes = last ? room : Number.MAX_SAFE_INTEGER;
      const held = this.#recordUpTo(partition, key, mostBytes, read);
      if (held === 'larger') return { rows, next: last };
      if (held === 'corrupt') rows.push({ key, held: NOTHING });
      else {
        room -= held.length;
        rows.push({ key, held: withValues ? held : headOf(held) });
      }
    }
    return { rows, next: end };
  }

  /** The rows up to `end`, in order; undefined: up to the end of the range. */
  #find(
    partitions: readonly number[],
    range: KeyRange,
    reverse: boolean,
    limit: number,
  ): { found: Row[]; end: Buffer | undefined } {
    const names = JSON.stringify(partitions);
    const { from, to = END } = range;
    const wanted = SPARE_SHARE * limit + SPARE_ROWS;
    const most = Math.ceil(MOST_SHARE * wanted);
    const share = wanted / partitions.length;
    const nth = Math.floor(share);
    const sample = (reverse ? this.#descending : this.#ascending)
      .all(from, to, nth, names)
      .filter((key) => key !== null)
      .sort((a, b) => inOrder(a, b, reverse));
    // How many of them lie before the place: of a first key it is known, of others about half.
    const part = nth === 0 ? 1 - Math.exp(-share) : 0.5;
    let place = Math.floor(part * partitions.length);
    for (;;) {
      const end = sample[place];
      const [first, last] = reverse
        ? [end ?? from, to]
        : [from, end === undefined ? to : behindKey(end)];
      const found = this.#rows.all(names, first, last, most);
      if (found.length < most) return { found: ordered(found, reverse), end };
      // Before the first of the sample there are at most as many as are wanted.
      assert(place > 0, 'some end is near enough');
      place = Math.min(place >> 2, sample.length - 1);
    }
  }
}

const NOTHING = Buffer.alloc(0);

function ordered(rows: Row[], reverse: boolean): Row[] {
  for (const [partition, key] of rows) {
    if (!Buffer.isBuffer(key) || key.length > MAX_KEY_BYTES) throw new DamagedIndex(partition);
  }
  return rows.sort((a, b) => inOrder(a[1], b[1], reverse));
}
