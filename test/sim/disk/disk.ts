/** A simulated disk: what outlives a process, and the ways in which it breaks promises. */

import {
  type EncodedRecord,
  isIntactRecord,
  recordEnd,
  recordVersion,
} from '../../../src/core/data/record.js';
import {
  NO_VERSION,
  type NodeId,
  newestVersion,
  type Version,
} from '../../../src/core/data/version.js';
import {
  listedVersion,
  parseVersionBytes,
  VERSION_BYTES,
  versionBytes,
} from '../../../src/core/data/version-bytes.js';
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

/**
 * How much is left of it. `low`: too little for what clients write. `changing`: each batch finds it
 * otherwise, as where others write to the same disk.
 */
export type Room = 'enough' | 'low' | 'none';

/**
 * As in the database, what has to be compared stands beside the record, and a bit may flip in any
 * of it.
 */
export interface Row {
  readonly version: Buffer;
  readonly record: EncodedRecord;
  /** The version that was written, whatever has become of it. No process sees this. */
  readonly written: Version;
  /** See `recordEnd`. It alone has no checksum: its owner believes it. */
  readonly endsAt: number | undefined;
}

export interface HintRow {
  readonly id: number;
  readonly target: NodeId;
  readonly record: EncodedRecord;
  readonly expiresAt: number;
}

/** Of a time that was, and of whether there is one. */
const END_BITS = 42;

const ROOMS: readonly Room[] = ['enough', 'low', 'none'];

function ascending(a: number, b: number): number {
  return a - b;
}

/** Keys as the names of things: one character for each byte, so that they sort as bytes do. */
export function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');
}

export class SimDisk {
  room: Room | 'changing' = 'enough';
  /** Syncs take this many times as long. */
  slowness = 1;
  readonly counts = {
    lostCommits: 0,
    failures: 0,
    full: 0,
    wroteWhenLow: 0,
    overtaken: 0,
    flips: 0,
    flipsInVersions: 0,
    flipsInEnds: 0,
    flipsInHints: 0,
    condensed: 0,
  };
  /** How often a bit has flipped in a version, by partition. */
  readonly flippedVersions = new Map<number, number>();
  readonly meta = new Map<string, string>();
  /** By their targets and the names of their keys. */
  readonly hints = new Map<string, HintRow>();
  readonly #partitions = new Map<number, Map<string, Row>>();
  readonly #promises = new Map<number, Map<string, Version>>();
  /** By the names of keys, what was let go of for good, ever. No process sees this. */
  readonly gone = new Map<string, Version>();
  /** By partitions. */
  readonly reaped = new Map<number, Version>();
  #willFail = false;

  noteGone(name: string, version: Version): void {
    this.gone.set(name, newestVersion(version, this.gone.get(name) ?? NO_VERSION));
  }

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
  rows(): Row[] {
    return [...this.#partitions.values()].flatMap((rows) => [...rows.values()]);
  }

  records(): EncodedRecord[] {
    return this.rows().map(({ record }) => record);
  }

  row(key: string): Row | undefined {
    return this.#partitionWith(key)?.[1].get(nameOf(Buffer.from(key)));
  }

  record(key: string): EncodedRecord | undefined {
    return this.row(key)?.record;
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

  /** What a batch finds that is served now. */
  roomNow(random: Random): Room {
    if (this.room !== 'changing') return this.room;
    return ROOMS[Math.floor(random.float() * ROOMS.length)] ?? 'enough';
  }

  /** Whether a node that stops for this reason does as it should. */
  isExpectedFailure(reason: string): boolean {
    return reason.includes(IO_ERROR);
  }

  /** One bit of the record, anywhere in it. */
  flipBit(key: string, random: Random): void {
    this.#flip(key, (record) => Math.floor(random.float() * record.length * 8));
  }

  /** One bit of a row, in its record or in what stands beside it. */
  flipAnywhere(key: string, random: Random): void {
    const beside = VERSION_BYTES * 8 + END_BITS;
    this.#flip(key, ({ length }) => Math.floor(random.float() * (length * 8 + beside)));
  }

  /** Counted from the beginning of the record; the version is behind it, and then its end. */
  #flip(key: string, choose: (record: EncodedRecord) => number): void {
    const name = nameOf(Buffer.from(key));
    const [partition = 0, rows] = this.#partitionWith(key) ?? [];
    const row = rows?.get(name);
    if (!rows || !row) return;
    const bit = choose(row.record);
    const inRecord = row.record.length * 8;
    const inRecordOrVersion = inRecord + VERSION_BYTES * 8;
    if (bit < inRecord) rows.set(name, { ...row, record: flipped(row.record, bit) });
    else if (bit < inRecordOrVersion) {
      rows.set(name, { ...row, version: flipped(row.version, bit - inRecord) });
      this.counts.flipsInVersions++;
      this.flippedVersions.set(partition, (this.flippedVersions.get(partition) ?? 0) + 1);
    } else {
      rows.set(name, { ...row, endsAt: flippedNumber(row.endsAt, bit - inRecordOrVersion) });
      this.counts.flipsInEnds++;
    }
    this.counts.flips++;
  }

  /** One bit of a record that is kept for another node; false if there is none. */
  flipHint(random: Random): boolean {
    const names = [...this.hints.keys()];
    const name = names[Math.floor(random.float() * names.length)];
    const hint = name === undefined ? undefined : this.hints.get(name);
    if (name === undefined || !hint) return false;
    const bit = Math.floor(random.float() * hint.record.length * 8);
    this.hints.set(name, { ...hint, record: flipped(hint.record, bit) });
    this.counts.flipsInHints++;
    return true;
  }

  /** Full, slow or failing no longer. What is damaged stays damaged. */
  recover(): void {
    this.room = 'enough';
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

  #partitionWith(key: string): [partition: number, rows: Map<string, Row>] | undefined {
    const name = nameOf(Buffer.from(key));
    return [...this.#partitions].find(([, rows]) => rows.has(name));
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

export function keyOf(name: string): Buffer {
  return Buffer.from(name, 'latin1');
}

/** A row of an intact record. */
export function rowOf(record: EncodedRecord): Row {
  const version = Buffer.from(versionBytes(record));
  return { version, record, written: recordVersion(record), endsAt: recordEnd(record) };
}

/** Whether nothing of it has been damaged. */
export function isIntactRow({ version, record, endsAt }: Row): boolean {
  return (
    isIntactRecord(record) && versionBytes(record).equals(version) && recordEnd(record) === endsAt
  );
}

/** Under which it is listed, and in the tree of its partition. */
export function listedIn({ version }: Row): Version {
  return parseVersionBytes(listedVersion(version));
}

function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
}

/** The last bit says that there is one. */
function flippedNumber(number: number | undefined, bit: number): number | undefined {
  const isThere = bit === END_BITS - 1;
  if (isThere && number !== undefined) return undefined;
  const from = BigInt(number ?? 0);
  return Number(isThere ? from : from ^ (1n << BigInt(bit)));
}
