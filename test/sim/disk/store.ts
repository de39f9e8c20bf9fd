/**
 * The store of one simulated process, on a simulated disk: the promises of the SQLite store, kept
 * in memory. Rules, trees and what is made of damaged rows are those of production.
 *
 * Like the real one it gathers what is asked for while a batch is at its thread (`thread.ts`).
 * Texts, and the probe for room, do not wait for that: each goes at once, as a batch of its own.
 */
import { judge, judgePrepare } from '../../../src/core/acceptor.js';
import { present } from '../../../src/core/assert.js';
import {
  type EncodedRecord,
  isIntactRecord,
  recordKey,
  recordVersion,
} from '../../../src/core/data/record.js';
import type { Version } from '../../../src/core/data/version.js';
import {
  bytesOfVersion,
  parseVersionBytes,
  versionBytes,
} from '../../../src/core/data/version-bytes.js';
import { partitionOf } from '../../../src/core/ring/key-owners.js';
import { isInLeaves } from '../../../src/core/tree/hash-tree.js';
import type {
  Clock,
  Hint,
  HintSize,
  PartitionSize,
  PromiseOutcome,
  Random,
  ReadOutcome,
  Store,
  StoreStatus,
  VersionOutcome,
  WriteOutcome,
} from '../../../src/ports.js';
import { heldIn } from '../../../src/store/thread/held-row.js';
import { Trees } from '../../../src/store/thread/trees.js';
import {
  type DiskOptions,
  fitting,
  type HintRow,
  keyOf,
  listedIn,
  nameOf,
  type Row,
  rowOf,
  type SimDisk,
} from './disk.js';
import { bytesOf, SimHints } from './hints.js';
import { SimPromises } from './promises.js';
import { scanned } from './scan.js';
import { type Batch, type Request, SimThread } from './thread.js';

export { type DiskOptions, SimDisk } from './disk.js';

const PROBE_INTERVAL_MS = 1000;
const MAX_BATCH = 256;
const MAX_HINT_BYTES = 256 << 20;
const PROMISES_SHARE = 16;

interface MetaRequest {
  readonly name: string;
  readonly text: string;
  readonly done: () => void;
}

export class SimStore implements Store {
  readonly #disk: SimDisk;
  readonly #clock: Clock;
  readonly #partitions: number;
  readonly #hints: SimHints;
  readonly #promises: SimPromises;
  readonly #trees = new Trees();
  readonly #thread: SimThread;
  #gathering: Request[] = [];
  /** Gathered, and at the thread. */
  #inFlight: Batch = [];
  #isFlushDue = false;
  /** Oldest first, which may be at the thread. */
  readonly #metas: MetaRequest[] = [];
  #isMetaInFlight = false;
  /** The oldest of them has found no room. */
  #isMetaWaiting = false;
  /** Something has found no room, and no probe has since. */
  #isFull = false;
  #state: 'open' | 'closing' | 'over' = 'open';
  #closed: (() => void) | undefined;
  #failure: Error | undefined;
  #onFailure: ((error: Error) => void) | undefined;

