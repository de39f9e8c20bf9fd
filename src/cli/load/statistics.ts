/** A sample in a few figures. */

export interface Summary {
  readonly count: number;
  readonly sum: number;
  readonly mean: number;
  /** Of the mean: with this many runs it may well be off by twice as much. */
  readonly standardError: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** Of at least one value. */
export function summarize(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  const count = sorted.length;
  const sum = sorted.reduce((total, value) => total + value, 0);
  const mean = sum / count;
  const squares = sorted.reduce((total, value) => total + (value - mean) ** 2, 0);
  const standardError = count > 1 ? Math.sqrt(squares / (count - 1) / count) : 0;
  // The nearest rank: a value that did occur.
  const percentile = (part: number) => sorted[Math.ceil(part * count) - 1]!;
  const [p50, p90, p99, max] = [0.5, 0.9, 0.99, 1].map(percentile) as [
    number,
    number,
    number,
    number,
  ];
  return mapFigures({ count, sum, mean, standardError, p50, p90, p99, max }, (value) =>
    Number(value.toFixed(4)),
  );
}

function mapFigures(summary: Summary, map: (value: number) => number): Summary {
  return Object.fromEntries(
    Object.entries(summary).map(([name, value]) => [name, map(value)]),
  ) as unknown as Summary;
}
