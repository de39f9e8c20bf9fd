/**
 * What a node keeps in its database, and what each operation does with it. Runs inside somebody's
 * transaction, or reads.
 */
import { statSync } from 'node:fs';
import type Database from 'better-sqlite3';
import { present } from '../../core/assert.js';
import { bytesOfVersion } from '../../core/data/version-bytes.js';
import type { Handlers } from '../operations.js';
import type { ThreadOptions } from '../thread-messages.js';
import { HintTable } from './hints.js';
import type { Room } from './log/room.js';
import { Records } from './records.js';
import { Inspection } from './rows/inspection.js';
import { Texts } from './texts.js';

/** So much at least is found, lest a little room be taken for enough. */
const PROBE_BYTES = 256 << 10;

export class Tables {
  readonly #db: Database.Database;
  readonly #partitions: number;
  #records: Records;
  readonly #inspection: Inspection;
  readonly #hints: HintTable;
  readonly #texts: Texts;
  readonly #probe: Database.Statement<[]>;
  readonly #bytes: Database.Statement<[], number>;
  readonly handlers: Handlers;

  constructor(db: Database.Database, room: Room, { partitions, maxHintBytes }: ThreadOptions) {
    this.#db = db;
    this.#partitions = partitions;
    this.#records = new Records(db, partitions);
    this.#inspection = new Inspection(db);
    this.#hints = new HintTable(db, maxHintBytes);
    this.#texts = new Texts(db);
    // Noise, because SQLite does not write a page that stays as it was.
    this.#probe = db.prepare(`INSERT OR REPLACE INTO probe VALUES (1, randomblob(${PROBE_BYTES}))`);
    this.#bytes = db.prepare<[], number>(
      'SELECT page_count * page_size FROM pragma_page_count, pragma_page_size',
    );
    this.#bytes.pluck();
    const read = (key: Buffer) => this.#records.read(key);
    this.handlers = {
      write: (record) => this.#records.write(record),
      copy: (record) => this.#records.copy(record),
      prepare: ({ key, ballot }) => this.#records.prepare(key, bytesOfVersion(ballot)),
      read,
      readVersion: read,
      readUpTo: (query) => this.#records.readUpTo(query),
      scan: ({ from, to, ...query }) => this.#records.scan({ ...query, range: { from, to } }),
      page: (query) => this.#records.page(query),
      inspect: (query) => this.#inspection.inspect(query),
      tree: ({ partition, anew, rows }) => {
        if (anew) this.#records.forgetTree(partition);
        const leaves = this.#records.tree(partition, rows);
        return leaves && { leaves, reaped: this.#records.reapedUpTo(partition) };
      },
      drop: (query) => this.#records.drop(query),
      endedIn: (query) => this.#records.endedIn(query),
      ended: (query) => this.#records.ended(query),
      stay: (query) => this.#records.stay(query),
      reap: (query) => this.#records.reap(query),
      reapedUpTo: (partition) => this.#records.reapedUpTo(partition),
      sizes: () => this.#records.sizes(),
      hint: (hint) => this.#hints.keep(hint),
      hints: (query) => this.#hints.list(query),
      hintsBehind: (query) => this.#hints.behind(query),
      dropHints: (ids) => this.#hints.drop(ids),
      hintSizes: () => this.#hints.sizes(),
      setMeta: ({ name, text }) => this.#texts.set(name, text),
      probe: () => !room.hasLittleFor(2 * PROBE_BYTES) && this.#probe.run().changes > 0,
      status: () => this.#status(),
    };
  }

  /** What `setMeta` has kept. Throws `Damaged`. */
  get meta(): [name: string, text: string][] {
    return this.#texts.all();
  }

  /** To be called before a transaction that has written commits. */
  beforeCommit(): void {
    this.#records.saveSizes();
  }

  /** What was changed is in the database. */
  committed(): void {
    this.#hints.committed();
  }

  /** What was changed is not: what is kept in memory beside it is no longer what is there. */
  rolledBack(): void {
    this.#records = new Records(this.#db, this.#partitions);
    this.#hints.rolledBack();
  }

  /** `bytes` is what the database takes when everything in the log has gone where it belongs. */
  #status(): ReturnType<Handlers['status']> {
    const bytes = present(this.#bytes.get(), 'the size of the database');
    return { rows: this.#records.rows, bytes, walBytes: statSync(`${this.#db.name}-wal`).size };
  }
}
