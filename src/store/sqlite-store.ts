/**
 * The store of a node: SQLite, in a thread of its own, because a sync would hold up the event loop
 * for as long as a disk takes, and with it the answers to probes.
 *
 * This side packs what is asked for into batches (`group-commit.ts`) and hands out the answers;
 * `thread/worker.ts` is the thread.
 *
 * What a full disk does is in `full-disk.ts`. Texts of `setMeta` are small and have some room
 * reserved; one that finds none waits, for its owner has no use for a refusal.
 */
import { Worker } from 'node:worker_threads';
import { assert, present } from '../core/assert.js';
import type { EncodedRecord } from '../core/data/record.js';
import type { ScanPage } from '../core/data/scan-page.js';
import type { Version } from '../core/data/version.js';
import { USUAL } from '../core/settings.js';
import type {
  Clock,
  HintSize,
  Log,
  PageEntry,
  PartitionSize,
  PromiseOutcome,
  ReadOutcome,
  ScanQuery,
  Store,
  StoreStatus,
  VersionOutcome,
  WriteOutcome,
} from '../ports.js';
import { ANSWER } from './answers.js';
import { BatchReader } from './batch.js';
import { CommitStats } from './commit-stats.js';
import { DataDirError } from './data-dir.js';
import { FullDisk } from './full-disk.js';
import { Batch, GroupCommit, type Handler } from './group-commit.js';
import { LogWatch } from './log-watch.js';
import { type Asking, OPERATIONS } from './operations.js';
import { Texts } from './texts.js';
import type { FromThread, Opening, Rest, ThreadOptions, ToThread } from './thread-messages.js';
import { TreeBuilding } from './tree-building.js';

const MAX_HINT_BYTES = 256 << 20;
/** Of a page, read at a time: less than a millisecond. */
const PART_ROWS = 200;

export interface SqliteStoreOptions {
  /** Created if absent. */
  readonly dataDir: string;
  /** A power of two; a data directory keeps the number it was created with. */
  readonly partitions: number;
  /** All hints together are never larger; 256 MiB unless said otherwise. */
  readonly maxHintBytes?: number;
  /** Memory for pages of the database; `storeCacheBytes` unless said otherwise. */
  readonly cacheBytes?: number;
  readonly clock: Clock;
  readonly log?: Log;
}

export interface CountingStore extends Store {
  readonly commits: Omit<CommitStats, 'memory'>;
}

/** Opens the store and locks its data directory. Rejects with `DataDirError` if it cannot be. */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<CountingStore> {
  const { dataDir, partitions, maxHintBytes = MAX_HINT_BYTES } = options;
  const { cacheBytes = USUAL.storeCacheBytes } = options;
  const commits = new CommitStats();
  const { memory } = commits;
  const given = { dataDir, partitions, maxHintBytes, cacheBytes };
  const workerData: ThreadOptions = { ...given, commits: memory };
  const thread = new Worker(new URL('./thread/worker.js', import.meta.url), { workerData });
  const opening = await new Promise<Opening>((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
  });
  if (opening.kind === 'opened') return new SqliteStore(thread, options, commits, opening.meta);
  await thread.terminate();
  throw new DataDirError(opening.code, opening.message);
}

class SqliteStore implements CountingStore {
  readonly commits: CommitStats;
  readonly #thread: Worker;
  readonly #requests = new GroupCommit((batch) => this.#send(batch));
  readonly #trees: TreeBuilding;
  /** Batches at the thread, oldest first. */
  readonly #inFlight: Batch[] = [];
  readonly #texts: Texts;
  readonly #disk: FullDisk;
  readonly #logWatch: LogWatch;
  #failure: Error | undefined;
  #onFailure: ((error: Error) => void) | undefined;
  #closing: { closed(): void; failed(error: Error): void } | undefined;
  #closed: Promise<void> | undefined;

