/** The SQLite store keeps the contract, keeps its data directory to itself, and stays bounded. */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { recordKey } from '../../src/core/data/record.js';
import { DataDirError } from '../../src/store/data-dir.js';
import { setAside } from '../../src/store/set-aside.js';
import { openSqliteStore } from '../../src/store/sqlite-store.js';
import { LOCK_FILE, LOCK_WAIT_MS } from '../../src/store/thread/lock.js';
import { MARKER_FILE } from '../../src/store/thread/marker.js';
import { failureOf } from '../../src/store/thread/problems.js';
import { Database, SqliteError } from '../../src/store/thread/sqlite.js';
import { systemClock } from '../../src/system.js';
import { storeContract } from '../contract/store.js';
import { asker, assertHeld, type StoreWorld } from '../contract/store-world.js';
import { damaged, PARTITIONS, record, version } from '../support/data/records.js';
import { Child } from '../support/processes/child.js';
import { suite } from '../support/runner/suite.js';
import { databaseFile, open, temporaryDir } from './temporary.js';

const test = suite('sqlite store');

async function makeWorld(): Promise<StoreWorld> {
  const dataDir = temporaryDir();
  const world = {
    store: await open(dataDir),
    async reopen() {
      await world.store.close();
      world.store = await open(dataDir);
    },
    async rot(key: Buffer) {
      await world.store.close();
      const db = new Database(databaseFile(dataDir));
      const held = db.prepare<[Buffer], Buffer>('SELECT record FROM records WHERE key = ?').pluck();
      const update = db.prepare('UPDATE records SET record = ? WHERE key = ?');
      update.run(damaged(held.get(key)!), key);
      db.close();
      world.store = await open(dataDir);
    },
    close: () => world.store.close(),
  };
  return world;
}

storeContract(test, makeWorld);

/** What opening says. */
async function refusal(dataDir: string, partitions = PARTITIONS): Promise<DataDirError> {
  try {
    const store = await openSqliteStore({ dataDir, partitions, clock: systemClock });
    await store.close();
  } catch (error) {
    if (error instanceof DataDirError) return error;
    throw error;
  }
  throw new Error(`${dataDir} was opened`);
}

async function assertRefused(dataDir: string, code: string, partitions?: number): Promise<void> {
  const error = await refusal(dataDir, partitions);
  assert.is(error.code, code);
  assert.ok(error.message.includes(dataDir), error.message);
  assert.not.match(error.message, /\n/);
}

test('a directory that is not there -> created, for nobody else to read', async () => {
  const dataDir = join(temporaryDir(), 'a', 'b');
  const store = await open(dataDir);
  assert.is(statSync(dataDir).mode & 0o777, 0o700);
  await store.close();
  assert.equal(readdirSync(dataDir).sort(), ['quorate.db', LOCK_FILE, MARKER_FILE].sort());
});

test('a path that cannot be a directory -> not writable', async () => {
  const file = join(temporaryDir(), 'file');
  writeFileSync(file, '');
  await assertRefused(file, 'not_writable');
  await assertRefused(join(file, 'below'), 'not_writable');
});

test('another number of partitions -> refused, and the directory still fits its own', async () => {
  const dataDir = temporaryDir();
  await (await open(dataDir)).close();
  await assertRefused(dataDir, 'wrong_partitions', PARTITIONS * 2);
  await (await open(dataDir)).close();
});

test('no database, a foreign or a later one -> unreadable, and left as it is', async () => {
  const garbage = temporaryDir();
  writeFileSync(databaseFile(garbage), Buffer.alloc(8192, 'garbage'));
  await assertRefused(garbage, 'unreadable');
  const foreign = temporaryDir();
  const db = new Database(databaseFile(foreign));
  db.exec('CREATE TABLE records (a)');
  db.close();
  await assertRefused(foreign, 'unreadable');
  const later = temporaryDir();
  await (await open(later)).close();
  const ours = new Database(databaseFile(later));
  ours.pragma('user_version = 99');
  ours.close();
  await assertRefused(later, 'unreadable');
  const again = new Database(databaseFile(later));
  assert.is(again.pragma('user_version', { simple: true }), 99);
  again.close();
});

