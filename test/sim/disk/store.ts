/**
 * The store of one simulated process, on a simulated disk: the promises of the SQLite store, kept
 * in memory. Rules, trees and what is made of damaged rows are those of production.
 *
 * Like the real one it gathers what is asked for while a batch is at its thread (`thread.ts`).
 * Texts, and the probe for room, do not wait for that: each goes at once, as a batch of its own.
 */
import { present } from '../../../src/core/assert.js';
import {
  type EncodedRecord,
  isIntactRecord,
  recordVersion,
} from '../../../src/core/data/record.js';
import type { Version } from '../../../src/core/data/version.js';
import type {
  Clock,
  Hint,
  HintSize,
  Page,
  PartitionSize,
  PromiseOutcome,
  Random,
  ReadOutcome,
  Store,
  StoreStatus,
  VersionOutcome,
  WriteOutcome,
} from '../../../src/ports.js';
import { type DiskOptions, fitting, type HintRow, type Row, type SimDisk } from './disk.js';
import { SimHints } from './hints.js';
import { SimPromises } from './promises.js';
import { SimRecords } from './records.js';
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
  readonly #hints: SimHints;
  readonly #records: SimRecords;
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
  #closing: { closed(): void; failed(error: Error): void } | undefined;
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
    this.#hints = new SimHints(config.disk, config.maxHintBytes ?? MAX_HINT_BYTES);
    const promises = new SimPromises(config.disk, config.promisesShare ?? PROMISES_SHARE);
    this.#records = new SimRecords(config.disk, config.partitions, promises);
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
    this.#change(() => this.#records.write(copy), done, { kind: 'readOnly' });
  }

  copy(record: EncodedRecord, done: (outcome: WriteOutcome) => void): void {
    const copy = Buffer.from(record);
    this.#change(() => this.#records.copy(copy), done, { kind: 'readOnly' });
  }

  prepare(key: Uint8Array, ballot: Version, done: (outcome: PromiseOutcome) => void): void {
    const copy = Buffer.from(key);
    this.#change(() => this.#records.prepare(copy, ballot), done, { kind: 'readOnly' });
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
      else {
        const record = Buffer.from(row.record);
        done({ kind: 'found', version: recordVersion(record), record });
      }
    });
  }

  readUpTo(query: Parameters<Store['readUpTo']>[0], done: (records: Buffer[]) => void): void {
    const keys = query.keys.map((key) => Buffer.from(key));
    const recordOf = (key: Buffer) => this.#records.row(key)?.record;
    this.#look(() => fitting(keys.map(recordOf), query.bytes), done);
  }

  #lookAt(key: Uint8Array, answer: (row: Row | undefined) => void): void {
    const copy = Buffer.from(key);
    this.#look(() => this.#records.row(copy), answer);
  }

  #look<T>(find: () => T, answer: (found: T) => void): void {
    const run = () => {
      const found = find();
      return () => answer(found);
    };
    this.#ask(reading(run));
  }

  page(
    query: { partition: number; leaves?: Uint8Array; after?: Uint8Array; limit: number },
    done: (page: Page) => void,
  ): void {
    const { after, leaves } = query;
    const copy = {
      ...query,
      ...(after && { after: Buffer.from(after) }),
      ...(leaves && { leaves: Buffer.from(leaves) }),
    };
    this.#look(() => this.#records.page(copy), done);
  }

  inspect(...[query, done]: Parameters<Store['inspect']>): void {
    const { after } = query;
    const copy = { ...query, ...(after && { after: Buffer.from(after) }) };
    this.#look(() => this.#records.inspect(copy), done);
  }

  scan(...[query, done]: Parameters<Store['scan']>): void {
    this.#look(() => this.#records.scan(query), done);
  }

  tree(...[partition, done, how = 'kept']: Parameters<Store['tree']>): void {
    const look = () => ({
      leaves: this.#records.tree(partition, how),
      reaped: this.#records.reapedUpTo(partition),
    });
    this.#look(look, ({ leaves, reaped }) => done(leaves, reaped));
  }

  drop(...[query, done]: Parameters<Store['drop']>): void {
    this.#remove(() => this.#records.drop(query), done);
  }

  endedIn(...[{ from, before }, done]: Parameters<Store['endedIn']>): void {
    this.#look(() => this.#records.endedIn(from, before), done);
  }

  ended(...[query, done]: Parameters<Store['ended']>): void {
    this.#look(() => this.#records.ended(query), done);
  }

  stay(...[{ entries, ...query }, done]: Parameters<Store['stay']>): void {
    const copies = entries.map(({ key, version }) => ({ key: Buffer.from(key), version }));
    this.#look(() => this.#records.stay({ ...query, entries: copies }), done);
  }

  reap(...[{ partition, upTo, entries }, done]: Parameters<Store['reap']>): void {
    const copies = entries.map(({ key, version }) => ({ key: Buffer.from(key), version }));
    this.#remove(() => this.#records.reap(partition, upTo, copies), done);
  }

  reapedUpTo(partition: number, done: (upTo: Version) => void): void {
    this.#look(() => this.#records.reapedUpTo(partition), done);
  }

  #remove(remove: () => number, done: (rows: number | undefined) => void): void {
    const run = () => {
      const rows = remove();
      return () => done(rows);
    };
    this.#ask({ writes: true, isOfClients: false, run, refuse: () => done(undefined) });
  }

  hint(given: Omit<HintRow, 'id'>, done: (isKept: boolean) => void): void {
    const hint = { ...given, record: Buffer.from(given.record) };
    this.#change(() => isIntactRecord(hint.record) && this.#hints.keep(hint), done, false);
  }

  hints(query: Parameters<Store['hints']>[0], done: (hints: Hint[]) => void): void {
    this.#look(() => this.#hints.list(query), done);
  }

  hintsBehind(...[query, done]: Parameters<Store['hintsBehind']>): void {
    this.#look(() => this.#hints.behind(query), done);
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
    this.#look(() => this.#records.sizes(), done);
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
    return new Promise((closed, failed) => {
      this.#closing = { closed, failed };
      this.#closeIfIdle();
    });
  }

  /** The process dies, or the power goes. Returns the disk, as the next process finds it. */
  crash(): SimDisk {
    this.#thread.crash();
    this.#state = 'over';
    return this.#disk;
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
    const refuse = () => this.#probeLater();
    const found = () => {
      if (this.#isMetaWaiting) return refuse();
      this.#isFull = false;
    };
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
    this.#closing?.failed(error);
    this.#onFailure?.(error);
  }

  #closeIfIdle(): void {
    const isIdle = this.#thread.isIdle && this.#gathering.length === 0;
    const waitsForText = this.#metas.length > 0 && !this.#isMetaWaiting;
    if (this.#state !== 'closing' || !isIdle || waitsForText) return;
    this.#state = 'over';
    this.#thread.end();
    present(this.#closing, 'somebody who closes the store').closed();
  }
}

function reading(run: Request['run']): Request {
  return { writes: false, isOfClients: false, run, refuse: () => undefined };
}
