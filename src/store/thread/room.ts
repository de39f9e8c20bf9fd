/**
 * Whether there is room on the disk for what is written, and the log that takes it.
 *
 * Some room is kept from what clients write, so that a node can go on with what it needs itself: to
 * stamp versions for owners that have room, to learn of new rings, to drop what it does not own.
 */
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database, Statement } from 'better-sqlite3';
import { present } from '../../core/assert.js';
import { SqliteError } from './sqlite.js';

/** Pages in the log that make a checkpoint due: 40 MB. */
const CHECKPOINT_PAGES = 10_000;
const PAGE_BYTES = 4096;
/** Clients leave so much of the disk alone, or this part of it if that is less. */
const RESERVED_BYTES = 16 << 20;
const RESERVED_SHARE = 0.05;

export class Room {
  readonly #db: Database;
  readonly #logPages: Statement<[], { log: number; checkpointed: number }>;
  readonly #checkpoint: Statement<[]>;
  #isLow = false;
  /** In the log, and not yet where it belongs. */
  #pendingPages = 0;
  /** In pages of the log: the last one found no room. */
  #checkpointDueAt = 0;

  constructor(db: Database) {
    this.#db = db;
    // NOOP only counts.
    this.#logPages = db.prepare('PRAGMA wal_checkpoint(NOOP)');
    this.#checkpoint = db.prepare('PRAGMA wal_checkpoint(PASSIVE)');
  }

  /** There was no room for what clients write, when last looked. */
  get isLow(): boolean {
    return this.#isLow;
  }

  /** Looks anew, before a batch of so many bytes. */
  look(bytes: number): void {
    this.#isLow = this.hasLittleFor(bytes);
    if (!this.#isLow || this.#pendingPages === 0) return;
    this.#checkpointIfDue(1);
    this.#isLow = this.hasLittleFor(bytes);
  }

  /**
   * A batch goes to the log, and later to its pages. If there is room for the second, too, then the
   * log can always start anew, and what is small fits in without taking more of the disk.
   */
  hasLittleFor(bytes: number): boolean {
    const { bavail, blocks, bsize } = statfsSync(dirname(this.#db.name));
    const reserved = Math.min(RESERVED_BYTES, blocks * bsize * RESERVED_SHARE);
    return bavail * bsize < reserved + this.#pendingPages * PAGE_BYTES + 2 * bytes;
  }

  /**
   * To be called when the answers are on their way, so that no writer waits for it. A checkpoint
   * that finds no room is put off, and the log grows until there is no room for that either.
   */
  checkpointIfDue(): void {
    this.#checkpointIfDue(this.#isLow ? 1 : CHECKPOINT_PAGES);
  }

  #checkpointIfDue(pages: number): void {
    const { log, checkpointed } = present(this.#logPages.get(), 'a count of the pages in the log');
    this.#pendingPages = log - checkpointed;
    if (this.#pendingPages < pages || log < this.#checkpointDueAt) return;
    const isDone = this.tryCheckpoint();
    this.#checkpointDueAt = isDone ? 0 : log + CHECKPOINT_PAGES;
    if (isDone) this.#pendingPages = 0;
  }

  /** Lets the log start anew within the room it has. False if the disk is full. */
  tryCheckpoint(): boolean {
    try {
      this.#checkpoint.get();
      return true;
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      return false;
    }
  }
}

export function isDiskFull(error: unknown): boolean {
  return error instanceof SqliteError && error.code === 'SQLITE_FULL';
}