test('opened twice in one process -> locked, and the first goes on', async () => {
  const dataDir = temporaryDir();
  const store = await open(dataDir);
  await assertRefused(dataDir, 'locked');
  const bytes = record('key');
  assert.equal(await asker(store).write(bytes), { kind: 'applied' });
  await store.close();
  const next = await open(dataDir);
  await assertHeld(asker(next), bytes);
  await next.close();
});

test('held by another process -> locked, until that is killed', async () => {
  const dataDir = temporaryDir();
  const child = Child.ofScript('test/store/store-process.js', [dataDir, '/dev/null', '0']);
  await child.said(/open/);
  await assertRefused(dataDir, 'locked');
  child.signal('SIGKILL');
  await child.exited;
  await (await open(dataDir)).close();
});

test('the lock file is deleted, or another -> locked, until that is killed', async () => {
  const dataDir = temporaryDir();
  const lock = join(dataDir, LOCK_FILE);
  await (await open(dataDir)).close();
  const child = Child.ofScript('test/store/store-process.js', [dataDir, '/dev/null']);
  await child.said(/^100$/m);
  rmSync(lock);
  await assertRefused(dataDir, 'locked');
  writeFileSync(lock, '');
  await assertRefused(dataDir, 'locked');
  assert.throws(
    () => setAside(dataDir, 'old', () => undefined),
    (error: unknown) => error instanceof DataDirError && error.code === 'locked',
  );
  const said = Number(child.stdout.match(/\d+\n$/)?.[0]);
  await child.said(new RegExp(`^${said + 100}$`, 'm'));
  child.signal('SIGKILL');
  await child.exited;
  const store = await open(dataDir);
  await assertHeld(asker(store), record(`${said + 100}`));
  rmSync(lock);
  await assertRefused(dataDir, 'locked');
  await store.close();
  await (await open(dataDir)).close();
});

test('another program writes for longer than a moment -> waited for', async () => {
  const dataDir = temporaryDir();
  const store = await open(dataDir);
  const outsider = new Database(databaseFile(dataDir));
  outsider.exec('BEGIN IMMEDIATE');
  const written = asker(store).write(record('key'));
  await new Promise<void>((resolve) => void systemClock.setTimeout(resolve, 2 * LOCK_WAIT_MS));
  outsider.exec('COMMIT');
  outsider.close();
  assert.equal(await written, { kind: 'applied' });
  await store.close();
});

test('another program does not stop writing -> the store fails, in a sentence', () => {
  const busy = new SqliteError('database is locked', 'SQLITE_BUSY');
  assert.is(
    failureOf(busy, '/data'),
    'another program has kept the store from writing for 30 s, and /data has to be the node’s ' +
      'alone: database is locked (SQLITE_BUSY)',
  );
});

test('killed while it writes -> nothing acknowledged is lost', async () => {
  const dataDir = temporaryDir();
  const ackFile = join(temporaryDir(), 'acknowledged');
  for (const reached of [0, 100, 1000]) {
    const child = Child.ofScript('test/store/store-process.js', [dataDir, ackFile]);
    await child.said(new RegExp(`^${reached}$`, 'm'));
    child.signal('SIGKILL');
    assert.is((await child.exited).signal, 'SIGKILL');
    const acknowledged = readFileSync(ackFile, 'latin1').match(/^\d+\n/gm) ?? [];
    assert.ok(acknowledged.length >= reached);
    const store = await open(dataDir);
    const ask = asker(store);
    await Promise.all(acknowledged.map((number) => assertHeld(ask, record(number.trim()))));
    await store.close();
  }
});

