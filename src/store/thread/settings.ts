/** How a connection to the database is set, and that it took the settings. */
import type { Database } from 'better-sqlite3';

export type Setting = readonly [name: string, set: string, readBack: unknown];

/** Of every connection. */
export const CONNECTION_SETTINGS: readonly Setting[] = [
  ['journal_mode', 'WAL', 'wal'],
  // better-sqlite3 is built with NORMAL for WAL, which loses commits on power failure.
  ['synchronous', 'FULL', 2],
  // Checkpoints are ours: see `log/checkpoints.ts`.
  ['wal_autocheckpoint', '0', 0],
];

const KIB = 1024;

/** Of the one that reads and writes. `cacheBytes`: of pages that it keeps in memory, at most. */
export function storeSettings(cacheBytes: number): readonly Setting[] {
  const kib = Math.floor(cacheBytes / KIB);
  return [
    ['journal_size_limit', `${64 << 20}`, 64 << 20],
    // Below 0 it counts KiB, not pages.
    ['cache_size', `${-kib}`, -kib],
    ['cell_size_check', 'ON', 1],
  ];
}

/** A writer from outside is waited for, as long as a disk that is stuck. */
export const OUTSIDER_WAIT_MS = 30_000;

/** Of those that serve. */
export const SERVING_SETTINGS: readonly Setting[] = [
  ['busy_timeout', `${OUTSIDER_WAIT_MS}`, OUTSIDER_WAIT_MS],
];

export function set(db: Database, settings: readonly Setting[]): void {
  for (const [name, value, readBack] of settings) {
    db.pragma(`${name} = ${value}`);
    const is = db.pragma(name, { simple: true });
    if (is !== readBack) throw new Error(`SQLite keeps ${name} at ${is}; it has to be ${value}`);
  }
}
