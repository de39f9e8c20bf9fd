/** The store of this node. */
import type { StoreStatus } from '../../ports.js';
import { type MetricRows, type Sample, type Series, single } from '../row.js';

/** Nothing before the store has answered for the first time. */
function told({ store }: Sample, of: (status: StoreStatus) => number): Series[] {
  return store.status ? single(of(store.status)) : [];
}

export const STORAGE: MetricRows = {
  quorate_store_up: {
    type: 'gauge',
    help: '1 if the store has answered in time; 0: what it says is of an earlier scrape.',
    read: ({ store }) => single(store.isUp ? 1 : 0),
  },
  quorate_store_full: {
    type: 'gauge',
    help: '1 if the disk has no room for what clients write.',
    read: (sample) => told(sample, ({ readOnly }) => (readOnly ? 1 : 0)),
  },
  quorate_store_rows: {
    type: 'gauge',
    help: 'Keys that are held here, those of deleted ones included.',
    read: (sample) => told(sample, ({ rows }) => rows),
  },
  quorate_store_bytes: {
    type: 'gauge',
    help: 'Size of the database.',
    unit: 'bytes',
    read: (sample) => told(sample, ({ bytes }) => bytes),
  },
  quorate_store_wal_bytes: {
    type: 'gauge',
    help: 'Size of its write-ahead log.',
    unit: 'bytes',
    read: (sample) => told(sample, ({ walBytes }) => walBytes),
  },
  quorate_store_commit_duration_seconds: {
    type: 'histogram',
    help: 'Duration of each COMMIT, which ends with a sync of the disk.',
    unit: 'seconds',
    read: ({ store }) => single(store.commits.durations),
  },
  quorate_store_checkpoint_wait_seconds: {
    type: 'histogram',
    help: 'How long requests were kept waiting by checkpoints; nearly all is done beside them.',
    unit: 'seconds',
    read: ({ store }) => single(store.commits.checkpoints),
  },
  quorate_store_cache_reads_total: {
    type: 'counter',
    help: 'Reads of a key that found its record in memory, or did not.',
    labels: { outcome: 'hit or miss' },
    read: ({ node: { cache } }) => [
      [{ outcome: 'hit' }, cache.hits],
      [{ outcome: 'miss' }, cache.misses],
    ],
  },
  quorate_store_transaction_requests: {
    type: 'histogram',
    help: 'Requests that shared a transaction, and so a sync.',
    read: ({ store }) => single(store.commits.requests),
  },
};
