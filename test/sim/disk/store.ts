/**
 * The store of one simulated process, on a simulated disk: the promises of the SQLite store, kept
 * in memory.
 *
 * Like the real one it gathers what is asked for while a batch is under way, and commits a batch as
 * a whole. A commit takes effect on the disk, and is answered, at the end of its sync; a crash in
 * between leaves all of it or nothing, and so does a sync that fails, which the store does not
 * outlive.
 */
import { judge, judgePrepare } from '../../../src/core/acceptor.js';
import { present } from '../../../src/core/assert.js';
import {
  type EncodedRecord,
  isIntactRecord,
  recordKey,
  recordVersion,
} from '../../../src/core/data/record.js';
import { compareVersions, type Version } from '../../../src/core/data/version.js';
import { bytesOfVersion } from '../../../src/core/data/version-bytes.js';
import { partitionOf } from '../../../src/core/ring/key-owners.js';
import { emptyTree, isInLeaves, toggleRow } from '../../../src/core/tree/hash-tree.js';
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
import {
  type DiskOptions,
  fitting,
  type HintRow,
  heldIn,
  IO_ERROR,
  keyOf,
  nameOf,
  type Row,
  type SimDisk,
} from './disk.js';
import { bytesOf, SimHints } from './hints.js';
import { SimPromises } from './promises.js';
import { scanned } from './scan.js';

export { type DiskOptions, SimDisk } from './disk.js';

const READ_MS = 0.02;
/** A disk that takes longer is a broken one, and says so. */
const LONGEST_SYNC_MS = 30_000;
const PROBE_INTERVAL_MS = 1000;
const MAX_BATCH = 256;
const MAX_HINT_BYTES = 256 << 20;
const PROMISES_SHARE = 16;

interface Request {
  readonly writes: boolean;
  /** Does it on the disk, and returns what answers it. */
  readonly run: () => () => void;
  /** Instead, if the disk is full. */
  readonly refuse?: () => void;
}

