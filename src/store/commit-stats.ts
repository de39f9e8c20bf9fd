/**
 * What the store's thread has committed since it was opened, in memory that both sides see: the
 * thread counts, and whoever asks reads, without a message. A number that is being written may be
 * read a moment too early, and is never half of one: eight aligned bytes are written at once on
 * every machine that Node runs on.
 */
import { DURATION_BOUNDS_MS, Histogram } from '../core/histogram.js';

/** Up to as many requests as fit into a batch. */
const REQUEST_BOUNDS: readonly number[] = [1, 2, 4, 8, 16, 32, 64, 128, 256];
const DURATION_CELLS = Histogram.cellsFor(DURATION_BOUNDS_MS);
const REQUEST_CELLS = Histogram.cellsFor(REQUEST_BOUNDS);

export class CommitStats {
  readonly memory: SharedArrayBuffer;
  /** Of each COMMIT, which syncs, in ms. */
  readonly durations: Histogram;
  /** In each transaction, reads that came with its writes included. */
  readonly requests: Histogram;

  /** How long the thread was kept from its batches by each checkpoint, in ms. */
  readonly checkpoints: Histogram;

  /** `memory`: that of the other side, or new. */
  constructor(memory = new SharedArrayBuffer(8 * (2 * DURATION_CELLS + REQUEST_CELLS))) {
    this.memory = memory;
    const cells = new Float64Array(memory);
    this.durations = new Histogram(DURATION_BOUNDS_MS, cells.subarray(0, DURATION_CELLS));
    this.requests = new Histogram(REQUEST_BOUNDS, cells.subarray(2 * DURATION_CELLS));
    this.checkpoints = new Histogram(
      DURATION_BOUNDS_MS,
      cells.subarray(DURATION_CELLS, 2 * DURATION_CELLS),
    );
  }
}
