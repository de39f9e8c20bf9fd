/**
 * The thread of a simulated store: serves batches one after the other, each as a whole, as
 * `src/store/thread/serving.ts` does. A batch takes effect on the disk, and is answered, at the end
 * of its sync; a crash in between leaves all of it or nothing, and so does a sync that fails.
 */
import type { Clock, Random } from '../../../src/ports.js';
import { type DiskOptions, IO_ERROR, type Room, type SimDisk } from './disk.js';

const READ_MS = 0.02;
/** A disk that takes longer is a broken one, and says so. */
const LONGEST_SYNC_MS = 30_000;

/** One operation. Its answer is what it returns, which is called when the batch is through. */
export interface Request {
  readonly writes: boolean;
  /** It leaves the last of the disk alone. */
  readonly isOfClients: boolean;
  /** Does it on the disk. */
  readonly run: () => () => void;
  /** Instead, of one that writes, if there is no room. */
  readonly refuse: () => void;
}

export type Batch = readonly Request[];

interface Events {
  /** Something has found no room. */
  noticed(): void;
  /** It is through, and nothing of it is answered yet. */
  through(batch: Batch): void;
  /** It is answered. */
  answered(): void;
  failed(error: Error): void;
}

export class SimThread {
  readonly #disk: SimDisk;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #options: DiskOptions;
  readonly #events: Events;
  /** Oldest first; the first is being served. */
  readonly #batches: Batch[] = [];
  #isOver = false;

  constructor(
    parts: { disk: SimDisk; clock: Clock; random: Random; options: DiskOptions },
    events: Events,
  ) {
    this.#disk = parts.disk;
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#options = parts.options;
    this.#events = events;
  }

  get isIdle(): boolean {
    return this.#batches.length === 0;
  }

  post(batch: Batch): void {
    this.#batches.push(batch);
    if (this.#batches.length === 1) this.#serve(batch);
  }

  /** Nothing is answered any more. */
  end(): void {
    this.#isOver = true;
  }

  /** The process dies, or the power goes. */
  crash(): void {
    const [batch = []] = this.#batches;
    if (!this.#isOver && batch.some(({ writes }) => writes)) {
      const isKept = this.#disk.room === 'enough' && this.#random.float() < 0.5;
      if (isKept) for (const request of batch) request.run();
      else this.#disk.counts.lostCommits++;
    }
    this.end();
  }

  #serve(batch: Batch): void {
    const writes = batch.some((request) => request.writes);
    const tookMs = writes ? this.#syncTime() : READ_MS;
    this.#clock.setTimeout(() => this.#finish(batch, writes), tookMs);
  }

  #syncTime(): number {
    const { syncMs, tailChance, tailMs } = this.#options;
    const usual = -Math.log(1 - this.#random.float()) * syncMs;
    const tail = this.#random.float() < tailChance ? tailMs : 0;
    return Math.min((usual + tail) * this.#disk.slowness, LONGEST_SYNC_MS);
  }

  #finish(batch: Batch, writes: boolean): void {
    if (this.#isOver) return;
    const room = writes ? this.#disk.roomNow(this.#random) : 'enough';
    if (room !== 'none' && writes && this.#disk.takeFailure()) return this.#fail(batch);
    const answers = batch.map((request) => this.#answerTo(request, room));
    this.#events.through(batch);
    this.#batches.shift();
    const [next] = this.#batches;
    if (next) this.#serve(next);
    for (const answer of answers) {
      // One of those called may have ended the process.
      if (!this.#isOver) answer();
    }
    if (!this.#isOver) this.#events.answered();
  }

  #answerTo(request: Request, room: Room): () => void {
    const { counts } = this.#disk;
    const isRefused = room === 'none' || (room === 'low' && request.isOfClients);
    if (!request.writes || !isRefused) {
      if (request.writes && room === 'low') counts.wroteWhenLow++;
      return request.run();
    }
    counts.full++;
    return () => {
      this.#events.noticed();
      request.refuse();
    };
  }

  #fail(batch: Batch): void {
    if (this.#random.float() < 0.5) for (const request of batch) request.run();
    this.end();
    this.#events.failed(new Error(IO_ERROR));
  }
}
