/** The SQLite that fits the Node.js that runs: see `../../runtime.ts`. */
import type BetterSqlite3 from 'better-sqlite3';
import { sqlitePackage } from '../../runtime.js';

const name = sqlitePackage(Number(process.versions.napi));

export const { default: Database } = (await import(name)) as { default: typeof BetterSqlite3 };
export type Database = BetterSqlite3.Database;
export const { SqliteError } = Database;
