/**
 * What is wished of the ring: who asks to join, to leave or to be removed, who has been dead for
 * too long, and who has fetched what it gains. `next-ring.ts` says which ring follows from that.
 *
 * Wishes are soft. Who wants to join or to leave asks again until it has happened; who has died is
 * seen by everybody. So nothing is lost with a node that knew of a wish.
 *
 * A wish that only we may have heard of is ours to propose, as soon as others that come with it
 * have been gathered. What all members see they propose one after the other: else each of them
 * would start a round, and the rounds would be in each other's way.
 */

import { assert } from '../../src/core/assert.js';
import type { NodeId } from '../../src/core/data/version.js';
import { targetMembers } from '../../src/core/planning/member-change.js';
import { rememberingLayout } from '../../src/core/ring/layout.js';
import {
  allMembers,
  gainingMembers,
  isSameMember,
  type Member,
  type Ring,
} from '../../src/core/ring/ring.js';
import { Eviction, type Liveness } from './eviction.js';
import type { LookEvent } from './machine.js';
import { nextRing } from './next-ring.js';

/** Who asked to join asks again within a second, or does not want to any more. */
const WISH_MS = 5000;

export class Wishes {
  readonly #self: Member;
  readonly #liveness: Liveness;
  readonly #eviction: Eviction;
  /** `until`: when a wish that was not heard again is forgotten. */
  readonly #joining = new Map<NodeId, { member: Member; until: number }>();
  readonly #leaving = new Set<NodeId>();
  readonly #removed = new Set<NodeId>();
  readonly #pulled = new Set<NodeId>();
  #renewAbove: number | undefined;
  readonly #layoutOf = rememberingLayout();

  /** A member that has been dead for `evictAfterMs` is removed; 0: never. */
  constructor(options: { self: Member; evictAfterMs: number; liveness: Liveness }) {
    this.#self = options.self;
    this.#eviction = new Eviction(options);
    this.#liveness = options.liveness;
  }

  /** A ring came into force: what it fulfils is wished for no more. */
  adopt(ring: Ring): void {
    this.#pulled.clear();
    if (this.#renewAbove !== undefined && ring.epoch > this.#renewAbove) {
      this.#renewAbove = undefined;
    }
    const named = new Map(allMembers(ring).map((member) => [member.id, member]));
    for (const [id, { member }] of this.#joining) {
      if (isSameMember(named.get(id), member)) this.#joining.delete(id);
    }
    for (const ids of [this.#leaving, this.#removed]) {
      for (const id of ids) if (!named.has(id)) ids.delete(id);
    }
    const known = named.get(this.#self.id);
    // Started again elsewhere, or with another weight or zone.
    if (known && !isSameMember(known, this.#self)) this.join(this.#self, Infinity);
  }

  /** `at`: when the wish was heard, in monotonic ms. */
  join(member: Member, at: number): void {
    this.#joining.set(member.id, { member, until: at + WISH_MS });
  }

  leave(member: NodeId): void {
    this.#leaving.add(member);
  }

  /** An operator does not want to wait until a dead member is evicted. */
  remove(member: NodeId): void {
    this.#removed.add(member);
  }

  /** An operator wants an epoch above this one; any ring that has such a one will do. */
  renew(above: number): void {
    this.#renewAbove = Math.max(above, this.#renewAbove ?? 0);
  }

  /** A member has fetched all that it gains in the transition under way. */
  notePulled(member: NodeId): void {
    this.#pulled.add(member);
  }

  /** What should become of the ring in force, as things are at the time `at`. */
  look(ring: Ring, at: number): LookEvent {
    for (const [id, { until }] of this.#joining) if (until < at) this.#joining.delete(id);
    const { isReachable } = this.#liveness;
    const members = allMembers(ring).map(({ id }) => id);
    const next = nextRing(ring, {
      joining: [...this.#joining.values()].map(({ member }) => member),
      leaving: new Set([...this.#leaving, ...this.#removed]),
      gone: new Set(members.filter((id) => this.#eviction.isDue(ring, id))),
      pulled: this.#pulled,
      renewAbove: this.#renewAbove,
      isReachable,
      layoutOf: this.#layoutOf,
    });
    if (next.kind === 'wanted')
      return { type: 'ring.wanted', ring: next.ring, ...this.#whose(ring) };
    if (next.kind === 'waits') return { type: 'ring.waits', waitsFor: next.waitsFor };
    const isSomebodyDead = members.some((id) => this.#eviction.dueInMs(ring, id) !== undefined);
    return { type: isSomebodyDead ? 'member.missing' : 'nothing.wanted' };
  }

  /** Whose it is to propose: ours, or whoever's turn it is of those that see the same. */
  #whose(ring: Ring): { isOurs: boolean; turn: number } {
    const members = this.#joining.size + this.#leaving.size + this.#removed.size;
    const able = allMembers(ring).filter(({ id }) => this.#liveness.isReachable(id));
    const turn = able.findIndex(({ id }) => id === this.#self.id);
    assert(turn >= 0, 'who looks is a member, and reaches itself');
    return { isOurs: !ring.transition && (members > 0 || this.#renewAbove !== undefined), turn };
  }

  /** For people: who wishes what, and who has fetched what it gains or has still to. */
  status(ring: Ring | undefined) {
    const gaining = ring ? gainingMembers(ring) : [];
    return {
      joining: [...this.#joining.keys()],
      leaving: [...this.#leaving, ...this.#removed],
      pulled: gaining.filter((id) => this.#pulled.has(id)),
      waitingFor: gaining.filter((id) => !this.#pulled.has(id)),
      evictions: (ring ? allMembers(ring) : []).flatMap(({ id }) => {
        const inMs = ring && this.#eviction.dueInMs(ring, id);
        if (inMs === undefined) return [];
        const waitsFor = ring && inMs <= 0 ? needsOthers(ring) : undefined;
        return [{ id, inMs: Math.max(0, Math.round(inMs)), ...(waitsFor && { waitsFor }) }];
      }),
    };
  }
}

/** Why nobody is evicted, however long dead; undefined if that is not for want of members. */
function needsOthers(ring: Ring): string | undefined {
  const { replicas } = ring;
  if (targetMembers(ring).length > replicas) return undefined;
  return `another member: without this one there are too few for ${replicas} copies`;
}
