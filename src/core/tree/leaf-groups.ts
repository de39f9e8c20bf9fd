/**
 * The leaves of a hash tree in groups: a level between its leaves and the sum of them all.
 *
 * Intuition: where owners differ in a few keys, most leaves are equal. They tell each other the sum
 * of each group first, and then the leaves of the groups that differ.
 *
 * Rejected alternative: to begin with the groups. Nearly always all of the tree is equal, and one
 * sum says so.
 */
import { assert } from '../assert.js';
import { differingLeaves, MAX_TREE_BYTES, ROOT_BYTES, rootOf } from './hash-tree.js';

const GROUPS = 16;
const GROUP_BYTES = MAX_TREE_BYTES / GROUPS;
export const GROUP_SUMS_BYTES = GROUPS * ROOT_BYTES;

/** One bit for each. */
export type GroupSet = number;
export const NO_GROUPS: GroupSet = 0;
export const ALL_GROUPS: GroupSet = 2 ** GROUPS - 1;

export function groupSums(leaves: Buffer): Buffer {
  return Buffer.concat(slices(leaves, ALL_GROUPS).map(rootOf));
}

/** The groups in which a tree differs from another one, of which the sums are known. */
export function differingGroups(ours: Buffer, theirSums: Buffer): GroupSet {
  assert(theirSums.length === GROUP_SUMS_BYTES, 'there is a sum of each group');
  const sums = groupSums(ours);
  let set = NO_GROUPS;
  for (let group = 0; group < GROUPS; group++) {
    const [start, end] = [group * ROOT_BYTES, (group + 1) * ROOT_BYTES];
    if (sums.compare(theirSums, start, end, start, end) !== 0) set |= 1 << group;
  }
  return set;
}

/** The leaves of some groups, in order. */
export function leavesOfGroups(leaves: Buffer, groups: GroupSet): Buffer {
  return Buffer.concat(slices(leaves, groups));
}

export function bytesOfGroups(groups: GroupSet): number {
  return members(groups).length * GROUP_BYTES;
}

/** The leaves in which a tree differs from another one, of which those of some groups are known. */
export function differingLeavesOf(
  ours: Buffer,
  groups: GroupSet,
  theirs: Buffer,
): Buffer | undefined {
  assert(theirs.length === bytesOfGroups(groups), 'the leaves are those of the groups');
  const all = Buffer.from(ours);
  for (const [at, group] of members(groups).entries()) {
    theirs.copy(all, group * GROUP_BYTES, at * GROUP_BYTES, (at + 1) * GROUP_BYTES);
  }
  return differingLeaves(ours, all);
}

function slices(leaves: Buffer, groups: GroupSet): Buffer[] {
  return members(groups).map((group) =>
    leaves.subarray(group * GROUP_BYTES, (group + 1) * GROUP_BYTES),
  );
}

function members(groups: GroupSet): number[] {
  return Array.from({ length: GROUPS }, (_, group) => group).filter(
    (group) => (groups & (1 << group)) !== 0,
  );
}
