/**
 * The store's thread: the only one that touches the database. It opens the data directory, says
 * what came of that, and from then on takes batches (`serving.ts`) until it is told to close, or
 * until something fails after which nothing may be answered any more.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { assert } from '../../core/assert.js';
import { systemClock } from '../../system.js';
import type { FromThread, Opening, ThreadOptions, ToThread } from '../thread-messages.js';
import { openDatabase, problemOf } from './schema.js';
import { Serving } from './serving.js';

function start(options: ThreadOptions, port: MessagePort): void {
  const db = openDatabase(options.dataDir, options.partitions);
  const serving = new Serving(db, options, systemClock);
  const meta = db.prepare<[], [string, string]>('SELECT name, text FROM meta').raw().all();
  port.postMessage({ kind: 'opened', meta } satisfies Opening);
  let hasFailed = false;
  port.on('message', (message: ToThread) => {
    if (hasFailed) return;
    try {
      if (message === 'close') {
        serving.close();
        port.postMessage('closed' satisfies FromThread);
      } else {
        const answers = serving.serve(message) satisfies FromThread;
        port.postMessage(answers, [answers]);
        serving.checkpointIfDue();
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

assert(parentPort !== null, 'the store’s thread is somebody’s thread');
const options = workerData as ThreadOptions;
try {
  start(options, parentPort);
} catch (error) {
  const problem = problemOf(error, options.dataDir);
  if (!problem) throw error;
  const { code, message } = problem;
  parentPort.postMessage({ kind: 'refused', code, message } satisfies Opening);
}
