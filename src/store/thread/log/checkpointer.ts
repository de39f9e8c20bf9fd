/**
 * A thread with a connection of its own, which makes checkpoints when it is its turn.
 *
 * SQLite syncs the database only at the end of the log, and leaves that to whoever comes there: the
 * store's thread, for whose sake this one is here. So it syncs after every round.
 */
import { closeSync, fdatasyncSync, openSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import type { Statement } from 'better-sqlite3';
import { isDiskFull } from '../problems.js';
import { CONNECTION_SETTINGS, SERVING_SETTINGS, set } from '../settings.js';
import { Database } from '../sqlite.js';
import { type CheckpointerOptions, type RoundOutcome, TURN } from './checkpoints.js';

const { file, turn: memory, outcomes } = workerData as CheckpointerOptions;
const turn = new Int32Array(memory);
let open:
  | { readonly db: Database; readonly checkpoint: Statement; readonly file: number }
  | undefined;

function opened() {
  const db = new Database(file, { fileMustExist: true });
  set(db, [...CONNECTION_SETTINGS, ...SERVING_SETTINGS]);
  const checkpoint = db.prepare('PRAGMA wal_checkpoint(PASSIVE)');
  return { db, checkpoint, file: openSync(file, 'r+') };
}

function round(): RoundOutcome {
  try {
    open ??= opened();
    open.checkpoint.get();
    fdatasyncSync(open.file);
    return { kind: 'done' };
  } catch (error) {
    if (isDiskFull(error)) return { kind: 'full' };
    // Once more would be worse: what the disk did not take is forgotten.
    const { message, code = '' } = error as NodeJS.ErrnoException;
    return { kind: 'failed', message, code };
  }
}

function end(next: number): void {
  Atomics.store(turn, 0, next);
  Atomics.notify(turn, 0);
}

for (;;) {
  Atomics.wait(turn, 0, TURN.idle);
  if (Atomics.compareExchange(turn, 0, TURN.asked, TURN.running) === TURN.asked) {
    outcomes.postMessage(round());
    end(TURN.idle);
  } else if (Atomics.load(turn, 0) === TURN.closing) {
    break;
  }
}
if (open) {
  // In this order: with the file all locks on it go that this process holds.
  open.db.close();
  closeSync(open.file);
}
outcomes.close();
end(TURN.closed);
