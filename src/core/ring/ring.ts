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

import { isNodeId, type NodeId } from '../data/version.js';
import { hashKey } from '../hash.js';
import { majority } from './quorum.js';
import { objectionTo, type Replication } from './replication.js';

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

/** The partition of a key: the top bits of its hash. */
export function partitionOf(key: Uint8Array, partitions: number): number {
  // Math.clz32 turns the power of two into its number of bits; a shift by 32 would be a shift by 0.
  return partitions === 1 ? 0 : hashKey(key) >>> (Math.clz32(partitions) + 1);
}

export function ownersIn(members: readonly Member[], layout: Layout, partition: number): NodeId[] {
  return layout[partition]!.map((index) => members[index]!.id);
}

/** The preference list of a partition: of the present owners, and of the coming ones if any. */
export function ownersOf(ring: Ring, partition: number): { present: NodeId[]; coming?: NodeId[] } {
  const present = ownersIn(ring.members, ring.layout, partition);
  if (!ring.transition) return { present };
  const { members, layout } = ring.transition;
  return { present, coming: ownersIn(members, layout, partition) };
}

/** The preference list of a key. */
export function ownersOfKey(ring: Ring, key: Uint8Array): { present: NodeId[]; coming?: NodeId[] } {
  return ownersOf(ring, partitionOf(key, ring.layout.length));
}

/** Everyone the ring names, present and coming, each once, sorted by id. */
export function allMembers(ring: Ring): Member[] {
  const byId = new Map(ring.members.map((member) => [member.id, member]));
  for (const member of ring.transition?.members ?? []) byId.set(member.id, member);
  return [...byId.values()].sort(byMemberId);
}

export function byMemberId(a: Member, b: Member): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/**
 * The acceptors of the next ring: all members up to seven; of more, seven spread over the zones, by
 * rank of id within each zone. Those that are only coming do not vote, so that a newcomer that dies
 * on the way can be given up without being asked.
 */
export function votersOf({ members }: Ring): NodeId[] {
  if (members.length <= MAX_VOTERS) return members.map((member) => member.id);
  const rankInZone = new Map<string, number>();
  const ranked = members.map((member) => {
    const rank = rankInZone.get(member.zone) ?? 0;
    rankInZone.set(member.zone, rank + 1);
    return { id: member.id, rank };
  });
  ranked.sort((a, b) => a.rank - b.rank || (a.id < b.id ? -1 : 1));
  return ranked
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

export class InvalidRing extends Error {}

/** Reads a ring from disk or from a peer. Throws `InvalidRing` with what is wrong. */
export function parseRing(json: string): Ring {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new InvalidRing('not JSON');
  }
  const ring = fieldsOf(value, 'ring');
  const { clusterId, epoch } = ring;
  if (typeof clusterId !== 'string' || !/^[0-9a-f]{32}$/.test(clusterId)) {
    throw new InvalidRing('clusterId is not 32 hexadecimal digits');
  }
  const members = parseMembers(ring.members);
  const layout = parseLayout(ring.layout, members.length);
  if (ring.forced !== undefined && ring.forced !== true)
    throw new InvalidRing('forced is not true');
  const base = {
    clusterId,
    epoch: integer(epoch, 1, 0xffffffff, 'epoch'),
    ...parseReplication(ring),
    members,
    layout,
    ...(ring.forced && { forced: true as const }),
  };
  if (ring.transition === undefined) return base;
  const transition = fieldsOf(ring.transition, 'transition');
  const comingMembers = parseMembers(transition.members);
  const comingLayout = parseLayout(transition.layout, comingMembers.length);
  if (comingLayout.length !== layout.length) throw new InvalidRing('the layouts differ in size');
  return { ...base, transition: { members: comingMembers, layout: comingLayout } };
}

/** Rings were once made without quorums; the nodes then took majorities, unless told otherwise. */
function parseReplication(ring: { [name: string]: unknown }): Replication {
  const replicas = integer(ring.replicas, 1, MAX_REPLICAS, 'replicas');
  const { writeQuorum = majority(replicas), readQuorum = majority(replicas) } = ring;
  const replication = {
    replicas,
    writeQuorum: integer(writeQuorum, 1, replicas, 'writeQuorum'),
    readQuorum: integer(readQuorum, 1, replicas, 'readQuorum'),
  };
  const objection = objectionTo(replication);
  if (objection) throw new InvalidRing(objection);
  return replication;
}

function fieldsOf(value: unknown, what: string): { [name: string]: unknown } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidRing(`${what} is not an object`);
  }
  return value as { [name: string]: unknown };
}

function integer(value: unknown, min: number, max: number, what: string): number {
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
    throw new InvalidRing(`${what} is not an integer from ${min} to ${max}`);
  }
  return value as number;
}

function parseMembers(value: unknown): Member[] {
  if (!Array.isArray(value) || value.length < 1 || value.length > MAX_MEMBERS) {
    throw new InvalidRing(`members is not a list of 1 to ${MAX_MEMBERS}`);
  }
  const members = value.map(parseMember);
  for (let i = 1; i < members.length; i++) {
    if (byMemberId(members[i - 1]!, members[i]!) >= 0)
      throw new InvalidRing('members not in order');
  }
  return members;
}

/** Reads one member from disk or from a peer. Throws `InvalidRing`. */
export function parseMember(value: unknown): Member {
  const { id, address, weight, zone } = fieldsOf(value, 'member');
  if (!isNodeId(id)) throw new InvalidRing('a member id is not 16 hexadecimal digits');
  if (typeof address !== 'string' || address.length > 300 || !/^[^\s/]+:\d{1,5}$/.test(address)) {
    throw new InvalidRing('a member address is not host:port');
  }
  if (typeof zone !== 'string' || !isZone(zone)) throw new InvalidRing('a zone is not a name');
  return { id, address, weight: integer(weight, 1, MAX_WEIGHT, 'weight'), zone };
}

function parseLayout(value: unknown, members: number): Layout {
  if (!Array.isArray(value) || !isPartitionCount(value.length)) {
    throw new InvalidRing('layout is not a list of a power of two partitions');
  }
  return value.map((owners: unknown) => {
    if (!Array.isArray(owners) || owners.length < 1 || owners.length > members) {
      throw new InvalidRing('a partition has no owners, or more than there are members');
    }
    const indexes = owners.map((owner) => integer(owner, 0, members - 1, 'owner'));
    if (new Set(indexes).size !== indexes.length) throw new InvalidRing('an owner stands twice');
    return indexes;
  });
}