export class SimStore implements Store {
  readonly #disk: SimDisk;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #partitions: number;
  readonly #options: DiskOptions;
  readonly #hints: SimHints;
  readonly #promises: SimPromises;
  #waiting: Request[] = [];
  #inFlight: Request[] = [];
  #isFlushDue = false;
  /** The disk was found full, and no probe has found room since. */
  #isFull = false;
  /** Texts that wait for room. */
  #metaWaiting: Request[] = [];
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
    this.#random = config.random;
    this.#partitions = config.partitions;
    this.#options = config.options;
    this.#hints = new SimHints(config.disk, config.maxHintBytes ?? MAX_HINT_BYTES);
    this.#promises = new SimPromises(config.disk, config.promisesShare ?? PROMISES_SHARE);
  }

  write(record: EncodedRecord, done: (outcome: WriteOutcome) => void): void {
    const copy = Buffer.from(record);
    this.#change(() => this.#store(copy), done, { kind: 'readOnly' });
  }

  prepare(key: Uint8Array, ballot: Version, done: (outcome: PromiseOutcome) => void): void {
    const copy = Buffer.from(key);
    this.#change(() => this.#promise(copy, ballot), done, { kind: 'readOnly' });
  }

  /** Asks for what a store refuses that knows its disk to be full. */
  #change<T>(make: () => T, done: (outcome: T) => void, refusal: T): void {
    const refuse = () => done(refusal);
    const run = () => {
      const outcome = make();
      return () => done(outcome);
    };
    if (!this.#isFull) return this.#ask({ writes: true, run, refuse });
    if (this.#state !== 'open') return;
    this.#clock.setTimeout(() => {
      if (this.#state !== 'over') refuse();
    }, 0);
  }

  #store(record: EncodedRecord): WriteOutcome {
    if (!isIntactRecord(record)) return { kind: 'corrupt' };
    const version = recordVersion(record);
    const key = recordKey(record);
    const name = nameOf(key);
    const partition = this.#partitionOf(key);
    const rows = this.#disk.rowsOf(partition);
    const promised = this.#promises.get(partition, name);
    const judgement = judge(compareVersions, heldIn(rows.get(name)), promised, version);
    if (judgement.kind === 'held') return { kind: 'applied' };
    if (judgement.kind !== 'accept') return judgement;
    if (promised) this.#promises.remove(partition, name);
    rows.set(name, { version, record });
    return { kind: 'applied' };
  }

  #promise(key: Buffer, ballot: Version): PromiseOutcome {
    const name = nameOf(key);
    const partition = this.#partitionOf(key);
    const row = this.#disk.rowsOf(partition).get(name);
    const promised = this.#promises.get(partition, name);
    const judgement = judgePrepare(compareVersions, heldIn(row), promised, ballot);
    if (judgement.kind !== 'promise') return judgement;
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
      else done({ kind: 'found', version: row.version });
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
    this.#ask({ writes: false, run });
  }

  page(...[query, done]: Parameters<Store['page']>): void {
    const after = query.after ? nameOf(query.after) : '';
    const leaves = query.leaves && Buffer.from(query.leaves);
    const find = () => {
      const rows = this.#disk.rowsOf(query.partition);
      const behind = [...rows.keys()].filter((name) => name > after).sort();
      const names = behind.slice(0, query.limit);
      const entries = names
        .map((name) => ({ key: keyOf(name), version: present(rows.get(name), name).version }))
        .filter(({ key }) => !leaves || isInLeaves(leaves, key));
      const last = names.length < query.limit ? undefined : names.at(-1);
      return { entries, next: last === undefined ? undefined : keyOf(last) };
    };
    this.#look(find, done);
  }

  scan(...[query, done]: Parameters<Store['scan']>): void {
    this.#look(() => scanned(this.#disk, this.#partitions, query), done);
  }

  tree(partition: number, done: (leaves: Buffer) => void): void {
    this.#look(() => {
      const leaves = emptyTree();
      for (const [name, { version }] of this.#disk.rowsOf(partition)) {
        toggleRow(leaves, keyOf(name), bytesOfVersion(version));
      }
      return leaves;
    }, done);
  }

  drop(query: { partition: number; limit: number }, done: (dropped: number) => void): void {
    const run = () => {
      this.#promises.drop(query.partition);
      const rows = this.#disk.rowsOf(query.partition);
      const names = [...rows.keys()].sort().slice(0, query.limit);
      for (const name of names) rows.delete(name);
      return () => done(names.length);
    };
    this.#ask({ writes: true, run, refuse: () => done(0) });
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
    this.#ask({ writes: true, run, refuse: () => done(false) });
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
    const run = () => {
      this.#disk.meta.set(name, text);
      return done;
    };
    const request: Request = { writes: true, run, refuse: () => this.#metaWaiting.push(request) };
    if (this.#isFull) this.#metaWaiting.push(request);
    else this.#ask(request);
  }

  meta(name: string): string | undefined {
    return this.#disk.meta.get(name);
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  status(done: (status: StoreStatus) => void): void {
    this.#look(
      () => this.#disk.records(),
      (records) => {
        const bytes = records.reduce((sum, { length }) => sum + length, 0);
        done({ rows: records.length, bytes, walBytes: 0, readOnly: this.#isFull });
      },
    );
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
    const isCommitting = this.#inFlight.some(({ writes }) => writes);
    if (this.#state !== 'over' && isCommitting) {
      if (!this.#disk.isFull && this.#random.float() < 0.5) this.#runAll();
      else this.#disk.counts.lostCommits++;
    }
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
    this.#waiting.push(request);
    if (this.#inFlight.length > 0 || this.#isFlushDue) return;
    this.#isFlushDue = true;
    this.#clock.setTimeout(() => {
      this.#isFlushDue = false;
      this.#start();
    }, 0);
  }

  #start(): void {
    if (this.#state === 'over') return;
    this.#inFlight = this.#waiting.splice(0, MAX_BATCH);
    if (this.#inFlight.length === 0) return;
    const writes = this.#inFlight.some((request) => request.writes);
    this.#clock.setTimeout(() => this.#finish(writes), writes ? this.#syncTime() : READ_MS);
  }

  #syncTime(): number {
    const { syncMs, tailChance, tailMs } = this.#options;
    const usual = -Math.log(1 - this.#random.float()) * syncMs;
    const tail = this.#random.float() < tailChance ? tailMs : 0;
    return Math.min((usual + tail) * this.#disk.slowness, LONGEST_SYNC_MS);
  }

  #finish(writes: boolean): void {
    if (this.#state === 'over') return;
    if (writes && this.#disk.isFull) return this.#answer(this.#refuseAll());
    if (writes && this.#disk.takeFailure()) return this.#fail();
    this.#answer(this.#runAll());
  }

  #runAll(): (() => void)[] {
    return this.#inFlight.map((request) => request.run());
  }

  #refuseAll(): (() => void)[] {
    this.#disk.counts.full++;
    if (!this.#isFull) this.#probeLater();
    this.#isFull = true;
    return this.#inFlight.map((request) => request.refuse ?? request.run());
  }

  #answer(answers: readonly (() => void)[]): void {
    this.#start();
    for (const answer of answers) {
      // One of those called may have ended the process.
      if (this.#state !== 'over') answer();
    }
    this.#closeIfIdle();
  }

  #probeLater(): void {
    const run = () => () => {
      this.#isFull = false;
      for (const request of this.#metaWaiting.splice(0)) this.#ask(request);
    };
    const probe: Request = { writes: true, run, refuse: () => this.#probeLater() };
    this.#clock.setTimeout(() => this.#ask(probe), PROBE_INTERVAL_MS);
  }

  #fail(): void {
    if (this.#random.float() < 0.5) this.#runAll();
    this.#state = 'over';
    this.#failure = new Error(IO_ERROR);
    this.#onFailure?.(this.#failure);
  }

  #closeIfIdle(): void {
    if (this.#state !== 'closing' || this.#inFlight.length > 0 || this.#waiting.length > 0) return;
    this.#state = 'over';
    present(this.#closed, 'somebody who closes the store')();
  }
}
