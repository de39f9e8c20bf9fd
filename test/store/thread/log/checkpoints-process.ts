/**
 * A process whose disk is made to fail in the middle of a checkpoint: `node checkpoints-process.js
 * <dataDir> <limitMs>`. When the other thread has brought the log home, and is to sync that, it is
 * waited for. Says `done`, or why not.
 */
import type { Database } from 'better-sqlite3';
import { CommitStats } from '../../../../src/store/commit-stats.js';
import { Checkpoints } from '../../../../src/store/thread/log/checkpoints.js';
import { openDatabase } from '../../../../src/store/thread/schema.js';
import { systemClock } from '../../../../src/system.js';
import { PARTITIONS } from '../../../support/data/records.js';
import { eventually } from '../../../support/eventually.js';

const [dataDir, limitMs] = process.argv.slice(2);
const db = openDatabase(dataDir!, PARTITIONS);
const checkpoints = new Checkpoints(db, systemClock, new CommitStats(), Number(limitMs));

function isBroughtHome(of: Database): boolean {
  const [{ checkpointed }] = of.pragma('wal_checkpoint(NOOP)') as [{ checkpointed: number }];
  return checkpointed > 0;
}

while (checkpoints.pendingPages < 4000) {
  db.prepare('INSERT OR REPLACE INTO probe VALUES (1, randomblob(?))').run(2 << 20);
  checkpoints.ifDue();
}
await eventually(() => isBroughtHome(db));
try {
  checkpoints.tryNow();
  console.log('done');
} catch (error) {
  console.log(`${(error as { code?: string }).code}: ${(error as Error).message}`);
}
process.exit();
