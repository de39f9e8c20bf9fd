/**
 * How things stand at a node, from its parts themselves: where a fold over its facts begins. A fold
 * that comes to anything else later misses a fact; the simulator compares the two.
 */
import type { NodeId } from '../../core/data/version.js';
import type { MemberView, NodeView, PeerView } from '../../events/view.js';
import type { Clock } from '../../ports.js';
import type { Coordinator } from '../coordinator/coordinator.js';
import type { HintsHost } from '../hints/host.js';
import type { MembershipHost } from '../membership/host.js';
import type { CurrentRing } from '../ring/current-ring.js';
import type { Joining } from '../ring/joining.js';
import type { NodeSettings } from '../settings.js';
import type { StabilizerHost } from '../stabilizer/host.js';
import type { DiskWatch } from './disk-watch.js';
import type { Inspection } from './inspection.js';
import type { Sampler } from './sampler.js';

interface SnapshotParts {
  readonly settings: Pick<NodeSettings, 'self' | 'identity'>;
  readonly clock: Clock;
  readonly supervisor: { readonly state: string };
  readonly links: { readonly peers: ReadonlyMap<NodeId, string> };
  readonly membership: MembershipHost;
  readonly rings: CurrentRing;
  readonly joining: Joining;
  readonly coordinator: Coordinator;
  readonly stabilizer: StabilizerHost;
  readonly hints: HintsHost;
}

/** What is watched for those who look at the node. */
export interface Watched {
  readonly inspection: Inspection;
  readonly disk: DiskWatch;
  readonly sampler: Sampler;
}

/** Throws before the actors have been attached. */
export function nodeView(parts: SnapshotParts, watched: Watched): NodeView {
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
    isFull: watched.disk.isFull,
    sample: watched.sampler.last,
    actors: actorsOf(watched.inspection, parts.clock.now()),
  };
}

function actorsOf(inspection: Inspection, since: number): NodeView['actors'] {
  return Object.fromEntries(
    inspection.living().map(({ actor, machine, parent, states: active, context }) => {
      return [actor, { machine, parent, active, context, fired: [], since }];
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
