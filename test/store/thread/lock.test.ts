/** Whether the file that was locked is still the one that others would lock. */
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { DataDirError } from '../../../src/store/data-dir.js';
import { LOCK_FILE, takeDataDir } from '../../../src/store/thread/lock.js';
import { suite } from '../../support/runner/suite.js';
import { temporaryDir } from '../temporary.js';

const test = suite('lock of a data directory');

test('the file is replaced while the database is opened -> not held', () => {
  const dataDir = temporaryDir();
  const file = join(dataDir, LOCK_FILE);
  const lock = takeDataDir(dataDir);
  assert.is(lock.inode, statSync(file, { bigint: true }).ino.toString());
  lock.requireHeld();
  for (const replace of [() => rmSync(file), () => writeFileSync(file, '')]) {
    replace();
    assert.throws(
      () => lock.requireHeld(),
      (error: unknown) => error instanceof DataDirError && error.code === 'locked',
    );
  }
  lock.close();
});

test.run();
