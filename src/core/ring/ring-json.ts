/** The text of a ring, as it stands on disk and travels between peers. */

import { MOST_COUNTED } from '../counted.js';
import { isNodeId } from '../data/version.js';
import { majority } from './quorum.js';
import { objectionTo, type Replication } from './replication.js';
import {
  byMemberId,
  isPartitionCount,
  isZone,
  type Layout,
  MAX_MEMBERS,
  MAX_REPLICAS,
  MAX_WEIGHT,
  type Member,
  type Ring,
} from './ring.js';

export class InvalidRing extends Error {}

export function formatRing(ring: Ring): string {
  return JSON.stringify(ring);
}

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
  if (ring.forced !== undefined && ring.forced !== true) {
    throw new InvalidRing('forced is not true');
  }
  const base = {
    clusterId,
    epoch: integer(epoch, 1, MOST_COUNTED, 'epoch'),
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
  for (const [index, member] of members.slice(1).entries()) {
    const before = members[index];
    if (before && byMemberId(before, member) >= 0) throw new InvalidRing('members not in order');
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
