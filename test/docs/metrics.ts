/** `docs/metrics.md`, made from the tables of metrics. */
import type { MetricRow } from '../../src/metrics/row.js';
import { METRICS } from '../../src/metrics/table.js';
import { table } from './markdown.js';

export const METRICS_FILE = 'docs/metrics.md';

function row([name, { type, help, labels = {} }]: [string, MetricRow]): string[] {
  const words = Object.entries(labels).map(([label, word]) => `\`${label}\`: ${word}`);
  return [`\`${name}\``, type, help, words.join('<br>')];
}

function topics(): string {
  return Object.entries(METRICS)
    .map(([topic, rows]) => {
      const lines = Object.entries(rows).map(row);
      return `## ${topic}\n\n${table(['metric', 'type', 'what', 'labels'], lines)}`;
    })
    .join('\n\n');
}

export function metricsPage(): string {
  return `# Metrics

Made from the tables in \`src/metrics/rows\` by \`npm run docs\`; a test fails if this page drifts
from them.

Every node answers \`GET /metrics\` in the text format of Prometheus, about itself and about what it
sees of the cluster. [prometheus.yml](../deploy/prometheus.yml) scrapes three nodes on this machine,
[quorate.json](../deploy/grafana/quorate.json) is a dashboard to import into Grafana.

Counters begin at 0 when a node begins to live, and all of their series are there from then on.
Durations are in seconds, sizes in bytes. Labels hold nothing that grows without end: no keys, no
ids of requests, and of peers only the members of the ring. What begins with \`quorate_cluster_\` or
\`quorate_ring_\` each node says of the same cluster: take \`min\` or \`max\` of it over the nodes.
Of what else is counted, sums mean something.

Not counted: tombstones that are too young to go; each partition's first owner counts the others.

${topics()}
`;
}
