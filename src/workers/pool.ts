/** Heavy work on a pool of threads (piscina), so that requests do not wait for it. */
import { Piscina } from 'piscina';
import type { BulkWork } from '../ports.js';

/** Longer than from one tree that is verified to the next, or each would wait for a thread. */
const IDLE_MS = 90_000;

export function createWorkerPool(): BulkWork {
  const pool = new Piscina({
    filename: new URL('./build-tree.js', import.meta.url).href,
    minThreads: 0,
    // Whoever has trees built waits for one before the next.
    maxThreads: 1,
    idleTimeout: IDLE_MS,
  });
  return {
    async buildTree(rows) {
      const leaves: Uint8Array = await pool.run(rows, { transferList: [rows] });
      return Buffer.from(leaves.buffer, leaves.byteOffset, leaves.byteLength);
    },
    close: () => pool.close(),
  };
}
