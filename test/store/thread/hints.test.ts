/** The table of hints: counted once, found by an index, and what becomes of it when bits flip. */
import type Database from 'better-sqlite3';
import * as assert from 'uvu/assert';
import { HintTable } from '../../../src/store/thread/hints.js';
import { Records } from '../../../src/store/thread/records.js';
import { openDatabase } from '../../../src/store/thread/schema.js';
import { damaged, PARTITIONS, record, version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import { loosen, setBackTo, temporaryDir } from '../temporary.js';

const test = suite('hints in the store');

const TARGET = 'a'.repeat(16);
const KEPT = ['k', 'l', 'm'].map((key) => record(key));
const BYTES = KEPT.reduce((sum, { length }) => sum + length, 0);

function opened(body: (hints: HintTable, db: Database.Database) => void): void {
  const db = openDatabase(temporaryDir(), PARTITIONS);
  const hints = new HintTable(db, BYTES);
  for (const each of KEPT) hints.keep({ target: TARGET, record: each, expiresAt: 100 });
  hints.committed();
  body(hints, db);
  db.close();
}

const rowsOf = (hints: HintTable) => hints.sizes().map(({ rows, bytes }) => [rows, bytes]);
const listed = (hints: HintTable) => hints.list({ target: TARGET, limit: 9, bytes: 9999 });

test('a transaction is rolled back -> the sizes are those before it', () => {
  opened((hints, db) => {
    const before = hints.sizes();
    db.exec('BEGIN');
    hints.drop(listed(hints).map(({ id }) => id));
    assert.equal(hints.sizes(), []);
    assert.ok(hints.keep({ target: 'b', record: KEPT[0]!, expiresAt: 1 }));
    db.exec('ROLLBACK');
    hints.rolledBack();
    assert.equal(hints.sizes(), before);
    const isKept = hints.keep({ target: 'b', record: KEPT[0]!, expiresAt: 1 });
    assert.not.ok(isKept, 'they take their room again');
    assert.equal(new HintTable(db, BYTES).sizes(), before);
  });
});

test('what expires first -> found by an index', () => {
  opened((_, db) => {
    const plan = db.prepare<[], { detail: string }>(
      `EXPLAIN QUERY PLAN
       SELECT id, record, expires_at FROM hints WHERE target = 'a' ORDER BY expires_at LIMIT 9`,
    );
    assert.equal(
      plan.all().map(({ detail }) => detail),
      ['SEARCH hints USING INDEX hints_by_expiry (target=?)'],
    );
  });
});

test('a record is damaged -> any version replaces it', () => {
  for (const bad of [damaged(KEPT[0]!), Buffer.alloc(3)]) {
    opened((_, db) => {
      db.prepare("UPDATE hints SET record = ? WHERE key = CAST('k' AS BLOB)").run(bad);
      const hints = new HintTable(db, BYTES);
      assert.ok(hints.keep({ target: TARGET, record: KEPT[0]!, expiresAt: 100 }));
      assert.equal(rowsOf(hints), [[3, BYTES]]);
      assert.equal(
        listed(hints)
          .map((hint) => hint.record.toString('hex'))
          .sort(),
        KEPT.map((each) => each.toString('hex')).sort(),
      );
    });
  }
});

for (const [column, value] of [
  ['record', 'text'],
  ['record', null],
  ['expires_at', 'text'],
  ['expires_at', -1],
  ['expires_at', 1.5],
  ['expires_at', null],
] as const) {
  test(`${column} becomes ${value} -> listed as of no use, and can be dropped`, () => {
    opened((_, db) => {
      loosen(db);
      db.prepare(`UPDATE hints SET ${column} = ? WHERE key = CAST('k' AS BLOB)`).run(value);
      const hints = new HintTable(db, BYTES);
      assert.ok(listed(hints).some((hint) => hint.record.length === 0 || hint.expiresAt === 0));
      hints.sizes();
      hints.drop(listed(hints).map(({ id }) => id));
      assert.equal(listed(hints), []);
      assert.equal(
        hints.sizes().map(({ rows }) => rows),
        [],
      );
    });
  });
}

test('a database of the second schema -> has room for hints, and keeps its rows', () => {
  const dataDir = temporaryDir();
  const db = openDatabase(dataDir, PARTITIONS);
  const records = new Records(db, PARTITIONS);
  records.write(record('key', { version: version(5) }));
  records.saveSizes();
  db.exec('DROP TABLE hints');
  setBackTo(2, db);
  db.close();
  for (let times = 0; times < 2; times++) {
    const again = openDatabase(dataDir, PARTITIONS);
    assert.is(again.pragma('user_version', { simple: true }), 5);
    assert.is(new Records(again, PARTITIONS).rows, 1);
    const hints = new HintTable(again, BYTES);
    assert.is(hints.sizes().length, times);
    assert.ok(hints.keep({ target: TARGET, record: KEPT[0]!, expiresAt: 1 }));
    again.close();
  }
});

test.run();
