/**
 * One temporary folder for all that a benchmark starts, which goes with the process, also after a
 * Ctrl-C: whatever makes a folder of its own makes it in there. Processes end before it (`Child`).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// Its listener for the end of this process has to be before ours.
import '../test/support/processes/child.js';

export function useScratch(): void {
  const folder = mkdtempSync(join(tmpdir(), 'quorate-bench-'));
  process.env.TMPDIR = folder;
  // Programs that started this one may pass a Ctrl-C on: a second one is not to interrupt the end.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
}
