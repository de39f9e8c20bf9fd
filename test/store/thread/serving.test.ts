/** What becomes of a batch when the database fails in the middle of it. */
import type { Database as Connection } from 'better-sqlite3';
import * as assert from 'uvu/assert';
import { ANSWER } from '../../../src/store/answers.js';
import { BatchReader, BatchWriter } from '../../../src/store/batch.js';
import { CommitStats } from '../../../src/store/commit-stats.js';
import { OPERATIONS } from '../../../src/store/operations.js';
import { openDatabase } from '../../../src/store/thread/schema.js';
import { Serving } from '../../../src/store/thread/serving.js';
import { Database, SqliteError } from '../../../src/store/thread/sqlite.js';
import { systemClock } from '../../../src/system.js';
import { PARTITIONS, record } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import { databaseFile, temporaryDir } from '../temporary.js';

const test = suite('store serving');
const NO_ROOM = new SqliteError('disk I/O error', 'SQLITE_IOERR_SHMSIZE');
const NO_LOCK = new SqliteError('disk I/O error', 'SQLITE_IOERR_SHMLOCK');

/** The statements with this text fail as long as there is something in `failures`. */
function start(failing = '', failures: Error[] = []) {
  const dataDir = temporaryDir();
  const db = openDatabase(dataDir, PARTITIONS);
  const prepare = db.prepare.bind(db);
  db.prepare = ((sql: string) => {
    const statement = prepare(sql);
    if (sql !== failing) return statement;
    const run = statement.run.bind(statement);
    statement.run = (...values) => {
      const failure = failures.shift();
      if (failure) throw failure;
      return run(...values);
    };
    return statement;
  }) as Connection['prepare'];
  const { memory } = new CommitStats();
  const sizes = { maxHintBytes: 1 << 20, cacheBytes: 1 << 20 };
  const options = { dataDir, partitions: PARTITIONS, ...sizes, commits: memory };
  const serving = new Serving(db, options, systemClock);
  test.after(() => void db.close());
  const ask = (...items: readonly { tag: number; payload: Buffer }[]): number[] => {
    const batch = new BatchWriter();
    for (const { tag, payload } of items) batch.add(tag, payload);
    const answers = new BatchReader(serving.serve(batch.finish()).answers);
    const tags: number[] = [];
    while (answers.next()) tags.push(answers.tag);
    return tags;
  };
  const reading = (key: string) => ({
    tag: OPERATIONS.readVersion.tag,
    payload: Buffer.from(key),
  });
  return {
    dataDir,
    read: (key: string) => ask(reading(key)),
    serve: (key: string) => ask({ tag: OPERATIONS.write.tag, payload: record(key) }, reading(key)),
  };
}

test('no room for the index of the log, before anything is committed -> the disk is full', () => {
  const failures = [NO_ROOM, NO_ROOM];
  const { serve } = start('BEGIN IMMEDIATE', failures);
  assert.equal(serve('a'), [ANSWER.readOnly, ANSWER.absent]);
  assert.equal(failures, [], 'tried again after a checkpoint');
  assert.equal(serve('a'), [ANSWER.applied, ANSWER.found]);
});

test('no room for it in a commit -> nobody knows what came of that: no answers', () => {
  const { serve } = start('COMMIT', [NO_ROOM]);
  assert.throws(
    () => serve('a'),
    (error: unknown) => error === NO_ROOM,
  );
});

test('another error of the index of the log -> no want of room: nothing is answered', () => {
  const { serve } = start('BEGIN IMMEDIATE', [NO_LOCK]);
  assert.throws(
    () => serve('a'),
    (error: unknown) => error === NO_LOCK,
  );
});

for (const how of ['serve', 'read'] as const) {
  test(`another program has committed -> what is kept in memory is old: ends at a ${how}`, () => {
    const store = start();
    store.serve('a');
    const outsider = new Database(databaseFile(store.dataDir));
    outsider.pragma('wal_checkpoint(PASSIVE)');
    assert.equal(store.serve('b'), [ANSWER.applied, ANSWER.found], 'it has changed nothing');
    outsider.exec('DELETE FROM records');
    outsider.close();
    assert.throws(() => store[how]('a'), /another program has written .* start the node again/);
  });
}

test.run();
