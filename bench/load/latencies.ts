/** Latencies, in the HDR histogram that Node.js brings: to a thousandth, up to ten minutes. */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

const LONGEST_MICROS = 600_000_000;
const FIGURES = 3;

export interface Percentiles {
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

export class Latencies {
  readonly #micros: RecordableHistogram = createHistogram({
    lowest: 1,
    highest: LONGEST_MICROS,
    figures: FIGURES,
  });

  note(ms: number): void {
    this.#micros.record(Math.min(LONGEST_MICROS, Math.max(1, Math.round(ms * 1000))));
  }

  get count(): number {
    return this.#micros.count;
  }

  /** 0 each if there is none. */
  percentiles(): Percentiles {
    const ms = (percentile: number) =>
      this.count === 0 ? 0 : this.#micros.percentile(percentile) / 1000;
    return { p50Ms: ms(50), p90Ms: ms(90), p99Ms: ms(99), p999Ms: ms(99.9), maxMs: ms(100) };
  }
}
