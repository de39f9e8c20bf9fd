/** Bulk hashing and diffing on a pool of threads (piscina), so that requests do not wait for it. */
import { Piscina } from 'piscina';
import type { Hasher } from '../ports.js';

const IDLE_MS = 30_000;

export function createHasher(): Hasher {
  const pool = new Piscina({
    filename: new URL('./diff.js', import.meta.url).href,
    minThreads: 0,
    maxThreads: 2,
    idleTimeout: IDLE_MS,
  });
  return {
    async missing(ours, theirs) {
      if (theirs.length === 0) return [];
      const newer: number[] = await pool.run({ ours, theirs });
      return newer.map((index) => theirs[index]!.key);
    },
    close: () => pool.close(),
  };
}
