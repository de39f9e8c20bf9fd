/** A simulated disk: what outlives a process, and the ways in which it breaks promises. */

import type { Held } from '../../../src/core/acceptor.js';
import { type EncodedRecord, isIntactRecord } from '../../../src/core/data/record.js';
import type { NodeId, Version } from '../../../src/core/data/version.js';
import type { Random } from '../../../src/ports.js';

export interface DiskOptions {
  /** Mean time of a sync. */
  readonly syncMs: number;
  /** How many syncs of one take `tailMs` longer. */
  readonly tailChance: number;
  readonly tailMs: number;
}

/** What a process says that stops because of `failNextSync`. */
export const IO_ERROR = 'simulated I/O error';

export interface Row {
  /** Beside the record, as in the database: a flipped bit in the record leaves it. */
  readonly version: Version;
  readonly record: EncodedRecord;
}

export interface HintRow {
  readonly id: number;
  readonly target: NodeId;
  readonly record: EncodedRecord;
  readonly expiresAt: number;
}

function ascending(a: number, b: number): number {
  return a - b;
}

/** Keys as the names of things: one character for each byte, so that they sort as bytes do. */
export function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');
}

export class SimDisk {
  isFull = false;
  /** Syncs take this many times as long. */
  slowness = 1;
  readonly counts = { lostCommits: 0, failures: 0, full: 0, flips: 0, condensed: 0 };
  readonly meta = new Map<string, string>();
  /** By their targets and the names of their keys. */
  readonly hints = new Map<string, HintRow>();
  readonly #partitions = new Map<number, Map<string, Row>>();
  readonly #promises = new Map<number, Map<string, Version>>();
  /** By partitions. */
  readonly reaped = new Map<number, Version>();
  #willFail = false;

  /** The rows of a partition by the names of their keys. */
  rowsOf(partition: number): Map<string, Row> {
    let rows = this.#partitions.get(partition);
    if (!rows) {
      rows = new Map();
      this.#partitions.set(partition, rows);
    }
    return rows;
  }

  /** What was promised for the keys of a partition, by their names. */
  promisesOf(partition: number): Map<string, Version> {
    let promises = this.#promises.get(partition);
    if (!promises) {
      promises = new Map();
      this.#promises.set(partition, promises);
    }
    return promises;
  }

  /** The partitions that have any rows, in their order. */
  partitions(): number[] {
    const all = [...this.#partitions];
    return all.flatMap(([partition, { size }]) => (size > 0 ? [partition] : [])).sort(ascending);
  }

  /** Everything that is synced, damaged or not. */
  records(): EncodedRecord[] {
    return [...this.#partitions.values()].flatMap((rows) =>
      [...rows.values()].map(({ record }) => record),
    );
  }

  record(key: string): EncodedRecord | undefined {
    return this.#rowsWith(key)?.get(nameOf(Buffer.from(key)))?.record;
  }

  /** The next sync fails: its commit may or may not be there afterwards. */
  failNextSync(): void {
    this.#willFail = true;
  }

  takeFailure(): boolean {
    const fails = this.#willFail;
    this.#willFail = false;
    if (fails) this.counts.failures++;
    return fails;
  }

  /** Whether a node that stops for this reason does as it should. */
  isExpectedFailure(reason: string): boolean {
    return reason.includes(IO_ERROR);
  }

  /** One bit of the record, anywhere in it. */
  flipBit(key: string, random: Random): void {
    const rows = this.#rowsWith(key);
    const name = nameOf(Buffer.from(key));
    const row = rows?.get(name);
    if (!rows || !row) return;
    const record = Buffer.from(row.record);
    const bit = Math.floor(random.float() * record.length * 8);
    record[bit >> 3]! ^= 1 << (bit & 7);
    rows.set(name, { ...row, record });
    this.counts.flips++;
  }

  /** Full, slow or failing no longer. What is damaged stays damaged. */
  recover(): void {
    this.isFull = false;
    this.slowness = 1;
    this.#willFail = false;
  }

  wipe(): void {
    this.#partitions.clear();
    this.#promises.clear();
    this.reaped.clear();
    this.hints.clear();
    this.meta.clear();
  }

  /** A backup of what it holds. */
  copy(): SimDisk {
    const copy = new SimDisk();
    copy.rollBackTo(this);
    return copy;
  }

  rollBackTo(backup: SimDisk): void {
    this.wipe();
    for (const [name, text] of backup.meta) this.meta.set(name, text);
    for (const [name, hint] of backup.hints) this.hints.set(name, hint);
    for (const [partition, upTo] of backup.reaped) this.reaped.set(partition, upTo);
    for (const [partition, rows] of backup.#partitions) {
      this.#partitions.set(partition, new Map(rows));
    }
    for (const [partition, promises] of backup.#promises) {
      this.#promises.set(partition, new Map(promises));
    }
  }

  #rowsWith(key: string): Map<string, Row> | undefined {
    const name = nameOf(Buffer.from(key));
    return [...this.#partitions.values()].find((rows) => rows.has(name));
  }
}

/** Copies of those that can be read, as many as are so many bytes, but one at least. */
export function fitting(records: readonly (Buffer | undefined)[], bytes: number): Buffer[] {
  const found: Buffer[] = [];
  let room = bytes;
  for (const record of records) {
    if (!record) continue;
    if (found.length > 0 && record.length > room) break;
    if (!isIntactRecord(record)) continue;
    room -= record.length;
    found.push(Buffer.from(record));
  }
  return found;
}

export function heldIn(row: Row | undefined): Held<Version> | undefined {
  return row && { isIntact: isIntactRecord(row.record), version: row.version };
}

export function keyOf(name: string): Buffer {
  return Buffer.from(name, 'latin1');
}
