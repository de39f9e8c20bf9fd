/** The store of the floor, in a thread: all frames that have come meanwhile in one transaction. */
import { parentPort, workerData } from 'node:worker_threads';
import { Database } from '../../src/store/thread/sqlite.js';
import { ANSWER, GET, type Item, itemsOf, NOTHING, PUT, packed } from './frame.js';

const db = new Database(workerData as string);
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');
db.pragma('wal_autocheckpoint = 4000');
db.pragma('cache_size = -262144');
db.exec('CREATE TABLE kv (key BLOB NOT NULL, version REAL NOT NULL, value BLOB NOT NULL) STRICT');
db.exec('CREATE UNIQUE INDEX kv_by_key ON kv (key)');
const put = db.prepare(
  `INSERT INTO kv (key, version, value) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE
   SET version = excluded.version, value = excluded.value WHERE excluded.version > kv.version`,
);
const get = db.prepare('SELECT version, value FROM kv WHERE key = ?').raw();
const look = db.prepare('SELECT version FROM kv WHERE key = ?').pluck();
const begin = db.prepare('BEGIN IMMEDIATE');
const commit = db.prepare('COMMIT');

function answerTo({ id, kind, version, key, value }: Item): Buffer {
  if (kind === PUT) put.run(key, version, value);
  const [found, held] =
    kind === GET ? ((get.get(key) ?? [0, NOTHING]) as [number, Buffer]) : [0, NOTHING];
  const at = kind === PUT ? version : kind === GET ? found : ((look.get(key) ?? 0) as number);
  return packed({ id, kind: ANSWER, version: at, key: NOTHING, value: held });
}

parentPort!.on('message', (frames: ArrayBuffer[]) => {
  const all = frames.map((frame) => [...itemsOf(Buffer.from(frame))]);
  const writes = all.some((items) => items.some(({ kind }) => kind === PUT));
  if (writes) begin.run();
  const answers = all.map((items) => Buffer.concat(items.map(answerTo)));
  if (writes) commit.run();
  parentPort!.postMessage(answers);
});
