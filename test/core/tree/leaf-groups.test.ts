/** Two trees compared by their groups differ where they differ compared leaf by leaf. */
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
    const groups = differingGroups(ours, groupSums(theirs));
    const whole = differingLeaves(ours, theirs);
    assert.equal(differingLeavesOf(ours, groups, leavesOfGroups(theirs, groups)), whole);
    assert.equal(differingLeavesOf(ours, ALL_GROUPS, theirs), whole);
  });
  fc.assert(property);
});

test('one leaf differs -> its group, and no more is told than that', () => {
  for (const leaf of [0, 15, 16, 255]) {
    const [ours, theirs] = pair([{ at: leaf * 8, bits: 1 }]);
    const groups = differingGroups(ours, groupSums(theirs));
    assert.is(groups, 1 << (leaf >> 4));
    assert.is(leavesOfGroups(theirs, groups).length, bytesOfGroups(groups));
    assert.is(bytesOfGroups(groups), MAX_TREE_BYTES / 16);
  }
});

test('sizes', () => {
  assert.is(groupSums(emptyTree()).length, GROUP_SUMS_BYTES);
  assert.is(bytesOfGroups(NO_GROUPS), 0);
  assert.is(bytesOfGroups(ALL_GROUPS), MAX_TREE_BYTES);
  assert.is(bytesOfGroups(5), MAX_TREE_BYTES / 8);
});

test.run();
