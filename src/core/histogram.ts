/**
 * Counts values by their size, in fixed buckets: to note one allocates nothing, and what was noted
 * can be read at any time, from another thread too if the cells are shared.
 */
import { assert, present } from './assert.js';

/** From half a millisecond to ten seconds, in ms. */
export const DURATION_BOUNDS_MS: readonly number[] = [
  0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000,
];

export class Histogram {
  /** Upper bounds, each within its bucket; behind the last there is one more bucket. */
  readonly bounds: readonly number[];
  /** How many in each bucket, then the sum of all values. */
  readonly #cells: Float64Array<ArrayBufferLike>;

  /** `cells`: `cellsFor(bounds)` of them, all 0 or from an earlier one. */
  constructor(
    bounds: readonly number[],
    cells: Float64Array<ArrayBufferLike> = new Float64Array(Histogram.cellsFor(bounds)),
  ) {
    assert(cells.length === Histogram.cellsFor(bounds), 'a histogram has a cell for each bucket');
    this.bounds = bounds;
    this.#cells = cells;
  }

  static cellsFor(bounds: readonly number[]): number {
    return bounds.length + 2;
  }

  note(value: number): void {
    const { bounds } = this;
    const cells = this.#cells;
    let bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++;
    cells[bucket]! += 1;
    cells[bounds.length + 1]! += value;
  }

  /** In a bucket; the last is behind all bounds. */
  in(bucket: number): number {
    return present(this.#cells[bucket], 'a bucket');
  }

  get count(): number {
    let count = 0;
    for (let bucket = 0; bucket <= this.bounds.length; bucket++) count += this.in(bucket);
    return count;
  }

  /** Of all values. */
  get sum(): number {
    return present(this.#cells[this.bounds.length + 1], 'the cell of the sum');
  }
}
