/**
 * Gives up bodies that come too slowly: what has arrived of them is held, and a client that stops
 * in the middle would keep its share for as long as a request may take.
 *
 * Every few seconds it looks what has come since it looked last. A body of which less than the
 * least has come is given up; one that began since then has until the next look. (Apache's
 * mod_reqtimeout asks for 500 bytes a second, too, but adds up what came early.)
 */
import type { Clock } from '../../ports.js';

const LEAST_BYTES_PER_S = 500;

export interface Upload {
  /** Bytes that have come. */
  readonly received: number;
  giveUp(): void;
}

export class UploadWatch {
  readonly #lookEveryMs: number;
  readonly #clock: () => Clock;
  /** What each had received at the last look; undefined if it was not there yet. */
  readonly #uploads = new Map<Upload, number | undefined>();
  /** Of the next look; undefined if none is due. */
  #timer: unknown;

  /** `clock`: asked for when there is something to watch. */
  constructor(lookEveryMs: number, clock: () => Clock) {
    this.#lookEveryMs = lookEveryMs;
    this.#clock = clock;
  }

  add(upload: Upload): void {
    this.#uploads.set(upload, undefined);
    this.#lookLater();
  }

  remove(upload: Upload): void {
    this.#uploads.delete(upload);
  }

  /** No timer is left: whoever ends does not wait for it. */
  close(): void {
    if (this.#timer !== undefined) this.#clock().clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** One timer for all, which ends when there are none. */
  #lookLater(): void {
    if (this.#timer !== undefined) return;
    this.#timer = this.#clock().setTimeout(() => {
      this.#timer = undefined;
      this.#look();
      if (this.#uploads.size > 0) this.#lookLater();
    }, this.#lookEveryMs);
  }

  #look(): void {
    const leastBytes = (LEAST_BYTES_PER_S * this.#lookEveryMs) / 1000;
    for (const [upload, before] of this.#uploads) {
      if (before === undefined || upload.received - before >= leastBytes) {
        this.#uploads.set(upload, upload.received);
      } else upload.giveUp();
    }
  }
}
