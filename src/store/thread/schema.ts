/**
 * The database of one node: its tables, its settings, and the checks before it is used.
 *
 * A row of `records` keeps a record as the bytes that travel, checksum included, beside what SQLite
 * has to compare: partition and key (one partition is one range of the index) and the version, the
 * 28 bytes of the record that compare, byte by byte, as versions do.
 *
 * Rejected alternatives, measured in batches of 64: a column for each field of the record (with
 * values of 100 bytes a write costs a tenth more and a read a third: each column is bound, checked
 * and made a JavaScript value for itself), and a table WITHOUT ROWID (as good with 100 bytes; with
 * 1,000 a read costs five times as much, because values fill the pages that the search walks).
 */
import { join } from 'node:path';
import { RECORD_HEADER_BYTES, recordEnd } from '../../core/data/record.js';
import { USUAL } from '../../core/settings.js';
import { DATABASE_FILE, DataDirError } from '../data-dir.js';
import { LOCK_WAIT_MS } from './lock.js';
import { requireNew, requireNotEmptied } from './marker.js';
import { lacksIndexOfLog } from './problems.js';
import { signPromises } from './promises.js';
import {
  CONNECTION_SETTINGS,
  SERVING_SETTINGS,
  type Setting,
  set,
  storeSettings,
} from './settings.js';
import { Sizes } from './sizes.js';
import { Database, SqliteError } from './sqlite.js';
import { Texts } from './texts.js';

/** Marks the file as ours ('Qrte'). */
const APPLICATION_ID = 0x51727465;
const SCHEMA_VERSION = 5;
/** Older ones may corrupt a WAL database when its log is reset. */
const OLDEST_SQLITE = '3.51.3';

const TABLES = `
  CREATE TABLE records (
    partition INTEGER NOT NULL,
    key BLOB NOT NULL,
    version BLOB NOT NULL,
    record BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX records_by_key ON records (partition, key);
  CREATE TABLE meta (name TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT;
  CREATE TABLE shape (partitions INTEGER NOT NULL) STRICT;
  CREATE TABLE probe (id INTEGER PRIMARY KEY, noise BLOB NOT NULL) STRICT;
`;

/** What the second version of the schema has beside the first. */
const TABLES_OF_2 = `
  CREATE TABLE sizes (chunk INTEGER PRIMARY KEY, counts BLOB NOT NULL) STRICT;
  CREATE TABLE promises (
    partition INTEGER NOT NULL,
    key BLOB NOT NULL,
    ballot BLOB NOT NULL,
    PRIMARY KEY (partition, key)
  ) STRICT, WITHOUT ROWID;
`;

/** The third version keeps hints. What expires first is found first. */
const TABLES_OF_3 = `
  CREATE TABLE hints (
    id INTEGER PRIMARY KEY,
    target TEXT NOT NULL,
    key BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    record BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX hints_by_key ON hints (target, key);
  CREATE INDEX hints_by_expiry ON hints (target, expires_at);
`;

/** The fourth has a checksum for each row that a node believes when it starts. */
const COLUMNS_OF_4 = `
  ALTER TABLE meta ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE promises ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
`;

/**
 * The fifth finds what is over, tombstones and what expires, without a look at all the rest, and
 * remembers up to where it was reaped. Of a row that stays `ends_at` is null, and not in the index.
 */
const TABLES_OF_5 = `
  ALTER TABLE records ADD COLUMN ends_at INTEGER;
  CREATE TABLE reaped (
    partition INTEGER PRIMARY KEY,
    version BLOB NOT NULL,
    checksum INTEGER NOT NULL
  ) STRICT;
`;

const INDEX_OF_5 =
  'CREATE INDEX records_by_end ON records (partition, ends_at) WHERE ends_at IS NOT NULL';

/**
 * Opens, or creates, the database of a data directory, which has to be ours (`lock.ts`). Throws
 * whatever happens: see `problems.ts`.
 */
export function openDatabase(
  dataDir: string,
  partitions: number,
  cacheBytes: number = USUAL.storeCacheBytes,
): Database {
  const file = join(dataDir, DATABASE_FILE);
  requireNotEmptied(dataDir, file);
  const db = connect(file, storeSettings(cacheBytes));
  prepare(db, dataDir, partitions);
  set(db, SERVING_SETTINGS);
  return db;
}

/**
 * Two connections find their way in the log by an index in a file of its own. On a full disk there
 * may be no room for that: alone one keeps it in memory, and makes its checkpoints itself. That
 * holds until the next start.
 */
