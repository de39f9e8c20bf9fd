/**
 * The store's thread: the only one that touches the database.
 *
 * A batch that writes is one transaction, answered after its COMMIT, which syncs. Three things can
 * go wrong:
 * - A damaged record is answered by itself; the rest of its batch does not notice.
 * - The disk is full: the batch is rolled back and every item of it refused. The frame that makes a
 *   commit valid is written last, so a commit that found no room did not happen. Some room is kept
 *   from what clients write, so that a node can go on with what it needs itself: to stamp versions
 *   for owners that have room, to learn of new rings, to drop what it does not own.
 * - Anything else (I/O errors, corruption, above all a COMMIT that failed to sync, which may or
 *   may not be there after a restart): nothing is answered any more. Trying again would be worse:
 *   after a failed sync the kernel takes the pages for clean, and the next one seems to succeed.
 */
import { statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import type { ValueOf } from '../../core/codec.js';
import { bytesOfVersion, versionBytes } from '../../core/data/version-bytes.js';
import {
  BatchReader,
  BatchWriter,
  droppedField,
  dropQueryField,
  type FromThread,
  hintField,
  hintIdsField,
  hintQueryField,
  hintSizesField,
  hintsField,
  type Item,
  isOfClients,
  isWrite,
  metaField,
  type Opening,
  pack,
  pageField,
  pageQueryField,
  prepareField,
  sizesField,
  statusField,
  TAG,
  type ThreadOptions,
  type ToThread,
  treeQueryField,
  unpack,
} from '../batch.js';
import { HintTable } from './hints.js';
import { Records } from './records.js';
import { openDatabase, problemOf } from './schema.js';

/** Pages in the log that make a checkpoint due: 40 MB. */
const CHECKPOINT_PAGES = 10_000;
const PAGE_BYTES = 4096;
/** Clients leave so much of the disk alone, or this part of it if that is less. */
const RESERVED_BYTES = 16 << 20;
const RESERVED_SHARE = 0.05;
/** So much at least, lest a little room be taken for enough. */
const PROBE_BYTES = 256 << 10;

class StoreThread {
  readonly #db: Database.Database;
  readonly #partitions: number;
  #records: Records;
  readonly #hints: HintTable;
  readonly #setMeta: Database.Statement<[string, string]>;
  readonly #probe: Database.Statement<[]>;
  readonly #begin: Database.Statement<[]>;
  readonly #commit: Database.Statement<[]>;
  readonly #bytes: Database.Statement<[], number>;
  readonly #logPages: Database.Statement<[], { log: number; checkpointed: number }>;
  readonly #checkpoint: Database.Statement<[]>;
  #answers = new BatchWriter();
  /** No room for what clients write. */
  #isLow = false;
  /** In the log, and not yet where it belongs. */
  #pendingPages = 0;
  /** In pages of the log: the last one found no room. */
  #checkpointDueAt = 0;

  constructor(db: Database.Database, { partitions, maxHintBytes }: ThreadOptions) {
    this.#db = db;
    this.#partitions = partitions;
    this.#records = new Records(db, partitions);
    this.#hints = new HintTable(db, maxHintBytes);
    this.#setMeta = db.prepare('INSERT OR REPLACE INTO meta (name, text) VALUES (?, ?)');
    // Noise, because SQLite does not write a page that stays as it was.
    this.#probe = db.prepare(`INSERT OR REPLACE INTO probe VALUES (1, randomblob(${PROBE_BYTES}))`);
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
    this.#bytes = db.prepare<[], number>(
      'SELECT page_count * page_size FROM pragma_page_count, pragma_page_size',
    );
    this.#bytes.pluck();
    // NOOP only counts.
    this.#logPages = db.prepare('PRAGMA wal_checkpoint(NOOP)');
    this.#checkpoint = db.prepare('PRAGMA wal_checkpoint(PASSIVE)');
  }

  /** The answers to a batch, in a batch. Throws if nothing may be answered any more. */
  serve(batch: ArrayBuffer): ArrayBuffer {
    this.#isLow = this.#hasLittleRoomFor(batch.byteLength);
    if (this.#isLow && this.#pendingPages > 0) {
      this.#checkpointIfDue(1);
      this.#isLow = this.#hasLittleRoomFor(batch.byteLength);
    }
    // A checkpoint lets the log start anew within the room it has.
    const hadRoom = this.#tryServe(batch) || (this.#tryCheckpoint() && this.#tryServe(batch));
    if (!hadRoom) this.#refuse(batch);
    return this.#answers.finish();
  }

  /** False, and nothing done, if the disk is full. */
  #tryServe(batch: ArrayBuffer): boolean {
    const request = new BatchReader(batch);
    let isWriting = false;
    try {
      while (request.next()) {
        if (!isWriting && isWrite(request.tag)) {
          this.#begin.run();
          isWriting = true;
        }
        this.#answer(request);
      }
      if (isWriting) {
        this.#records.saveSizes();
        this.#commit.run();
        this.#hints.committed();
      }
      return true;
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
      // What it keeps in memory is no longer what is in the database.
      this.#records = new Records(this.#db, this.#partitions);
      this.#hints.rolledBack();
      this.#answers = new BatchWriter();
      return false;
    }
  }

  /**
   * A batch goes to the log, and later to its pages. If there is room for the second, too, then the
   * log can always start anew, and what is small fits in without taking more of the disk.
   */
  #hasLittleRoomFor(bytes: number): boolean {
    const { bavail, blocks, bsize } = statfsSync(dirname(this.#db.name));
    const reserved = Math.min(RESERVED_BYTES, blocks * bsize * RESERVED_SHARE);
    return bavail * bsize < reserved + this.#pendingPages * PAGE_BYTES + 2 * bytes;
  }

  #refuse(batch: ArrayBuffer): void {
    const request = new BatchReader(batch);
    while (request.next()) {
      if (isWrite(request.tag)) this.#answers.add(TAG.readOnly);
      else this.#answer(request);
    }
  }

  #answer(request: Item): void {
    if (this.#isLow && isOfClients(request.tag)) return this.#answers.add(TAG.readOnly);
    switch (request.tag) {
      case TAG.write:
        return this.#write(request.payload);
      case TAG.read:
      case TAG.readVersion:
        return this.#read(request);
      case TAG.setMeta: {
        const { name, text } = unpack(metaField, request.payload);
        this.#setMeta.run(name, text);
        return this.#answers.add(TAG.applied);
      }
      case TAG.probe:
        if (this.#hasLittleRoomFor(2 * PROBE_BYTES)) return this.#answers.add(TAG.readOnly);
        this.#probe.run();
        return this.#answers.add(TAG.applied);
      case TAG.prepare:
        return this.#prepare(request.payload);
      case TAG.drop: {
        const rows = this.#records.drop(unpack(dropQueryField, request.payload));
        return this.#answers.add(TAG.applied, pack(droppedField, { rows }));
      }
      case TAG.hint: {
        const isKept = this.#hints.keep(unpack(hintField, request.payload));
        return this.#answers.add(isKept ? TAG.applied : TAG.absent);
      }
      case TAG.dropHints:
        this.#hints.drop(unpack(hintIdsField, request.payload));
        return this.#answers.add(TAG.applied);
      case TAG.hints: {
        const hints = this.#hints.list(unpack(hintQueryField, request.payload));
        return this.#answers.add(TAG.found, pack(hintsField, hints));
      }
      case TAG.hintSizes:
        return this.#answers.add(TAG.found, pack(hintSizesField, this.#hints.sizes()));
      case TAG.page: {
        const page = this.#records.page(unpack(pageQueryField, request.payload));
        return this.#answers.add(TAG.found, pack(pageField, page));
      }
      case TAG.tree: {
        const { partition, anew } = unpack(treeQueryField, request.payload);
        if (anew) this.#records.forgetTree(partition);
        return this.#answers.add(TAG.found, this.#records.tree(partition));
      }
      case TAG.sizes:
        return this.#answers.add(TAG.found, pack(sizesField, this.#records.sizes()));
      case TAG.status:
        return this.#answers.add(TAG.found, pack(statusField, this.#status()));
    }
  }

  #write(record: Buffer): void {
    const outcome = this.#records.write(record);
    if (outcome === 'applied') this.#answers.add(TAG.applied);
    else if (outcome === 'corrupt') this.#answers.add(TAG.corrupt);
    else if ('promised' in outcome) this.#answers.add(TAG.promised, outcome.promised);
    else this.#answers.add(TAG.superseded, outcome.held);
  }

  #prepare(payload: Buffer): void {
    const { key, ballot } = unpack(prepareField, payload);
    const outcome = this.#records.prepare(key, bytesOfVersion(ballot));
    if (outcome === 'corrupt') this.#answers.add(TAG.corrupt);
    else if (Buffer.isBuffer(outcome)) this.#answers.add(TAG.superseded, outcome);
    else if (outcome.record) this.#answers.add(TAG.found, outcome.record);
    else this.#answers.add(TAG.absent);
  }

  #read(request: Item): void {
    const record = this.#records.read(request.payload);
    if (record === 'absent') this.#answers.add(TAG.absent);
    else if (record === 'corrupt') this.#answers.add(TAG.corrupt);
    else this.#answers.add(TAG.found, request.tag === TAG.read ? record : versionBytes(record));
  }

  /** `bytes` is what the database takes when everything in the log has gone where it belongs. */
  #status(): ValueOf<typeof statusField> {
    const log = statSync(`${this.#db.name}-wal`);
    return { rows: this.#records.rows, bytes: this.#bytes.get()!, walBytes: log.size };
  }

  /**
   * To be called when the answers are on their way, so that no writer waits for it. A checkpoint
   * that finds no room is put off, and the log grows until there is no room for that either.
   */
  checkpointIfDue(): void {
    this.#checkpointIfDue(this.#isLow ? 1 : CHECKPOINT_PAGES);
  }

  #checkpointIfDue(pages: number): void {
    const { log, checkpointed } = this.#logPages.get()!;
    this.#pendingPages = log - checkpointed;
    if (this.#pendingPages < pages || log < this.#checkpointDueAt) return;
    const isDone = this.#tryCheckpoint();
    this.#checkpointDueAt = isDone ? 0 : log + CHECKPOINT_PAGES;
    if (isDone) this.#pendingPages = 0;
  }

  /** False if the disk is full. */
  #tryCheckpoint(): boolean {
    try {
      this.#checkpoint.get();
      return true;
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      return false;
    }
  }

  /** What finds no room where it belongs stays in the log, where it is as durable. */
  close(): void {
    this.#tryCheckpoint();
    this.#db.close();
  }
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code === 'SQLITE_FULL';
}

