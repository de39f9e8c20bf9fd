/**
 * Why the ring should change: collects who asks to join, to leave or to be removed, who has been
 * dead for too long, and who has fetched what it gains, and hands it to `actors/ring/next-ring.ts`.
 *
 * Wishes are soft. Who wants to join or to leave asks again until it has happened; who has died is
 * seen by everybody. So nothing is lost with a node that knew of a wish.
 */
import { type NextRing, nextRing } from '../../../actors/ring/next-ring.js';
import type { NodeId } from '../../core/data/version.js';
import { rememberingLayout } from '../../core/ring/layout.js';
import {
  allMembers,
  gainingMembers,
  type Member,
  namesMember,
  type Ring,
} from '../../core/ring/ring.js';
import type { Clock, Transport } from '../../ports.js';
import type { MembershipHost } from '../membership/host.js';
import type { CurrentRing } from './current-ring.js';
import type { Proposer } from './proposer.js';

export interface ChangeSettings {
  readonly self: Member;
  /** A member that has been dead for so long is removed; 0: never. */
  readonly evictAfterMs: number;
}

/** The members propose what all of them see one after the other, not all at once. */
const TURN_MS = 300;
/** What is asked for within this time goes together. */
const GATHER_MS = 300;
/** Who asked to join asks again within a second, or does not want to any more. */
const WISH_MS = 5000;
/** A newcomer that dies before it owns anything is waited for this long. */
const NEWCOMER_PATIENCE_MS = 30_000;
const RETRY_MS = 1000;
const NONE: NextRing = { kind: 'none' };

export class Changes {
  readonly #settings: ChangeSettings;
  readonly #rings: CurrentRing;
  readonly #proposer: Proposer;
  readonly #membership: MembershipHost;
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #joining = new Map<NodeId, { member: Member; until: number }>();
  readonly #leaving = new Set<NodeId>();
  readonly #removed = new Set<NodeId>();
  readonly #pulled = new Set<NodeId>();
  /** What is wanted is worked out anew with every wish, every second, and for every round. */
  readonly #layoutOf = rememberingLayout();
  #next: NextRing = NONE;
  #timer: unknown;
  /** When a wish was heard of first that nobody else may know of. */
  #gatheringSince: number | undefined;

  constructor(options: {
    settings: ChangeSettings;
    rings: CurrentRing;
    proposer: Proposer;
    membership: MembershipHost;
    transport: Transport;
    clock: Clock;
  }) {
    this.#settings = options.settings;
    this.#rings = options.rings;
    this.#proposer = options.proposer;
    this.#membership = options.membership;
    this.#transport = options.transport;
    this.#clock = options.clock;
  }

