/** Three local Quorate nodes to measure. */
import { requestBytes } from '../test/support/http/raw-http.js';
import { ProcessCluster } from '../test/support/processes/process-cluster.js';
import type { Target } from './load.js';
import { keyText, valueText } from './work.js';

export interface QuorateTarget extends Target {
  /** Of its nodes, one for each port. */
  readonly pids: readonly number[];
}

export async function startQuorate(valueBytes: number): Promise<QuorateTarget> {
  const cluster = await ProcessCluster.start(3);
  return {
    name: 'quorate',
    ports: cluster.ports,
    put: (key) => requestBytes('PUT', `/kv/${keyText(key)}`, valueText(key, valueBytes)),
    get: (key) => requestBytes('GET', `/kv/${keyText(key)}`),
    pids: cluster.nodes.map(({ child }) => child.pid),
    close: () => cluster.close(),
  };
}
