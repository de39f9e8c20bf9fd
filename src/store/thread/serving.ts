/**
 * Serves batches: each that writes is one transaction, answered after its COMMIT, which syncs.
 * Three things can go wrong:
 * - A damaged record is answered by itself; the rest of its batch does not notice.
 * - The disk is full: the batch is rolled back and every item of it that writes refused. The frame
 *   that makes a commit valid is written last, so a commit that found no room did not happen. The
 *   log's index grows after that: where it finds no room, it may have, and only what was not yet
 *   committed is rolled back.
 * - Anything else (I/O errors, corruption, above all a COMMIT that failed to sync, which may or
 *   may not be there after a restart): nothing is answered any more. Trying again would be worse:
 *   after a failed sync the kernel takes the pages for clean, and the next one seems to succeed.
 *
 * A batch is small, but what it asks for may not be: 256 reads of the largest values are 16 GiB. So
 * where the answers are many bytes, the batch is cut. What was served is committed and handed out,
 * and the rest is served when it comes again, from whoever has taken the first part.
 */
import type Database from 'better-sqlite3';
import { assert, present } from '../../core/assert.js';
import type { Clock } from '../../ports.js';
import { ANSWER } from '../answers.js';
import { BatchReader, BatchWriter, type Item } from '../batch.js';
import { CommitStats } from '../commit-stats.js';
import { type Handlers, OPERATIONS, type Operation, type OperationName } from '../operations.js';
import type { ThreadOptions } from '../thread-messages.js';
import { Checkpoints } from './log/checkpoints.js';
import { Room } from './log/room.js';
import { isDiskFull, lacksIndexOfLog, writtenByOthers } from './problems.js';
import { Tables } from './tables.js';

/** With so much to answer, and the item that leads beyond it, a batch is cut. */
const ANSWER_BYTES = 4 << 20;

interface Served {
  readonly operation: Operation<unknown, unknown, unknown, unknown>;
  readonly run: (question: unknown) => unknown;
}

function byTag(handlers: Handlers): (Served | undefined)[] {
  const all: (Served | undefined)[] = [];
  for (const [name, operation] of Object.entries(OPERATIONS)) {
    assert(all[operation.tag] === undefined, `one operation has the tag ${operation.tag}`);
    const run = handlers[name as OperationName] as Served['run'];
    all[operation.tag] = { operation: operation as Served['operation'], run };
  }
  return all;
}

/**
 * How full the disk is and how long the log are looked at after so long, or so much: for each batch
 * it would be a tenth of what a small one costs.
 */
const LOOK_AFTER_MS = 10;
const LOOK_AFTER_BYTES = 64 << 10;

export class Serving {
  readonly #db: Database.Database;
  readonly #room: Room;
  readonly #tables: Tables;
  readonly #served: readonly (Served | undefined)[];
  readonly #checkpoints: Checkpoints;
  readonly #beginReading: Database.Statement<[]>;
  readonly #beginWriting: Database.Statement<[]>;
  readonly #commit: Database.Statement<[]>;
  readonly #dataDir: string;
  /** Changes when another connection has committed, and by none of our checkpoints. */
  readonly #dataVersion: Database.Statement<[], unknown>;
  #knownVersion: unknown;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #commits: CommitStats;
  /** Since the disk and the log were looked at. */
  #bytesSince = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #answers = new BatchWriter();

  constructor(db: Database.Database, options: ThreadOptions, clock: Pick<Clock, 'monotonic'>) {
    this.#db = db;
    this.#dataDir = options.dataDir;
    this.#dataVersion = db.prepare<[], unknown>('PRAGMA data_version').pluck();
    // Before anything that is kept in memory is read.
    this.#knownVersion = this.#dataVersion.get();
    this.#commits = new CommitStats(options.commits);
    this.#checkpoints = new Checkpoints(db, clock, this.#commits);
    this.#room = new Room(db, this.#checkpoints);
    this.#tables = new Tables(db, this.#room, options);
    this.#served = byTag(this.#tables.handlers);
    this.#clock = clock;
    this.#beginReading = db.prepare('BEGIN');
    this.#beginWriting = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
  }

  /** What was kept when it was opened. Throws `Damaged`. */
  get meta(): [name: string, text: string][] {
    return this.#tables.meta;
  }