  get #self(): NodeId {
    return this.#settings.self.id;
  }

  /** A ring came into force. */
  ringChanged(ring: Ring): void {
    this.#pulled.clear();
    this.#gatheringSince = undefined;
    const present = new Map(allMembers(ring).map((member) => [member.id, member]));
    for (const [id, { member }] of this.#joining) {
      if (JSON.stringify(present.get(id)) === JSON.stringify(member)) this.#joining.delete(id);
    }
    for (const ids of [this.#leaving, this.#removed]) {
      for (const id of ids) if (!present.has(id)) ids.delete(id);
    }
    // Started again elsewhere, or with another weight or zone.
    const known = present.get(this.#self);
    if (known && JSON.stringify(known) !== JSON.stringify(this.#settings.self)) {
      this.#joining.set(this.#self, {
        member: this.#settings.self,
        until: Number.POSITIVE_INFINITY,
      });
    }
  }

  join(member: Member): void {
    this.#joining.set(member.id, { member, until: this.#clock.monotonic() + WISH_MS });
    this.check();
  }

  leave(member: NodeId): void {
    this.#leaving.add(member);
    this.check();
  }

  /** An operator does not want to wait until a dead member is evicted. */
  remove(member: NodeId): void {
    this.#removed.add(member);
    this.check();
  }

  /** A member has fetched all it gains in this epoch's transition. */
  notePulled(member: NodeId, epoch: number): void {
    if (epoch !== this.#rings.epoch) return;
    this.#pulled.add(member);
    this.check();
  }

  /**
   * Looks whether the ring should change. What only we may have heard of is proposed soon; what all
   * see, by one after the other. Looks again by itself while something is waited for.
   */
  check(): void {
    this.#clock.clearTimeout(this.#timer);
    const ring = this.#rings.current;
    if (!ring || !namesMember(ring, this.#self)) return;
    this.#next = this.#want(ring);
    const { kind } = this.#next;
    if (kind === 'wanted') {
      this.#timer = this.#clock.setTimeout(() => this.#propose(ring), this.#waitMs(ring));
    } else if (kind === 'waits' || this.#isSomebodyDead(ring)) {
      this.#timer = this.#clock.setTimeout(() => this.check(), RETRY_MS);
    }
  }

  #propose(ring: Ring): void {
    if (this.#rings.epoch !== ring.epoch) return;
    this.#gatheringSince = undefined;
    this.#next = this.#want(ring);
    if (this.#next.kind === 'wanted') {
      this.#rings.send({ type: 'change.due', epoch: ring.epoch });
    } else this.check();
  }

  /** The round for what `check` found to be wanted. */
  startRound(): void {
    const ring = this.#rings.current!;
    const next = this.#want(ring);
    if (next.kind === 'wanted') this.#proposer.propose(ring, next.ring);
    else this.#rings.send({ type: 'round.lost' });
  }

  #want(ring: Ring): NextRing {
    const now = this.#clock.monotonic();
    for (const [id, { until }] of this.#joining) if (until < now) this.#joining.delete(id);
    const gone = new Set(
      allMembers(ring)
        .map(({ id }) => id)
        .filter((id) => (this.#evictInMs(ring, id) ?? 1) <= 0),
    );
    return nextRing(ring, {
      joining: [...this.#joining.values()].map(({ member }) => member),
      leaving: new Set([...this.#leaving, ...this.#removed]),
      gone,
      pulled: this.#pulled,
      isReachable: this.isReachable,
      layoutOf: this.#layoutOf,
    });
  }

  readonly isReachable = (id: NodeId): boolean =>
    id === this.#self || (this.#transport.isUp(id) && this.#membership.statusOf(id) !== 'dead');

  /** Until a dead member is given up; undefined if it is not dead, or is never given up. */
  #evictInMs(ring: Ring, id: NodeId): number | undefined {
    if (this.#membership.statusOf(id) === 'left') return 0;
    const deadForMs = this.#membership.deadForMs(id);
    if (deadForMs === undefined) return undefined;
    const isNewcomer = !ring.members.some((member) => member.id === id);
    const { evictAfterMs } = this.#settings;
    if (isNewcomer) return NEWCOMER_PATIENCE_MS - deadForMs;
    return evictAfterMs > 0 ? evictAfterMs - deadForMs : undefined;
  }

  #isSomebodyDead(ring: Ring): boolean {
    return allMembers(ring).some(({ id }) => this.#evictInMs(ring, id) !== undefined);
  }

  #waitMs(ring: Ring): number {
    if (!ring.transition && this.#joining.size + this.#leaving.size + this.#removed.size > 0) {
      const now = this.#clock.monotonic();
      this.#gatheringSince ??= now;
      return Math.max(0, this.#gatheringSince + GATHER_MS - now);
    }
    return this.#turn(ring) * TURN_MS;
  }

  /** Our place among those that see the same. */
  #turn(ring: Ring): number {
    const able = allMembers(ring).filter(({ id }) => this.isReachable(id));
    return able.findIndex(({ id }) => id === this.#self);
  }

  /** What an operator sees of a change that is wanted or under way. */
  status() {
    const ring = this.#rings.current;
    const members = ring ? allMembers(ring) : [];
    const gaining = ring ? gainingMembers(ring) : [];
    const { kind } = this.#next;
    return {
      state: ring?.transition ? 'in transition' : kind === 'none' ? 'none' : 'wanted',
      joining: [...this.#joining.keys()],
      leaving: [...this.#leaving, ...this.#removed],
      pulled: gaining.filter((id) => this.#pulled.has(id)),
      waitingFor: gaining.filter((id) => !this.#pulled.has(id)),
      ...(this.#next.kind === 'waits' && { waitsFor: this.#next.waitsFor }),
      evictions: members.flatMap(({ id }) => {
        const inMs = ring && this.#evictInMs(ring, id);
        return inMs === undefined ? [] : [{ id, inMs: Math.max(0, Math.round(inMs)) }];
      }),
    };
  }
}
