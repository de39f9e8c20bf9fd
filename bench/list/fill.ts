/**
 * Fills data directories of nodes that have stopped with keys, as if clients had written them: past
 * the store, which would sync each batch.
 */
import { join } from 'node:path';
import { readingOf } from '../../src/core/data/hybrid-clock.js';
import { encodeRecord } from '../../src/core/data/record.js';
import { versionBytes } from '../../src/core/data/version-bytes.js';
import { partitionOf } from '../../src/core/ring/key-owners.js';
import { Database } from '../../src/store/thread/sqlite.js';
import { systemClock } from '../../src/system.js';
import { valueText } from '../work.js';

const BATCH_ROWS = 10_000;

export function listedKey(index: number): string {
  return `user:${String(index).padStart(8, '0')}`;
}

/** The same rows into each, so that the nodes agree. */
export function fill(
  dataDirs: readonly string[],
  { keys, valueBytes, epoch }: { keys: number; valueBytes: number; epoch: number },
): void {
  const time = readingOf(systemClock.now());
  for (const dataDir of dataDirs) {
    const db = new Database(join(dataDir, 'quorate.db'));
    db.pragma('synchronous = OFF');
    db.pragma('cache_size = -262144');
    const partitions = db.prepare('SELECT partitions FROM shape').pluck().get() as number;
    const insert = db.prepare(
      'INSERT INTO records (partition, key, version, record) VALUES (?, ?, ?, ?)',
    );
    const insertSome = db.transaction((from: number, to: number) => {
      for (let index = from; index < to; index++) {
        const key = Buffer.from(listedKey(index));
        const record = encodeRecord({
          ...{ key, tombstone: false, expiresAt: 0, contentType: 'text/plain' },
          version: { epoch, time, node: '00000000000000a1' },
          value: Buffer.from(valueText(index, valueBytes)),
        });
        insert.run(partitionOf(key, partitions), key, versionBytes(record), record);
      }
    });
    for (let at = 0; at < keys; at += BATCH_ROWS) insertSome(at, Math.min(keys, at + BATCH_ROWS));
    // What does not fit is counted anew when the node starts.
    db.exec('DELETE FROM sizes');
    db.close();
  }
}
