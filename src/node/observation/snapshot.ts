/**
 * How things stand at a node, from its parts themselves: where a fold over its facts begins. A fold
 * that comes to anything else later misses a fact; the simulator compares the two.
 */
import type { MemberView, NodeView, PeerView } from '../../events/view.js';
import type { Clock } from '../../ports.js';
import type { Coordinator } from '../coordinator/coordinator.js';
import type { HintsHost } from '../hints/host.js';
import type { Links } from '../links.js';
import type { MembershipHost } from '../membership/host.js';
import type { CurrentRing } from '../ring/current-ring.js';
import type { Joining } from '../ring/joining.js';
import type { NodeSettings } from '../settings.js';
import type { StabilizerHost } from '../stabilizer/host.js';
import type { Inspection } from './inspection.js';
import type { Sampler } from './sampler.js';

export interface SnapshotParts {
  readonly settings: Pick<NodeSettings, 'self' | 'identity'>;
  readonly clock: Clock;
  readonly supervisor: { readonly state: string };
  readonly links: Links;
  readonly membership: MembershipHost;
  readonly rings: CurrentRing;
  readonly joining: Joining;
  readonly coordinator: Coordinator;
  readonly stabilizer: StabilizerHost;
  readonly hints: HintsHost;
  readonly inspection: Inspection;
  readonly sampler: Pick<Sampler, 'last'>;
}

/** Throws before the actors have been attached. */
export function nodeView(parts: SnapshotParts): NodeView {
  const { settings, supervisor, links, rings, joining, coordinator, stabilizer, hints } = parts;
  const peers = [...links.peers].map(
    ([id, address]) => [id, { address }] satisfies [string, PeerView],
  );
  return {
    address: settings.self.address,
    bootId: settings.identity.bootId,
    state: supervisor.state,
    isOverloaded: coordinator.state === 'shedding',
    waitsFor: joining.waitsFor,
    ring: rings.current ?? null,
    members: membersOf(parts),
    peers: Object.fromEntries(peers),
    transfer: stabilizer.transfer ?? null,
    hints: hints.targets,
    sample: parts.sampler.last,
    actors: actorsOf(parts),
  };
}

function actorsOf({ inspection, clock }: SnapshotParts): NodeView['actors'] {
  const since = clock.now();
  return Object.fromEntries(
    inspection.living().map(({ actor, machine, parent, states }) => {
      return [actor, { machine, parent, active: states, fired: [], since }];
    }),
  );
}

function membersOf({ membership, clock }: SnapshotParts): NodeView['members'] {
  const now = clock.now();
  return Object.fromEntries(
    membership.status().members.map(({ id, address, status, forMs }) => {
      return [id, { address, status, since: now - forMs }] satisfies [string, MemberView];
    }),
  );
}
