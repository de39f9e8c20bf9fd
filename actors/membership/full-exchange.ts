/**
 * The full exchange (push-pull): two nodes tell each other all they know. It repairs what rumours
 * missed, teaches newcomers, and lets the halves of a healed network find each other, because from
 * time to time it is offered to a dead member of the ring. (memberlist; ringpop's healer.)
 *
 * An exchange says "dead" of members that were only out of the other half's reach. As in memberlist
 * that is heard as "suspect", but here always, whatever we believe ourselves: it is then a property
 * of the message, so the order in which messages arrive still does not matter, and nobody is taken
 * for dead before having had the time to deny it. What is really dead is dead again one suspicion
 * later.
 */
import type { NodeId } from '../../src/core/data/version.js';
import type { MembershipConfig } from './config.js';
import type { Outbox } from './events.js';
import type { Uniform } from './probing.js';
import type { Claim, RosterEntry } from './roster.js';
import type { Self } from './self.js';
import type { MemberView } from './view.js';

export class FullExchange {
  readonly #self: Self;
  readonly #view: MemberView;
  readonly #config: MembershipConfig;
  readonly #random: Uniform;
  readonly #out: Outbox;

  constructor(parts: {
    self: Self;
    view: MemberView;
    config: MembershipConfig;
    random: Uniform;
    out: Outbox;
  }) {
    this.#self = parts.self;
    this.#view = parts.view;
    this.#config = parts.config;
    this.#random = parts.random;
    this.#out = parts.out;
  }

  offer(to: NodeId, at: number): void {
    this.#out.send(to, { type: 'swim.sync', roster: this.#tell(at) });
  }

  answer(from: NodeId, roster: readonly Claim[], at: number): void {
    this.hear(from, roster, at);
    this.#out.send(from, { type: 'swim.synced', roster: this.#tell(at) });
  }

  hear(from: NodeId, roster: readonly Claim[], at: number): void {
    for (const claim of roster) {
      const isDead = claim.status === 'dead';
      this.#view.hearClaim(
        isDead ? { ...claim, status: 'suspect', accusers: [from] } : claim,
        from,
        at,
      );
    }
  }

  offerToSomeLive(at: number): void {
    const [partner] = this.#view.roster.sampleLive(1, this.#random);
    if (partner) this.offer(partner, at);
  }

  offerToSomeDead(at: number): void {
    const { roster } = this.#view;
    const dead = [...roster.entries()].filter((e) => e.status === 'dead' && roster.isInRing(e.id));
    const chosen = dead[Math.floor(this.#random() * dead.length)];
    if (!chosen) return;
    this.#out.connect(chosen.id, chosen.address);
    this.offer(chosen.id, at);
  }

  /** The members that are shown and told: all but mere tombstones. */
  *visible(at: number): Generator<RosterEntry> {
    const { roster } = this.#view;
    for (const entry of roster.entries()) {
      if (!roster.isForgotten(entry, at, this.#config.forgetAfterMs)) yield entry;
    }
  }

  #tell(at: number): Claim[] {
    const claims = [this.#self.claim];
    for (const entry of this.visible(at)) claims.push(this.#view.claimOf(entry));
    return claims;
  }
}
