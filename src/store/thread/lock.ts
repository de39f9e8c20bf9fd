/**
 * A data directory belongs to one process at a time. SQLite's lock on a file beside the database
 * says so, which stays empty: it goes with the process, however that ends, and holds between two
 * threads as well.
 *
 * Rejected alternative: to keep the lock of the database itself (`locking_mode=EXCLUSIVE`). It
 * allows one connection, and what makes checkpoints has to be another (`log/checkpoints.ts`).
 */
import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { notWritable } from '../data-dir.js';
import { Database } from './sqlite.js';

export const LOCK_FILE = 'quorate.lock';
/** A process that is just ending may still hold the lock. */
export const LOCK_WAIT_MS = 1000;

/** Creates the directory if need be, and locks it until what is returned is closed. */
export function takeDataDir(dataDir: string): Database {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw notWritable(dataDir, error);
  }
  const lock = new Database(join(dataDir, LOCK_FILE), { timeout: LOCK_WAIT_MS });
  try {
    // Or a file would be written beside it, for which there is no room on a full disk.
    lock.pragma('journal_mode = MEMORY');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    throw error;
  }
  return lock;
}
