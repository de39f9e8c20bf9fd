/**
 * Ratios of systems that were measured side by side. Machines have good and bad minutes: so what is
 * compared are figures of the same round, and of the ratios of all rounds the median is told, with
 * the least and the most. Where those lie on both sides of 1, nothing was shown.
 */
export interface Ratio {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Of figures of the same rounds, in the same order; of at least one. */
export function ratioOf(ours: readonly number[], theirs: readonly number[]): Ratio {
  if (ours.length !== theirs.length) throw new Error('ratios are of the same rounds');
  const ratios = ours.map((figure, round) => figure / theirs[round]!);
  return { median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) };
}

/** Of an even number: half way between the two in the middle. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2;
}

export function ratioText({ median: middle, least, most }: Ratio): string {
  return `${middle.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`;
}
