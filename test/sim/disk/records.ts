/**
 * The rows of a simulated store: `src/store/thread/records.ts`, for a simulated disk. Rules, trees
 * and what is made of damaged rows are those of production.
 */
import { judge, judgePrepare, judgeReaped } from '../../../src/core/acceptor.js';
import { present } from '../../../src/core/assert.js';
import { hasItsEnd, heldIn, isWhole } from '../../../src/core/data/held-row.js';
import {
  type EncodedRecord,
  isIntactRecord,
  recordKey,
  recordVersion,
} from '../../../src/core/data/record.js';
import type { ScanPage } from '../../../src/core/data/scan-page.js';
import { compareVersions, NO_VERSION, type Version } from '../../../src/core/data/version.js';
import {
  bytesOfVersion,
  parseVersionBytes,
  versionBytes,
} from '../../../src/core/data/version-bytes.js';
import { partitionOf } from '../../../src/core/ring/key-owners.js';
import { isInLeaves } from '../../../src/core/tree/hash-tree.js';
import { Trees } from '../../../src/core/tree/trees.js';
import type {
  Ended,
  EndedIn,
  Inspected,
  Page,
  PageEntry,
  PartitionSize,
  PromiseOutcome,
  ScanQuery,
  Store,
  WriteOutcome,
} from '../../../src/ports.js';
import { keyOf, listedIn, nameOf, type Row, rowOf, type SimDisk } from './disk.js';
import { bytesOf } from './hints.js';
import type { SimPromises } from './promises.js';
import { SimReapings } from './reapings.js';
import { scanned } from './scan.js';

interface PageQuery {
  readonly partition: number;
  readonly leaves?: Uint8Array;
  readonly after?: Uint8Array;
  readonly limit: number;
}

export class SimRecords {
  readonly #disk: SimDisk;
  readonly #partitions: number;
  readonly #promises: SimPromises;
  readonly #reapings: SimReapings;
  readonly #trees = new Trees();

  constructor(disk: SimDisk, partitions: number, promises: SimPromises) {
    this.#disk = disk;
    this.#partitions = partitions;
    this.#promises = promises;
    this.#reapings = new SimReapings(disk);
  }

  row(key: Uint8Array): Row | undefined {
    return this.#disk.rowsOf(this.#partitionOf(key)).get(nameOf(key));
  }

  /** Stores a record if the acceptor's rule lets it. */
  write(record: EncodedRecord): WriteOutcome {
    return this.#take(record, true);
  }

  /** As `write`, of what another owner holds: what was reaped is not in its way. */
  copy(record: EncodedRecord): WriteOutcome {
    return this.#take(record, false);
  }

