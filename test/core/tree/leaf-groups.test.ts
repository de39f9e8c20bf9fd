/** Two trees compared by their groups differ where they differ compared leaf by leaf. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { differingLeaves, emptyTree, MAX_TREE_BYTES } from '../../../src/core/tree/hash-tree.js';
import {
  ALL_GROUPS,
  bytesOfGroups,
  differingGroups,
  differingLeavesOf,
  GROUP_SUMS_BYTES,
  groupSums,
  leavesOfGroups,
  NO_GROUPS,
} from '../../../src/core/tree/leaf-groups.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('groups of leaves');
const SALT = 0x9e3779b9;

const changes = fc.array(
  fc.record({ at: fc.nat(MAX_TREE_BYTES - 1), bits: fc.integer({ min: 1, max: 255 }) }),
  { maxLength: 4 },
);

/** A tree of no rows that anybody has, and another one that differs in some bytes. */
function pair(list: readonly { at: number; bits: number }[]): [Buffer, Buffer] {
  const ours = Buffer.from(emptyTree().map((_, at) => (at * 31) & 255));
  const theirs = Buffer.from(ours);
  for (const { at, bits } of list) theirs[at]! ^= bits;
  return [ours, theirs];
}

test('the groups that differ, and then their leaves -> all leaves that differ', () => {
  // Changes of two leaves that are alike would not be seen in the sum: here they never are.
  const told = changes.filter((list) => new Set(list.map(({ at }) => at % 8)).size === list.length);
  const property = fc.property(told, (list) => {
    const [ours, theirs] = pair(list);
    const whole = differingLeaves(ours, theirs);
    // One of them looks equal now and then, and not under three salts.
    const found = [1, 2, 3].map((salt) => {
      const groups = differingGroups(ours, groupSums(theirs, salt), salt);
      return differingLeavesOf(ours, groups, leavesOfGroups(theirs, groups, salt), salt);
    });
    assert.ok(found.some((leaves) => isDeepStrictEqual(leaves, whole)));
    assert.equal(differingLeavesOf(ours, ALL_GROUPS, theirs, SALT), whole);
  });
  fc.assert(property);
});

test('one leaf differs -> its group, and no more is told than that', () => {
  for (const leaf of [0, 15, 16, 255]) {
    const [ours, theirs] = pair([{ at: leaf * 8, bits: 1 }]);
    const groups = differingGroups(ours, groupSums(theirs, SALT), SALT);
    assert.is(groups, 1 << (leaf >> 4));
    assert.is(leavesOfGroups(theirs, groups, SALT).length, bytesOfGroups(groups));
    assert.is(bytesOfGroups(groups), 32, 'two bytes of each leaf');
  }
});

test('more than half of the groups differ -> all leaves are told, whole, and theirs count', () => {
  for (const [count, bytes] of [
    [8, 256],
    [9, MAX_TREE_BYTES],
  ] as const) {
    const list = Array.from({ length: count }, (_, group) => ({ at: group * 128, bits: 1 }));
    const [ours, theirs] = pair(list);
    const groups = differingGroups(ours, groupSums(theirs, SALT), SALT);
    assert.is(groups, 2 ** count - 1);
    // Written meanwhile, in a group that was equal.
    theirs[MAX_TREE_BYTES - 1]! ^= 1;
    const told = leavesOfGroups(theirs, groups, SALT);
    assert.is(told.length, bytes);
    const leaves = differingLeavesOf(ours, groups, told, SALT)!;
    assert.equal(
      [...leaves].flatMap((byte, at) => (byte === 0 ? [] : at)),
      Array.from({ length: count }, (_, group) => group * 2),
    );
  }
});

test('another salt -> other sums and leaves: what looks equal under one does not for good', () => {
  const [ours, theirs] = pair([{ at: 800, bits: 64 }]);
  const places = Array.from({ length: 16 }, (_, place) => place * 2);
  for (const tell of [
    (tree: Buffer, salt: number) => groupSums(tree, salt),
    (tree: Buffer, salt: number) => leavesOfGroups(tree, 1 << 6, salt),
  ]) {
    const [first, second] = [tell(ours, 1), tell(ours, 2)];
    const alike = places.filter((at) => first.readUInt16LE(at) === second.readUInt16LE(at));
    assert.ok(alike.length < 3, `${alike.length} of 16`);
  }
  const told = (salt: number) =>
    differingLeavesOf(ours, 1 << 6, leavesOfGroups(theirs, 1 << 6, salt), salt);
  let blind = 0;
  while (told(blind)) blind++;
  assert.equal(told(blind + 1), differingLeaves(ours, theirs));
});

test('sizes', () => {
  assert.is(groupSums(emptyTree(), SALT).length, GROUP_SUMS_BYTES);
  assert.is(bytesOfGroups(NO_GROUPS), 0);
  assert.is(bytesOfGroups(ALL_GROUPS), MAX_TREE_BYTES);
  assert.is(bytesOfGroups(5), 64);
});

test.run();
