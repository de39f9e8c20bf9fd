/** What an operator sees of a node: `/admin/status`. */
import { allMembers } from '../../core/ring/ring.js';
import type { Coordinator } from '../coordinator/coordinator.js';
import type { HintsHost } from '../hints/host.js';
import type { MembershipHost } from '../membership/host.js';
import type { Reachability } from '../membership/reachability.js';
import type { CurrentRing } from '../ring/current-ring.js';
import type { Joining } from '../ring/joining.js';
import type { RingWishes } from '../ring/wishes.js';
import type { NodeSettings } from '../settings.js';
import type { StabilizerHost } from '../stabilizer/host.js';

export interface StatusParts {
  readonly settings: NodeSettings;
  readonly reachability: Reachability;
  readonly supervisor: { readonly state: string };
  readonly membership: MembershipHost;
  readonly rings: CurrentRing;
  readonly wishes: RingWishes;
  readonly joining: Joining;
  readonly coordinator: Coordinator;
  readonly stabilizer: StabilizerHost;
  readonly hints: HintsHost;
}

export function nodeStatus(parts: StatusParts) {
  const { supervisor, membership, rings, wishes, joining, coordinator, stabilizer, hints } = parts;
  const { identity, self } = parts.settings;
  const ring = rings.current;
  return {
    id: self.id,
    address: self.address,
    bootId: identity.bootId,
    clusterId: ring?.clusterId,
    epoch: rings.epoch,
    ...(ring?.forced && { forced: true }),
    ...(joining.waitsFor && { waitsFor: joining.waitsFor }),
    states: {
      node: supervisor.state,
      membership: membership.state,
      ring: rings.state,
      coordinator: coordinator.state,
      stabilizer: stabilizer.state,
      hints: hints.state,
    },
    members: (ring ? allMembers(ring) : []).map((member) => ({
      ...member,
      standing: parts.reachability.standingOf(member.id),
    })),
    membership: membership.status(),
    change: wishes.status(),
    transfer: stabilizer.status(),
    hints: hints.status(),
    requests: { inFlight: coordinator.inFlight, ...coordinator.counts },
  };
}