function connect(file: string, settings: readonly Setting[]): Database {
  const db = new Database(file, { timeout: LOCK_WAIT_MS });
  try {
    set(db, CONNECTION_SETTINGS);
    // Reads the log, and makes its index.
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
  } catch (error) {
    db.close();
    if (!hasNoIndexOfLog(error)) throw error;
    return connectAlone(file, settings);
  }
  set(db, settings);
  return db;
}

function connectAlone(file: string, settings: readonly Setting[]): Database {
  const db = new Database(file, { timeout: LOCK_WAIT_MS });
  // Before anything that reads the file.
  set(db, [['locking_mode', 'EXCLUSIVE', 'exclusive'], ...CONNECTION_SETTINGS, ...settings]);
  return db;
}

function hasNoIndexOfLog(error: unknown): boolean {
  const isOther = error instanceof SqliteError && /^SQLITE_(FULL|CANTOPEN)/.test(error.code);
  return isOther || lacksIndexOfLog(error);
}

/** Only a complete database is ever seen: what creates or changes it is one transaction. */
function prepare(db: Database, dataDir: string, partitions: number): void {
  const sqlite = db.prepare('SELECT sqlite_version()').pluck().get() as string;
  if (!isAtLeast(sqlite, OLDEST_SQLITE)) {
    throw new Error(`SQLite is ${sqlite}; it has to be ${OLDEST_SQLITE} or newer`);
  }
  db.exec('BEGIN IMMEDIATE');
  if (isEmpty(db)) {
    requireNew(dataDir);
    db.exec(TABLES + TABLES_OF_2 + TABLES_OF_3 + COLUMNS_OF_4 + TABLES_OF_5 + INDEX_OF_5);
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.pragma(`user_version = ${SCHEMA_VERSION}`);
    db.prepare('INSERT INTO shape (partitions) VALUES (?)').run(partitions);
  }
  requireOurs(db, dataDir, partitions);
  if (schemaOf(db) < 2) migrateTo2(db);
  if (schemaOf(db) < 3) migrateTo3(db);
  if (schemaOf(db) < 4) migrateTo4(db);
  if (schemaOf(db) < 5) migrateTo5(db);
  // Counts what was never counted, or is damaged.
  new Sizes(db, partitions).save();
  db.exec('COMMIT');
}

function schemaOf(db: Database): number {
  return db.pragma('user_version', { simple: true }) as number;
}

/** The first version counted rows, but not whose they are. */
function migrateTo2(db: Database): void {
  db.exec(`${TABLES_OF_2} ALTER TABLE shape DROP COLUMN rows`);
  db.pragma('user_version = 2');
}

function migrateTo3(db: Database): void {
  db.exec(TABLES_OF_3);
  db.pragma('user_version = 3');
}

/** What is there is believed once more. */
function migrateTo4(db: Database): void {
  db.exec(COLUMNS_OF_4);
  const held = db.prepare<[], [string, string]>('SELECT name, text FROM meta').raw().all();
  const texts = new Texts(db);
  for (const [name, text] of held) texts.set(name, text);
  signPromises(db);
  db.pragma('user_version = 4');
}

/** Reads every row, and writes anew those that end. What is damaged is taken for what stays. */
function migrateTo5(db: Database): void {
  db.exec(TABLES_OF_5);
  db.function('end_of', { directOnly: true }, (head: unknown) => {
    const isHead = Buffer.isBuffer(head) && head.length === RECORD_HEADER_BYTES;
    return isHead ? (recordEnd(head) ?? null) : null;
  });
  db.exec(`UPDATE records SET ends_at = end_of(substr(record, 1, ${RECORD_HEADER_BYTES}))
    WHERE end_of(substr(record, 1, ${RECORD_HEADER_BYTES})) IS NOT NULL`);
  db.exec(INDEX_OF_5);
  db.pragma('user_version = 5');
}

function isEmpty(db: Database): boolean {
  return db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
}

function requireOurs(db: Database, dataDir: string, partitions: number): void {
  const schema = schemaOf(db);
  if (db.pragma('application_id', { simple: true }) !== APPLICATION_ID) {
    throw new DataDirError('unreadable', `the database in ${dataDir} is not one of Quorate`);
  }
  if (schema > SCHEMA_VERSION) {
    const why = `was written by a newer version of Quorate (its schema is ${schema})`;
    throw new DataDirError('unreadable', `the database in ${dataDir} ${why}`);
  }
  const held = db.prepare('SELECT partitions FROM shape').pluck().get();
  if (held !== partitions) {
    const why = `holds ${held} partitions, not ${partitions}; their number cannot be changed`;
    throw new DataDirError('wrong_partitions', `the data directory ${dataDir} ${why}`);
  }
}

/** Of versions like `3.51.3`. */
export function isAtLeast(version: string, oldest: string): boolean {
  return version.localeCompare(oldest, 'en', { numeric: true }) >= 0;
}