  constructor(
    thread: Worker,
    options: SqliteStoreOptions,
    commits: CommitStats,
    meta: Iterable<readonly [string, string]>,
  ) {
    this.#thread = thread;
    this.commits = commits;
    const { clock, log } = options;
    this.#disk = new FullDisk({
      ...{ clock, log },
      probe: (done) => {
        this.#texts.tryAgain();
        this.#sendAlone(OPERATIONS.probe, undefined, done);
      },
      waits: () => this.#texts.lacksRoom,
    });
    this.#logWatch = new LogWatch(log);
    this.#trees = new TreeBuilding((...asked) => this.#ask(OPERATIONS.tree, ...asked), clock);
    this.#texts = new Texts(meta, (text, done) =>
      this.#sendAlone(OPERATIONS.setMeta, text, (isStored) => {
        assert(isStored || this.isFull, 'a text that is not stored has found no room');
        done(isStored);
      }),
    );
    thread.on('message', (message: FromThread) => this.#hear(message));
    thread.on('error', (error) => this.#fail(error));
    thread.on('exit', this.#ended);
  }

  write(record: EncodedRecord, done: (outcome: WriteOutcome) => void): void {
    this.#ask(OPERATIONS.write, record, done);
  }

  prepare(key: Uint8Array, ballot: Version, done: (outcome: PromiseOutcome) => void): void {
    this.#ask(OPERATIONS.prepare, { key: Buffer.from(key), ballot }, done);
  }

  copy(record: EncodedRecord, done: (outcome: WriteOutcome) => void): void {
    this.#ask(OPERATIONS.copy, record, done);
  }

  read(key: Uint8Array, done: (outcome: ReadOutcome) => void): void {
    this.#ask(OPERATIONS.read, key, done);
  }

  readUpTo(...[{ keys, bytes }, done]: Parameters<Store['readUpTo']>): void {
    this.#ask(OPERATIONS.readUpTo, { keys: keys.map((key) => Buffer.from(key)), bytes }, done);
  }

  readVersion(key: Uint8Array, done: (outcome: VersionOutcome) => void): void {
    this.#ask(OPERATIONS.readVersion, key, done);
  }

  /** Read in parts, or all others would wait for all of it. */
  page(...[{ partition, limit, ...query }, done]: Parameters<Store['page']>): void {
    const leaves = query.leaves && Buffer.from(query.leaves);
    const entries: PageEntry[] = [];
    const readOn = (after: Buffer | undefined, rows: number) => {
      const part = { partition, leaves, after, limit: Math.min(rows, PART_ROWS) };
      this.#ask(OPERATIONS.page, part, (page) => {
        entries.push(...page.entries);
        if (page.next && rows > PART_ROWS) readOn(page.next, rows - PART_ROWS);
        else done({ entries, next: page.next });
      });
    };
    readOn(query.after && Buffer.from(query.after), limit);
  }

  inspect(...[{ after, ...query }, done]: Parameters<Store['inspect']>): void {
    this.#ask(OPERATIONS.inspect, { ...query, after: after && Buffer.from(after) }, done);
  }

  scan({ range, ...query }: ScanQuery, done: (page: ScanPage) => void): void {
    const partitions = Buffer.from(query.partitions);
    this.#ask(OPERATIONS.scan, { ...query, partitions, ...range }, done);
  }

  tree(...asked: Parameters<Store['tree']>): void {
    this.#trees.read(...asked);
  }

  drop(...[{ only, ...query }, done]: Parameters<Store['drop']>): void {
    this.#ask(OPERATIONS.drop, { ...query, only: only && [...only] }, done);
  }

  endedIn(...asked: Parameters<Store['endedIn']>): void {
    this.#ask(OPERATIONS.endedIn, ...asked);
  }

  ended(...[query, done]: Parameters<Store['ended']>): void {
    this.#ask(OPERATIONS.ended, query, done);
  }

  stay(...[query, done]: Parameters<Store['stay']>): void {
    this.#ask(OPERATIONS.stay, { ...query, entries: [...query.entries] }, done);
  }

  reap(...[query, done]: Parameters<Store['reap']>): void {
    this.#ask(OPERATIONS.reap, { ...query, entries: [...query.entries] }, done);
  }

  reapedUpTo(partition: number, done: (upTo: Version) => void): void {
    this.#ask(OPERATIONS.reapedUpTo, partition, done);
  }

  hint(...asked: Parameters<Store['hint']>): void {
    this.#ask(OPERATIONS.hint, ...asked);
  }

  hints(...[{ after, ...query }, done]: Parameters<Store['hints']>): void {
    this.#ask(OPERATIONS.hints, { ...query, after }, done);
  }

  hintsBehind(...[query, done]: Parameters<Store['hintsBehind']>): void {
    this.#ask(OPERATIONS.hintsBehind, query, done);
  }

  dropHints(ids: readonly number[], done: (isDropped: boolean) => void): void {
    this.#ask(OPERATIONS.dropHints, [...ids], done);
  }

  hintSizes(done: (sizes: HintSize[]) => void): void {
    this.#ask(OPERATIONS.hintSizes, undefined, done);
  }

  sizes(done: (sizes: PartitionSize[]) => void): void {
    this.#ask(OPERATIONS.sizes, undefined, done);
  }

  get isFull(): boolean {
    return this.#disk.isFull;
  }

  status(done: (status: StoreStatus) => void): void {
    if (this.#isOver) return;
    // Ahead of all that waits: operators ask for it, most of all when much does.
    this.#sendAlone(OPERATIONS.status, undefined, (status) => {
      this.#logWatch.look(status.walBytes);
      done({ ...status, readOnly: this.isFull });
    });
  }

  meta(name: string): string | undefined {
    return this.#texts.get(name);
  }

  setMeta(name: string, text: string, done: () => void): void {
    if (this.#isOver) return;
    this.#texts.set(name, text, done);
  }

  onFailure(failed: (error: Error) => void): void {
    this.#onFailure = failed;
    if (this.#failure) setImmediate(failed, this.#failure);
  }

  /**
   * What is asked for from now on is not answered, nor is a text that waits for room on the disk.
   * Rejects if the store fails before it is closed; does nothing more if it has failed already.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    try {
      if (this.#failure) return;
      await new Promise<void>((closed, failed) => {
        this.#closing = { closed, failed };
        this.#closeIfIdle();
      });
    } finally {
      this.#thread.off('exit', this.#ended);
      await this.#thread.terminate();
    }
  }

  readonly #ended = () => this.#fail(new Error('the thread of the store has ended'));

  #closeIfIdle(): void {
    const idle = this.#requests.isIdle && this.#inFlight.length === 0;
    if (!this.#closing || !idle || !this.#texts.isIdle) return;
    this.#disk.stop();
    this.#post('close');
  }

  #ask<Asked, Answered>(
    operation: Asking<Asked, Answered>,
    question: Asked,
    done: (answer: Answered) => void,
  ): void {
    if (this.#isOver) return;
    if (this.#disk.isFull && operation.isOfClients) return this.#refuse(operation, done);
    const handler = this.#handler(operation, done);
    this.#requests.add(operation.tag, operation.question.pack(question), handler);
  }

  #handler<Asked, Answered>(
    operation: Asking<Asked, Answered>,
    done: (answer: Answered) => void,
  ): Handler {
    return (item) => {
      if (item.tag === ANSWER.readOnly) {
        assert('whenFull' in operation, 'only what writes finds the disk full');
        this.#disk.noticed();
        done(operation.whenFull as Answered);
      } else {
        done(operation.answer.take(item));
      }
    };
  }

  #refuse<Answered>(
    { whenFull }: { readonly whenFull?: Answered },
    done: (answer: Answered) => void,
  ): void {
    setImmediate(() => {
      if (!this.#failure) done(whenFull as Answered);
    });
  }

  get #isOver(): boolean {
    return this.#failure !== undefined || this.#closing !== undefined;
  }

  #send(batch: Batch): void {
    this.#inFlight.push(batch);
    this.#post(batch.pack());
  }

  #post(message: ToThread): void {
    if (message === 'close') return this.#thread.postMessage(message);
    this.#thread.postMessage(message, [message instanceof ArrayBuffer ? message : message.batch]);
  }

  #hear(message: FromThread): void {
    if (this.#failure) return;
    if (message === 'closed') present(this.#closing, 'somebody who closes the store').closed();
    else if (message instanceof ArrayBuffer) this.#answer(message);
    else if ('rest' in message) this.#answer(message.answers, message.rest);
    else this.#fail(new Error(`the store has failed: ${message.failure}`));
  }

  /** `rest`: what of the batch has no answers yet. */
  #answer(answers: ArrayBuffer, rest?: Rest): void {
    const batch = present(this.#inFlight.shift(), 'a batch that is answered');
    // First give the thread its next batch: it works on that while we hand out these answers.
    if (!rest) this.#requests.settle(batch);
    const answer = new BatchReader(answers);
    while (answer.next()) batch.answer(answer);
    assert(
      batch.isAnswered || rest !== undefined || this.#failure !== undefined,
      'every item of a batch is answered',
    );
    // Only now: large answers come no faster than they are taken.
    if (rest) this.#sendRest(batch, rest);
    this.#closeIfIdle();
  }

  #sendRest(batch: Batch, rest: Rest): void {
    this.#inFlight.push(batch);
    this.#post(rest);
  }

  #fail(error: Error): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#disk.stop();
    this.#closing?.failed(error);
    this.#onFailure?.(error);
  }

  #sendAlone<Asked, Answered>(
    operation: Asking<Asked, Answered>,
    question: Asked,
    done: (answer: Answered) => void,
  ): void {
    const batch = new Batch();
    batch.add(operation.tag, operation.question.pack(question), this.#handler(operation, done));
    this.#send(batch);
  }
}
