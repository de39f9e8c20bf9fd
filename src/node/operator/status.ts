/** What an operator sees of a node: `/admin/status`. */
import type { FactBus } from '../../events/fact-bus.js';
import type { Clock, StoreStatus } from '../../ports.js';
import type { UnfinishedRestore } from '../backup/unfinished.js';
import type { Coordinator } from '../coordinator/coordinator.js';
import type { HintsHost } from '../hints/host.js';
import type { ClusterClock } from '../membership/cluster-clock.js';
import type { MembershipHost } from '../membership/host.js';
import type { QuorumWatch } from '../membership/quorum-watch.js';
import type { Reachability } from '../membership/reachability.js';
import type { CurrentRing } from '../ring/current-ring.js';
import type { Joining } from '../ring/joining.js';
import type { RingWishes } from '../ring/wishes.js';
import type { NodeSettings } from '../settings.js';
import type { StabilizerHost } from '../stabilizer/host.js';
import { MemberTable } from './member-table.js';

export interface StatusParts {
  readonly settings: NodeSettings;
  readonly clock: Clock;
  readonly facts: FactBus;
  readonly supervisor: { readonly state: string };
  readonly clusterClock: ClusterClock;
  readonly reachability: Reachability;
  readonly quorums: QuorumWatch;
  readonly unfinished: Pick<UnfinishedRestore, 'begunAt'>;
  readonly membership: MembershipHost;
  readonly rings: CurrentRing;
  readonly wishes: RingWishes;
  readonly joining: Joining;
  readonly coordinator: Coordinator;
  readonly stabilizer: StabilizerHost;
  readonly hints: HintsHost;
}

export class NodeStatus {
  readonly #parts: StatusParts;
  readonly #table: MemberTable;

  constructor(parts: StatusParts) {
    this.#parts = parts;
    this.#table = new MemberTable(parts);
  }

  /** The verdict first. `store`: this node's own, if it has been asked. */
  now(store?: StoreStatus) {
    const { settings, supervisor, quorums, membership, rings, wishes, joining } = this.#parts;
    const { standing, aheadMs } = this.#parts.clusterClock;
    const { coordinator, stabilizer, hints, unfinished } = this.#parts;
    const { scrub, ...transfer } = stabilizer.status();
    const { identity, self } = settings;
    const ring = rings.current;
    return {
      verdict: quorums.verdict(),
      id: self.id,
      address: self.address,
      bootId: identity.bootId,
      clusterId: ring?.clusterId,
      epoch: rings.epoch,
      ...(ring?.forced && { forced: true }),
      ...(unfinished.begunAt && { restoreBegunAt: new Date(unfinished.begunAt).toISOString() }),
      ...(joining.waitsFor && { waitsFor: joining.waitsFor }),
      clock: { standing, aheadMs: Math.round(aheadMs) },
      states: {
        node: supervisor.state,
        membership: membership.state,
        ring: rings.state,
        coordinator: coordinator.state,
        stabilizer: stabilizer.state,
        hints: hints.state,
      },
      members: ring ? this.#table.rows(ring, store) : [],
      membership: membership.status(),
      change: wishes.status(),
      transfer,
      scrub,
      hints: hints.status(),
      requests: { inFlight: coordinator.inFlight, ...coordinator.counts },
      ...(store && { store }),
    };
  }
}
