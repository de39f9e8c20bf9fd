/** Where a key lies on the ring, and who owns it; a page reads the ring without any hash. */
import { hashKey } from '../hash.js';
import { type Owners, ownersOf, type Ring } from './ring.js';

/** The partition of a key: the top bits of its hash. */
export function partitionOf(key: Uint8Array, partitions: number): number {
  // Math.clz32 turns the power of two into its number of bits; a shift by 32 would be a shift by 0.
  return partitions === 1 ? 0 : hashKey(key) >>> (Math.clz32(partitions) + 1);
}

/** The preference list of a key. */
export function ownersOfKey(ring: Ring, key: Uint8Array): Owners {
  return ownersOf(ring, partitionOf(key, ring.layout.length));
}
