/**
 * What this node believes of the members, and all that follows from a change of belief: a suspicion
 * runs or ends, a rumour starts, a fact is told, and what is said of ourselves is denied.
 */
import type { NodeId } from '../../src/core/data/version.js';
import type { MembershipConfig } from './config.js';
import type { Outbox, RingMember } from './events.js';
import type { LocalHealth } from './local-health.js';
import { ProbeOrder, type Uniform } from './probing.js';
import { type Claim, compareClaims, isLive, Roster, type RosterEntry } from './roster.js';
import { claimBytes, Rumours, sendLimit } from './rumours.js';
import type { Self } from './self.js';
import { Suspicion, suspicionLimits } from './suspicion.js';

/** Accusers who are answered directly; the others hear the denial as a rumour. */
const ANSWERED_LIMIT = 16;

export class MemberView {
  readonly roster = new Roster();
  readonly probeOrder: ProbeOrder;
  readonly #self: Self;
  readonly #health: LocalHealth;
  readonly #config: MembershipConfig;
  readonly #out: Outbox;
  readonly #rumours = new Rumours();
  readonly #suspicions = new Map<NodeId, Suspicion>();
  readonly #accusers = new Set<NodeId>();

  constructor(parts: {
    self: Self;
    health: LocalHealth;
    config: MembershipConfig;
    random: Uniform;
    out: Outbox;
  }) {
    this.#self = parts.self;
    this.#health = parts.health;
    this.#config = parts.config;
    this.#out = parts.out;
    this.probeOrder = new ProbeOrder(parts.random);
  }

  /** Live members, ourselves included. */
  get size(): number {
    return this.roster.live + 1;
  }

  get rumours(): number {
    return this.#rumours.size;
  }

