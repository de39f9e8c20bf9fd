/** All metrics of a node, by topic. `docs/metrics.md` is made of it. */
import type { MetricRows } from './row.js';
import { CLUSTER } from './rows/cluster.js';
import { EVENTS } from './rows/events.js';
import { PROCESS } from './rows/process.js';
import { RECOVERY } from './rows/recovery.js';
import { REPLICAS } from './rows/replicas.js';
import { REQUESTS } from './rows/requests.js';
import { STORAGE } from './rows/storage.js';

export const METRICS: { readonly [topic: string]: MetricRows } = {
  Cluster: CLUSTER,
  Requests: REQUESTS,
  Replicas: REPLICAS,
  'Repair and hints': RECOVERY,
  Storage: STORAGE,
  Events: EVENTS,
  Process: PROCESS,
};
