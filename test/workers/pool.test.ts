/** What the pool of threads builds is what would be built in place. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { bytesOfVersion } from '../../src/core/data/version-bytes.js';
import { addTree, emptyTree, toggleRow } from '../../src/core/tree/hash-tree.js';
import type { KeyVersion } from '../../src/core/tree/newer-entries.js';
import { packRows, treeOfRows } from '../../src/core/tree/packed-rows.js';
import { createWorkerPool } from '../../src/workers/pool.js';
import { buffers, versions } from '../support/data/arbitraries.js';
import { record } from '../support/data/records.js';
import { suite } from '../support/runner/suite.js';

const test = suite('worker pool');

const rows: fc.Arbitrary<KeyVersion[]> = fc.array(
  fc.record({ key: buffers(40, 1), version: versions }),
  { maxLength: 40 },
);

function treeOf(some: readonly KeyVersion[]): Buffer {
  const leaves = emptyTree();
  for (const { key, version } of some) toggleRow(leaves, key, bytesOfVersion(version));
  return leaves;
}

test('packed rows -> the tree of the rows; that of two lists is the sum of theirs', () => {
  const property = fc.property(rows, rows, (some, more) => {
    const sum = treeOfRows(packRows(some));
    assert.equal(sum, treeOf(some));
    addTree(sum, treeOfRows(packRows(more)));
    assert.equal(sum, treeOf([...some, ...more]));
  });
  fc.assert(property);
});

test('on a thread -> the same, and the rows are handed over, not copied', async () => {
  const pool = createWorkerPool();
  const version = { epoch: 3, time: 2 ** 52, node: 'a'.repeat(16) };
  const some = Array.from({ length: 3000 }, (_, i) => ({ key: record(`key ${i}`), version }));
  const packed = packRows(some);
  assert.equal(await pool.buildTree(packed), treeOf(some));
  assert.is(packed.byteLength, 0);
  assert.equal(await pool.buildTree(packRows([])), emptyTree());
  await pool.close();
});

test.run();
