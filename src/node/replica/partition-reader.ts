/**
 * Whole partitions, as other owners ask for them: the other side of
 * `stabilizer/partition-sync.ts`. Nothing is kept between two requests, so that a transfer goes on
 * wherever it stopped.
 */

import { present } from '../../core/assert.js';
import { without } from '../../core/tree/fingerprints.js';
import { ROOT_BYTES, rootOf } from '../../core/tree/hash-tree.js';
import { groupSums, leavesOfGroups } from '../../core/tree/leaf-groups.js';
import { PAGE_ROWS_LIMIT } from '../../core/wire/limits.js';
import type { AnyOf, Message, MessageOf } from '../../core/wire/messages.js';
import { refusalOf } from '../../core/wire/refusal.js';
import type { Store } from '../../ports.js';
import type { CurrentRing } from '../ring/current-ring.js';

type Reply = (message: Message) => void;

/** One reply of a transfer holds no more than this, or a single larger record. */
const FETCH_BYTES = 1 << 20;
const NO_LEAVES = Buffer.alloc(0);
const NO_SUMS = Buffer.alloc(0);

type PartitionStore = Pick<Store, 'page' | 'tree' | 'readUpTo' | 'sizes'>;

export class PartitionReader {
  readonly #store: PartitionStore;
  readonly #rings: Pick<CurrentRing, 'current' | 'epoch'>;

  constructor(store: PartitionStore, rings: Pick<CurrentRing, 'current' | 'epoch'>) {
    this.#store = store;
    this.#rings = rings;
  }

  list(request: MessageOf<'partition.list'>, reply: Reply): void {
    if (!this.#isPartition(request)) {
      return reply(refusalOf(request, 'corrupt', this.#rings.epoch));
    }
    const { call, epoch, partition, leaves, after, upTo, held, salt } = request;
    const limit = Math.min(request.limit, PAGE_ROWS_LIMIT);
    const query = { partition, limit, ...(leaves && { leaves }), ...(after && { after }) };
    const isAsked = (key: Buffer) => upTo === undefined || key.compare(upTo) <= 0;
    this.#store.page(query, (page) => {
      const asked = page.entries.filter(({ key }) => isAsked(key));
      const entries = without(asked, held, salt);
      const next = page.next && isAsked(page.next) ? page.next : undefined;
      reply({ type: 'partition.listed', call, outcome: 'ok', epoch, entries, next });
    });
  }

  /** As many of the asked-for records as fit one reply; the caller asks again for the rest. */
  fetch({ call, epoch, keys }: MessageOf<'partition.fetch'>, reply: Reply): void {
    this.#store.readUpTo({ keys, bytes: FETCH_BYTES }, (records) => {
      reply({ type: 'partition.fetched', call, outcome: 'ok', epoch, records });
    });
  }

  /** Of some partitions, those of which somebody else's tree comes to something else than ours. */
  roots(request: MessageOf<'partition.roots'>, reply: Reply): void {
    const { call, epoch, partitions, roots, salt } = request;
    const isKnown = partitions.every((partition) => this.#isPartition({ partition }));
    const isOnce = new Set(partitions).size === partitions.length;
    if (!isKnown || !isOnce || roots.length !== partitions.length * ROOT_BYTES) {
      return reply(refusalOf(request, 'corrupt', this.#rings.epoch));
    }
    const looks = partitions.map((partition, at) => {
      const root = roots.subarray(at * ROOT_BYTES, (at + 1) * ROOT_BYTES);
      return new Promise<Buffer>((resolve) => {
        // Until the last tree is here, no more is kept of the others.
        this.#store.tree(partition, (tree) =>
          resolve(rootOf(tree).equals(root) ? NO_SUMS : groupSums(tree, salt)),
        );
      });
    });
    void Promise.all(looks).then((each) => {
      const differing = partitions.filter((_, at) => each[at] !== NO_SUMS);
      const sums = Buffer.concat(each);
      reply({ type: 'partition.sums', call, outcome: 'ok', epoch, differing, sums });
    });
  }

  /** All leaves; of who compares, those of the groups it names, or none if it has the same. */
  tree(request: AnyOf<'partition.tree' | 'partition.compare'>, reply: Reply): void {
    if (!this.#isPartition(request)) {
      return reply(refusalOf(request, 'corrupt', this.#rings.epoch));
    }
    const { call, epoch, partition } = request;
    this.#store.tree(partition, (tree, reaped) => {
      const leaves = request.type === 'partition.tree' ? tree : differing(tree, request);
      reply({ type: 'partition.leaves', call, outcome: 'ok', epoch, leaves, reaped });
    });
  }

  /** How much this node holds, whatever ring the asker is in. */
  sizes({ call }: MessageOf<'node.sizes'>, reply: Reply): void {
    this.#store.sizes((sizes) => reply({ type: 'node.sized', call, sizes }));
  }

  #isPartition({ partition }: { partition: number }): boolean {
    return partition < present(this.#rings.current, 'the ring of the epoch served').layout.length;
  }
}

function differing(tree: Buffer, { root, groups, salt }: MessageOf<'partition.compare'>): Buffer {
  return rootOf(tree).equals(root) ? NO_LEAVES : leavesOfGroups(tree, groups, salt);
}
