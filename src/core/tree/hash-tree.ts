/**
 * The hash tree of a partition: what two owners compare to find out where they differ, without
 * telling each other what they hold.
 *
 * Intuition: every key falls into one of a fixed number of leaves, by bits of its hash that do not
 * choose the partition. A leaf is the sum (exclusive or) of the hashes of its rows, so it does not
 * depend on the order in which they came, and a row is taken out by adding it once more. Two owners
 * tell each other the sum of all leaves, one number; if it differs they exchange their leaves, or
 * those of some groups (`leaf-groups.ts`), and then only the rows of the leaves that differ.
 *
 * A row's hash covers its key and version. One version stands for one value, and for whether there
 * is one, so nothing more is needed.
 *
 * Reference: Merkle, 1987; Dynamo §4.7 keeps one tree for each key range; Riak's TictacAAE sums the
 * hashes of rows in this way.
 *
 * Rejected alternative: more leaves. With 4,000 keys in a partition a leaf holds 16 of them, and
 * all that are kept in memory for it are 2 KiB.
 */
import { assert } from '../assert.js';
import { hashKey } from '../hash.js';

export const LEAVES = 256;
const LEAF_BYTES = 8;
export const MAX_TREE_BYTES = LEAVES * LEAF_BYTES;
export const ROOT_BYTES = LEAF_BYTES;
/** A set of leaves is one bit for each. */
export const MAX_LEAF_SET_BYTES = LEAVES / 8;

/** The tree of a partition without rows. */
export function emptyTree(): Buffer {
  return Buffer.alloc(MAX_TREE_BYTES);
}

/** Adds a row to a tree, or takes it out again. `version` as its bytes stand in a record. */
export function toggleRow(leaves: Buffer, key: Uint8Array, version: Uint8Array): void {
  toggle(leaves, hashKey(key), version);
}

/** Takes a row out of a tree and adds it with another version. */
export function replaceRow(
  leaves: Buffer,
  key: Uint8Array,
  held: Uint8Array,
  version: Uint8Array,
): void {
  const keyHash = hashKey(key);
  toggle(leaves, keyHash, held);
  toggle(leaves, keyHash, version);
}

/**
 * Two hashes of 32 bits, in one walk over the version, with the rounds and the end of MurmurHash3
 * (Appleby): for 28 bytes that takes little more than half the time of two calls into WebAssembly,
 * and every write pays for it.
 */
function toggle(leaves: Buffer, keyHash: number, version: Uint8Array): void {
  // Chained by the seed: the same version of two keys gives two hashes.
  let first = keyHash | 0;
  let second = ~keyHash;
  for (let i = 0; i < version.length; i += 4) {
    const word =
      version[i]! | (version[i + 1]! << 8) | (version[i + 2]! << 16) | (version[i + 3]! << 24);
    const scrambled = Math.imul(word, 0xcc9e2d51);
    const turned = Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b873593);
    first = mixed(first, turned);
    second = mixed(second, turned);
  }
  const at = (keyHash % LEAVES) * LEAF_BYTES;
  leaves.writeInt32LE(leaves.readInt32LE(at) ^ ended(first), at);
  leaves.writeInt32LE(leaves.readInt32LE(at + 4) ^ ended(second), at + 4);
}

function mixed(hash: number, word: number): number {
  const mixture = hash ^ word;
  return (Math.imul((mixture << 13) | (mixture >>> 19), 5) + 0xe6546b64) | 0;
}

function ended(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return twice ^ (twice >>> 16);
}

/** The leaves in which two trees differ; undefined if they are equal. */
export function differingLeaves(ours: Buffer, theirs: Buffer): Buffer | undefined {
  if (ours.equals(theirs)) return undefined;
  const set = Buffer.alloc(MAX_LEAF_SET_BYTES);
  for (let leaf = 0; leaf < LEAVES; leaf++) {
    const [start, end] = [leaf * LEAF_BYTES, (leaf + 1) * LEAF_BYTES];
    if (ours.compare(theirs, start, end, start, end) !== 0) set[leaf >> 3]! |= 1 << (leaf & 7);
  }
  return set;
}

/** Adds the rows of one tree to another one: the tree of some rows is the sum of their trees. */
export function addTree(leaves: Buffer, more: Uint8Array): void {
  assert(more.length === MAX_TREE_BYTES, 'what is added to a tree is a tree');
  for (let at = 0; at < MAX_TREE_BYTES; at++) leaves[at]! ^= more[at]!;
}

/** The sum of all leaves. Two trees that differ have the same one with a chance of 2^-64. */
export function rootOf(leaves: Buffer): Buffer {
  const root = Buffer.alloc(ROOT_BYTES);
  let [first, second] = [0, 0];
  for (let at = 0; at < leaves.length; at += LEAF_BYTES) {
    first ^= leaves.readInt32LE(at);
    second ^= leaves.readInt32LE(at + 4);
  }
  root.writeInt32LE(first, 0);
  root.writeInt32LE(second, 4);
  return root;
}

/** How many leaves a set holds. */
export function countLeaves(set: Uint8Array): number {
  let count = 0;
  for (const byte of set) for (let bits = byte; bits > 0; bits >>= 1) count += bits & 1;
  return count;
}

/** Whether a key falls into one of a set of leaves. */
export function isInLeaves(set: Uint8Array, key: Uint8Array): boolean {
  const leaf = hashKey(key) % LEAVES;
  return (set[leaf >> 3]! & (1 << (leaf & 7))) !== 0;
}