test('many large writes -> the log stays bounded', async () => {
  const store = await open(temporaryDir());
  const ask = asker(store);
  const keys = ['a', 'b', 'c', 'd', 'e'];
  let largestLog = 0;
  for (let time = 1; time <= 30; time++) {
    const value = Buffer.alloc(1 << 20, `${time} `);
    await Promise.all(keys.map((key) => ask.write(record(key, { version: version(time), value }))));
    const { walBytes, bytes } = await ask.status();
    largestLog = Math.max(largestLog, walBytes);
    assert.ok(bytes < 20 << 20, 'old values make room for new ones');
  }
  await store.close();
  assert.ok(largestLog > 20 << 20, 'checkpoints are not made all the time');
  assert.ok(largestLog < 64 << 20, `${largestLog} bytes`);
});

test('the database is lost or emptied -> refused, nothing is founded in its place', async () => {
  for (const damage of [
    (file: string) => rmSync(file),
    (file: string) => truncateSync(file),
    (file: string) => {
      rmSync(file);
      new Database(file).exec('VACUUM').close();
    },
  ]) {
    const dataDir = temporaryDir();
    await (await open(dataDir)).close();
    damage(databaseFile(dataDir));
    const { message } = await refusal(dataDir);
    await assertRefused(dataDir, 'emptied');
    assert.match(message, /start with --rebuild and a name, and --join/);
    // As it says.
    rmSync(dataDir, { recursive: true });
    await (await open(dataDir)).close();
  }
});

test('a database without the file that says so -> opened, and there it is again', async () => {
  const dataDir = temporaryDir();
  for (let times = 0; times < 2; times++) {
    await (await open(dataDir)).close();
    rmSync(join(dataDir, MARKER_FILE));
  }
});

test('reads of more than a batch of answers may hold -> in their order, each whole', async () => {
  const store = await open(temporaryDir());
  const ask = asker(store);
  const large = Array.from({ length: 3 }, (_, i) =>
    record(`large ${i}`, { value: Buffer.alloc(3 << 20, `${i}`) }),
  );
  const small = record('small');
  await Promise.all([...large, small].map(ask.write));
  const answered: string[] = [];
  const sizes = new Set<number>();
  await new Promise<void>((resolve) => {
    const answer = (what: string) => {
      if (answered.push(what) === 81) resolve();
    };
    for (let i = 0; i < 40; i++) {
      const held = i % 4 === 3 ? small : large[i % 4]!;
      store.read(recordKey(held), (read) => {
        assert.ok(read.kind === 'found' && read.record.equals(held), `read ${i}`);
        if (read.kind === 'found') sizes.add(read.record.buffer.byteLength);
        answer(`read ${i}`);
      });
      // In the same batches, so that they are committed in parts.
      const written = record(`written ${i}`, { value: Buffer.alloc(1000, `${i}`) });
      store.write(written, ({ kind }) => answer(`${kind} ${i}`));
    }
    // It overtakes what stands in a batch behind that which is answered in parts.
    store.setMeta('overtaking', 'yes', () => answer('set'));
  });
  const asked = Array.from({ length: 40 }, (_, i) => [`read ${i}`, `applied ${i}`]).flat();
  assert.equal(
    answered.filter((each) => each !== 'set'),
    asked,
  );
  assert.ok(answered.indexOf('set') < 20, `the text was set at ${answered.indexOf('set')}`);
  assert.ok(Math.max(...sizes) < 16 << 20, `a batch of ${Math.max(...sizes)} bytes`);
  for (let i = 0; i < 40; i++) {
    await assertHeld(ask, record(`written ${i}`, { value: Buffer.alloc(1000, `${i}`) }));
  }
  await store.close();
});

test('a directory in the place of the database -> not writable', async () => {
  const dataDir = temporaryDir();
  mkdirSync(databaseFile(dataDir));
  await assertRefused(dataDir, 'not_writable');
});

test.run();
