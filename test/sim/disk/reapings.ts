/** What of a simulated store is over, and what was reaped: `src/store/thread/reapings.ts`. */
import { type EncodedRecord, isIntactRecord, recordEnd } from '../../../src/core/data/record.js';
import { compareVersions, NO_VERSION, type Version } from '../../../src/core/data/version.js';
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
      .map(([name, { version, record }]) => ({
        key: keyOf(name),
        version,
        record,
        at: endOf(record),
      }))
      .filter(({ at }) => at <= before)
      .sort((a, b) => a.at - b.at);
    const readable = ends.filter(({ record }) => isIntactRecord(record)).slice(0, limit);
    const entries = readable.map(({ key, version }) => ({ key, version }));
    return { rows: ends.length, since: ends[0]?.at ?? 0, entries };
  }

  reap(partition: number, upTo: Version, entries: readonly PageEntry[]): number {
    const { reaped } = this.#disk;
    const before = reaped.get(partition) ?? NO_VERSION;
    if (compareVersions(upTo, before) > 0) reaped.set(partition, upTo);
    const rows = this.#disk.rowsOf(partition);
    const gone = entries.filter(({ key, version }) => {
      const held = rows.get(nameOf(key));
      return held && compareVersions(held.version, version) === 0 && rows.delete(nameOf(key));
    });
    return gone.length;
  }
}

function endOf(record: EncodedRecord): number {
  return recordEnd(record) ?? Number.POSITIVE_INFINITY;
}
