/** What an operator sees of a node: `/admin/status`. */
import type { Snapshot } from 'xstate';
import type { Standing } from '../../../actors/coordinator/owner-selection.js';
import type { NodeId } from '../../core/data/version.js';
import { allMembers } from '../../core/ring/ring.js';
import type { Coordinator } from '../coordinator/coordinator.js';
import type { HintsHost } from '../hints/host.js';
import type { MembershipHost } from '../membership/host.js';
import type { CurrentRing } from '../ring/current-ring.js';
import type { Joining } from '../ring/joining.js';
import type { RingWishes } from '../ring/wishes.js';
import type { NodeSettings } from '../settings.js';
import type { StabilizerHost } from '../stabilizer/host.js';

/** An actor, which may have ended. */
type Stateful = { getSnapshot(): unknown } | undefined;
type ActorName = 'node' | 'membership' | 'ring' | 'coordinator' | 'stabilizer' | 'hints';

export function nodeStatus(parts: {
  settings: NodeSettings;
  actors: { readonly [name in ActorName]: Stateful };
  rings: CurrentRing;
  membership: MembershipHost;
  wishes: RingWishes;
  joining: Joining;
  stabilizer: StabilizerHost;
  hints: HintsHost;
  standing: (id: NodeId) => Standing;
  requests: { readonly inFlight: number } & Coordinator['counts'];
}) {
  const { settings, actors, rings, membership, wishes, joining, stabilizer } = parts;
  const { identity, self } = settings;
  const ring = rings.current;
  const stateOfEach = {
    node: stateOf(actors.node),
    membership: stateOf(actors.membership),
    ring: stateOf(actors.ring),
    coordinator: stateOf(actors.coordinator),
    stabilizer: stateOf(actors.stabilizer),
    hints: stateOf(actors.hints),
  };
  return {
    id: self.id,
    address: self.address,
    bootId: identity.bootId,
    clusterId: ring?.clusterId,
    epoch: rings.epoch,
    ...(ring?.forced && { forced: true }),
    ...(joining.waitsFor && { waitsFor: joining.waitsFor }),
    states: stateOfEach,
    members: (ring ? allMembers(ring) : []).map((member) => ({
      ...member,
      standing: parts.standing(member.id),
    })),
    membership: membership.status(),
    change: wishes.status(),
    transfer: stabilizer.status(),
    hints: parts.hints.status(),
    requests: parts.requests,
  };
}

/** The state an actor is in, and the states within it, as a path: `running.idle`. */
export function stateOf(actor: Stateful): string {
  const snapshot = actor?.getSnapshot() as (Snapshot<unknown> & { value?: unknown }) | undefined;
  return snapshot ? pathOf(snapshot.value) : 'stopped';
}

function pathOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return Object.entries(Object(value))
    .map(([state, within]) => `${state}.${pathOf(within)}`)
    .join(' ');
}
