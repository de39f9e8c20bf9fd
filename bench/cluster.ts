/** Three local Quorate nodes to measure. */
import { requestBytes } from '../test/support/http/raw-http.js';
import { ProcessCluster } from '../test/support/processes/process-cluster.js';
import type { Target } from './load.js';
import { keyText, valueText } from './work.js';

export async function startQuorate(valueBytes: number): Promise<Target> {
  const cluster = await ProcessCluster.start(3);
  return {
    name: 'quorate',
    ports: cluster.nodes.map(({ port }) => port),
    put: (key) => requestBytes('PUT', `/kv/${keyText(key)}`, valueText(key, valueBytes)),
    get: (key) => requestBytes('GET', `/kv/${keyText(key)}`),
    close: () => cluster.close(),
  };
}
