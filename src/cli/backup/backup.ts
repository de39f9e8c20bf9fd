/** A backup in a folder: whether it is whole, and what it holds. */
import { join } from 'node:path';
import { decodeHead, type EncodedRecord } from '../../core/data/record.js';
import { type Manifest, readManifest } from './manifest.js';
import { newestOf } from './merge.js';
import { checkNodeFile, type HintPlace, hintsAt, rowsIn } from './node-file.js';

/** How many keys, and what they hold. */
export class Contents {
  keys = 0;
  tombstones = 0;
  /** When values expire, milliseconds since 1970. */
  readonly #expiries: number[] = [];

  add(record: EncodedRecord): void {
    const { tombstone, expiresAt } = decodeHead(record);
    this.keys++;
    if (tombstone) this.tombstones++;
    else if (expiresAt !== 0) this.#expiries.push(expiresAt);
  }

  /** Values that have expired by then. */
  expiredAt(wallMs: number): number {
    return this.#expiries.filter((at) => at <= wallMs).length;
  }

  /** Keys that hold a value then. */
  valuesAt(wallMs: number): number {
    return this.keys - this.tombstones - this.expiredAt(wallMs);
  }
}

export class Backup {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly #hints: HintPlace[] = [];

  /** Throws `CommandFailed` if there is none in the folder. */
  constructor(folder: string) {
    this.folder = folder;
    this.manifest = readManifest(folder);
  }

  /** Of all files. */
  get bytes(): number {
    return this.manifest.nodes.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * Reads all files, and looks at each record. What is wrong, a sentence for each file that is not
   * as it was written. To be called before `newest`.
   */
  async check(went: (bytes: number) => void): Promise<string[]> {
    const faults: string[] = [];
    let bytes = 0;
    for (const node of this.manifest.nodes) {
      try {
        const path = join(this.folder, node.file);
        const read = (more: number) => {
          bytes += more;
          went(bytes);
        };
        for (const hint of await checkNodeFile(path, node, this.manifest, read)) {
          this.#hints.push(hint);
        }
      } catch (error) {
        faults.push(`${node.file}: ${(error as Error).message}`);
      }
    }
    return faults;
  }

  /** The newest record of every key. */
  newest(): Generator<EncodedRecord, void> {
    const { nodes } = this.manifest;
    const files = nodes.map(({ file }) => rowsIn(join(this.folder, file)));
    return newestOf([...files, hintsAt(this.#hints)]);
  }
}
