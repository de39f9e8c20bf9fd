/**
 * The ring: who owns which part of the hash space, as a numbered value.
 *
 * The circle of 32-bit hashes is cut into P equal partitions (P a power of two, fixed when the
 * cluster is created), and a layout gives each partition an ordered list of owners: its preference
 * list. (Dynamo, SOSP 2007, §6.2, strategy 3; Garage does the same with 256.)
 *
 * Rings form a chain: ring e+1 is one decision among the voters of ring e. While owners change, a
 * ring carries two layouts: `layout`, whose owners have the data, and `transition.layout`, whose
 * owners are fetching it; requests need a quorum of each.
 */

import type { NodeId } from '../data/version.js';
import type { Replication } from './replication.js';

export interface Member {
  readonly id: NodeId;
  /** `host:port` that peers and clients reach. */
  readonly address: string;
  /** Share of the data relative to the other members; 1 unless said otherwise. */
  readonly weight: number;
  /** Owners of one partition are spread over distinct zones where there are enough. */
  readonly zone: string;
}

/** For each partition its owners, as indexes into the members the layout belongs to. */
export type Layout = readonly (readonly number[])[];

export interface Ring extends Replication {
  /** Identifies the cluster: two clusters never mix. */
  readonly clusterId: string;
  /** Number in the chain; the first ring is 1. */
  readonly epoch: number;
  /** Sorted by id. */
  readonly members: readonly Member[];
  readonly layout: Layout;
  /** Present while owners change. */
  readonly transition?: Placement;
  /**
   * An operator made it, without the voters of the ring before (see `forcedRing`), and acknowledged
   * writes may be missing.
   */
  readonly forced?: true;
}

/** Who is there, and who of them owns what. */
export interface Placement {
  /** Sorted by id. */
  readonly members: readonly Member[];
  readonly layout: Layout;
}

export const MAX_MEMBERS = 1000;
const MAX_VOTERS = 7;
export const MAX_REPLICAS = 16;
export const MAX_WEIGHT = 1000;
export const MAX_ZONE_LETTERS = 100;

export function isPartitionCount(count: number): boolean {
  return Number.isInteger(count) && count >= 1 && count <= 65536 && (count & (count - 1)) === 0;
}

export function isZone(name: string): boolean {
  return name.length <= MAX_ZONE_LETTERS && !/\p{Cc}/u.test(name);
}

export function ownersIn(members: readonly Member[], layout: Layout, partition: number): NodeId[] {
  return layout[partition]!.map((index) => members[index]!.id);
}

/** The preference list of a partition: its present owners, and the coming ones if they change. */
export interface Owners {
  readonly present: NodeId[];
  readonly coming?: NodeId[];
}

export function ownersOf(ring: Ring, partition: number): Owners {
  const present = ownersIn(ring.members, ring.layout, partition);
  if (!ring.transition) return { present };
  const { members, layout } = ring.transition;
  return { present, coming: ownersIn(members, layout, partition) };
}

/** Every owner, present or coming, each once. */
export function allOwners({ present, coming }: Owners): NodeId[] {
  return coming ? [...new Set([...present, ...coming])] : present;
}

/** Whom a ring names, in whatever detail. */
interface Membership<M> {
  readonly members: readonly M[];
  readonly transition?: { readonly members: readonly M[] } | undefined;
}

/** Everyone the ring names, present and coming, each once, sorted by id. */
export function allMembers<M extends Pick<Member, 'id'>>(ring: Membership<M>): M[] {
  const byId = new Map(ring.members.map((member) => [member.id, member]));
  for (const member of ring.transition?.members ?? []) byId.set(member.id, member);
  return [...byId.values()].sort(byMemberId);
}

export function byMemberId(a: Pick<Member, 'id'>, b: Pick<Member, 'id'>): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** Whether nothing that is said of the member differs. */
export function isSameMember(a: Member | undefined, b: Member): boolean {
  return a?.id === b.id && a.address === b.address && a.weight === b.weight && a.zone === b.zone;
}

/**
 * The acceptors of the next ring: all members up to seven; of more, seven spread over the zones, by
 * rank of id within each zone. Those that are only coming do not vote, so that a newcomer that dies
 * on the way can be given up without being asked.
 */
export function votersOf({ members }: Ring): NodeId[] {
  const rankInZone = new Map<string, number>();
  const ranked = members.map((member) => {
    const rank = rankInZone.get(member.zone) ?? 0;
    rankInZone.set(member.zone, rank + 1);
    return { id: member.id, rank };
  });
  return ranked
    .sort((a, b) => a.rank - b.rank)
    .slice(0, MAX_VOTERS)
    .map((voter) => voter.id)
    .sort();
}

/**
 * Whether a coming owner has to fetch a partition before it counts: if it is new to it; and if
 * there will be fewer owners than before, in any case, because what an owner that goes has
 * acknowledged must not be left on fewer of them than were promised.
 */
function mustFetch(node: NodeId, present: readonly NodeId[], coming: readonly NodeId[]): boolean {
  return coming.includes(node) && (!present.includes(node) || coming.length < present.length);
}

/** The partitions that a node has to fetch in a transition. */
export function gainedPartitions(ring: Ring, node: NodeId): number[] {
  return ring.layout.flatMap((_, partition) => {
    const { present, coming = [] } = ownersOf(ring, partition);
    return mustFetch(node, present, coming) ? [partition] : [];
  });
}

/** The partitions that somebody has to fetch in a transition. */
export function changingPartitions(ring: Ring): number[] {
  return ring.layout.flatMap((_, partition) => {
    const { present, coming = [] } = ownersOf(ring, partition);
    return coming.some((owner) => mustFetch(owner, present, coming)) ? [partition] : [];
  });
}

/** The members that have something to fetch in a transition. */
export function gainingMembers(ring: Ring): NodeId[] {
  const gaining = new Set<NodeId>();
  for (let partition = 0; partition < ring.layout.length; partition++) {
    const { present, coming = [] } = ownersOf(ring, partition);
    for (const owner of coming) if (mustFetch(owner, present, coming)) gaining.add(owner);
  }
  return [...gaining].sort();
}

/** A ring in which the owners do not change, on the way to nowhere. */
export function stableRing(ring: Ring, { members, layout }: Placement): Ring {
  const { clusterId, epoch, replicas, writeQuorum, readQuorum } = ring;
  return { clusterId, epoch: epoch + 1, replicas, writeQuorum, readQuorum, members, layout };
}

/** The ring that begins a transition; of a ring in transition, one that goes elsewhere instead. */
export function transitionTo(ring: Ring, transition: Placement): Ring {
  return { ...stableRing(ring, ring), transition };
}

/** The ring that ends a transition: the coming owners are the owners. */
export function settledRing(ring: Ring): Ring {
  if (!ring.transition) throw new Error('this ring is not in transition');
  return stableRing(ring, ring.transition);
}

/** Whether a node is a member, present or coming. */
export function namesMember(ring: Ring, id: NodeId): boolean {
  return allMembers(ring).some((member) => member.id === id);
}
