/**
 * Takes a sample of a node, again and again: how many requests ended since the last one, how long
 * they took, and what the node holds. Curves are drawn of these, also of the time before anybody
 * looked, as far as the journal reaches.
 */
import type { Histogram } from '../../core/histogram.js';
import type { RequestOperation, RequestSeries } from '../../core/request-stats.js';
import type { SampleFact } from '../../events/facts.js';
import type { SampleView } from '../../events/view.js';
import type { Clock, Store } from '../../ports.js';

export const SAMPLE_MS = 5000;

/** What is looked at: of the coordinator. */
interface Sampled {
  readonly stats: { readonly series: readonly RequestSeries[] };
  readonly inFlight: number;
}

type Work = Omit<SampleView, 'rows' | 'bytes' | 'hints' | 'residentBytes'>;

interface SamplerParts {
  readonly clock: Clock;
  readonly coordinator: Sampled;
  readonly store: Pick<Store, 'status'>;
  readonly hints: { readonly status: () => SampleFact['hints'] };
  readonly residentBytes: () => number;
  readonly tell: (fact: SampleFact) => void;
}

export class Sampler {
  readonly #parts: SamplerParts;
  /** How many there had been in each bucket of each series at the last sample. */
  #before: readonly (readonly number[])[] = [];
  #takenAt: number;
  #last: SampleView | null = null;
  #isStopped = false;

  constructor(parts: SamplerParts) {
    this.#parts = parts;
    this.#takenAt = parts.clock.monotonic();
  }

  /** Null before the first. */
  get last(): SampleView | null {
    return this.#last;
  }

  /** Nothing is told any more. */
  stop(): void {
    this.#isStopped = true;
  }

  /** To be called every `SAMPLE_MS`. It is told when the store has said what is in it. */
  take(): void {
    const { store, hints, residentBytes, tell } = this.#parts;
    const work = this.#work();
    store.status(({ rows, bytes }) => {
      if (this.#isStopped) return;
      const kept = hints.status().map(({ target, rows, bytes }) => ({ target, rows, bytes }));
      this.#last = { ...work, rows, bytes, hints: kept, residentBytes: residentBytes() };
      tell({ type: 'node.sampled', ...this.#last });
    });
  }

  /** Since the last sample. */
  #work(): Work {
    const { stats, inFlight } = this.#parts.coordinator;
    const now = this.#parts.clock.monotonic();
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
    // A list takes as long as it is long.
    const ofKeys = added.filter((_, place) => stats.series[place]?.operation !== 'list');
    const together = bounds
      .concat(Number.POSITIVE_INFINITY)
      .map((_, bucket) => sum(ofKeys.map((buckets) => buckets[bucket] ?? 0)));
    return {
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
