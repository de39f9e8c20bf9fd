/**
 * What a change of members would do, before it is made: who owns how much, what has to be fetched,
 * and how many live copies there are on the way.
 *
 * It computes the layout that the change itself would compute, and counts. What can be known only
 * by asking (who is alive, how much a partition holds) is an argument.
 *
 * Rejected alternative: estimates from shares and averages. They say nothing of the one partition
 * whose last copy is on the node that goes, and that is what an operator has to know.
 */

import type { NodeId } from '../data/version.js';
import { nextLayout } from '../ring/layout.js';
import { fewestMoves } from '../ring/move-bound.js';
import { quorumOf, votesAmong } from '../ring/quorum.js';
import {
  allMembers,
  byMemberId,
  gainingMembers,
  type Layout,
  type Member,
  ownersIn,
  type Ring,
  transitionTo,
  votersOf,
} from '../ring/ring.js';
import { type Stuck, stuckPartitions } from '../ring/transfer-quorum.js';
import { type Load, loadOf, type Size } from './load.js';

export interface PlannedNode {
  readonly id: NodeId;
  readonly address: string;
  readonly zone: string;
  readonly change: 'stays' | 'joins' | 'leaves';
  readonly alive: boolean;
  readonly before: Load;
  readonly after: Load;
  /** At most: what a node still holds from earlier it does not fetch again. */
  readonly fetches: Load;
}

export interface Step {
  /** Live owners that hold all of a partition, of the partition that has the fewest. */
  readonly fewestCopies: number;
  /** Partitions with too few live owners for a request at level `quorum`. */
  readonly unavailable: number;
}

export interface Plan {
  /** Of the ring that the change would be made to. */
  readonly epoch: number;
  readonly replicas: number;
  readonly partitions: number;
  /** Whoever is a member now or would be afterwards, sorted by id. */
  readonly nodes: readonly PlannedNode[];
  readonly fetches: Load;
  /** Partitions that no layout with the same shares could do without moving. */
  readonly fewestMoves: number;
  readonly now: Step;
  /** The present owners hold the data, and a request needs a quorum of them and of the coming. */
  readonly during: Step;
  readonly afterwards: Step;
  readonly stuck: readonly Stuck[];
  /** Partitions whose owners would all be in one zone. */
  readonly inOneZone: number;
  readonly voters: { readonly alive: number; readonly needed: number };
  /** Dead members that would have to bring what they own up to date, or to fetch it. */
  readonly silent: readonly NodeId[];
}

export interface PlanInput {
  readonly ring: Ring;
  /** The members after the change, sorted by id. */
  readonly wanted: readonly Member[];
  /** Asked of members that the ring names; newcomers count as alive. */
  readonly isAlive: (id: NodeId) => boolean;
  /** By partition; one that is missing counts as empty. */
  readonly sizes: ReadonlyMap<number, Size>;
}

/** What is known of one partition. */
interface View {
  readonly partition: number;
  readonly size: Size;
  readonly present: readonly NodeId[];
  readonly coming: readonly NodeId[];
  readonly gaining: readonly NodeId[];
  /** Live owners now and afterwards, and whether they are a quorum. */
  readonly now: { readonly copies: number; readonly serves: boolean };
  readonly afterwards: { readonly copies: number; readonly serves: boolean };
}

/** Throws `RangeError` if nobody is wanted. */
export function planOf(input: PlanInput): Plan {
  const { ring, wanted } = input;
  const named = new Set(allMembers(ring).map(({ id }) => id));
  const isAlive = (id: NodeId) => !named.has(id) || input.isAlive(id);
  const { replicas } = ring;
  const layout = nextLayout(ring, wanted);
  const changing = transitionTo(ring, { members: wanted, layout });
  const views = viewsOf(input, layout, isAlive);
  return {
    epoch: ring.epoch,
    replicas,
    partitions: layout.length,
    nodes: nodesOf(ring, wanted, views, isAlive),
    fetches: loadOf(views, ({ gaining }) => gaining.length),
    fewestMoves: fewestMoves(ring, wanted, replicas),
    now: stepOf(views.map(({ now }) => now)),
    during: stepOf(
      views.map(({ now, afterwards }) => ({ ...now, serves: now.serves && afterwards.serves })),
    ),
    afterwards: stepOf(views.map(({ afterwards }) => afterwards)),
    stuck: stuckPartitions(changing, isAlive),
    inOneZone: inOneZone(views, wanted),
    voters: votesAmong(votersOf(ring), isAlive),
    silent: gainingMembers(changing).filter((id) => !isAlive(id)),
  };
}

function viewsOf(input: PlanInput, coming: Layout, isAlive: (id: NodeId) => boolean): View[] {
  const { ring, wanted, sizes } = input;
  const wantedQuorum = Math.max(ring.readQuorum, ring.writeQuorum);
  const standing = (owners: readonly NodeId[]) => {
    const copies = owners.filter(isAlive).length;
    return { copies, serves: copies >= quorumOf(owners, wantedQuorum).needed };
  };
  return coming.map((_, partition) => {
    const before = ownersIn(ring.members, ring.layout, partition);
    const after = ownersIn(wanted, coming, partition);
    return {
      partition,
      size: sizes.get(partition) ?? { rows: 0, bytes: 0 },
      present: before,
      coming: after,
      gaining: after.filter((id) => !before.includes(id)),
      now: standing(before),
      afterwards: standing(after),
    };
  });
}

function nodesOf(
  ring: Ring,
  wanted: readonly Member[],
  views: readonly View[],
  isAlive: (id: NodeId) => boolean,
): PlannedNode[] {
  const now = new Set(ring.members.map(({ id }) => id));
  const afterwards = new Set(wanted.map(({ id }) => id));
  const leaving = ring.members.filter(({ id }) => !afterwards.has(id));
  return [...leaving, ...wanted].sort(byMemberId).map(({ id, address, zone }) => ({
    id,
    address,
    zone,
    change: !afterwards.has(id) ? 'leaves' : now.has(id) ? 'stays' : 'joins',
    alive: isAlive(id),
    before: loadOf(views, ({ present }) => Number(present.includes(id))),
    after: loadOf(views, ({ coming }) => Number(coming.includes(id))),
    fetches: loadOf(views, ({ gaining }) => Number(gaining.includes(id))),
  }));
}

function stepOf(standings: readonly View['now'][]): Step {
  return {
    fewestCopies: standings.reduce((fewest, { copies }) => Math.min(fewest, copies), Infinity),
    unavailable: standings.filter(({ serves }) => !serves).length,
  };
}

function inOneZone(views: readonly View[], wanted: readonly Member[]): number {
  const zones = new Map(wanted.map(({ id, zone }) => [id, zone]));
  return views.filter(({ coming }) => new Set(coming.map((id) => zones.get(id))).size === 1).length;
}
