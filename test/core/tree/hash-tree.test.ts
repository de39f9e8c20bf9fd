/** Trees of the same rows are equal, and trees of different rows say where. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import {
  addTree,
  countLeaves,
  differingLeaves,
  emptyTree,
  isInLeaves,
  LEAVES,
  MAX_LEAF_SET_BYTES,
  MAX_TREE_BYTES,
  replaceRow,
  rootOf,
  toggleRow,
} from '../../../src/core/tree/hash-tree.js';
import { buffers } from '../../support/data/arbitraries.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('hash tree');

interface Row {
  readonly key: Buffer;
  readonly version: Buffer;
}

const someVersions = buffers(28, 28);
const rows: fc.Arbitrary<Row> = fc.record({ key: buffers(40, 1), version: someVersions });
const lists = fc.uniqueArray(rows, {
  selector: ({ key }) => key.toString('hex'),
  maxLength: 60,
});

function treeOf(list: readonly Row[]): Buffer {
  const leaves = emptyTree();
  for (const { key, version } of list) toggleRow(leaves, key, version);
  return leaves;
}

function leafCount(set: Uint8Array): number {
  return set.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);
}

test('rows in any order -> the same tree', () => {
  const shuffled = lists.chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
  );
  const property = fc.property(shuffled, ([list, other]) => {
    assert.ok(treeOf(list).equals(treeOf(other)));
    assert.is(differingLeaves(treeOf(list), treeOf(other)), undefined);
  });
  fc.assert(property);
});

test('roots -> the same of equal trees, others of trees that differ', () => {
  const property = fc.property(lists, rows, (list, { key, version }) => {
    const leaves = treeOf(list);
    assert.ok(rootOf(leaves).equals(rootOf(treeOf([...list].reverse()))));
    toggleRow(leaves, key, version);
    assert.not.ok(rootOf(leaves).equals(rootOf(treeOf(list))));
  });
  fc.assert(property);
});

test('a row in and out again -> as if it had never been there', () => {
  const property = fc.property(lists, rows, (list, { key, version }) => {
    const leaves = treeOf(list);
    toggleRow(leaves, key, version);
    assert.not.ok(leaves.equals(treeOf(list)));
    toggleRow(leaves, key, version);
    assert.ok(leaves.equals(treeOf(list)));
  });
  fc.assert(property);
});

test('a row in another version -> as if it had been there from the start', () => {
  const property = fc.property(lists, rows, someVersions, (list, { key, version }, newer) => {
    const others = list.filter((row) => !row.key.equals(key));
    const leaves = treeOf([...others, { key, version }]);
    replaceRow(leaves, key, version, newer);
    assert.ok(leaves.equals(treeOf([...others, { key, version: newer }])));
  });
  fc.assert(property);
});

test('one bit of a row differs -> its leaf, and no other', () => {
  const bits = fc.nat(28 * 8 - 1);
  const property = fc.property(lists, rows, bits, (list, { key, version }, bit) => {
    const others = list.filter((row) => !row.key.equals(key));
    const changed = Buffer.from(version);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    for (const theirs of [others, [...others, { key, version: changed }]]) {
      const set = differingLeaves(treeOf([...others, { key, version }]), treeOf(theirs));
      assert.ok(set && isInLeaves(set, key));
      assert.is(leafCount(set), 1);
    }
  });
  fc.assert(property);
});

test('the trees of two lists, added -> the tree of both', () => {
  const property = fc.property(lists, lists, (some, others) => {
    const sum = treeOf(some);
    addTree(sum, treeOf(others));
    assert.ok(sum.equals(treeOf([...some, ...others])));
  });
  fc.assert(property);
});

test('a set of leaves -> as long as it has to be, and how many are in it', () => {
  assert.is(MAX_LEAF_SET_BYTES, LEAVES / 8);
  const property = fc.property(buffers(MAX_LEAF_SET_BYTES), (set) => {
    assert.is(countLeaves(set), leafCount(set));
  });
  fc.assert(property);
});

test('two lists -> the rows in which they differ, and perhaps neighbours', () => {
  const property = fc.property(lists, lists, (ours, theirs) => {
    const set = differingLeaves(treeOf(ours), treeOf(theirs)) ?? Buffer.alloc(MAX_LEAF_SET_BYTES);
    const differing = [
      ...ours.filter((row) => !theirs.some((other) => isSame(row, other))),
      ...theirs.filter((row) => !ours.some((other) => isSame(row, other))),
    ];
    for (const { key } of differing) assert.ok(isInLeaves(set, key));
    assert.ok(leafCount(set) <= differing.length);
    // To make the rows of these leaves equal makes the trees equal.
    const merged = [
      ...ours.filter(({ key }) => !isInLeaves(set, key)),
      ...theirs.filter(({ key }) => isInLeaves(set, key)),
    ];
    assert.ok(treeOf(merged).equals(treeOf(theirs)));
  });
  fc.assert(property);
});

function isSame(a: Row, b: Row): boolean {
  return a.key.equals(b.key) && a.version.equals(b.version);
}

test('rows that differ only in whose version is whose -> another tree', () => {
  const property = fc.property(fc.tuple(rows, rows), ([a, b]) => {
    fc.pre(!a.key.equals(b.key) && !a.version.equals(b.version));
    const swapped = [
      { key: a.key, version: b.version },
      { key: b.key, version: a.version },
    ];
    assert.not.ok(treeOf([a, b]).equals(treeOf(swapped)));
  });
  fc.assert(property);
});

test('many rows -> spread over all leaves, all bits of their hashes in use', () => {
  const ones = new Array<number>(64).fill(0);
  const perLeaf = new Array<number>(LEAVES).fill(0);
  const count = 16_000;
  for (let i = 0; i < count; i++) {
    const version = Buffer.alloc(28);
    // As versions come: nearly all of it is always the same.
    version.writeUInt32BE(1, 0);
    version.writeDoubleBE(2 ** 49 + i, 4);
    version.write('00000000000000a1', 12, 'latin1');
    const leaves = treeOf([{ key: Buffer.from(`key ${i}`), version }]);
    const leaf = leaves.findIndex((byte) => byte !== 0) >> 3;
    perLeaf[leaf]!++;
    const hash = leaves.readBigUInt64LE(leaf * 8);
    for (let bit = 0; bit < 64; bit++) ones[bit]! += Number((hash >> BigInt(bit)) & 1n);
  }
  // Six standard deviations on either side.
  for (const times of ones) assert.ok(Math.abs(times - count / 2) < 6 * Math.sqrt(count / 4));
  const expected = count / LEAVES;
  for (const times of perLeaf) assert.ok(Math.abs(times - expected) < 6 * Math.sqrt(expected));
});

test('a known row -> a known tree: it is part of what nodes tell each other', () => {
  const leaves = treeOf([{ key: Buffer.from('abc'), version: Buffer.from('0'.repeat(28)) }]);
  assert.is(leaves.length, MAX_TREE_BYTES);
  // The low byte of the key's hash, 0x32d153ff, is the leaf.
  assert.is(
    leaves.subarray(0, 255 * 8).every((byte) => byte === 0),
    true,
  );
  assert.is(leaves.toString('hex', 255 * 8), 'cab0e4051e034a1d');
  const even = treeOf([{ key: Buffer.from('a'), version: Buffer.from('0'.repeat(28)) }]);
  assert.is(even.toString('hex', 86 * 8, 87 * 8), '52cc16da304105ce');
});

test.run();
