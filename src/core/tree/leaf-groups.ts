/**
 * The leaves of a hash tree in groups: a level between its leaves and the sum of them all.
 *
 * Intuition: where owners differ in a few keys, most leaves are equal. They tell each other the sum
 * of each group first, and then the leaves of the groups that differ.
 *
 * Algorithm: of sums, and of leaves of some groups, two bytes are told, a hash with a salt. One of
 * 65,536 that differ looks equal, and differs under the next salt: this is for those who compare
 * again. Where more than half of the groups differ, all leaves are told, and whole: a few in
 * thousands that are missed would cost another round.
 *
 * Rejected alternative: to begin with the groups. Nearly always all of the tree is equal, and one
 * sum says so.
 */
import { assert } from '../assert.js';
import { seededHash } from '../hash.js';
import {
  differingLeaves,
  LEAVES,
  MAX_LEAF_SET_BYTES,
  MAX_TREE_BYTES,
  ROOT_BYTES,
  rootOf,
} from './hash-tree.js';

const GROUPS = 16;
const LEAVES_OF_GROUP = LEAVES / GROUPS;
const GROUP_BYTES = MAX_TREE_BYTES / GROUPS;
/** Of a set of leaves. */
const SET_BYTES = MAX_LEAF_SET_BYTES / GROUPS;
/** Of a leaf, or a sum. */
const SHORT_BYTES = 2;
export const GROUP_SUMS_BYTES = GROUPS * SHORT_BYTES;

/** One bit for each. */
export type GroupSet = number;
export const NO_GROUPS: GroupSet = 0;
export const ALL_GROUPS: GroupSet = 2 ** GROUPS - 1;

/** What each group comes to, in short. `salt`: 32 bits. */
export function groupSums(leaves: Buffer, salt: number): Buffer {
  return shortened(Buffer.concat(slices(leaves, ALL_GROUPS).map(rootOf)), salt);
}

/** The sums of one tree, of those of several. */
export function sumsAt(sums: Buffer, at: number): Buffer {
  return sums.subarray(at * GROUP_SUMS_BYTES, (at + 1) * GROUP_SUMS_BYTES);
}

/** The groups in which a tree differs from another one, of which the sums are known. */
export function differingGroups(ours: Buffer, theirSums: Buffer, salt: number): GroupSet {
  assert(theirSums.length === GROUP_SUMS_BYTES, 'there is a sum of each group');
  const groups = differing(groupSums(ours, salt), theirSums);
  return groups.reduce((set, group) => set | (1 << group), NO_GROUPS);
}

/** The leaves of some groups, in order and in short; of more than half of them, all and whole. */
export function leavesOfGroups(leaves: Buffer, groups: GroupSet, salt: number): Buffer {
  if (areMost(groups)) return leaves;
  return shortened(Buffer.concat(slices(leaves, groups)), salt);
}

export function bytesOfGroups(groups: GroupSet): number {
  if (areMost(groups)) return MAX_TREE_BYTES;
  return members(groups).length * LEAVES_OF_GROUP * SHORT_BYTES;
}

/** The leaves of some groups in which a tree differs from another one, as far as it was told. */
export function differingLeavesOf(
  ours: Buffer,
  groups: GroupSet,
  theirs: Buffer,
  salt: number,
): Buffer | undefined {
  assert(theirs.length === bytesOfGroups(groups), 'the leaves are those of the groups');
  const set = Buffer.alloc(MAX_LEAF_SET_BYTES);
  const asked = members(groups);
  if (areMost(groups)) {
    const all = differingLeaves(ours, theirs);
    for (const group of asked)
      all?.copy(set, group * SET_BYTES, group * SET_BYTES, (group + 1) * SET_BYTES);
  } else {
    for (const at of differing(leavesOfGroups(ours, groups, salt), theirs)) {
      const group = asked[Math.floor(at / LEAVES_OF_GROUP)]!;
      const leaf = group * LEAVES_OF_GROUP + (at % LEAVES_OF_GROUP);
      set[leaf >> 3]! |= 1 << (leaf & 7);
    }
  }
  return set.every((byte) => byte === 0) ? undefined : set;
}

function areMost(groups: GroupSet): boolean {
  return members(groups).length > GROUPS / 2;
}

/** Of sums, or of leaves. */
function shortened(words: Buffer, salt: number): Buffer {
  const short = Buffer.alloc((words.length / ROOT_BYTES) * SHORT_BYTES);
  for (let at = 0; at < short.length; at += SHORT_BYTES) {
    const start = (at / SHORT_BYTES) * ROOT_BYTES;
    const word = words.subarray(start, start + ROOT_BYTES);
    short.writeUInt16LE(seededHash(word, salt) & 0xffff, at);
  }
  return short;
}

/** The places in which two of these differ. */
function differing(ours: Buffer, theirs: Buffer): number[] {
  return Array.from({ length: ours.length / SHORT_BYTES }, (_, place) => place).filter(
    (place) => ours.readUInt16LE(place * SHORT_BYTES) !== theirs.readUInt16LE(place * SHORT_BYTES),
  );
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
