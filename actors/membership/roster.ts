/**
 * The member table, and the one rule by which claims about a member conflict.
 *
 * Intuition: a member numbers its lives and its denials (incarnations), and only it may raise its
 * own number. So of two claims the one with the higher incarnation was made with later knowledge;
 * within one incarnation, bad news cannot be taken back by anybody but the member itself.
 *
 * Algorithm: claims about one member are totally ordered, by incarnation, then
 * left > dead > suspect > alive, then by the process and address they name (which never differ
 * within one incarnation, unless a disk was copied; the order is total so that even then all nodes
 * choose the same). An entry is the maximum of all claims heard: a join-semilattice, so order and
 * repetition do not matter. (SWIM, Das et al. 2002, §4.2.)
 *
 * Two rules of memberlist that break this are not taken over. It ignores news of the death of
 * somebody unknown, and does not raise the incarnation of somebody already dead: both let a delayed
 * "alive" bring the dead back.
 */

import type { NodeId } from '../../src/core/data/version.js';
import type { MemberStatus } from '../../src/core/status.js';
import { ROSTER_LIMIT } from '../../src/core/wire/limits.js';
import type { MessageOf } from '../../src/core/wire/messages.js';
import type { Uniform } from './probing.js';

/** What somebody says of a member. `accusers`: of a suspect, who could not reach it. */
export type Claim = MessageOf<'swim.ping'>['sender'];

export interface RosterEntry {
  readonly id: NodeId;
  /** `host:port` */
  readonly address: string;
  /** The process that the claim is about; empty if it was never heard of. */
  readonly bootId: string;
  readonly incarnation: number;
  readonly status: MemberStatus;
  /** When the status became what it is, monotonic ms. */
  readonly since: number;
}

const RANK: { readonly [S in MemberStatus]: number } = { alive: 0, suspect: 1, dead: 2, left: 3 };

/** The conflict rule: positive if `a` outranks `b`. */
export function compareClaims(
  a: Omit<RosterEntry, 'since'>,
  b: Omit<RosterEntry, 'since'>,
): number {
  return (
    a.incarnation - b.incarnation ||
    RANK[a.status] - RANK[b.status] ||
    compareTexts(a.bootId, b.bootId) ||
    compareTexts(a.address, b.address)
  );
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Members that take part: they are probed, asked and told. A suspect is one of them. */
export function isLive(entry: { readonly status: MemberStatus }): boolean {
  return entry.status === 'alive' || entry.status === 'suspect';
}

export class Roster {
  readonly #entries = new Map<NodeId, RosterEntry>();
  #ring: ReadonlySet<NodeId> = new Set();
  #live = 0;

  /** Number of live members. */
  get live(): number {
    return this.#live;
  }

  get(id: NodeId): RosterEntry | undefined {
    return this.#entries.get(id);
  }

  entries(): IterableIterator<RosterEntry> {
    return this.#entries.values();
  }

  isInRing(id: NodeId): boolean {
    return this.#ring.has(id);
  }

  /** Members of the ring are never forgotten. */
  setRing(ids: Iterable<NodeId>): void {
    this.#ring = new Set(ids);
  }

  /** The new entry, or undefined if the claim says nothing that outranks what is known. */
  apply(claim: Claim, at: number): RosterEntry | undefined {
    const before = this.#entries.get(claim.id);
    if (before ? compareClaims(claim, before) <= 0 : this.#entries.size >= ROSTER_LIMIT - 1) {
      return undefined;
    }
    const { id, address, bootId, incarnation, status } = claim;
    const since = before?.status === status ? before.since : at;
    const entry = { id, address, bootId, incarnation, status, since };
    this.#entries.set(id, entry);
    this.#live += Number(isLive(entry)) - Number(before !== undefined && isLive(before));
    return entry;
  }

  /** Whether an entry is only a tombstone any more: not shown, and not told to others. */
  isForgotten(entry: RosterEntry, at: number, afterMs: number): boolean {
    return !isLive(entry) && !this.#ring.has(entry.id) && at - entry.since > afterMs;
  }

  /** Up to `count` random live members. */
  sampleLive(count: number, random: Uniform, except?: NodeId): NodeId[] {
    const pool: NodeId[] = [];
    for (const entry of this.#entries.values()) {
      if (isLive(entry) && entry.id !== except) pool.push(entry.id);
    }
    const chosen: NodeId[] = [];
    while (chosen.length < count && pool.length > 0) {
      const i = Math.floor(random() * pool.length);
      chosen.push(pool[i]!);
      pool[i] = pool[pool.length - 1]!;
      pool.pop();
    }
    return chosen;
  }

  /** Drops the tombstones that are older than `tombstoneMs`. */
  sweep(at: number, tombstoneMs: number): void {
    for (const entry of this.#entries.values()) {
      if (this.isForgotten(entry, at, tombstoneMs)) this.#entries.delete(entry.id);
    }
  }
}
