/** What an error says about a data directory, in one sentence that also says what to do. */
import { DataDirError, notWritable, unreadable } from '../data-dir.js';
import { OUTSIDER_WAIT_MS } from './settings.js';
import { SqliteError } from './sqlite.js';

/** What the disk returns is not what was written. Its message names it. */
export class Damaged extends Error {}

/** Nothing that the index says can be trusted any more. */
export class DamagedIndex extends Damaged {
  constructor(partition: number) {
    super(`the index of partition ${partition} is damaged`);
  }
}

/** Somebody else has what is wanted. */
export function isLocked(error: unknown): boolean {
  return error instanceof SqliteError && /^SQLITE_(BUSY|LOCKED)/.test(error.code);
}

export function isDiskFull(error: unknown): boolean {
  return error instanceof SqliteError && error.code === 'SQLITE_FULL';
}

/**
 * The disk is full for the index of the log, which has a file of its own. In a commit that may come
 * when all of it is in the log: then nobody knows what has become of it. Its other errors, of locks
 * and of the file itself, are none of room.
 */
export function lacksIndexOfLog(error: unknown): boolean {
  return error instanceof SqliteError && /^SQLITE_IOERR_SHM(SIZE|MAP)$/.test(error.code);
}

/** Another program has committed. Measured: to ask that of each batch costs it a microsecond. */
export function writtenByOthers(dataDir: string): Error {
  const what = `another program has written to the database in ${dataDir} while the node used it`;
  return new Error(`${what}: it has to be the node’s alone; start the node again to go on`);
}

/** What an error while opening says about the data directory; undefined if nothing. */
export function problemOf(error: unknown, dataDir: string): DataDirError | undefined {
  if (error instanceof DataDirError) return error;
  if (error instanceof Damaged) return unreadable(dataDir, error.message);
  if (!(error instanceof SqliteError)) return undefined;
  if (isLocked(error)) {
    return new DataDirError('locked', `the data directory ${dataDir} is used by another process`);
  }
  if (/^SQLITE_(CANTOPEN|READONLY|PERM|AUTH|FULL)/.test(error.code)) {
    return notWritable(dataDir, error);
  }
  return unreadable(dataDir, `${error.message} (${error.code})`);
}

/** Why the store fails: an error after which nothing is answered any more. */
export function failureOf(error: unknown, dataDir: string): string {
  if (error instanceof Damaged) return unreadable(dataDir, error.message).message;
  if (!(error instanceof SqliteError)) {
    return error instanceof Error ? error.message : String(error);
  }
  const what = `${error.message} (${error.code})`;
  if (isLocked(error)) {
    const seconds = OUTSIDER_WAIT_MS / 1000;
    const why = `another program has kept the store from writing for ${seconds} s`;
    return `${why}, and ${dataDir} has to be the node’s alone: ${what}`;
  }
  const isDamage = /^SQLITE_(CORRUPT|NOTADB|IOERR_(READ|SHORT_READ|CORRUPTFS|DATA))/;
  return isDamage.test(error.code) ? unreadable(dataDir, what).message : what;
}
