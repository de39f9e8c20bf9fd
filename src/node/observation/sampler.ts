/**
 * Takes a sample of what a node does, again and again: how many requests ended since the last one,
 * and how long they took. Curves are drawn of these, also of the time before anybody looked, as
 * far as the journal reaches.
 */
import type { Histogram } from '../../core/histogram.js';
import type { RequestOperation, RequestSeries } from '../../core/request-stats.js';
import type { SampleFact } from '../../events/facts.js';
import type { SampleView } from '../../events/view.js';
import type { Clock } from '../../ports.js';

export const SAMPLE_MS = 5000;

/** What is looked at: of the coordinator. */
interface Sampled {
  readonly stats: { readonly series: readonly RequestSeries[] };
  readonly inFlight: number;
}

export class Sampler {
  readonly #clock: Clock;
  readonly #coordinator: Sampled;
  readonly #tell: (fact: SampleFact) => void;
  /** How many there had been in each bucket of each series at the last sample. */
  #before: readonly (readonly number[])[] = [];
  #takenAt: number;
  #last: SampleView | null = null;

  constructor(options: {
    clock: Clock;
    coordinator: Sampled;
    tell: (fact: SampleFact) => void;
  }) {
    this.#clock = options.clock;
    this.#coordinator = options.coordinator;
    this.#tell = options.tell;
    this.#takenAt = options.clock.monotonic();
  }

  /** Null before the first. */
  get last(): SampleView | null {
    return this.#last;
  }

  /** To be called every `SAMPLE_MS`. */
  take(): void {
    const { stats, inFlight } = this.#coordinator;
    const now = this.#clock.monotonic();
    const ms = Math.round(now - this.#takenAt);
    const counts = stats.series.map(({ durations }) => bucketsOf(durations));
    const added = counts.map((buckets, place) =>
      buckets.map((count, bucket) => count - (this.#before[place]?.[bucket] ?? 0)),
    );
    this.#before = counts;
    this.#takenAt = now;
    const ended = (isMeant: (series: RequestSeries) => boolean) =>
      stats.series.reduce((all, each, place) => (isMeant(each) ? all + sum(added[place]) : all), 0);
    const of = (operation: RequestOperation) => ended((each) => each.operation === operation);
    const bounds = stats.series[0]?.durations.bounds ?? [];
    const together = bounds
      .concat(Number.POSITIVE_INFINITY)
      .map((_, bucket) => sum(added.map((buckets) => buckets[bucket] ?? 0)));
    this.#last = {
      ms,
      gets: of('get'),
      puts: of('put'),
      deletes: of('delete'),
      failed: ended(({ outcome }) => outcome === 'failed' || outcome === 'unknown'),
      p50Ms: percentile(together, bounds, 0.5),
      p99Ms: percentile(together, bounds, 0.99),
      inFlight,
      lateMs: Math.max(0, ms - SAMPLE_MS),
    };
    this.#tell({ type: 'node.sampled', ...this.#last });
  }
}

function bucketsOf(histogram: Histogram): number[] {
  return [...histogram.bounds, 0].map((_, bucket) => histogram.in(bucket));
}

function sum(counts: readonly number[] = []): number {
  return counts.reduce((all, count) => all + count, 0);
}

/**
 * The upper bound of the bucket in which it lies; behind all bounds, the last of them. Null of
 * nothing.
 */
export function percentile(
  counts: readonly number[],
  bounds: readonly number[],
  share: number,
): number | null {
  const all = sum(counts);
  if (all === 0) return null;
  let below = 0;
  const bucket = counts.findIndex((count) => {
    below += count;
    return below >= all * share;
  });
  return bounds[Math.min(bucket, bounds.length - 1)] ?? null;
}
