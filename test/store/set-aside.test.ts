/** A damaged database goes out of the way: nothing is deleted, and what it still says is told. */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { DataDirError } from '../../src/store/data-dir.js';
import { setAside } from '../../src/store/set-aside.js';
import { LOCK_FILE } from '../../src/store/thread/lock.js';
import { MARKER_FILE } from '../../src/store/thread/marker.js';
import { Database } from '../../src/store/thread/sqlite.js';
import { asker, assertHeld } from '../contract/store-world.js';
import { record } from '../support/data/records.js';
import { suite } from '../support/runner/suite.js';
import { databaseFile, loosen, open, temporaryDir } from './temporary.js';

const test = suite('set aside');
const HELD = record('key');

async function filled(): Promise<string> {
  const dataDir = temporaryDir();
  const store = await open(dataDir);
  await asker(store).write(HELD);
  await asker(store).setMeta('ring', 'a ring');
  await asker(store).setMeta('other', 'a text');
  await store.close();
  return dataDir;
}

const told = (texts: ReadonlyMap<string, string>) => Object.fromEntries(texts);

test('a database -> moved as it is, its texts are told, an empty one takes its place', async () => {
  const dataDir = await filled();
  const before = readFileSync(databaseFile(dataDir));
  assert.equal(setAside(dataDir, 'old', told), { ring: 'a ring', other: 'a text' });
  assert.equal(readdirSync(dataDir).sort(), ['old', LOCK_FILE].sort());
  assert.ok(readdirSync(join(dataDir, 'old')).includes(MARKER_FILE));
  assert.ok(readFileSync(databaseFile(join(dataDir, 'old'))).equals(before));
  const store = await open(dataDir);
  assert.is(store.meta('ring'), undefined);
  assert.is((await asker(store).status()).rows, 0);
  await store.close();
  // It can be looked into, where it is.
  const old = await open(join(dataDir, 'old'));
  await assertHeld(asker(old), HELD);
  await old.close();
});

test('a text is damaged -> not told, the others are', async () => {
  const dataDir = await filled();
  const db = new Database(databaseFile(dataDir));
  loosen(db);
  db.exec("UPDATE meta SET text = 'another ring' WHERE name = 'ring'");
  db.close();
  assert.equal(setAside(dataDir, 'old', told), { other: 'a text' });
});

test('nothing can be read of it, or nothing is there -> nothing is told, and it goes', async () => {
  const dataDir = await filled();
  const file = openSync(databaseFile(dataDir), 'r+');
  writeSync(file, Buffer.alloc(4096, 0xff), 0, 4096, 0);
  closeSync(file);
  assert.equal(setAside(dataDir, 'old', told), {});
  assert.equal(setAside(dataDir, 'nothing', told), {});
  assert.equal(readdirSync(join(dataDir, 'nothing')), []);
});

test('it was interrupted, wherever -> goes on, and tells the same', async () => {
  for (const left of [[], ['quorate.db'], ['quorate.db', 'quorate.db-wal', MARKER_FILE]]) {
    const dataDir = await filled();
    const folder = join(dataDir, 'old');
    mkdirSync(folder);
    for (const file of left.filter((each) => existsSync(join(dataDir, each)))) {
      renameSync(join(dataDir, file), join(folder, file));
    }
    assert.equal(setAside(dataDir, 'old', told), { ring: 'a ring', other: 'a text' });
    assert.equal(readdirSync(dataDir).sort(), ['old', LOCK_FILE].sort());
    // A new database that is nobody's yet.
    await (await open(dataDir)).close();
    assert.equal(setAside(dataDir, 'old', told), { ring: 'a ring', other: 'a text' });
    const store = await open(dataDir);
    await asker(store).setMeta('identity', 'another');
    await store.close();
    assert.is(setAside(dataDir, 'old', told), undefined);
  }
});

test('there is such a folder, or it may not go -> nothing is done', async () => {
  const dataDir = await filled();
  const refuse = () => {
    throw new Error('it may not');
  };
  assert.throws(() => setAside(dataDir, 'old', refuse), /it may not/);
  const left = await open(dataDir);
  await assertHeld(asker(left), HELD);
  await left.close();
  setAside(dataDir, 'old', told);
  const again = await open(dataDir);
  await asker(again).setMeta('identity', 'another');
  await again.close();
  const anew = readFileSync(databaseFile(dataDir));
  assert.is(setAside(dataDir, 'old', told), undefined);
  assert.ok(readFileSync(databaseFile(dataDir)).equals(anew));
});

test('it is in use -> refused', async () => {
  const dataDir = await filled();
  const store = await open(dataDir);
  assert.throws(
    () => setAside(dataDir, 'old', told),
    (error: unknown) => error instanceof DataDirError && error.code === 'locked',
  );
  await store.close();
});

test.run();
