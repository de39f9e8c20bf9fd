/** What is read of a database whose files are damaged: the right bytes, or none. */
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { recordKey } from '../../../src/core/data/record.js';
import { DataDirError } from '../../../src/store/data-dir.js';
import { Damaged } from '../../../src/store/thread/problems.js';
import { Records } from '../../../src/store/thread/records.js';
import { openDatabase } from '../../../src/store/thread/schema.js';
import { Database, SqliteError } from '../../../src/store/thread/sqlite.js';
import { PARTITIONS, record } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import { databaseFile, temporaryDir } from '../temporary.js';

const test = suite('damaged files');

/** Commits one record after the other and returns them, with the files as a crash leaves them. */
function crashed(count: number, checkpointAfter: number) {
  const dataDir = temporaryDir();
  const db = openDatabase(dataDir, PARTITIONS);
  const records = new Records(db, PARTITIONS);
  const written = Array.from({ length: count }, (_, i) =>
    record(`key ${i}`, { value: Buffer.alloc(i % 7 === 0 ? 6000 : 50, `value ${i} `) }),
  );
  for (const [index, bytes] of written.entries()) {
    if (index === checkpointAfter) db.pragma('wal_checkpoint(PASSIVE)');
    db.exec('BEGIN');
    records.write(bytes);
    records.saveSizes();
    db.exec('COMMIT');
  }
  const copy = temporaryDir();
  for (const suffix of ['', '-wal']) {
    copyFileSync(databaseFile(dataDir) + suffix, databaseFile(copy) + suffix);
  }
  db.close();
  return { file: databaseFile(copy), written };
}

/** What each key reads as after opening, or nothing if the damage was found before. */
function readAll(file: string, written: readonly Buffer[]): (Buffer | string)[] {
  const dataDir = temporaryDir();
  for (const suffix of ['', '-wal']) copyFileSync(file + suffix, databaseFile(dataDir) + suffix);
  let db: Database | undefined;
  try {
    db = openDatabase(dataDir, PARTITIONS);
    const records = new Records(db, PARTITIONS);
    for (let partition = 0; partition < PARTITIONS; partition++) {
      records.page({ partition, limit: 1000 });
    }
    return written.map((bytes) => records.read(recordKey(bytes)));
  } catch (error) {
    const known = [SqliteError, DataDirError, Damaged];
    if (known.some((kind) => error instanceof kind)) return [];
    throw error;
  } finally {
    db?.close();
  }
}

test('the log ends anywhere -> what is left is a prefix of the commits', () => {
  const { file, written } = crashed(9, 3);
  const log = readFileSync(`${file}-wal`);
  const lengths = new Set<number>();
  for (let size = 0; size < log.length; size += 512) {
    writeFileSync(`${file}-wal`, log);
    truncateSync(`${file}-wal`, size);
    const read = readAll(file, written);
    const length = read.indexOf('absent');
    assert.ok(length < 0 || length >= 3, 'what the database file holds is there');
    for (const [index, each] of read.entries()) {
      assert.equal(each, length < 0 || index < length ? written[index] : 'absent');
    }
    lengths.add(length);
  }
  assert.ok(lengths.size > 5, `${lengths.size} lengths seen`);
});

for (const suffix of ['', '-wal']) {
  const name = suffix === '' ? 'the database' : 'the log';
  test(`a bit flips anywhere in ${name} -> the right bytes, or none`, () => {
    const { file, written } = crashed(60, suffix === '' ? 59 : 1);
    const good = readFileSync(file + suffix);
    const seen = { right: 0, absent: 0, corrupt: 0, refused: 0 };
    const position = fc.record({ bit: fc.nat(7), at: fc.nat(good.length - 1) });
    const property = fc.property(position, ({ bit, at }) => {
      const bad = Buffer.from(good);
      bad[at]! ^= 1 << bit;
      writeFileSync(file + suffix, bad);
      const read = readAll(file, written);
      if (read.length === 0) seen.refused++;
      for (const [index, each] of read.entries()) {
        if (each === 'absent' || each === 'corrupt') seen[each]++;
        else {
          assert.ok(written[index]!.equals(each as Buffer), `key ${index} reads wrong bytes`);
          seen.right++;
        }
      }
    });
    fc.assert(property, { numRuns: 60 });
    assert.ok(seen.right > 1000, JSON.stringify(seen));
    assert.ok(seen.corrupt + seen.absent + seen.refused > 0, JSON.stringify(seen));
  });
}

const KINDS: { readonly [type: number]: string } = {
  2: 'interior of an index',
  5: 'interior of a table',
  10: 'leaf of an index',
  13: 'leaf of a table',
};

/** One page of each kind that a database has, by its number from 0; the first is the header. */
function pagesByKind(bytes: Buffer): Map<string, number> {
  const kinds = new Map([['header', 0]]);
  const trunk = bytes.readUInt32BE(32);
  if (trunk > 0) kinds.set('free list', trunk - 1);
  for (let page = 1; page < bytes.length / 4096; page++) {
    const kind = KINDS[bytes[page * 4096]!];
    if (kind && !kinds.has(kind)) kinds.set(kind, page);
  }
  return kinds;
}

test('a page of any kind is damaged -> the right bytes, or none', () => {
  const { file, written } = crashed(350, 349);
  const db = new Database(file);
  db.exec('INSERT INTO probe VALUES (9, randomblob(100000)); DELETE FROM probe WHERE id = 9');
  // Clears the log away: all is in the database.
  db.close();
  writeFileSync(`${file}-wal`, '');
  const good = readFileSync(file);
  const pages = pagesByKind(good);
  assert.is(pages.size, 2 + Object.keys(KINDS).length, [...pages.keys()].join(', '));
  let ended = 0;
  for (const [kind, page] of pages) {
    for (const damage of [(at: Buffer) => at.fill(0xff), (at: Buffer) => at.fill(0), flipSome]) {
      const bad = Buffer.from(good);
      damage(bad.subarray(page * 4096, (page + 1) * 4096));
      writeFileSync(file, bad);
      const read = readAll(file, written);
      if (read.length === 0) ended++;
      for (const [index, each] of read.entries()) {
        const isRight = typeof each === 'string' || written[index]!.equals(each);
        assert.ok(isRight, `key ${index} reads wrong bytes: ${kind}`);
      }
    }
  }
  assert.ok(ended >= 8, `only ${ended} times it was found`);
});

/** In its head, and all over it. */
function flipSome(page: Buffer): void {
  for (const at of [3, 5, 8, 100, 1000, 2000, 4000]) page[at]! ^= 0x14;
}

test.run();
