/** Counts the facts of a node, and adds up what some of them say. */
import type { NodeId } from '../core/data/version.js';
import { allMembers } from '../core/ring/ring.js';
import { FACTS, type Fact, type FactType } from '../events/facts.js';

interface Moved {
  records: number;
  bytes: number;
}

export class FactCounts {
  /** Since the start. */
  readonly byType = Object.fromEntries(Object.keys(FACTS).map((type) => [type, 0])) as {
    [T in FactType]: number;
  };
  /** Fetched from other owners of a partition that differed. */
  readonly repaired: Moved = { records: 0, bytes: 0 };
  /** Fetched because owners changed. */
  readonly transferred: Moved = { records: 0, bytes: 0 };
  /** Rows that were dropped because others own them. */
  collectedRows = 0;
  /** Rows that were over, and went for good. */
  reapedRows = 0;
  /** What was measured last of a member, in ms. */
  readonly #clocks = new Map<NodeId, { readonly offsetMs: number; readonly roundTripMs: number }>();

  readonly note = (fact: Fact): void => {
    this.byType[fact.type]++;
    switch (fact.type) {
      case 'repair.done':
        add(this.repaired, fact);
        break;
      case 'transfer.done':
        add(this.transferred, fact);
        break;
      case 'partition.collected':
        this.collectedRows += fact.rows;
        break;
      case 'partition.reaped':
        this.reapedRows += fact.rows;
        break;
      case 'clock.offset':
        this.#clocks.set(fact.id, fact);
        break;
      case 'ring.changed': {
        const members = allMembers(fact.ring).map(({ id }) => id);
        for (const id of this.#clocks.keys()) if (!members.includes(id)) this.#clocks.delete(id);
      }
    }
  };

  /** Undefined if none has been measured. */
  clockOf(member: NodeId): { readonly offsetMs: number; readonly roundTripMs: number } | undefined {
    return this.#clocks.get(member);
  }
}

function add(sum: Moved, { records, bytes }: Readonly<Moved>): void {
  sum.records += records;
  sum.bytes += bytes;
}
