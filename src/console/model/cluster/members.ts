/** The members, one row for each: what the node one looks through knows, and what each has told. */
import type { NodeId } from '../../../core/data/version.js';
import { allMembers, type Member, type Placement } from '../../../core/ring/ring.js';
import { NOTHING_KNOWN, type NodeView, type View } from '../../../events/view.js';
import { byAddress } from '../../../words/names.js';
import { isReachable } from '../verdict.js';

export interface MemberRow {
  readonly id: NodeId;
  readonly address: string;
  /** Undefined of one that is not in the ring. */
  readonly member: Member | undefined;
  readonly standing: Standing;
  /** Of its process, as it told last: serving, joining …; empty if it has told nothing. */
  readonly state: string;
  /** How long its standing has been so, ms; undefined of the node one looks through. */
  readonly forMs: number | undefined;
  /** Owned now, and after the change under way. */
  readonly partitions: number;
  readonly partitionsAfter: number;
  /** Told by itself; undefined if it has not. */
  readonly rows: number | undefined;
  readonly bytes: number | undefined;
  readonly residentBytes: number | undefined;
  readonly isFull: boolean;
  /** Kept for it at all others, as they told last. */
  readonly hints: Waiting;
  readonly roundTripMs: number | undefined;
  readonly offsetMs: number | undefined;
  /** Of the ring that is in force there. */
  readonly epoch: number | undefined;
}

export type Standing = 'this node' | 'alive' | 'suspect' | 'dead' | 'left' | 'away' | 'unknown';

export interface Waiting {
  readonly rows: number;
  readonly bytes: number;
}

const NONE: ReadonlyMap<NodeId, number> = new Map();

/** Members of the ring, and who else is there; by address. `at`: milliseconds since 1970. */
export function memberRows(view: View, through: NodeId, at: number): MemberRow[] {
  const seen = view.nodes[through] ?? NOTHING_KNOWN;
  const members = new Map(seen.ring ? allMembers(seen.ring).map((each) => [each.id, each]) : []);
  const others = Object.keys(seen.members).filter((id) =>
    ['alive', 'suspect'].includes(seen.members[id]!.status),
  );
  const ids = new Set([through, ...members.keys(), ...others]);
  const now = seen.ring ? partitionsOf(seen.ring) : NONE;
  const next = seen.ring?.transition;
  const after = next ? partitionsOf(next) : now;
  const waiting = hintsByTarget(view);
  return [...ids]
    .map((id): MemberRow => {
      const own = view.nodes[id];
      const member = members.get(id);
      const address = member?.address || own?.address || seen.members[id]?.address || '';
      return {
        id,
        address,
        member,
        standing: standingOf(seen, through, id),
        state: own?.state ?? '',
        forMs: seen.members[id] && Math.max(0, at - seen.members[id].since),
        partitions: now.get(id) ?? 0,
        partitionsAfter: after.get(id) ?? 0,
        rows: own?.sample?.rows,
        bytes: own?.sample?.bytes,
        residentBytes: own?.sample?.residentBytes,
        isFull: own?.isFull ?? false,
        hints: waiting.get(id) ?? { rows: 0, bytes: 0 },
        roundTripMs: seen.peers[id]?.roundTripMs,
        offsetMs: seen.peers[id]?.offsetMs,
        epoch: own?.ring?.epoch,
      };
    })
    .sort((one, other) => byAddress(one.address, other.address));
}

/** The detector's word; `away` of one that it holds for alive, to which no connection stands. */
function standingOf(seen: NodeView, through: NodeId, id: NodeId): Standing {
  if (id === through) return 'this node';
  const status = seen.members[id]?.status;
  if (status === undefined) return 'unknown';
  return status === 'alive' && !isReachable(seen, id) ? 'away' : status;
}

function partitionsOf({ members, layout }: Placement): ReadonlyMap<NodeId, number> {
  const counts = members.map(() => 0);
  for (const owners of layout) for (const owner of owners) counts[owner]!++;
  return new Map(members.map(({ id }, index) => [id, counts[index]!]));
}

/** Whoever has missed something, and how much others keep for it. */
export function hintsByTarget(view: View): ReadonlyMap<NodeId, Waiting> {
  const waiting = new Map<NodeId, Waiting>();
  for (const { hints, sample } of Object.values(view.nodes)) {
    for (const target of hints) {
      const kept = sample?.hints.find((each) => each.target === target);
      const { rows, bytes } = waiting.get(target) ?? { rows: 0, bytes: 0 };
      waiting.set(target, { rows: rows + (kept?.rows ?? 0), bytes: bytes + (kept?.bytes ?? 0) });
    }
  }
  return waiting;
}

/** Of all copies of all partitions, the share of each member, from 0 to 1. */
export function shares(rows: readonly MemberRow[]): ReadonlyMap<NodeId, number> {
  const all = rows.reduce((sum, { partitions }) => sum + partitions, 0);
  return new Map(rows.map(({ id, partitions }) => [id, all === 0 ? 0 : partitions / all]));
}
