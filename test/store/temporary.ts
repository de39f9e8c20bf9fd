/** Data directories of tests, and what the SQLite store needs to be opened in one. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import type { Clock } from '../../src/ports.js';
import { type CountingStore, openSqliteStore } from '../../src/store/sqlite-store.js';
import { systemClock } from '../../src/system.js';
import { MAX_HINT_BYTES } from '../contract/store-world.js';
import { PARTITIONS } from '../support/data/records.js';

const made: string[] = [];

/** Gone when the process ends. */
export function temporaryDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'quorate-store-'));
  made.push(dir);
  return dir;
}

process.on('exit', () => {
  for (const dir of made) rmSync(dir, { recursive: true, force: true });
});

export function databaseFile(dataDir: string): string {
  return join(dataDir, 'quorate.db');
}

export function open(dataDir: string, clock: Clock = systemClock): Promise<CountingStore> {
  return openSqliteStore({
    dataDir,
    partitions: PARTITIONS,
    maxHintBytes: MAX_HINT_BYTES,
    clock,
  });
}

/** Lets the columns hold anything, as only a flipped bit does otherwise. */
export function loosen(db: Database): void {
  db.unsafeMode();
  db.pragma('writable_schema = ON');
  const loose = "replace(replace(sql, 'STRICT', ''), 'NOT NULL', '')";
  db.exec(`UPDATE sqlite_schema SET sql = ${loose} WHERE type = 'table'`);
  db.pragma('writable_schema = RESET');
}

/** Makes of a database one of an older schema, but for tables that were in none before. */
export function setBackTo(schema: number, db: Database): void {
  db.exec('DROP INDEX records_by_end; ALTER TABLE records DROP COLUMN ends_at; DROP TABLE reaped');
  const signed = schema < 4 ? ['meta', 'promises'] : [];
  for (const table of signed) db.exec(`ALTER TABLE ${table} DROP COLUMN checksum`);
  db.pragma(`user_version = ${schema}`);
}
