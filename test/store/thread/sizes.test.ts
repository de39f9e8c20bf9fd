/** What is counted is saved; what is damaged, or never was, is counted again. */
import * as assert from 'uvu/assert';
import { recordKey } from '../../../src/core/data/record.js';
import { versionBytes } from '../../../src/core/data/version-bytes.js';
import { partitionOf } from '../../../src/core/ring/key-owners.js';
import type { PartitionSize } from '../../../src/ports.js';
import { DataDirError } from '../../../src/store/data-dir.js';
import { openSqliteStore } from '../../../src/store/sqlite-store.js';
import { Records } from '../../../src/store/thread/records.js';
import { openDatabase } from '../../../src/store/thread/schema.js';
import { Database } from '../../../src/store/thread/sqlite.js';
import { systemClock } from '../../../src/system.js';
import { record, version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import { databaseFile, temporaryDir } from '../temporary.js';

const test = suite('sizes');

/** More than one blob of counts. */
const PARTITIONS = 1024;
const WRITTEN = Array.from({ length: 3000 }, (_, i) =>
  record(`key ${i}`, { value: Buffer.alloc(i % 50, 'v') }),
);

function expected(records: readonly Buffer[]): PartitionSize[] {
  const sizes = new Map<number, PartitionSize>();
  for (const bytes of records) {
    const partition = partitionOf(recordKey(bytes), PARTITIONS);
    const old = sizes.get(partition) ?? { partition, rows: 0, bytes: 0 };
    sizes.set(partition, { partition, rows: old.rows + 1, bytes: old.bytes + bytes.length });
  }
  return [...sizes.values()].sort((a, b) => a.partition - b.partition);
}

/** Opens a data directory for as long as `body` takes. */
function opened<T>(dataDir: string, body: (records: Records, db: Database) => T): T {
  const db = openDatabase(dataDir, PARTITIONS);
  try {
    return body(new Records(db, PARTITIONS), db);
  } finally {
    db.close();
  }
}

function commit(db: Database, records: Records, written: readonly Buffer[]): void {
  db.exec('BEGIN');
  for (const bytes of written) assert.is(records.write(bytes).kind, 'accept');
  records.saveSizes();
  db.exec('COMMIT');
}

function sizesIn(dataDir: string): PartitionSize[] {
  return opened(dataDir, (records) => records.sizes());
}

test('rows come, grow and shrink -> counted, and the same after opening', () => {
  const dataDir = temporaryDir();
  opened(dataDir, (records, db) => {
    commit(db, records, WRITTEN);
    const newer = WRITTEN.slice(0, 100).map((bytes, i) =>
      record(recordKey(bytes), { version: version(2), value: Buffer.alloc(100 - i, 'w') }),
    );
    commit(db, records, newer);
    const now = expected([...newer, ...WRITTEN.slice(100)]);
    assert.equal(records.sizes(), now);
    assert.equal(new Records(db, PARTITIONS).sizes(), now);
    assert.is(new Records(db, PARTITIONS).rows, WRITTEN.length);
  });
  assert.is(
    sizesIn(dataDir).reduce((sum, { rows }) => sum + rows, 0),
    WRITTEN.length,
  );
});

test('a batch -> saves the counts of the partitions near those that it changed', () => {
  opened(temporaryDir(), (records, db) => {
    const changesOf = (written: readonly Buffer[]) => {
      const total = db.prepare<[], number>('SELECT total_changes()').pluck();
      const before = total.get()!;
      commit(db, records, written);
      return total.get()! - before;
    };
    assert.is(changesOf([record('key')]), 2, 'the row, and one blob of counts');
    const sameSize = record('key', { version: version(2) });
    assert.is(changesOf([sameSize]), 1, 'the row alone');
    assert.ok(changesOf(WRITTEN) <= WRITTEN.length + PARTITIONS / 256);
  });
});

for (const [what, sql] of [
  ['damaged', "UPDATE sizes SET counts = CAST(x'01' || substr(counts, 2) AS BLOB)"],
  ['cut short', 'UPDATE sizes SET counts = substr(counts, 1, 100) WHERE chunk = 2'],
  ['gone', 'DELETE FROM sizes WHERE chunk = 3'],
] as const) {
  test(`counts are ${what} -> counted again, once`, () => {
    const dataDir = temporaryDir();
    opened(dataDir, (records, db) => commit(db, records, WRITTEN));
    const raw = new Database(databaseFile(dataDir));
    assert.ok(raw.prepare(sql).run().changes > 0);
    raw.close();
    const db = openDatabase(dataDir, PARTITIONS);
    // Opening has saved what it counted: nothing is left to be saved.
    const before = db.prepare<[], number>('SELECT total_changes()').pluck().get();
    const records = new Records(db, PARTITIONS);
    records.saveSizes();
    assert.equal(records.sizes(), expected(WRITTEN));
    assert.is(db.prepare<[], number>('SELECT total_changes()').pluck().get(), before);
    db.close();
  });
}

/** A database as the first version of the schema had it. */
function writeFirstSchema(dataDir: string): void {
  const db = new Database(databaseFile(dataDir));
  db.pragma('journal_mode = WAL');
  db.exec(`
    CREATE TABLE records (
      partition INTEGER NOT NULL,
      key BLOB NOT NULL,
      version BLOB NOT NULL,
      record BLOB NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX records_by_key ON records (partition, key);
    CREATE TABLE meta (name TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT;
    CREATE TABLE shape (partitions INTEGER NOT NULL, rows INTEGER NOT NULL) STRICT;
    CREATE TABLE probe (id INTEGER PRIMARY KEY, noise BLOB NOT NULL) STRICT;
    INSERT INTO shape VALUES (${PARTITIONS}, ${WRITTEN.length});
    INSERT INTO meta VALUES ('ring', 'first');
  `);
  db.pragma(`application_id = ${0x51727465}`);
  db.pragma('user_version = 1');
  const insert = db.prepare('INSERT INTO records VALUES (?, ?, ?, ?)');
  for (const bytes of WRITTEN) {
    const key = recordKey(bytes);
    insert.run(partitionOf(key, PARTITIONS), key, versionBytes(bytes), bytes);
  }
  db.close();
}

function schemaIn(dataDir: string): { version: unknown; tables: unknown } {
  const db = new Database(databaseFile(dataDir));
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
  const schema = {
    version: db.pragma('user_version', { simple: true }),
    tables: tables.pluck().all(),
  };
  db.close();
  return schema;
}

test('a database of the first schema -> counted once, and everything is there', () => {
  const dataDir = temporaryDir();
  writeFirstSchema(dataDir);
  for (let times = 0; times < 2; times++) {
    opened(dataDir, (records, db) => {
      assert.equal(records.sizes(), expected(WRITTEN));
      assert.is(records.rows, WRITTEN.length);
      for (const bytes of WRITTEN) assert.equal(records.read(recordKey(bytes)), bytes);
      assert.is(db.prepare('SELECT text FROM meta').pluck().get(), 'first');
      assert.is(db.prepare('SELECT count(*) FROM sizes').pluck().get(), PARTITIONS / 256);
    });
  }
  const fresh = temporaryDir();
  opened(fresh, () => undefined);
  assert.equal(schemaIn(dataDir), schemaIn(fresh));
  assert.is(schemaIn(dataDir).version, 4);
});

test('a database of the first schema that cannot be used -> left as it is', async () => {
  const dataDir = temporaryDir();
  writeFirstSchema(dataDir);
  const before = schemaIn(dataDir);
  const opening = openSqliteStore({ dataDir, partitions: PARTITIONS * 2, clock: systemClock });
  const problem = await opening.then(
    () => 'opened',
    (error: unknown) => error instanceof DataDirError && error.code,
  );
  assert.is(problem, 'wrong_partitions');
  assert.equal(schemaIn(dataDir), before);
});

test.run();