  constructor(config: {
    disk: SimDisk;
    clock: Clock;
    random: Random;
    partitions: number;
    options: DiskOptions;
    maxHintBytes?: number;
    /** See `SimPromises`. */
    promisesShare?: number;
  }) {
    this.#disk = config.disk;
    this.#clock = config.clock;
    this.#partitions = config.partitions;
    this.#hints = new SimHints(config.disk, config.maxHintBytes ?? MAX_HINT_BYTES);
    this.#promises = new SimPromises(config.disk, config.promisesShare ?? PROMISES_SHARE);
    this.#thread = new SimThread(config, {
      noticed: () => this.#noticed(),
      through: (batch) => {
        if (batch === this.#inFlight) this.#sendNext();
      },
      answered: () => this.#closeIfIdle(),
      failed: (error) => this.#fail(error),
    });
  }

  write(record: EncodedRecord, done: (outcome: WriteOutcome) => void): void {
    const copy = Buffer.from(record);
    this.#change(() => this.#store(copy), done, { kind: 'readOnly' });
  }

  prepare(key: Uint8Array, ballot: Version, done: (outcome: PromiseOutcome) => void): void {
    const copy = Buffer.from(key);
    this.#change(() => this.#promise(copy, ballot), done, { kind: 'readOnly' });
  }

  /** Asks for what clients write, and what is kept for others. */
  #change<T>(make: () => T, done: (outcome: T) => void, refusal: T): void {
    const refuse = () => done(refusal);
    const run = () => {
      const outcome = make();
      return () => done(outcome);
    };
    if (!this.#isFull) return this.#ask({ writes: true, isOfClients: true, run, refuse });
    if (this.#state !== 'open') return;
    this.#clock.setTimeout(() => {
      if (this.#state !== 'over') refuse();
    }, 0);
  }

  #store(record: EncodedRecord): WriteOutcome {
    if (!isIntactRecord(record)) return { kind: 'corrupt' };
    const key = recordKey(record);
    const name = nameOf(key);
    const partition = this.#partitionOf(key);
    const rows = this.#disk.rowsOf(partition);
    const row = rows.get(name);
    const promised = this.#promises.get(partition, name);
    const judgement = judge(
      Buffer.compare,
      row && heldIn(key, row),
      promised && bytesOfVersion(promised),
      versionBytes(record),
    );
    if (judgement.kind === 'held') return { kind: 'applied' };
    if (judgement.kind !== 'accept') {
      return { kind: judgement.kind, version: parseVersionBytes(judgement.version) };
    }
    if (promised) this.#promises.remove(partition, name);
    const stored = rowOf(record);
    rows.set(name, stored);
    if (row) this.#trees.replace(partition, key, row.version, stored.version);
    else this.#trees.toggle(partition, key, stored.version);
    return { kind: 'applied' };
  }

  #promise(key: Buffer, ballot: Version): PromiseOutcome {
    const name = nameOf(key);
    const partition = this.#partitionOf(key);
    const row = this.#disk.rowsOf(partition).get(name);
    const promised = this.#promises.get(partition, name);
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

  read(key: Uint8Array, done: (outcome: ReadOutcome) => void): void {
    this.#lookAt(key, (row) => {
      if (!row) done({ kind: 'absent' });
      else if (!isIntactRecord(row.record)) done({ kind: 'corrupt' });
      else done({ kind: 'found', record: Buffer.from(row.record) });
    });
  }

  readVersion(key: Uint8Array, done: (outcome: VersionOutcome) => void): void {
    this.#lookAt(key, (row) => {
      if (!row) done({ kind: 'absent' });
      else if (!isIntactRecord(row.record)) done({ kind: 'corrupt' });
      else done({ kind: 'found', version: recordVersion(row.record) });
    });
  }

  readUpTo(query: Parameters<Store['readUpTo']>[0], done: (records: Buffer[]) => void): void {
    const keys = query.keys.map((key) => Buffer.from(key));
    const recordOf = (key: Buffer) => this.#rowsOf(key).get(nameOf(key))?.record;
    this.#look(() => fitting(keys.map(recordOf), query.bytes), done);
  }

  #lookAt(key: Uint8Array, answer: (row: Row | undefined) => void): void {
    const copy = Buffer.from(key);
    this.#look(() => this.#rowsOf(copy).get(nameOf(copy)), answer);
  }

  #look<T>(find: () => T, answer: (found: T) => void): void {
    const run = () => {
      const found = find();
      return () => answer(found);
    };
    this.#ask(reading(run));
  }

  page(...[query, done]: Parameters<Store['page']>): void {
    const after = query.after ? nameOf(query.after) : '';
    const leaves = query.leaves && Buffer.from(query.leaves);
    const find = () => {
      const rows = this.#disk.rowsOf(query.partition);
      const behind = [...rows.keys()].filter((name) => name > after).sort();
      const names = behind.slice(0, query.limit);
      const entries = names
        .map((name) => ({ key: keyOf(name), version: listedIn(present(rows.get(name), name)) }))
        .filter(({ key }) => !leaves || isInLeaves(leaves, key));
      const last = names.length < query.limit ? undefined : names.at(-1);
      return { entries, next: last === undefined ? undefined : keyOf(last) };
    };
    this.#look(find, done);
  }

  scan(...[query, done]: Parameters<Store['scan']>): void {
    this.#look(() => scanned(this.#disk, this.#partitions, query), done);
  }

  tree(partition: number, done: (leaves: Buffer) => void, how: 'kept' | 'anew' = 'kept'): void {
    const build = () => {
      if (how === 'anew') this.#trees.forget(partition);
      const kept = this.#trees.get(partition);
      const rows = [...this.#disk.rowsOf(partition)];
      const listed = rows.map(([name, { version }]) => ({ key: keyOf(name), version }));
      return Buffer.from(kept ?? this.#trees.build(partition, listed));
    };
    this.#look(build, done);
  }

  drop(query: { partition: number; limit: number }, done: (dropped: number) => void): void {
    const run = () => {
      this.#promises.drop(query.partition);
      const rows = this.#disk.rowsOf(query.partition);
      const dropped = [...rows].sort(byName).slice(0, query.limit);
      for (const [name, { version }] of dropped) {
        rows.delete(name);
        this.#trees.toggle(query.partition, keyOf(name), version);
      }
      if (dropped.length < query.limit) this.#trees.forget(query.partition);
      return () => done(dropped.length);
    };
    this.#ask({ writes: true, isOfClients: false, run, refuse: () => done(0) });
  }

  hint(given: Omit<HintRow, 'id'>, done: (isKept: boolean) => void): void {
    const hint = { ...given, record: Buffer.from(given.record) };
    this.#change(() => isIntactRecord(hint.record) && this.#hints.keep(hint), done, false);
  }

  hints(query: Parameters<Store['hints']>[0], done: (hints: Hint[]) => void): void {
    this.#look(() => this.#hints.list(query), done);
  }

  dropHints(ids: readonly number[], done: (isDropped: boolean) => void): void {
    const dropped = new Set(ids);
    const run = () => {
      this.#hints.drop(dropped);
      return () => done(true);
    };
    this.#ask({ writes: true, isOfClients: false, run, refuse: () => done(false) });
  }

  hintSizes(done: (sizes: HintSize[]) => void): void {
    this.#look(() => this.#hints.sizes(), done);
  }

  sizes(done: (sizes: PartitionSize[]) => void): void {
    const sizeOf = (partition: number) => {
      const rows = [...this.#disk.rowsOf(partition).values()];
      return { partition, rows: rows.length, bytes: bytesOf(rows) };
    };
    this.#look(() => this.#disk.partitions().map(sizeOf), done);
  }

  setMeta(name: string, text: string, done: () => void): void {
    if (this.#state !== 'open') return;
    this.#metas.push({ name, text, done });
    this.#sendMeta();
  }

  meta(name: string): string | undefined {
    return this.#disk.meta.get(name);
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** Ahead of all that waits. */
  status(done: (status: StoreStatus) => void): void {
    if (this.#state !== 'open') return;
    const run = () => {
      const records = this.#disk.records();
      const bytes = records.reduce((sum, { length }) => sum + length, 0);
      const said = { rows: records.length, bytes, walBytes: 0 };
      return () => done({ ...said, readOnly: this.#isFull });
    };
    this.#thread.post([reading(run)]);
  }

  onFailure(failed: (error: Error) => void): void {
    this.#onFailure = failed;
    const failure = this.#failure;
    if (failure) this.#clock.setTimeout(() => failed(failure), 0);
  }

  close(): Promise<void> {
    if (this.#state === 'over') return Promise.resolve();
    this.#state = 'closing';
    return new Promise((resolve) => {
      this.#closed = resolve;
      this.#closeIfIdle();
    });
  }

  /** The process dies, or the power goes. Returns the disk, as the next process finds it. */
  crash(): SimDisk {
    this.#thread.crash();
    this.#state = 'over';
    return this.#disk;
  }

  #rowsOf(key: Uint8Array): Map<string, Row> {
    return this.#disk.rowsOf(this.#partitionOf(key));
  }

  #partitionOf(key: Uint8Array): number {
    return partitionOf(key, this.#partitions);
  }

  #ask(request: Request): void {
    if (this.#state !== 'open') return;
    this.#gathering.push(request);
    if (this.#inFlight.length > 0 || this.#isFlushDue) return;
    this.#isFlushDue = true;
    this.#clock.setTimeout(() => {
      this.#isFlushDue = false;
      this.#sendNext();
    }, 0);
  }

  #sendNext(): void {
    if (this.#state === 'over') return;
    this.#inFlight = this.#gathering.splice(0, MAX_BATCH);
    if (this.#inFlight.length > 0) this.#thread.post(this.#inFlight);
  }

  /** One at a time, so that one which is refused goes again ahead of those behind it. */
  #sendMeta(): void {
    const [request] = this.#metas;
    if (!request || this.#isMetaInFlight || this.#isMetaWaiting) return;
    this.#isMetaInFlight = true;
    if (this.#gathering.length > 0) this.#disk.counts.overtaken++;
    const run = () => {
      this.#disk.meta.set(request.name, request.text);
      return () => {
        this.#isMetaInFlight = false;
        this.#metas.shift();
        this.#sendMeta();
        request.done();
      };
    };
    const refuse = () => {
      this.#isMetaInFlight = false;
      this.#isMetaWaiting = true;
    };
    this.#thread.post([{ writes: true, isOfClients: false, run, refuse }]);
  }

  #noticed(): void {
    if (!this.#isFull) this.#probeLater();
    this.#isFull = true;
  }

  #probeLater(): void {
    const found = () => {
      this.#isFull = false;
    };
    const refuse = () => this.#probeLater();
    const probe: Request = { writes: true, isOfClients: true, run: () => found, refuse };
    this.#clock.setTimeout(() => {
      if (this.#state !== 'open') return;
      this.#isMetaWaiting = false;
      this.#sendMeta();
      this.#thread.post([probe]);
    }, PROBE_INTERVAL_MS);
  }

  #fail(error: Error): void {
    this.#state = 'over';
    this.#failure = error;
    this.#onFailure?.(error);
  }

  #closeIfIdle(): void {
    const isIdle = this.#thread.isIdle && this.#gathering.length === 0;
    const waitsForText = this.#metas.length > 0 && !this.#isMetaWaiting;
    if (this.#state !== 'closing' || !isIdle || waitsForText) return;
    this.#state = 'over';
    this.#thread.end();
    present(this.#closed, 'somebody who closes the store')();
  }
}

function reading(run: Request['run']): Request {
  return { writes: false, isOfClients: false, run, refuse: () => undefined };
}

function byName([a]: readonly [string, Row], [b]: readonly [string, Row]): number {
  return a < b ? -1 : 1;
}
