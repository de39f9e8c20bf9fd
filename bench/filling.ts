/**
 * Fills data directories of nodes that have stopped, as if clients had written: past the store,
 * which would sync each batch.
 */
import { join } from 'node:path';
import { readingOf } from '../src/core/data/hybrid-clock.js';
import { encodeRecord, recordEnd } from '../src/core/data/record.js';
import { versionBytes } from '../src/core/data/version-bytes.js';
import { partitionOf } from '../src/core/ring/key-owners.js';
import { Database } from '../src/store/thread/sqlite.js';
import { systemClock } from '../src/system.js';
import type { ProcessCluster } from '../test/support/processes/process-cluster.js';
import { keyText, valueText } from './work.js';

const BATCH_ROWS = 10_000;

export interface Filling {
  readonly keys: number;
  readonly valueBytes: number;
  readonly keyOf?: (index: number) => string;
  /** The first of them; 0 unless said otherwise. */
  readonly from?: number;
  /** They have been deleted. */
  readonly tombstones?: boolean;
  /** When they were written, ms before now. */
  readonly agoMs?: number;
}

/** Stops all nodes, has `act` called with the epoch of their ring, and starts them again. */
export async function whileStopped(
  cluster: ProcessCluster,
  act: (epoch: number) => void,
): Promise<void> {
  const { epoch } = await cluster.stable();
  for (const node of cluster.nodes) await node.stop();
  act(epoch);
  await Promise.all(cluster.nodes.map((node) => node.start()));
  await cluster.stable();
}

/** The same rows into each, so that the nodes agree; of nodes that own every partition. */
export function fill(dataDirs: readonly string[], epoch: number, filling: Filling): void {
  const { keys, valueBytes, keyOf = keyText, from = 0, tombstones = false, agoMs = 0 } = filling;
  const time = readingOf(systemClock.now() - agoMs);
  for (const dataDir of dataDirs) {
    const db = new Database(join(dataDir, 'quorate.db'));
    db.pragma('synchronous = OFF');
    db.pragma('cache_size = -262144');
    const partitions = db.prepare('SELECT partitions FROM shape').pluck().get() as number;
    const insert = db.prepare(
      `INSERT OR REPLACE INTO records (partition, key, version, record, ends_at)
       VALUES (?, ?, ?, ?, ?)`,
    );
    const insertSome = db.transaction((first: number, end: number) => {
      for (let index = first; index < end; index++) {
        const key = Buffer.from(keyOf(index));
        const record = encodeRecord({
          ...{ key, tombstone: tombstones, expiresAt: 0, contentType: 'text/plain' },
          version: { epoch, time, node: '00000000000000a1' },
          value: Buffer.from(tombstones ? '' : valueText(index, valueBytes)),
        });
        const partition = partitionOf(key, partitions);
        insert.run(partition, key, versionBytes(record), record, recordEnd(record) ?? null);
      }
    });
    const end = from + keys;
    for (let at = from; at < end; at += BATCH_ROWS) insertSome(at, Math.min(end, at + BATCH_ROWS));
    // What does not fit is counted anew when the node starts.
    db.exec('DELETE FROM sizes');
    db.close();
  }
}
