/**
 * Checks that the hash tree of a partition, which the store keeps in step with what it writes, is
 * that of its rows. Owners whose trees lie would be taken for equal, or be compared for ever.
 *
 * Algorithm: take the tree; go through all rows, page by page, and add up the trees of the pages,
 * which are built away from here (`BulkWork`); take the tree again. A leaf that was the same both
 * times has not been written meanwhile, because a version never comes back: if that of the rows is
 * another, it is wrong, and the store is told to build the tree anew. Leaves that were written say
 * nothing this time.
 *
 * Reference: Riak's TictacAAE rebuilds its trees from time to time, right or wrong; a check costs
 * the same, and tells whether there is something to look for.
 */
import { addTree, countLeaves, differingLeaves, emptyTree } from '../../core/tree/hash-tree.js';
import { packRows } from '../../core/tree/packed-rows.js';
import type { BulkWork, Page, Store } from '../../ports.js';
import type { Throttle } from '../base/throttle.js';

const PAGE_ROWS = 1000;

export class TreeCheck {
  readonly #store: Pick<Store, 'page' | 'tree'>;
  readonly #bulkWork: Pick<BulkWork, 'buildTree'>;
  readonly #throttle: Throttle;

  constructor(options: {
    store: Pick<Store, 'page' | 'tree'>;
    bulkWork: Pick<BulkWork, 'buildTree'>;
    throttle: Throttle;
  }) {
    this.#store = options.store;
    this.#bulkWork = options.bulkWork;
    this.#throttle = options.throttle;
  }

  /** How many leaves of the tree were wrong. It has been built anew then. */
  async wrongLeaves(partition: number): Promise<number> {
    const before = await this.#tree(partition, 'kept');
    const ofRows = await this.#treeOfRows(partition);
    const after = await this.#tree(partition, 'kept');
    const differing = differingLeaves(after, ofRows);
    if (!differing) return 0;
    const written = differingLeaves(before, after);
    const wrong = differing.map((byte, index) => byte & ~(written?.[index] ?? 0));
    const count = countLeaves(wrong);
    if (count > 0) await this.#tree(partition, 'anew');
    return count;
  }

  async #treeOfRows(partition: number): Promise<Buffer> {
    const leaves = emptyTree();
    let after: Buffer | undefined;
    do {
      await this.#throttle.ready();
      const query = { partition, limit: PAGE_ROWS, ...(after && { after }) };
      const page = await new Promise<Page>((resolve) => this.#store.page(query, resolve));
      this.#throttle.spend(page.entries.length, 0);
      if (page.entries.length > 0) {
        addTree(leaves, await this.#bulkWork.buildTree(packRows(page.entries)));
      }
      after = page.next;
    } while (after);
    return leaves;
  }

  #tree(partition: number, how: 'kept' | 'anew'): Promise<Buffer> {
    return new Promise((resolve) => this.#store.tree(partition, resolve, how));
  }
}
