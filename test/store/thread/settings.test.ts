/** What a connection is told of memory, it goes by. */
import * as assert from 'uvu/assert';
import { openDatabase } from '../../../src/store/thread/schema.js';
import { PARTITIONS } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import { temporaryDir } from '../temporary.js';

const test = suite('settings');

/** In KiB, as SQLite counts when it is below 0. */
function cacheOf(cacheBytes?: number): unknown {
  const db = openDatabase(temporaryDir(), PARTITIONS, cacheBytes);
  const size = db.pragma('cache_size', { simple: true });
  db.close();
  return size;
}

test('memory for pages -> as much as is said, else 16 MiB', () => {
  assert.is(cacheOf(2 << 20), -2048);
  assert.is(cacheOf(), -16_384);
});

test.run();
