/** Who a node is: on disk, so that a restart is the same member and an empty disk is a new one. */
import { isNodeId, type NodeId } from '../core/version.js';
import type { Random, Store } from '../ports.js';

export interface Identity {
  readonly id: NodeId;
  /** Grows with every boot, and is on disk before the node says its first word. */
  readonly incarnation: number;
  /** Random for every process: tells a restart from a broken connection. */
  readonly bootId: string;
}

const META = 'node.identity';

/** The identity of this boot, from what the disk holds. Throws if that makes no sense. */
export function nextIdentity(store: Store, random: Random): Identity {
  const bootId = random.hex(16);
  const stored = store.meta(META);
  if (stored === undefined) return { id: random.hex(16), incarnation: 1, bootId };
  const { id, incarnation } = JSON.parse(stored) as Partial<Identity>;
  if (!isNodeId(id) || !Number.isSafeInteger(incarnation)) {
    throw new Error(`the stored identity makes no sense: ${stored}`);
  }
  return { id, incarnation: incarnation! + 1, bootId };
}

export function saveIdentity(store: Store, identity: Identity, done: () => void): void {
  const { id, incarnation } = identity;
  store.setMeta(META, JSON.stringify({ id, incarnation }), done);
}
