/**
 * The two hashes of the project, both xxHash32 (Collet; a WebAssembly build, about 60 ns for a
 * short key, cheaper than crossing to another thread).
 *
 * Rejected alternative: SHA-1, 1.5 µs for a short key. Keys are spread, not secured: whoever may
 * write keys may also fill one partition, and gains nothing that writing one key over and over
 * would not give.
 */
import xxhash from 'xxhash-wasm';

const { h32Raw } = await xxhash();

/** 32-bit hash of a key; its top bits choose the partition. */
export function hashKey(key: Uint8Array): number {
  return h32Raw(key) >>> 0;
}

const CHECKSUM_SEED = 0x51754f72;

/** 32-bit checksum against bit rot. Seeded apart from `hashKey`, or by the checksum before it. */
export function checksum(bytes: Uint8Array, seed = CHECKSUM_SEED): number {
  return seededHash(bytes, seed);
}

/** 32-bit hash, another one for each seed of 32 bits. */
export function seededHash(bytes: Uint8Array, seed: number): number {
  return h32Raw(bytes, seed) >>> 0;
}
