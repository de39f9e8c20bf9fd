/** The log is brought home beside the batches, and starts anew. */
import { renameSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import * as assert from 'uvu/assert';
import { CommitStats } from '../../../../src/store/commit-stats.js';
import { Checkpoints } from '../../../../src/store/thread/log/checkpoints.js';
import { openDatabase } from '../../../../src/store/thread/schema.js';
import { systemClock } from '../../../../src/system.js';
import { PARTITIONS } from '../../../support/data/records.js';
import { eventually } from '../../../support/eventually.js';
import { suite } from '../../../support/runner/suite.js';
import { databaseFile, temporaryDir } from '../../temporary.js';

const test = suite('checkpoints');
/** That a transaction writes, at least. */
const PAGES = 512;

function begin() {
  const dataDir = temporaryDir();
  const db = openDatabase(dataDir, PARTITIONS);
  const { checkpoints: waits } = new CommitStats();
  const checkpoints = new Checkpoints(db, systemClock, { checkpoints: waits });
  const end = () => {
    checkpoints.close();
    db.close();
  };
  return { dataDir, db, checkpoints, waits, end };
}

function writeMuch(db: Database): void {
  db.prepare('INSERT OR REPLACE INTO probe VALUES (1, randomblob(?))').run(PAGES * 4096);
}

function logPages(db: Database): number {
  const [{ log }] = db.pragma('wal_checkpoint(NOOP)') as [{ log: number }];
  return log;
}

test('write upon write -> the log starts anew, and stays bounded', () => {
  const { db, checkpoints, waits, end } = begin();
  const lengths: number[] = [];
  for (let times = 0; times < 100; times++) {
    writeMuch(db);
    checkpoints.ifDue();
    lengths.push(logPages(db));
  }
  const restarts = lengths.filter((length, at) => length < (lengths[at - 1] ?? 0)).length;
  assert.ok(restarts > 1, `${restarts} times`);
  assert.ok(Math.max(...lengths) <= 14_000 + 2 * PAGES, `${Math.max(...lengths)} pages`);
  assert.ok(waits.count <= restarts, `${waits.count} waits`);
  end();
});

test('many pages wait, and nobody writes -> all come home, and nobody has waited', async () => {
  const { db, checkpoints, waits, end } = begin();
  while (checkpoints.pendingPages < 4000) {
    writeMuch(db);
    checkpoints.ifDue();
  }
  await eventually(async () => {
    checkpoints.ifDue();
    return checkpoints.pendingPages === 0;
  });
  assert.is(waits.count, 0);
  const before = logPages(db);
  writeMuch(db);
  assert.ok(logPages(db) < before, 'it starts anew');
  end();
});

test('the other thread is asked, and has not begun -> what is wanted now is done here', () => {
  const { db, checkpoints, end } = begin();
  while (checkpoints.pendingPages < 4000) {
    writeMuch(db);
    checkpoints.ifDue();
  }
  assert.ok(checkpoints.tryNow());
  assert.is(checkpoints.pendingPages, 0);
  end();
});

test('the other thread fails -> so do we, and say why', async () => {
  const { dataDir, db, checkpoints, end } = begin();
  renameSync(databaseFile(dataDir), `${databaseFile(dataDir)}-away`);
  while (checkpoints.pendingPages < 4000) {
    writeMuch(db);
    checkpoints.ifDue();
  }
  const failure = await eventually(() => {
    try {
      return checkpoints.ifDue() ?? undefined;
    } catch (error) {
      return error as { code?: string };
    }
  });
  assert.is(failure.code, 'SQLITE_CANTOPEN');
  end();
});

test.run();
