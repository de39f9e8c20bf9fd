/** What a node says of itself in numbers: for metrics, which are made of it. */
import type { NodeId } from '../../core/data/version.js';
import type { Measures } from '../../core/measures.js';
import { allMembers, type Ring } from '../../core/ring/ring.js';
import type { CachedStore } from '../cache/cached-store.js';
import type { Observation } from '../observation/observation.js';
import type { HintIntake } from '../replica/hint-intake.js';
import type { Calls } from '../rpc/calls.js';
import type { StatusParts } from './status.js';

export interface MeasuresParts extends StatusParts {
  readonly calls: Calls;
  readonly hintIntake: HintIntake;
  readonly observation: Pick<Observation, 'counts'>;
  readonly store: Pick<CachedStore, 'counts' | 'status'>;
}

const NOTHING = { rows: 0, bytes: 0 };

export function nodeMeasures(parts: MeasuresParts): Measures {
  const { reachability, quorums, membership, rings, coordinator, stabilizer, hints } = parts;
  const { id } = parts.settings.self;
  const ring = rings.current;
  const { inFlight, counts, stats } = coordinator;
  const transfer = stabilizer.status();
  const waiting = new Map(hints.status().map((each) => [each.target, each]));
  return {
    id,
    cluster: {
      epoch: rings.epoch,
      isChanging: ring?.transition !== undefined,
      ...quorums.verdict(),
    },
    partitions: {
      owned: ring ? ownedBy(id, ring) : 0,
      pulling: transfer.total - transfer.done,
      dirty: transfer.dirty,
      leftover: transfer.leftovers,
    },
    tombstones: transfer.tombstones,
    cache: parts.store.counts,
    scrub: transfer.scrub,
    requests: stats,
    coordinator: { ...counts, inFlight },
    members: (ring ? allMembers(ring) : []).map((member) => ({
      id: member.id,
      status: member.id === id ? 'alive' : membership.statusOf(member.id),
      isReachable: reachability.isReachable(member.id),
      hints: waiting.get(member.id) ?? NOTHING,
      roundTrips: parts.calls.roundTrips.with(member.id),
    })),
    events: parts.observation.counts,
    hints: { ...hints.counts, received: parts.hintIntake.received },
  };
}

/** The owners of a ring before, or after, a change. */
type Side = Pick<Ring, 'members' | 'layout'>;

function sidesOf(ring: Ring): Side[] {
  return ring.transition ? [ring, ring.transition] : [ring];
}

/** How many partitions: by index, as a ring may have tens of thousands of them. */
function ownedBy(id: NodeId, ring: Ring): number {
  const owned = new Set<number>();
  for (const { members, layout } of sidesOf(ring)) {
    const index = members.findIndex((member) => member.id === id);
    for (const [partition, owners] of layout.entries()) {
      if (owners.includes(index)) owned.add(partition);
    }
  }
  return owned.size;
}
