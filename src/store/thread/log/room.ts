/**
 * Whether there is room on the disk for what is written, and the log that takes it.
 *
 * Some room is kept from what clients write, so that a node can go on with what it needs itself: to
 * stamp versions for owners that have room, to learn of new rings, to drop what it does not own.
 */
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database } from 'better-sqlite3';
import type { Checkpoints } from './checkpoints.js';

const PAGE_BYTES = 4096;
/** Clients leave so much of the disk alone, or this part of it if that is less. */
const RESERVED_BYTES = 16 << 20;
const RESERVED_SHARE = 0.05;

export class Room {
  readonly #db: Database;
  readonly #checkpoints: Checkpoints;
  #isLow = false;

  constructor(db: Database, checkpoints: Checkpoints) {
    this.#db = db;
    this.#checkpoints = checkpoints;
  }

  /** There was no room for what clients write, when last looked. */
  get isLow(): boolean {
    return this.#isLow;
  }

  /** Looks anew, before a batch of so many bytes. */
  look(bytes: number): void {
    this.#isLow = this.hasLittleFor(bytes);
    if (!this.#isLow || this.#checkpoints.pendingPages === 0) return;
    this.#checkpoints.helpOut();
    this.#isLow = this.hasLittleFor(bytes);
  }

  /**
   * A batch goes to the log, and later to its pages. If there is room for the second, too, then the
   * log can always start anew, and what is small fits in without taking more of the disk.
   */
  hasLittleFor(bytes: number): boolean {
    const { bavail, blocks, bsize } = statfsSync(dirname(this.#db.name));
    const reserved = Math.min(RESERVED_BYTES, blocks * bsize * RESERVED_SHARE);
    const pending = this.#checkpoints.pendingPages * PAGE_BYTES;
    return bavail * bsize < reserved + pending + 2 * bytes;
  }
}
