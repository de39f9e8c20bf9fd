/**
 * The leaves of a hash tree in groups: a level between its leaves and the sum of them all.
 *
 * Intuition: where owners differ in a few keys, most leaves are equal. They tell each other the sum
 * of each group first, and then the leaves of the groups that differ.
 *
 * Algorithm: of sums, and of leaves of some groups, two bytes are told, a hash with a salt. One of
 * 65,536 that differ looks equal, and differs under the next salt: this is for those who compare
 * again. Who finds more than half of the groups different asks for all leaves, and is told them
 * whole: a few in thousands that are missed would cost another round.
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

/**
 * The groups in which a tree differs from another one, of which the sums are known; all, if it is
 * more than half of them.
 */
export function differingGroups(ours: Buffer, theirSums: Buffer, salt: number): GroupSet {
  assert(theirSums.length === GROUP_SUMS_BYTES, 'there is a sum of each group');
  const groups = differing(groupSums(ours, salt), theirSums);
  if (groups.length > GROUPS / 2) return ALL_GROUPS;
  return groups.reduce((set, group) => set | (1 << group), NO_GROUPS);
}

/** All leaves, or those of some groups, in order and in short. */
export function leavesOfGroups(leaves: Buffer, groups: GroupSet, salt: number): Buffer {
  if (groups === ALL_GROUPS) return leaves;
  return shortened(Buffer.concat(slices(leaves, groups)), salt);
}

export function bytesOfGroups(groups: GroupSet): number {
  if (groups === ALL_GROUPS) return MAX_TREE_BYTES;
  return members(groups).length * LEAVES_OF_GROUP * SHORT_BYTES;
}

/** The leaves in which a tree differs from another one, of which those of some groups are known. */
export function differingLeavesOf(
  ours: Buffer,
  groups: GroupSet,
  theirs: Buffer,
  salt: number,
): Buffer | undefined {
  assert(theirs.length === bytesOfGroups(groups), 'the leaves are those of the groups');
  if (groups === ALL_GROUPS) return differingLeaves(ours, theirs);
  const leaves = differing(leavesOfGroups(ours, groups, salt), theirs);
  if (leaves.length === 0) return undefined;
  const asked = members(groups);
  const set = Buffer.alloc(MAX_LEAF_SET_BYTES);
  for (const at of leaves) {
    const group = asked[Math.floor(at / LEAVES_OF_GROUP)]!;
    const leaf = group * LEAVES_OF_GROUP + (at % LEAVES_OF_GROUP);
    set[leaf >> 3]! |= 1 << (leaf & 7);
  }
  return set;
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