  /**
   * The answers to a batch from one of its items on, in a batch, and where the item begins that has
   * none yet, if there is one. Throws if nothing may be answered any more.
   */
  serve(batch: ArrayBuffer, from = 0): { answers: ArrayBuffer; rest: number | undefined } {
    assert(!this.#db.inTransaction, 'a batch begins outside any transaction');
    this.#bytesSince += batch.byteLength;
    if (this.#room.isLow || this.#isTimeToLook) this.#room.look(this.#bytesSince);
    const request =
      this.#tryServe(batch, from) ??
      (this.#checkpoints.tryNow() ? this.#tryServe(batch, from) : undefined) ??
      this.#refuse(batch, from);
    assert(!this.#db.inTransaction, 'what is answered is committed');
    return { answers: this.#answers.finish(), rest: request.rest };
  }

  /** How far it came; undefined, and nothing done, if the disk is full. */
  #tryServe(batch: ArrayBuffer, from: number): BatchReader | undefined {
    const request = new BatchReader(batch, from);
    let isWriting = false;
    let isCommitting = false;
    let requests = 0;
    try {
      while (this.#next(request)) {
        requests++;
        const served = this.#of(request.tag);
        if (!isWriting) {
          this.#begin(served.operation.writes);
          isWriting = served.operation.writes;
        }
        this.#answer(served, request);
      }
      if (isWriting) {
        this.#tables.beforeCommit();
        const since = this.#clock.monotonic();
        isCommitting = true;
        this.#commit.run();
        this.#commits.durations.note(this.#clock.monotonic() - since);
        this.#commits.requests.note(requests);
        this.#tables.committed();
      } else if (this.#db.inTransaction) this.#commit.run();
      return request;
    } catch (error) {
      if (!isDiskFull(error) && (isCommitting || !lacksIndexOfLog(error))) throw error;
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
      // A transaction of ours that has found no room may leave another number behind.
      this.#knownVersion = this.#dataVersion.get();
      this.#tables.rolledBack();
      this.#answers = new BatchWriter();
      return undefined;
    }
  }

  /** What only reads is a transaction, too: locks are taken once, not for every read. */
  #begin(toWrite: boolean): void {
    if (!toWrite) {
      if (this.#db.inTransaction) return;
      this.#beginReading.run();
    } else {
      if (this.#db.inTransaction) this.#commit.run();
      this.#beginWriting.run();
    }
    this.#requireUntouched();
  }

  /** What is kept in memory, here and in the node, would not be what is there. */
  #requireUntouched(): void {
    if (this.#dataVersion.get() !== this.#knownVersion) throw writtenByOthers(this.#dataDir);
  }

  #refuse(batch: ArrayBuffer, from: number): BatchReader {
    const request = new BatchReader(batch, from);
    while (this.#next(request)) {
      const served = this.#of(request.tag);
      if (served.operation.writes) this.#answers.add(ANSWER.readOnly);
      else this.#answer(served, request);
    }
    return request;
  }

  /** False behind the last item, and where the batch is cut. */
  #next(request: BatchReader): boolean {
    return this.#answers.length < ANSWER_BYTES && request.next();
  }

  #answer({ operation, run }: Served, request: Item): void {
    if (operation.isOfClients && this.#room.isLow) return this.#answers.add(ANSWER.readOnly);
    operation.answer.put(this.#answers, run(operation.question.unpack(request.payload)));
  }

  #of(tag: number): Served {
    return present(this.#served[tag], 'an operation of every tag that is sent');
  }

  /** To be called when the answers are on their way. */
  checkpointIfDue(): void {
    if (!this.#isTimeToLook) return;
    this.#bytesSince = 0;
    this.#lookedAt = this.#clock.monotonic();
    this.#checkpoints.ifDue();
  }

  get #isTimeToLook(): boolean {
    if (this.#bytesSince >= LOOK_AFTER_BYTES) return true;
    return this.#clock.monotonic() - this.#lookedAt >= LOOK_AFTER_MS;
  }

  /** What finds no room where it belongs stays in the log, where it is as durable. */
  close(): void {
    this.#checkpoints.close();
    this.#checkpoints.tryNow();
    this.#db.close();
  }
}
