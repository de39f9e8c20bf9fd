/**
 * The hash trees of the partitions (`hash-tree.ts`), in memory: each is built from the
 * rows when it is first asked for, some rows at a time in the order of their keys, and from then on
 * kept in step with what is written. While it is built, that is what is written up to the last of
 * these keys: what is behind it will be met.
 *
 * Rejected alternative: trees in the database, saved by the transaction that writes the row. They
 * can be had from the rows at any time, and each partition that a batch touches would add 2 KB to
 * what has to be synced.
 */
import { present } from '../assert.js';
import { listedVersion } from '../data/version-bytes.js';
import { emptyTree, replaceRow, toggleRow } from './hash-tree.js';

/** A row as its columns are: `version` may be anything. */
export interface ListedRow {
  readonly key: Buffer;
  readonly version: unknown;
}

interface Tree {
  readonly leaves: Buffer;
  /** The last key of which it knows; undefined: it knows of all. */
  readonly builtUpTo: Buffer | undefined;
}

export class Trees {
  readonly #trees = new Map<number, Tree>();

  /** Undefined if it was not built, or not to the end. */
  get(partition: number): Buffer | undefined {
    const tree = this.#trees.get(partition);
    return tree?.builtUpTo ? undefined : tree?.leaves;
  }

  /** The key behind which the building of one goes on; undefined: it begins. */
  builtUpTo(partition: number): Buffer | undefined {
    return this.#trees.get(partition)?.builtUpTo;
  }

  /** Builds on, with the rows that come next: the last ones, or some. */
  build(partition: number, rows: readonly ListedRow[], areLast: boolean): void {
    const leaves = this.#trees.get(partition)?.leaves ?? emptyTree();
    for (const { key, version } of rows) toggleRow(leaves, key, listedVersion(version));
    const builtUpTo = areLast ? undefined : present(rows.at(-1), 'the last of some rows').key;
    this.#trees.set(partition, { leaves, builtUpTo });
  }

  /** Takes a row in, or out again. */
  toggle(partition: number, key: Buffer, version: unknown): void {
    const leaves = this.#leavesWith(partition, key);
    if (leaves) toggleRow(leaves, key, listedVersion(version));
  }

  /** Takes a row out, and in again with another version. */
  replace(partition: number, key: Buffer, held: unknown, version: Buffer): void {
    const leaves = this.#leavesWith(partition, key);
    if (leaves) replaceRow(leaves, key, listedVersion(held), version);
  }

  #leavesWith(partition: number, key: Buffer): Buffer | undefined {
    const tree = this.#trees.get(partition);
    return tree?.builtUpTo && key.compare(tree.builtUpTo) > 0 ? undefined : tree?.leaves;
  }

  /** It can be built again. */
  forget(partition: number): void {
    this.#trees.delete(partition);
  }
}
