import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { compareVersions, NO_VERSION } from '../../../src/core/data/version.js';
import {
  bytesOfVersion,
  isVersionBytes,
  parseVersionBytes,
  versionBytes,
} from '../../../src/core/data/version-bytes.js';
import { partitionOf } from '../../../src/core/ring/key-owners.js';
import type { WriteJudgement } from '../../../src/store/answers.js';
import { Records } from '../../../src/store/thread/records.js';
import { isAtLeast, openDatabase } from '../../../src/store/thread/schema.js';
import { treeOf } from '../../contract/store-partitions.js';
import { versions } from '../../support/data/arbitraries.js';
import { PARTITIONS, record, version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import { loosen, temporaryDir } from '../temporary.js';

const test = suite('records');

const KEY = Buffer.from('key');

function assertStored({ kind }: WriteJudgement): void {
  assert.is(kind, 'accept');
}

test('versions as bytes -> compare as versions do', () => {
  const property = fc.property(versions, versions, (a, b) => {
    const [bytesOfA, bytesOfB] = [a, b].map((each) => versionBytes(record('k', { version: each })));
    assert.is(Math.sign(bytesOfA!.compare(bytesOfB!)), Math.sign(compareVersions(a, b)));
  });
  fc.assert(property, { numRuns: 1000 });
});

test('bytes -> those of a version, or not, as for the codec', () => {
  const good = versionBytes(record('k'));
  const property = fc.property(fc.nat(28 * 8 - 1), versions, (bit, each) => {
    const bytes = Buffer.from(versionBytes(record('k', { version: each })));
    assert.ok(isVersionBytes(bytes));
    assert.equal(parseVersionBytes(bytes), each);
    assert.equal(bytesOfVersion(each), bytes);
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    if (isVersionBytes(bytes)) parseVersionBytes(bytes);
    else assert.throws(() => parseVersionBytes(bytes));
  });
  fc.assert(property, { numRuns: 1000 });
  for (const other of [good.subarray(1), Buffer.concat([good, good]), 'text', 7, null]) {
    assert.not.ok(isVersionBytes(other));
  }
});

test('an open database -> commits are synced, checkpoints are ours, SQLite is new enough', () => {
  const db = openDatabase(temporaryDir(), PARTITIONS);
  const setting = (name: string) => db.pragma(name, { simple: true });
  assert.is(setting('synchronous'), 2);
  assert.is(setting('journal_mode'), 'wal');
  assert.is(setting('locking_mode'), 'normal');
  assert.is(setting('wal_autocheckpoint'), 0);
  const library = db.prepare<[], string>('SELECT sqlite_version()').pluck().get()!;
  assert.ok(isAtLeast(library, '3.51.3'), library);
  db.close();
});

test('versions of SQLite -> compared number by number', () => {
  assert.ok(isAtLeast('3.51.3', '3.51.3'));
  assert.ok(isAtLeast('3.51.10', '3.51.3'));
  assert.ok(isAtLeast('4.0.0', '3.51.3'));
  assert.not.ok(isAtLeast('3.51.2', '3.51.3'));
  assert.not.ok(isAtLeast('3.9.9', '3.51.3'));
});

test('one partition -> one range of the index', () => {
  const db = openDatabase(temporaryDir(), PARTITIONS);
  const planOf = (sql: string) =>
    db.prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all();
  const range = (sql: string) => planOf(sql).map(({ detail }) => detail);
  const page = "partition = 1 AND key > x'' ORDER BY key LIMIT 9";
  assert.equal(range(`SELECT key, version FROM records WHERE ${page}`), [
    'SEARCH records USING INDEX records_by_key (partition=? AND key>?)',
  ]);
  assert.equal(range('SELECT rowid FROM records WHERE partition = 1 ORDER BY key LIMIT 9'), [
    'SEARCH records USING COVERING INDEX records_by_key (partition=?)',
  ]);
  db.close();
});

test('a row is held in another version, or in none -> the tree is of what is listed', () => {
  const partition = partitionOf(KEY, PARTITIONS);
  const treeNow = (records: Records) => treeOf(records.page({ partition, limit: 9 }).entries);
  for (const damage of [undefined, Buffer.alloc(28, 0xff), Buffer.alloc(3), 'text', 7, null]) {
    withRow((records, change) => {
      if (damage !== undefined) change('version', damage);
      assert.equal(records.tree(partition, 9), treeNow(records));
      for (const time of [5, 7]) {
        const { kind } = records.write(record('key', { version: version(time) }));
        assert.is(kind, damage === undefined && time === 5 ? 'held' : 'accept');
        assert.equal(records.tree(partition, 9), treeNow(records));
      }
      change('version', damage ?? Buffer.alloc(3));
      assert.is(records.drop({ partition, limit: 1 }), 1);
      assert.equal(records.sizes(), []);
    });
  }
});

test('a row changes behind the back of its tree -> right again when it is built anew', () => {
  const partition = partitionOf(KEY, PARTITIONS);
  withRow((records, change) => {
    const wrong = Buffer.from(records.tree(partition, 9) ?? []);
    change('version', bytesOfVersion(version(99)));
    const right = treeOf(records.page({ partition, limit: 9 }).entries);
    assert.not.equal(wrong, right);
    assert.equal(records.tree(partition, 9), wrong);
    records.forgetTree(partition);
    assert.equal(records.tree(partition, 9), right);
  });
});

test('a tree is built row by row while rows come, change and go -> the tree of the rows', () => {
  const steps = fc.oneof(
    fc.record({ key: fc.nat(20), time: fc.nat(5) }),
    fc.constantFrom('build' as const, 'drop' as const),
  );
  const property = fc.property(fc.array(steps, { maxLength: 60 }), (list) => {
    const db = openDatabase(temporaryDir(), 1);
    const records = new Records(db, 1);
    for (const step of list) {
      if (step === 'build') records.tree(0, 1);
      else if (step === 'drop') records.drop({ partition: 0, limit: 1 });
      else records.write(record(`key ${step.key}`, { version: version(step.time) }));
    }
    const wanted = treeOf(records.page({ partition: 0, limit: 99 }).entries);
    let rows = 0;
    while (!records.tree(0, 0)) {
      records.tree(0, 1);
      assert.ok(rows++ <= records.rows, 'a row at a time leads to the end');
    }
    assert.equal(records.tree(0, 0), wanted);
    db.close();
  });
  fc.assert(property, { numRuns: 100 });
});

test('very many promises in a partition -> few are kept, and every one of them holds', () => {
  const partitions = 4096;
  const share = 16;
  const db = openDatabase(temporaryDir(), partitions);
  const keys: Buffer[] = [];
  for (let i = 0; keys.length < 100; i++) {
    const key = Buffer.from(`key ${i}`);
    if (partitionOf(key, partitions) === 7) keys.push(key);
  }
  const ballotOf = (index: number) => bytesOfVersion(version(1000 + 2 * index));
  const writeOf = (index: number, time: number) => record(keys[index]!, { version: version(time) });
  let records = new Records(db, partitions);
  const kept = db.prepare<[], number>('SELECT count(*) FROM promises').pluck();
  assertStored(records.write(writeOf(0, 5)));
  for (const [index, key] of keys.entries()) {
    assert.is(records.prepare(key, ballotOf(index)).kind, 'promise');
    assert.ok(kept.get()! <= share, `${kept.get()} after ${index}`);
  }
  for (let opened = 0; opened < 2; opened++) {
    for (const [index, key] of keys.entries()) {
      const barred = records.write(writeOf(index, 999 + 2 * index));
      const isBarred = barred.kind === 'promised' && barred.version.compare(ballotOf(index)) >= 0;
      assert.ok(isBarred, `${index}`);
      const refused = records.prepare(key, ballotOf(index));
      const isRefused = refused.kind === 'refused' && refused.version.compare(ballotOf(index)) >= 0;
      assert.ok(isRefused, `${index}`);
    }
    assert.is(records.write(writeOf(0, 5)).kind, 'held');
    records = new Records(db, partitions);
  }
  // The newest rounds go on, and so does whoever comes later.
  assertStored(records.write(writeOf(99, 1000 + 2 * 99)));
  assertStored(records.write(writeOf(1, 2000)));
  assert.is(records.prepare(keys[2]!, bytesOfVersion(version(2001))).kind, 'promise');
  records.drop({ partition: 7, limit: 9 });
  assert.is(kept.get(), 0);
  db.close();
});

/** Damages one row by hand. */
function withRow(body: (records: Records, change: (sql: string, value: unknown) => void) => void) {
  const db = openDatabase(temporaryDir(), PARTITIONS);
  const records = new Records(db, PARTITIONS);
  records.write(record('key', { version: version(5) }));
  loosen(db);
  body(records, (column, value) => db.prepare(`UPDATE records SET ${column} = ?`).run(value));
  db.close();
}

test('the version beside a record is damaged -> a write heals it, however it compares', () => {
  const higher = versionBytes(record('key', { version: version(9) }));
  for (const damage of [higher, Buffer.alloc(28), Buffer.alloc(28, 0xff), Buffer.alloc(3)]) {
    withRow((records, change) => {
      change('version', damage);
      const again = record('key', { version: version(5) });
      assertStored(records.write(again));
      assert.equal(records.read(KEY), again);
      const older = records.write(record('key', { version: version(4) }));
      assert.equal(older, { kind: 'superseded', version: versionBytes(again) });
      assert.is(records.rows, 1);
    });
  }
});

test('the version beside a record is lower than it was -> nothing older takes its place', () => {
  for (const damage of [bytesOfVersion(version(1)), bytesOfVersion(NO_VERSION), Buffer.alloc(3)]) {
    withRow((records, change) => {
      change('version', damage);
      const { kind } = records.write(record('key', { version: version(4) }));
      assert.is.not(kind, 'accept');
      assert.equal(records.read(KEY), record('key', { version: version(5) }));
      assertStored(records.write(record('key', { version: version(6) })));
    });
  }
});

test('the version beside a record is none at all -> listed as the oldest', () => {
  withRow((records, change) => {
    change('version', Buffer.alloc(28, 0xff));
    const partition = partitionOf(KEY, PARTITIONS);
    const { entries } = records.page({ partition, limit: 9 });
    assert.equal(entries, [{ key: KEY, version: NO_VERSION }]);
  });
});

test('a column is of another type -> corrupt, until a write heals it', () => {
  for (const [column, value] of [
    ['record', 'text'],
    ['record', 7],
    ['record', null],
    ['version', 'text'],
    ['version', 7],
  ] as const) {
    withRow((records, change) => {
      change(column, value);
      const again = record('key', { version: version(5) });
      if (column === 'record') assert.is(records.read(KEY), 'corrupt');
      records.page({ partition: partitionOf(KEY, PARTITIONS), limit: 9 });
      assertStored(records.write(again));
      assert.equal(records.read(KEY), again);
    });
  }
});

test('a record is damaged -> nothing older takes its place, its version and newer do', () => {
  const record5 = record('key', { version: version(5) });
  for (const healing of [5, 6]) {
    withRow((records, change) => {
      change('record', Buffer.alloc(60, 'x'));
      const older = records.write(record('key', { version: version(4) }));
      assert.equal(older, { kind: 'promised', version: versionBytes(record5) });
      assert.is(records.read(KEY), 'corrupt');
      assertStored(records.write(record('key', { version: version(healing) })));
      assert.equal(records.read(KEY), record('key', { version: version(healing) }));
      assert.is(records.rows, 1);
    });
  }
});

test('a record and its version are damaged -> any write heals it', () => {
  withRow((records, change) => {
    change('record', Buffer.alloc(60, 'x'));
    change('version', Buffer.alloc(28, 'x'));
    assertStored(records.write(record('key', { version: version(1) })));
  });
});

test('a record stands under the key of another -> corrupt', () => {
  withRow((records, change) => {
    change('record', record('another key', { version: version(5) }));
    assert.is(records.read(KEY), 'corrupt');
    assertStored(records.write(record('key', { version: version(5) })));
    assert.equal(records.read(KEY), record('key', { version: version(5) }));
  });
});

test.run();
