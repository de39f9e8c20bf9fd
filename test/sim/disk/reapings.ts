/** What of a simulated store is over, and what was reaped: `src/store/thread/rows/reapings.ts`. */
import { compareVersions, NO_VERSION, type Version } from '../../../src/core/data/version.js';
import {
  bytesOfVersion,
  isVersionBytes,
  parseVersionBytes,
} from '../../../src/core/data/version-bytes.js';
import type { Ended, PageEntry } from '../../../src/ports.js';
import { keyOf, nameOf, type SimDisk } from './disk.js';

export class SimReapings {
  readonly #disk: SimDisk;

  constructor(disk: SimDisk) {
    this.#disk = disk;
  }

  get(partition: number): Version | undefined {
    return this.#disk.reaped.get(partition);
  }

  ended({ partition, before, limit }: { partition: number; before: number; limit: number }): Ended {
    const ends = [...this.#disk.rowsOf(partition)]
      .map(([name, { version, endsAt }]) => ({ key: keyOf(name), version, at: endsAt ?? Infinity }))
      .filter(({ at }) => at <= before)
      .sort((a, b) => a.at - b.at);
    const listed = ends.filter(({ version }) => isVersionBytes(version)).slice(0, limit);
    const entries = listed.map(({ key, version }) => ({
      key,
      version: parseVersionBytes(version),
    }));
    return { rows: ends.length, since: ends[0]?.at ?? 0, entries };
  }

  raise(partition: number, upTo: Version): void {
    const { reaped } = this.#disk;
    if (compareVersions(upTo, reaped.get(partition) ?? NO_VERSION) > 0) reaped.set(partition, upTo);
  }

  /** See `Store.stay`. */
  stay(partition: number, before: number, entries: readonly PageEntry[]): number[] {
    const rows = this.#disk.rowsOf(partition);
    return entries.flatMap(({ key, version }, place) => {
      const row = rows.get(nameOf(key));
      const isIt = row && bytesOfVersion(version).equals(row.version);
      return isIt && row.endsAt !== undefined && row.endsAt <= before ? [] : [place];
    });
  }

  /** The names of those keys that are still held in these versions. */
  held(partition: number, entries: readonly PageEntry[]): string[] {
    const rows = this.#disk.rowsOf(partition);
    return entries.flatMap(({ key, version }) => {
      const held = rows.get(nameOf(key));
      const isIt = held && bytesOfVersion(version).equals(held.version);
      return isIt ? [nameOf(key)] : [];
    });
  }
}
