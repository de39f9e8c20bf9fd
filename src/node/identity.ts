/**
 * Who a node is: on disk, so that a restart is the same member and an empty disk is a new one.
 *
 * A disk that falls behind what the others have seen of its node (an old copy that was put back)
 * has lost what the node acknowledged since. To be told so, a node that stores something raises its
 * incarnation now and then: an older disk then holds an older one than the others have heard of.
 * And since all may be restarted at once, each keeps what it has heard of the others as well.
 *
 * No later life may use a number that this one has used. So on disk stands the last number that
 * this life may use without asking the disk, which is a few beyond the one it uses: a node whose
 * disk is stuck still denies that it is dead. But not before its disk is trusted: an older disk
 * that is started again and again, unheard or denied, gains one number each time on the forty that
 * the newest one has raised its own by.
 */

import { isNodeId, type NodeId } from '../core/data/version.js';
import { namesMember } from '../core/ring/ring.js';
import type { Random, Store } from '../ports.js';
import { asObject, isCount, parseObject, readMeta } from './base/meta.js';
import { storedRing } from './ring/current-ring.js';

export interface Identity {
  readonly id: NodeId;
  /** Grows with every boot, and the disk rules it out for later ones before it is told. */
  readonly incarnation: number;
  /** Random for every process: tells a restart from a broken connection. */
  readonly bootId: string;
  /** The incarnations of others that this node has heard of. */
  readonly seen: { readonly [id: NodeId]: number };
  /** Where this disk was a member before, under an id that it has given up; until it is again. */
  readonly former: FormerMembership | undefined;
}

export interface FormerMembership {
  readonly clusterId: string;
  /** `host:port` of the members it knew. */
  readonly introducers: readonly string[];
  /** It left because it was asked to, and does not come back by itself. */
  readonly left: boolean;
}

const META = 'node.identity';

/** So many denials need no disk. With one raise each ten seconds, numbers last for 17 years. */
export const RESERVED = 8;

/** The identity of this boot, from what the disk holds. Throws `DamagedMeta`. */
export function nextIdentity(store: Store, random: Random): Identity {
  const bootId = random.hex(16);
  const stored = readMeta(store, META, parseStored);
  const ring = storedRing(store);
  if (stored?.id === undefined) {
    return { id: random.hex(16), incarnation: 1, bootId, seen: {}, former: stored?.former };
  }
  const { id, incarnation, seen, former } = stored;
  const isMember = ring !== undefined && namesMember(ring, id);
  return { id, incarnation: incarnation + 1, bootId, seen, former: isMember ? undefined : former };
}

type Stored =
  | Omit<Identity, 'bootId'>
  | { readonly id: undefined; readonly former: FormerMembership };

function parseStored(text: string): Stored {
  const { id, incarnation, seen, former } = parseObject(text);
  const membership = former === undefined ? undefined : parseFormer(former);
  if (id === undefined && membership) return { id, former: membership };
  if (!isNodeId(id)) throw new Error('id is not 16 hexadecimal digits');
  if (!isCount(incarnation)) throw new Error('incarnation is not a number of lives');
  return { id, incarnation, seen: parseSeen(seen), former: membership };
}

function parseSeen(value: unknown): Identity['seen'] {
  const seen = asObject(value, 'seen');
  if (!Object.values(seen).every(isCount)) throw new Error('seen holds more than incarnations');
  return seen as Identity['seen'];
}

function parseFormer(value: unknown): FormerMembership {
  const { clusterId, introducers, left } = asObject(value, 'former');
  const isOne =
    typeof clusterId === 'string' &&
    Array.isArray(introducers) &&
    introducers.every((address) => typeof address === 'string') &&
    typeof left === 'boolean';
  if (!isOne) throw new Error('former is not a membership');
  return { clusterId, introducers, left };
}

/** When it is done, this life may use all numbers up to this incarnation. */
export function saveIdentity(store: Store, identity: Identity, done: () => void): void {
  const { id, incarnation, seen, former } = identity;
  store.setMeta(META, JSON.stringify({ id, incarnation, seen, former }), done);
}

/** From the next boot on this disk belongs to somebody new. */
export function renounceIdentity(store: Store, former: FormerMembership, done: () => void): void {
  store.setMeta(META, JSON.stringify({ former }), done);
}
