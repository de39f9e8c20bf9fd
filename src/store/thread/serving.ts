/**
 * Serves batches: each that writes is one transaction, answered after its COMMIT, which syncs.
 * Three things can go wrong:
 * - A damaged record is answered by itself; the rest of its batch does not notice.
 * - The disk is full: the batch is rolled back and every item of it that writes refused. The frame
 *   that makes a commit valid is written last, so a commit that found no room did not happen.
 * - Anything else (I/O errors, corruption, above all a COMMIT that failed to sync, which may or
 *   may not be there after a restart): nothing is answered any more. Trying again would be worse:
 *   after a failed sync the kernel takes the pages for clean, and the next one seems to succeed.
 */
import type Database from 'better-sqlite3';
import { assert, present } from '../../core/assert.js';
import type { Clock } from '../../ports.js';
import { ANSWER } from '../answers.js';
import { BatchReader, BatchWriter, type Item } from '../batch.js';
import { CommitStats } from '../commit-stats.js';
import { type Handlers, OPERATIONS, type Operation, type OperationName } from '../operations.js';
import type { ThreadOptions } from '../thread-messages.js';
import { isDiskFull, Room } from './room.js';
import { Tables } from './tables.js';

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

export class Serving {
  readonly #db: Database.Database;
  readonly #room: Room;
  readonly #tables: Tables;
  readonly #served: readonly (Served | undefined)[];
  readonly #begin: Database.Statement<[]>;
  readonly #commit: Database.Statement<[]>;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #commits: CommitStats;
  #answers = new BatchWriter();

  constructor(db: Database.Database, options: ThreadOptions, clock: Pick<Clock, 'monotonic'>) {
    this.#db = db;
    this.#room = new Room(db);
    this.#tables = new Tables(db, this.#room, options);
    this.#served = byTag(this.#tables.handlers);
    this.#clock = clock;
    this.#commits = new CommitStats(options.commits);
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
  }

  /** The answers to a batch, in a batch. Throws if nothing may be answered any more. */
  serve(batch: ArrayBuffer): ArrayBuffer {
    assert(!this.#db.inTransaction, 'a batch begins outside any transaction');
    this.#room.look(batch.byteLength);
    const hadRoom = this.#tryServe(batch) || (this.#room.tryCheckpoint() && this.#tryServe(batch));
    if (!hadRoom) this.#refuse(batch);
    assert(!this.#db.inTransaction, 'what is answered is committed');
    return this.#answers.finish();
  }

  /** False, and nothing done, if the disk is full. */
  #tryServe(batch: ArrayBuffer): boolean {
    const request = new BatchReader(batch);
    let isWriting = false;
    let requests = 0;
    try {
      while (request.next()) {
        requests++;
        const served = this.#of(request.tag);
        if (!isWriting && served.operation.writes) {
          this.#begin.run();
          isWriting = true;
        }
        this.#answer(served, request);
      }
      if (isWriting) {
        this.#tables.beforeCommit();
        const since = this.#clock.monotonic();
        this.#commit.run();
        this.#commits.durations.note(this.#clock.monotonic() - since);
        this.#commits.requests.note(requests);
        this.#tables.committed();
      }
      return true;
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
      this.#tables.rolledBack();
      this.#answers = new BatchWriter();
      return false;
    }
  }

  #refuse(batch: ArrayBuffer): void {
    const request = new BatchReader(batch);
    while (request.next()) {
      const served = this.#of(request.tag);
      if (served.operation.writes) this.#answers.add(ANSWER.readOnly);
      else this.#answer(served, request);
    }
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
    this.#room.checkpointIfDue();
  }

  /** What finds no room where it belongs stays in the log, where it is as durable. */
  close(): void {
    this.#room.tryCheckpoint();
    this.#db.close();
  }
}
