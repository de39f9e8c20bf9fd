/**
 * The store's thread: the only one that touches the database. It opens the data directory, says
 * what came of that, and from then on takes batches (`serving.ts`) until it is told to close, or
 * until something fails after which nothing may be answered any more.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../core/assert.js';
import { systemClock } from '../../system.js';
import type { FromThread, Opening, ThreadOptions, ToThread } from '../thread-messages.js';
import { takeDataDir } from './lock.js';
import { mark } from './marker.js';
import { failureOf, problemOf } from './problems.js';
import { openDatabase } from './schema.js';
import { Serving } from './serving.js';

function start(options: ThreadOptions, port: MessagePort): void {
  const lock = takeDataDir(options.dataDir);
  const db = openDatabase(options.dataDir, options.partitions, options.cacheBytes);
  lock.requireHeld();
  mark(options.dataDir, lock.inode);
  const serving = new Serving(db, options, systemClock);
  port.postMessage({ kind: 'opened', meta: serving.meta } satisfies Opening);
  const answer = (asked: Exclude<ToThread, 'close'>) => {
    const { batch, from } = asked instanceof ArrayBuffer ? { batch: asked, from: 0 } : asked;
    const { answers, rest } = serving.serve(batch, from);
    if (rest === undefined) port.postMessage(answers satisfies FromThread, [answers]);
    else {
      const part: FromThread = { answers, rest: { batch, from: rest } };
      port.postMessage(part, [answers, batch]);
    }
  };
  let hasFailed = false;
  port.on('message', (message: ToThread) => {
    if (hasFailed) return;
    try {
      if (message === 'close') {
        serving.close();
        lock.close();
        port.postMessage('closed' satisfies FromThread);
      } else {
        answer(message);
        serving.checkpointIfDue();
      }
    } catch (error) {
      hasFailed = true;
      const failure = failureOf(error, options.dataDir);
      port.postMessage({ failure } satisfies FromThread);
    }
  });
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
