/**
 * The promises of CASPaxos's acceptors: for a key, the ballot below which nothing is accepted. One
 * lasts until a version of at least that ballot is held, which then speaks for itself.
 *
 * All are in memory beside the database: few keys have one at a time, and the writes of all others
 * should not have to look for it.
 */
import type { Database, Statement } from 'better-sqlite3';
import { isVersionBytes } from '../core/version-bytes.js';

/** Whoever forgets a promise may break it. */
export class DamagedPromise extends Error {
  constructor(partition: number) {
    super(`a promise for a key of partition ${partition} is damaged`);
  }
}

export class Promises {
  /** By the names of their keys. */
  readonly #ballots = new Map<number, Map<string, Buffer>>();
  readonly #save: Statement<[number, Buffer, Buffer]>;
  readonly #remove: Statement<[number, Buffer]>;
  readonly #drop: Statement<[number]>;

  constructor(db: Database) {
    this.#save = db.prepare(
      'INSERT OR REPLACE INTO promises (partition, key, ballot) VALUES (?, ?, ?)',
    );
    this.#remove = db.prepare('DELETE FROM promises WHERE partition = ? AND key = ?');
    this.#drop = db.prepare('DELETE FROM promises WHERE partition = ?');
    const all = db.prepare<[], [number, Buffer, unknown]>(
      'SELECT partition, key, ballot FROM promises',
    );
    for (const [partition, key, ballot] of all.raw().iterate()) {
      if (!isVersionBytes(ballot)) throw new DamagedPromise(partition);
      this.#remember(partition, key, ballot);
    }
  }

  /** The ballot promised for a key. */
  get(partition: number, key: Buffer): Buffer | undefined {
    return this.#ballots.get(partition)?.get(nameOf(key));
  }

  set(partition: number, key: Buffer, ballot: Buffer): void {
    this.#save.run(partition, key, ballot);
    this.#remember(partition, key, ballot);
  }

  remove(partition: number, key: Buffer): void {
    this.#remove.run(partition, key);
    const ballots = this.#ballots.get(partition)!;
    ballots.delete(nameOf(key));
    if (ballots.size === 0) this.#ballots.delete(partition);
  }

  /** All of a partition. */
  drop(partition: number): void {
    if (this.#ballots.delete(partition)) this.#drop.run(partition);
  }

  #remember(partition: number, key: Buffer, ballot: Buffer): void {
    const ballots = this.#ballots.get(partition) ?? new Map<string, Buffer>();
    this.#ballots.set(partition, ballots);
    // A copy: what was asked for is part of a larger buffer.
    ballots.set(nameOf(key), Buffer.from(ballot));
  }
}

function nameOf(key: Buffer): string {
  return key.toString('latin1');
}