  /** Those under suspicion. */
  get suspects(): NodeId[] {
    return [...this.#suspicions.keys()];
  }

  /** Takes a claim from a peer, or one of our own (`from` is then our id). */
  hearClaim(claim: Claim, from: NodeId, at: number): void {
    if (claim.id === this.#self.claim.id) return this.#hearClaimAboutUs(claim, from, at);
    const before = this.roster.get(claim.id);
    const after = this.roster.apply(claim, at);
    if (after) this.#statusChanged(before, after, claim, at);
    else if (claim.status === 'suspect') this.#confirmSuspicion(claim, at);
  }

  /**
   * Takes a member of the ring for alive until we hear of it, so that it is probed. This is the
   * weakest claim there is of that incarnation: who really heard of the member knows better.
   */
  assume(member: RingMember, at: number): void {
    const claim: Claim = { ...member, bootId: '', status: 'alive', accusers: [] };
    this.hearClaim(claim, this.#self.claim.id, at);
  }

  /** Our own probe failed. `target` is as known when it began: what came since is no suspect. */
  suspectMember(target: RosterEntry, at: number): void {
    const self = this.#self.claim.id;
    this.hearClaim({ ...target, status: 'suspect', accusers: [self] }, self, at);
  }

  /** The time of a suspect is up. */
  declareDead(id: NodeId, at: number): void {
    const entry = this.roster.get(id);
    if (entry?.status !== 'suspect') return;
    this.hearClaim({ ...entry, status: 'dead', accusers: [] }, this.#self.claim.id, at);
  }

  /** We were not running: nobody is blamed for what we did not hear meanwhile. */
  restartSuspicions(at: number): void {
    for (const [id, suspicion] of this.#suspicions) {
      suspicion.restart(at);
      this.#setSuspicionTimer(id, suspicion, at);
    }
  }

  /** Spreads our own claim; returns those who said otherwise and have to be told directly. */
  announceSelf(): NodeId[] {
    this.#rumours.spread(this.#self.claim);
    const accusers = [...this.#accusers];
    this.#accusers.clear();
    return accusers;
  }

  /**
   * The rumours for a message to `to`, in front of them what it must know of itself: that its own
   * word (`said`, or else "alive" as we know it) counts for less than what we heard. It cannot deny
   * what it is not told. (Lifeguard's buddy; plain SWIM leaves a suspicion to chance.)
   */
  newsFor(to: NodeId, said?: Claim): Claim[] {
    const { rumourBytes, rumourMultiplier, lifeguard } = this.#config;
    const maxSends = sendLimit(this.size, rumourMultiplier);
    const entry = this.roster.get(to);
    const differs = entry && (said ? compareClaims(entry, said) > 0 : entry.status !== 'alive');
    if (!differs || (entry.status === 'suspect' && !lifeguard)) {
      return this.#rumours.take(rumourBytes, maxSends);
    }
    const first = this.claimOf(entry);
    const others = this.#rumours.take(rumourBytes - claimBytes(first), maxSends);
    return [first, ...others.filter(({ id }) => id !== to)];
  }

  claimOf(entry: RosterEntry): Claim {
    const { id, address, bootId, incarnation, status } = entry;
    const accusers = this.#suspicions.get(id)?.accusers ?? [];
    return { id, address, bootId, incarnation, status, accusers };
  }

  #statusChanged(
    before: RosterEntry | undefined,
    after: RosterEntry,
    claim: Claim,
    at: number,
  ): void {
    if (after.status === 'suspect') this.#startSuspicion(claim, at);
    else if (this.#suspicions.delete(after.id)) this.#out.clearTimer(`suspicion:${after.id}`);
    if (isLive(after) && !(before && isLive(before))) this.probeOrder.add(after.id);
    const { id, address, bootId, incarnation, status } = after;
    // An assumption is no news.
    if (incarnation > 0 || status !== 'alive') this.#rumours.spread(this.claimOf(after));
    const fact = { at, id, address, bootId, incarnation };
    if (before?.bootId && before.bootId !== bootId) {
      this.#out.tell({ ...fact, type: 'member.restarted', previousBootId: before.bootId });
    }
    // Who is dead in another life than before has lived meanwhile.
    const isDeadAnew = status === 'dead' && incarnation > (before?.incarnation ?? 0);
    if (before?.status !== status || isDeadAnew) {
      this.#out.tell({ ...fact, type: `member.${status}` });
    }
  }

  #startSuspicion(claim: Claim, at: number): void {
    const suspicion = new Suspicion(suspicionLimits(this.size, this.#config), at);
    suspicion.accuse(claim.accusers);
    this.#suspicions.set(claim.id, suspicion);
    this.#setSuspicionTimer(claim.id, suspicion, at);
  }

  /** The same suspicion once more, perhaps by others. */
  #confirmSuspicion(claim: Claim, at: number): void {
    const entry = this.roster.get(claim.id);
    const suspicion = this.#suspicions.get(claim.id);
    if (!entry || !suspicion || entry.incarnation !== claim.incarnation) return;
    if (!suspicion.accuse(claim.accusers)) return;
    this.#setSuspicionTimer(claim.id, suspicion, at);
    this.#rumours.spread(this.claimOf(entry));
  }

  #setSuspicionTimer(id: NodeId, suspicion: Suspicion, at: number): void {
    const delayMs = Math.max(0, suspicion.remainingMs(at));
    this.#out.setTimer(`suspicion:${id}`, delayMs, { type: 'suspicion.timedOut', id });
  }

  #hearClaimAboutUs(claim: Claim, from: NodeId, at: number): void {
    if (!this.#self.isOutrankedBy(claim)) return;
    // Nobody but the member raises its incarnation, so a higher one is another life of ours. To
    // outrank that would be to hide it: with our number on disk, our next boot would seem later.
    if (claim.status === 'alive' || claim.incarnation > this.#self.claim.incarnation) {
      const { incarnation, bootId } = claim;
      this.#out.tell({ type: 'identity.conflicted', at, incarnation, bootId });
      return;
    }
    if (this.#accusers.size < ANSWERED_LIMIT) this.#accusers.add(from);
    const incarnation = this.#self.refute(claim);
    if (incarnation === undefined) return;
    this.#out.persistIncarnation(incarnation);
    this.#health.wasAccused();
    this.#out.tell({ type: 'self.refuted', at, accuser: from, incarnation });
  }
}
