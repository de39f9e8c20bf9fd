/**
 * The promises of CASPaxos's acceptors: for a key, the ballot below which nothing is accepted. One
 * lasts until a version of at least that ballot is held, which then speaks for itself.
 *
 * All are in memory beside the database: few keys have one at a time, and the writes of all others
 * should not have to look for it.
 *
 * A round that stores nothing, such as one for a condition that fails, leaves its promises behind,
 * and no time tells when none of the messages that they hold up can come any more. So that they
 * cannot grow without bound, the older half of a partition that has too many is made one promise
 * for all of its keys: the highest of them, under a key that no row has. An acceptor may always
 * promise more than it was asked for. What is stamped from then on is above it, rows that are held
 * stay, and a row from before that is missing here comes by a round, as below any promise.
 */
import type { Database, Statement } from 'better-sqlite3';
import { assert, present } from '../../core/assert.js';
import { isVersionBytes } from '../../core/data/version-bytes.js';
import { checksum } from '../../core/hash.js';
import { Damaged } from './problems.js';

const SAVE =
  'INSERT OR REPLACE INTO promises (partition, key, ballot, checksum) VALUES (?, ?, ?, ?)';
/** In all partitions together, about; each may keep its share of them. */
const MOST_PROMISES = 1 << 16;
/** Fewer would hold up rounds that are under way, more would take long to sort. */
const SHARE = { least: 16, most: 1024 };
/** The name of no key: what is promised for all keys of a partition. */
const ALL_KEYS = '';

export class Promises {
  readonly #share: number;
  /** By the names of their keys. */
  readonly #ballots = new Map<number, Map<string, Buffer>>();
  readonly #save: Statement<[number, Buffer, Buffer, number]>;
  readonly #remove: Statement<[number, Buffer]>;
  readonly #drop: Statement<[number]>;

  constructor(db: Database, partitions: number) {
    const share = Math.min(SHARE.most, MOST_PROMISES / partitions);
    this.#share = Math.max(SHARE.least, share);
    this.#save = db.prepare(SAVE);
    this.#remove = db.prepare('DELETE FROM promises WHERE partition = ? AND key = ?');
    this.#drop = db.prepare('DELETE FROM promises WHERE partition = ?');
    const all = db.prepare<[], [number, unknown, unknown, unknown]>(
      'SELECT partition, key, ballot, checksum FROM promises',
    );
    for (const [partition, key, ballot, held] of all.raw().iterate()) {
      const isPromise = Buffer.isBuffer(key) && isVersionBytes(ballot);
      // Whoever forgets a promise may break it.
      if (!isPromise || held !== promiseChecksum(partition, key, ballot)) {
        throw new Damaged(`a promise for a key of partition ${partition} fails its checksum`);
      }
      this.#remember(partition, key, ballot);
    }
  }

  /** The ballot promised for a key. What was promised for it alone is above that for all keys. */
  get(partition: number, key: Buffer): Buffer | undefined {
    const ballots = this.#ballots.get(partition);
    return ballots && (ballots.get(nameOf(key)) ?? ballots.get(ALL_KEYS));
  }

  /** `ballot` has to be above what is promised for the key. */
  set(partition: number, key: Buffer, ballot: Buffer): void {
    const promised = this.get(partition, key);
    assert(!promised || promised.compare(ballot) < 0, 'a promise is above the one before it');
    this.#save.run(partition, key, ballot, promiseChecksum(partition, key, ballot));
    const ballots = this.#remember(partition, key, ballot);
    if (ballots.size > this.#share) this.#condense(partition, ballots);
  }

  /** What was promised for this key alone. */
  remove(partition: number, key: Buffer): void {
    const ballots = this.#ballots.get(partition);
    if (!ballots?.delete(nameOf(key))) return;
    this.#remove.run(partition, key);
    if (ballots.size === 0) this.#ballots.delete(partition);
  }

  /** Keeps the newer half, lest rounds that are under way be held up. */
  #condense(partition: number, ballots: Map<string, Buffer>): void {
    const oldestFirst = [...ballots].sort(([, a], [, b]) => a.compare(b));
    const older = oldestFirst.slice(0, oldestFirst.length / 2);
    for (const [name] of older) this.remove(partition, Buffer.from(name, 'latin1'));
    const [, highest] = present(older.at(-1), 'a promise in the older half');
    const all = Buffer.from(ALL_KEYS);
    this.#save.run(partition, all, highest, promiseChecksum(partition, all, highest));
    this.#remember(partition, all, highest);
  }

  /** All of a partition. */
  drop(partition: number): void {
    if (this.#ballots.delete(partition)) this.#drop.run(partition);
  }

  #remember(partition: number, key: Buffer, ballot: Buffer): Map<string, Buffer> {
    const ballots = this.#ballots.get(partition) ?? new Map<string, Buffer>();
    this.#ballots.set(partition, ballots);
    // A copy: what was asked for is part of a larger buffer.
    ballots.set(nameOf(key), Buffer.from(ballot));
    return ballots;
  }
}

/** Gives all that are kept the checksum that they had none of. */
export function signPromises(db: Database): void {
  const all = db.prepare<[], [number, unknown, unknown]>(
    'SELECT partition, key, ballot FROM promises',
  );
  const save = db.prepare(SAVE);
  for (const [partition, key, ballot] of all.raw().all()) {
    if (Buffer.isBuffer(key) && isVersionBytes(ballot))
      save.run(partition, key, ballot, promiseChecksum(partition, key, ballot));
  }
}

export function promiseChecksum(partition: number, key: Buffer, ballot: Buffer): number {
  const signed = Buffer.allocUnsafe(4 + key.length + ballot.length);
  signed.writeUInt32BE(partition);
  signed.set(key, 4);
  // As long as any other: so it is known where the key ends.
  signed.set(ballot, 4 + key.length);
  return checksum(signed);
}

function nameOf(key: Buffer): string {
  return key.toString('latin1');
}
