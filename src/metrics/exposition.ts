/** Metrics as Prometheus reads them. */
import { type Gauge, Registry } from 'prom-client';
import { Histogram } from '../core/histogram.js';
import type { Labels, MetricRow, Sample, Series } from './row.js';
import { METRICS } from './table.js';

export const CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

interface ExposedValue {
  readonly metricName?: string;
  readonly labels: Labels | { readonly [name: string]: string | number };
  readonly value: number;
}

/**
 * All that is counted is counted elsewhere, by plain numbers; the registry is made for one scrape,
 * and formats. (The library's own counters would have to be told of each request.)
 */
export async function expose(sample: Sample): Promise<string> {
  const registry = new Registry();
  for (const rows of Object.values(METRICS)) {
    for (const [name, row] of Object.entries(rows)) {
      const metric = { name, help: row.help, type: row.type, aggregator: 'sum' };
      const get = async () => ({ ...metric, values: valuesOf(name, row, sample) });
      // Of a metric the registry asks for its name and for `get`; the type wants to be told, too.
      registry.registerMetric({ ...metric, get } as unknown as Gauge);
    }
  }
  return registry.metrics();
}

function valuesOf(name: string, row: MetricRow, sample: Sample): ExposedValue[] {
  const scale = row.unit === 'seconds' ? 1000 : 1;
  return row
    .read(sample)
    .flatMap(([labels, value]: Series) =>
      value instanceof Histogram
        ? bucketsOf(name, labels, value, scale)
        : [{ labels, value: value / scale }],
    );
}

/** Buckets add up: each holds what the smaller ones hold, too. */
function bucketsOf(
  name: string,
  labels: Labels,
  histogram: Histogram,
  scale: number,
): ExposedValue[] {
  let count = 0;
  const buckets = [...histogram.bounds, Number.POSITIVE_INFINITY].map((bound, bucket) => {
    count += histogram.in(bucket);
    const le = bound === Number.POSITIVE_INFINITY ? '+Inf' : bound / scale;
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: histogram.sum / scale },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
