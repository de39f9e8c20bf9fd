/**
 * A file beside the database, which says that there was one. Without it, a database that was
 * emptied or lost would be taken for a new one, and its node found a cluster of its own. It also
 * names the lock file that was locked last (`lock.ts`).
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DataDirError } from '../data-dir.js';

export const MARKER_FILE = 'quorate.txt';
const TEXT = `In this folder a node of Quorate keeps its data: quorate.db, and quorate.db-wal while
it runs. This file only says so, lest a database that got lost be taken for a new one.
`;
const LOCK = /^Locked by quorate\.lock, inode (\d+)\.$/m;

/** Throws `DataDirError` if there was a database, and nothing is left of it. */
export function requireNotEmptied(dataDir: string, databaseFile: string): void {
  const bytes = statSync(databaseFile, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes === 0) requireNew(dataDir);
}

/** To be called where the database holds nothing yet. Throws `DataDirError` if it once did. */
export function requireNew(dataDir: string): void {
  if (!existsSync(join(dataDir, MARKER_FILE))) return;
  const what = `the database in ${dataDir} is gone or empty, and a node lived there`;
  throw new DataDirError(
    'emptied',
    `${what}: put its quorate.db back, or start with --rebuild and a name, and --join and ` +
      'the address of a member of its cluster, to come back as a new one',
  );
}

/** What `mark` was told last; undefined if that is not known. */
export function lockIn(dataDir: string): string | undefined {
  const path = join(dataDir, MARKER_FILE);
  return existsSync(path) ? LOCK.exec(readFileSync(path, 'utf8'))?.[1] : undefined;
}

/**
 * There is a database, it is on the disk, and the lock is had by this file. On a full disk that is
 * said at the next start, and until then what was said before.
 */
export function mark(dataDir: string, lock: string): void {
  if (lockIn(dataDir) === lock) return;
  const path = join(dataDir, MARKER_FILE);
  const next = `${path}.new`;
  try {
    writeWhole(next, `${TEXT}Locked by quorate.lock, inode ${lock}.\n`);
    renameSync(next, path);
  } catch (error) {
    rmSync(next, { force: true });
    if (!hasNoRoom(error)) throw error;
  }
}

function writeWhole(path: string, text: string): void {
  const file = openSync(path, 'w', 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** On the disk, or for its user. */
function hasNoRoom(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT';
}
