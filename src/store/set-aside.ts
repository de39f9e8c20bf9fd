/**
 * Moves a database that is damaged out of the way, for a node to begin anew: nothing is deleted.
 *
 * What it says of the node is believed as far as checksums go, and only to find the others again.
 * Not the identity: who has lost rows and promises must not be asked as if nothing had happened.
 */
import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DATABASE_FILE as DATABASE } from './data-dir.js';
import { takeDataDir } from './thread/lock.js';
import { MARKER_FILE } from './thread/marker.js';
import { problemOf } from './thread/problems.js';
import { Database, SqliteError } from './thread/sqlite.js';
import { intactTexts } from './thread/texts.js';

/**
 * In this order: what is interrupted leaves a database that is missed at the next start, and never
 * one without the newest commits, which are in the log.
 */
const FILES = [DATABASE, `${DATABASE}-wal`, `${DATABASE}-shm`, MARKER_FILE] as const;

/**
 * Moves what is in a data directory into a folder of this name in there; undefined, and nothing
 * done, if that was done before, and the new database has become somebody's. What was interrupted
 * before that goes on. `mayGo` is told the texts that are intact, throws if that will not do, and
 * says what is returned. Throws `DataDirError`.
 */
export function setAside<T>(
  dataDir: string,
  name: string,
  mayGo: (texts: ReadonlyMap<string, string>) => T,
): T | undefined {
  const folder = join(dataDir, name);
  const lock = explained(dataDir, () => takeDataDir(dataDir));
  try {
    const database = join(dataDir, DATABASE);
    const moved = existsSync(folder) ? readdirSync(folder) : [];
    const isBegun = moved.includes(DATABASE);
    if (moved.length > 0 && !isBegun) return undefined;
    const hasNew = isBegun && existsSync(database);
    if (hasNew && readTexts(database).size > 0) return undefined;
    const said = mayGo(readTexts(isBegun ? join(folder, DATABASE) : database));
    mkdirSync(folder, { mode: 0o700, recursive: true });
    // The log of a new database is its own.
    for (const file of hasNew ? [] : FILES) {
      if (existsSync(join(dataDir, file))) renameSync(join(dataDir, file), join(folder, file));
    }
    return said;
  } finally {
    lock.close();
  }
}

/** None if they cannot be read. */
function readTexts(file: string): ReadonlyMap<string, string> {
  let db: Database | undefined;
  try {
    db = new Database(file, { readonly: true, fileMustExist: true });
    return intactTexts(db);
  } catch (error) {
    if (!(error instanceof SqliteError || error instanceof TypeError)) throw error;
    return new Map();
  } finally {
    db?.close();
  }
}

function explained<T>(dataDir: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw problemOf(error, dataDir) ?? error;
  }
}
