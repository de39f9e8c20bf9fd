/** What a node believes of its disk when it starts, each with a checksum. */
import type Database from 'better-sqlite3';
import * as assert from 'uvu/assert';
import { bytesOfVersion } from '../../../src/core/data/version-bytes.js';
import { partitionOf } from '../../../src/core/ring/key-owners.js';
import { Damaged } from '../../../src/store/thread/problems.js';
import { Records } from '../../../src/store/thread/records.js';
import { openDatabase } from '../../../src/store/thread/schema.js';
import { Texts } from '../../../src/store/thread/texts.js';
import { PARTITIONS, record, version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import { loosen, setBackTo, temporaryDir } from '../temporary.js';

const test = suite('checksums');
const KEY = Buffer.from('key');

/** Every change to a row of `table` that leaves it well-formed, and some that do not. */
function assertNoticed(
  table: string,
  changes: readonly (readonly [column: string, value: unknown])[],
  look: (db: Database.Database) => void,
): void {
  const db = openDatabase(temporaryDir(), PARTITIONS);
  const records = new Records(db, PARTITIONS);
  records.prepare(KEY, bytesOfVersion(version(5)));
  records.reap({ partition: 0, upTo: version(5), entries: [] });
  new Texts(db).set('ring.vote', '{"epoch":7}');
  loosen(db);
  look(db);
  for (const [column, value] of changes) {
    db.exec('SAVEPOINT sound');
    const changed = db.prepare(`UPDATE ${table} SET ${column} = ?`).run(value);
    assert.is(changed.changes, 1);
    assert.throws(
      () => look(db),
      (error: unknown) => error instanceof Damaged && !error.message.includes('\n'),
    );
    db.exec('ROLLBACK TO sound');
  }
  look(db);
  db.close();
}

test('a promise is damaged, if only a little -> nothing is opened: it might be broken', () => {
  const changes = [
    ['ballot', bytesOfVersion(version(4))],
    ['ballot', Buffer.alloc(28, 0xff)],
    ['ballot', 7],
    ['key', Buffer.from('kez')],
    ['key', 'key'],
    ['partition', partitionOf(KEY, PARTITIONS) ^ 1],
    ['checksum', 0],
  ] as const;
  assertNoticed('promises', changes, (db) => new Records(db, PARTITIONS));
});

test('what was reaped is damaged -> nothing is opened: what was deleted might return', () => {
  const changes = [
    ['version', bytesOfVersion(version(4))],
    ['version', 'none'],
    ['partition', 1],
    ['checksum', 0],
  ] as const;
  assertNoticed('reaped', changes, (db) => new Records(db, PARTITIONS));
});

test('a text is damaged, if only a little -> nothing is opened: it is believed', () => {
  const changes = [
    ['text', '{"epoch":3}'],
    ['text', ''],
    ['name', 'ring.vota'],
    ['checksum', 0],
  ] as const;
  assertNoticed('meta', changes, (db) => new Texts(db).all());
});

test('a database of the fourth schema -> what is over in it is found', () => {
  const dataDir = temporaryDir();
  const db = openDatabase(dataDir, PARTITIONS);
  const records = new Records(db, PARTITIONS);
  const partition = partitionOf(KEY, PARTITIONS);
  const keys = Array.from({ length: 200 }, (_, i) => `key ${i}`);
  const [dead, expired, living] = keys.filter(
    (key) => partitionOf(Buffer.from(key), PARTITIONS) === partition,
  ) as [string, string, string];
  records.write(record(dead, { tombstone: true, value: Buffer.alloc(0) }));
  records.write(record(expired, { expiresAt: 2e12 }));
  records.write(record(living));
  records.saveSizes();
  setBackTo(4, db);
  db.close();
  const again = openDatabase(dataDir, PARTITIONS);
  const query = { partition, before: Number.MAX_SAFE_INTEGER, limit: 10 };
  const { entries } = new Records(again, PARTITIONS).ended(query);
  assert.equal(
    entries.map(({ key }) => key.toString()),
    [dead, expired],
  );
  again.close();
});

test('a database of the third schema -> what it believes gets checksums', () => {
  const dataDir = temporaryDir();
  const db = openDatabase(dataDir, PARTITIONS);
  new Records(db, PARTITIONS).prepare(KEY, bytesOfVersion(version(5)));
  new Texts(db).set('ring', 'a ring');
  setBackTo(3, db);
  db.close();
  for (let times = 0; times < 2; times++) {
    const again = openDatabase(dataDir, PARTITIONS);
    assert.equal(new Texts(again).all(), [['ring', 'a ring']]);
    const refused = new Records(again, PARTITIONS).prepare(KEY, bytesOfVersion(version(5)));
    assert.is(refused.kind, 'refused');
    again.close();
  }
});

test.run();
