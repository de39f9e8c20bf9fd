/**
 * Whether a node that is about to serve could: every partition has its quorum within its reach, by
 * a ring that is as new as any that its peers came with. Looks when something happened that may
 * change it.
 */
import { availabilityOf } from '../../core/ring/availability.js';
import type { Ring } from '../../core/ring/ring.js';
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
    readonly state: string;
    readonly tell: (event: { type: 'quorum.reached' }) => void;
  };
}

export class FirstQuorum {
  readonly #parts: FirstQuorumParts;

  constructor(parts: FirstQuorumParts) {
    this.#parts = parts;
    parts.facts.watch(({ type }) => {
      if (parts.supervisor.state !== 'reaching') return;
      if (type === 'peer.up' || type === 'member.alive' || type === 'ring.changed') this.look();
    });
  }

  /** For the chart, which waits for it. */
  look(): void {
    const { rings, links, reachability, supervisor } = this.#parts;
    const ring = rings.current;
    if (!ring || ring.epoch < links.newestEpoch) return;
    const { isReachable } = reachability;
    const { withoutQuorum } = availabilityOf(ring, { isReachable, hasRoom });
    if (withoutQuorum.any === 0) supervisor.tell({ type: 'quorum.reached' });
  }
}
