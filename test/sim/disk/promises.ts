/** What a simulated store has promised: `src/store/thread/promises.ts`, for a simulated disk. */
import { present } from '../../../src/core/assert.js';
import { compareVersions, type Version } from '../../../src/core/data/version.js';
import type { SimDisk } from './disk.js';

/** The name of no key: what is promised for all keys of a partition. */
const ALL_KEYS = '';

export class SimPromises {
  readonly #disk: SimDisk;
  readonly #share: number;

  /** Of more than `share` promises in a partition the older half becomes one for all its keys. */
  constructor(disk: SimDisk, share: number) {
    this.#disk = disk;
    this.#share = share;
  }

  get(partition: number, name: string): Version | undefined {
    const promises = this.#disk.promisesOf(partition);
    return promises.get(name) ?? promises.get(ALL_KEYS);
  }

  set(partition: number, name: string, ballot: Version): void {
    const promises = this.#disk.promisesOf(partition);
    promises.set(name, ballot);
    if (promises.size <= this.#share) return;
    this.#disk.counts.condensed++;
    const oldestFirst = [...promises].sort(([, a], [, b]) => compareVersions(a, b));
    const older = oldestFirst.slice(0, oldestFirst.length / 2);
    for (const [each] of older) promises.delete(each);
    promises.set(ALL_KEYS, present(older.at(-1), 'a promise in the older half')[1]);
  }

  remove(partition: number, name: string): void {
    this.#disk.promisesOf(partition).delete(name);
  }

  drop(partition: number): void {
    this.#disk.promisesOf(partition).clear();
  }
}
