/** Wall clocks of real nodes that a test sets: `shifted-clock.ts` is loaded before each of them. */
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Place } from './node-process.js';

const PRELOAD = pathToFileURL(join(import.meta.dirname, 'shifted-clock.js')).href;

export class ShiftedClocks {
  readonly #folder: string;
  readonly #count: number;

  private constructor(folder: string, count: number) {
    this.#folder = folder;
    this.#count = count;
  }

  /** Of so many nodes, all right as yet. */
  static async of(count: number): Promise<ShiftedClocks> {
    const clocks = new ShiftedClocks(await mkdtemp(join(tmpdir(), 'quorate-clocks-')), count);
    await clocks.setAll(0);
    return clocks;
  }

  /** Where the nodes have these clocks: for `ProcessCluster.start`. */
  get places(): Place[] {
    return Array.from({ length: this.#count }, (_, node) => ({
      host: '127.0.0.1',
      wrapper: ['env', `NODE_OPTIONS=--import=${PRELOAD}`, `CLOCK_SHIFT_FILE=${this.#file(node)}`],
    }));
  }

  #file(node: number): string {
    return join(this.#folder, String(node));
  }

  /** From now on the clock of a node is so far ahead of the right time; negative: behind. */
  async set(node: number, aheadMs: number): Promise<void> {
    // Nobody reads half of it.
    const next = `${this.#file(node)}.next`;
    await writeFile(next, String(aheadMs));
    await rename(next, this.#file(node));
  }

  async setAll(aheadMs: number): Promise<void> {
    await Promise.all(Array.from({ length: this.#count }, (_, node) => this.set(node, aheadMs)));
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
