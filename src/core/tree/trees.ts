/**
 * The hash trees of the partitions (`hash-tree.ts`), in memory: each is built from the
 * rows when it is first asked for, and from then on kept in step with what is written.
 *
 * Rejected alternative: trees in the database, saved by the transaction that writes the row. They
 * can be had from the rows at any time, and each partition that a batch touches would add 2 KB to
 * what has to be synced.
 */

import { listedVersion } from '../data/version-bytes.js';
import { emptyTree, replaceRow, toggleRow } from './hash-tree.js';

/** A row as its columns are: `version` may be anything. */
export interface ListedRow {
  readonly key: Buffer;
  readonly version: unknown;
}

export class Trees {
  readonly #trees = new Map<number, Buffer>();

  get(partition: number): Buffer | undefined {
    return this.#trees.get(partition);
  }

  build(partition: number, rows: Iterable<ListedRow>): Buffer {
    const leaves = emptyTree();
    for (const { key, version } of rows) toggleRow(leaves, key, listedVersion(version));
    this.#trees.set(partition, leaves);
    return leaves;
  }

  /** Takes a row in, or out again. */
  toggle(partition: number, key: Buffer, version: unknown): void {
    const leaves = this.#trees.get(partition);
    if (leaves) toggleRow(leaves, key, listedVersion(version));
  }

  /** Takes a row out, and in again with another version. */
  replace(partition: number, key: Buffer, held: unknown, version: Buffer): void {
    const leaves = this.#trees.get(partition);
    if (leaves) replaceRow(leaves, key, listedVersion(held), version);
  }

  /** It can be built again. */
  forget(partition: number): void {
    this.#trees.delete(partition);
  }
}