  #take(record: EncodedRecord, heedsReaped: boolean): WriteOutcome {
    if (!isIntactRecord(record)) return { kind: 'corrupt' };
    const key = recordKey(record);
    const name = nameOf(key);
    const partition = this.#partitionOf(key);
    const rows = this.#disk.rowsOf(partition);
    const row = rows.get(name);
    const reaped = heedsReaped ? this.#reapings.get(partition) : undefined;
    const refusal = judgeReaped(compareVersions, row, reaped, recordVersion(record));
    if (refusal) return refusal;
    const promised = this.#promises.get(partition, name);
    const judgement = judge(
      Buffer.compare,
      row && heldIn(key, row),
      promised && bytesOfVersion(promised),
      versionBytes(record),
    );
    const lacksEnd = judgement.kind === 'held' && row !== undefined && !hasItsEnd(row);
    if (judgement.kind === 'held' && !lacksEnd) return { kind: 'applied', again: true };
    if ('version' in judgement) {
      return { kind: judgement.kind, version: parseVersionBytes(judgement.version) };
    }
    if (promised && judgement.kind === 'accept') this.#promises.remove(partition, name);
    const stored = rowOf(record);
    rows.set(name, stored);
    if (row) this.#trees.replace(partition, key, row.version, stored.version);
    else this.#trees.toggle(partition, key, stored.version);
    return { kind: 'applied' };
  }

  prepare(key: Buffer, ballot: Version): PromiseOutcome {
    const name = nameOf(key);
    const partition = this.#partitionOf(key);
    const row = this.#disk.rowsOf(partition).get(name);
    const reaped = judgeReaped(compareVersions, row, this.#reapings.get(partition), ballot);
    const alone = this.#promises.get(partition, name);
    const isReapedHigher = reaped && compareVersions(reaped.version, alone ?? NO_VERSION) > 0;
    const promised = isReapedHigher ? reaped.version : alone;
    const judgement = judgePrepare(
      Buffer.compare,
      row && heldIn(key, row),
      promised && bytesOfVersion(promised),
      bytesOfVersion(ballot),
    );
    if (judgement.kind === 'corrupt') return judgement;
    if (judgement.kind === 'refused') {
      return { kind: 'refused', version: parseVersionBytes(judgement.version) };
    }
    this.#promises.set(partition, name, ballot);
    return { kind: 'promised', record: row && Buffer.from(row.record) };
  }

  page({ partition, leaves, after, limit }: PageQuery): Page {
    const first = after ? nameOf(after) : '';
    const rows = this.#disk.rowsOf(partition);
    const behind = [...rows.keys()].filter((name) => name > first).sort();
    const names = behind.slice(0, limit);
    const entries = names
      .map((name) => ({ key: keyOf(name), version: listedIn(present(rows.get(name), name)) }))
      .filter(({ key }) => !leaves || isInLeaves(leaves, key));
    const last = names.length < limit ? undefined : names.at(-1);
    return { entries, next: last === undefined ? undefined : keyOf(last) };
  }

  inspect({ partition, after, bytes: most }: Parameters<Store['inspect']>[0]): Inspected {
    const first = after ? nameOf(after) : '';
    const found = { rows: 0, bytes: 0, damaged: [] as Buffer[] };
    const held = [...this.#disk.rowsOf(partition)].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [name, row] of held.filter(([each]) => each > first)) {
      const key = keyOf(name);
      found.rows++;
      found.bytes += key.length + row.record.length;
      if (!isWhole(key, row)) found.damaged.push(key);
      if (found.bytes >= most) return { ...found, next: key };
    }
    return { ...found, next: undefined };
  }

  scan(query: ScanQuery): ScanPage {
    return scanned(this.#disk, this.#partitions, query);
  }

  tree(partition: number, how: 'kept' | 'anew'): Buffer {
    if (how === 'anew') this.#trees.forget(partition);
    if (!this.#trees.get(partition)) {
      const rows = [...this.#disk.rowsOf(partition)];
      const listed = rows.map(([name, { version }]) => ({ key: keyOf(name), version }));
      this.#trees.build(partition, listed, true);
    }
    return Buffer.from(present(this.#trees.get(partition), 'a tree that was built'));
  }

  /** Returns how many rows went. */
  drop({ partition, limit, only }: Parameters<Store['drop']>[0]): number {
    if (only) {
      const held = this.#reapings.held(partition, only.slice(0, limit));
      for (const name of held) this.#remove(partition, name);
      return held.length;
    }
    this.#promises.drop(partition);
    const going = [...this.#disk.rowsOf(partition)].sort(byName).slice(0, limit);
    for (const [name] of going) this.#remove(partition, name);
    if (going.length < limit) this.#trees.forget(partition);
    return going.length;
  }

  /** Two at a time, so that it is gone on with. */
  endedIn(from: number, before: number): EndedIn {
    const isOver = (partition: number) => this.ended({ partition, before, limit: 0 }).rows > 0;
    const all = Array.from({ length: this.#partitions }, (_, partition) => partition);
    const partitions = all.filter((partition) => partition >= from && isOver(partition));
    const some = partitions.slice(0, 2);
    return { partitions: some, next: partitions.length > 2 ? some[1]! + 1 : undefined };
  }

  ended(query: Parameters<Store['ended']>[0]): Ended {
    return this.#reapings.ended(query);
  }

  stay({ partition, before, entries }: Parameters<Store['stay']>[0]): number[] {
    return this.#reapings.stay(partition, before, entries);
  }

  /** Returns how many rows went. */
  reap(partition: number, upTo: Version, entries: readonly PageEntry[]): number {
    this.#reapings.raise(partition, upTo);
    const names = this.#reapings.held(partition, entries);
    for (const name of names) {
      this.#disk.noteGone(name, present(this.#disk.rowsOf(partition).get(name), name).written);
      this.#remove(partition, name);
    }
    return names.length;
  }

  reapedUpTo(partition: number): Version {
    return this.#reapings.get(partition) ?? NO_VERSION;
  }

  #remove(partition: number, name: string): void {
    const rows = this.#disk.rowsOf(partition);
    this.#trees.toggle(partition, keyOf(name), present(rows.get(name), 'a row that goes').version);
    rows.delete(name);
  }

  sizes(): PartitionSize[] {
    return this.#disk.partitions().map((partition) => {
      const rows = [...this.#disk.rowsOf(partition).values()];
      return { partition, rows: rows.length, bytes: bytesOf(rows) };
    });
  }

  #partitionOf(key: Uint8Array): number {
    return partitionOf(key, this.#partitions);
  }
}

function byName([a]: readonly [string, Row], [b]: readonly [string, Row]): number {
  return a < b ? -1 : 1;
}