function start(options: ThreadOptions, port: MessagePort): void {
  const db = openDatabase(options.dataDir, options.partitions);
  const thread = new StoreThread(db, options);
  const meta = db.prepare<[], [string, string]>('SELECT name, text FROM meta').raw().all();
  port.postMessage({ kind: 'opened', meta } satisfies Opening);
  let hasFailed = false;
  port.on('message', (message: ToThread) => {
    if (hasFailed) return;
    try {
      if (message === 'close') {
        thread.close();
        port.postMessage('closed' satisfies FromThread);
      } else {
        const answers = thread.serve(message) satisfies FromThread;
        port.postMessage(answers, [answers]);
        thread.checkpointIfDue();
      }
    } catch (error) {
      hasFailed = true;
      port.postMessage({ failure: describe(error) } satisfies FromThread);
    }
  });
}

function describe(error: unknown): string {
  if (error instanceof Database.SqliteError) return `${error.message} (${error.code})`;
  return error instanceof Error ? error.message : String(error);
}

const options = workerData as ThreadOptions;
try {
  start(options, parentPort!);
} catch (error) {
  const problem = problemOf(error, options.dataDir);
  if (!problem) throw error;
  const { code, message } = problem;
  parentPort!.postMessage({ kind: 'refused', code, message } satisfies Opening);
}
