/** The marker is always there as a whole, whatever becomes of the next one. */
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { lockIn, MARKER_FILE, mark } from '../../../src/store/thread/marker.js';
import { suite } from '../../support/runner/suite.js';
import { needsMount, smallDisk } from '../small-disk.js';
import { temporaryDir } from '../temporary.js';

const test = suite('marker of a data directory');

test('another lock -> the marker is replaced, not written over', () => {
  const dataDir = temporaryDir();
  mark(dataDir, '1');
  const before = openSync(join(dataDir, MARKER_FILE), 'r');
  mark(dataDir, '2');
  assert.match(readFileSync(before, 'utf8'), /inode 1\.$/m);
  closeSync(before);
  assert.is(lockIn(dataDir), '2');
  assert.equal(readdirSync(dataDir), [MARKER_FILE]);
});

needsMount(test, '1m')('no room for the next one -> the one before stays', async () => {
  const dataDir = join(smallDisk, 'data');
  mkdirSync(dataDir);
  mark(dataDir, '1');
  const { bavail, bsize } = statfsSync(smallDisk);
  writeFileSync(join(smallDisk, 'ballast'), Buffer.alloc(bavail * bsize));
  mark(dataDir, '2');
  assert.is(lockIn(dataDir), '1');
  assert.equal(readdirSync(dataDir), [MARKER_FILE]);
});

test.run();
