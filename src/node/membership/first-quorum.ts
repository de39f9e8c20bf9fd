/**
 * Whether a node that is about to serve could: the members, or at least a quorum of each partition,
 * are within its reach, by a ring that is as new as any that its peers came with. Looks when
 * something happened that may change it.
 */
import { availabilityOf } from '../../core/ring/availability.js';
import { allMembers, type Ring } from '../../core/ring/ring.js';
import type { FactBus } from '../../events/fact-bus.js';
import type { Reachability } from './reachability.js';

/** A full disk keeps nobody from serving. */
const hasRoom = () => true;

interface FirstQuorumParts {
  readonly facts: FactBus;
  readonly rings: { readonly current: Ring | undefined };
  readonly links: { readonly newestEpoch: number };
  readonly reachability: Pick<Reachability, 'isReachable'>;
  readonly supervisor: {
    /** Whether the chart waits for it. */
    readonly isReaching: boolean;
    readonly tell: (event: { type: 'members.reached' | 'quorum.reached' }) => void;
  };
}

export class FirstQuorum {
  readonly #parts: FirstQuorumParts;

  constructor(parts: FirstQuorumParts) {
    this.#parts = parts;
    parts.facts.watch(({ type }) => {
      if (!parts.supervisor.isReaching) return;
      if (type === 'peer.up' || type === 'member.alive' || type === 'ring.changed') this.look();
    });
  }

  /** For the chart, which is told what is there. */
  look(): void {
    const { rings, links, reachability, supervisor } = this.#parts;
    const ring = rings.current;
    if (!ring || ring.epoch < links.newestEpoch) return;
    const { isReachable } = reachability;
    if (allMembers(ring).every(({ id }) => isReachable(id))) {
      supervisor.tell({ type: 'members.reached' });
    } else if (availabilityOf(ring, { isReachable, hasRoom }).withoutQuorum.any === 0) {
      supervisor.tell({ type: 'quorum.reached' });
    }
  }
}
