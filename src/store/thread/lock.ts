/**
 * A data directory belongs to one process at a time. SQLite's lock on a file beside the database
 * says so, which stays empty: it goes with the process, however that ends, and holds between two
 * threads as well.
 *
 * Whoever deletes that file takes the lock away from under the process that has it. So the marker
 * names the file that was locked last, by its inode, which nobody else has while it is open; and
 * where another is there now, the database itself is asked: who uses it, holds a lock on it.
 *
 * Rejected alternatives: to keep the lock of the database itself (`locking_mode=EXCLUSIVE`). It
 * allows one connection, and what makes checkpoints has to be another (`log/checkpoints.ts`). To
 * ask the database at each start: that ends in a checkpoint of all that a crash has left there.
 */
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DATABASE_FILE, DataDirError, notWritable } from '../data-dir.js';
import { lockIn } from './marker.js';
import { isLocked } from './problems.js';
import { Database } from './sqlite.js';

export const LOCK_FILE = 'quorate.lock';
/** A process that is just ending may still hold the lock. */
export const LOCK_WAIT_MS = 1000;

/** `inode`: of the file that is locked, for the marker. */
export interface Taken {
  readonly inode: string;
  /** Throws what says that the directory is not ours any more. To be called when all is open. */
  requireHeld(): void;
  close(): void;
}

/** Creates the directory if need be, and locks it until what is returned is closed. */
export function takeDataDir(dataDir: string): Taken {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw notWritable(dataDir, error);
  }
  const file = join(dataDir, LOCK_FILE);
  const lock = new Database(file, { timeout: LOCK_WAIT_MS });
  try {
    // Or a file would be written beside it, for which there is no room on a full disk.
    lock.pragma('journal_mode = MEMORY');
    lock.exec('BEGIN EXCLUSIVE');
    const inode = inodeOf(file);
    if (inode === undefined) throw replaced(dataDir);
    if (lockIn(dataDir) !== inode) requireUnused(dataDir);
    const requireHeld = () => {
      if (inodeOf(file) !== inode) throw replaced(dataDir);
    };
    return { inode, requireHeld, close: () => void lock.close() };
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** In full: as a number, an inode beyond 2^53 would be another's as well. */
function inodeOf(file: string): string | undefined {
  return statSync(file, { bigint: true, throwIfNoEntry: false })?.ino.toString();
}

/** Deleted, or another in its place, which somebody else may have locked. */
function replaced(dataDir: string): DataDirError {
  const why = `${LOCK_FILE} in it was replaced while it was opened`;
  return new DataDirError('locked', `the data directory ${dataDir} may be used by another: ${why}`);
}

/** Throws what says that another connection to the database is open. */
function requireUnused(dataDir: string): void {
  const file = join(dataDir, DATABASE_FILE);
  if (!statSync(file, { throwIfNoEntry: false })?.size) return;
  const db = new Database(file, { timeout: LOCK_WAIT_MS });
  try {
    // Before anything that reads the file: it is then had alone, or not at all.
    db.pragma('locking_mode = EXCLUSIVE');
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
  } catch (error) {
    // What else is wrong with it is said by whoever opens it.
    if (isLocked(error)) throw error;
  } finally {
    db.close();
  }
}
