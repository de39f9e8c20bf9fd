/** A backup in a folder: whether it is whole, and what it holds. */
import { join } from 'node:path';
import type { EncodedRecord } from '../../core/data/record.js';
import { Credibility } from './credibility.js';
import { hintsIn } from './hints.js';
import { type Manifest, readManifest } from './manifest.js';
import { newestOf } from './merge.js';
import { checkNodeFile, entriesIn } from './node-file.js';

export class Backup {
  readonly folder: string;
  readonly manifest: Manifest;

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
   * as it was written.
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
        await checkNodeFile(path, node, this.manifest, read);
      } catch (error) {
        faults.push(`${node.file}: ${(error as Error).message}`);
      }
    }
    return faults;
  }

  /**
   * The newest record of every key. `leftOut`: is told of each key of which something newer is not
   * believed. Throws `BadStream` if a file has changed since it was checked.
   */
  newest(leftOut: () => void): Generator<EncodedRecord, void> {
    const paths = this.manifest.nodes.map(({ file }) => join(this.folder, file));
    const rows = paths.map((path) => entriesIn(path, 'rows'));
    const credibility = new Credibility(this.manifest);
    return newestOf({ rows, hints: hintsIn(paths) }, credibility, leftOut);
  }
}
