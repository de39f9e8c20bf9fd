/**
 * A voter on the next ring: what it promises and accepts is on disk before it says so. The rules
 * are in `actors/ring/paxos.ts`.
 */
import * as paxos from '../../actors/ring/paxos.js';
import type { MessageOf } from '../core/messages.js';
import type { NodeId } from '../core/version.js';
import type { Store } from '../ports.js';
import type { Rings } from './rings.js';

const META_VOTE = 'ring.vote';

export class Voter {
  readonly #store: Store;
  readonly #rings: Rings;
  readonly #isTrusted: () => boolean;
  #vote: paxos.Vote;
  #votes = 0;

  constructor(options: {
    store: Store;
    rings: Rings;
    /** Whether our disk can be taken for the newest of our identity. */
    isTrusted: () => boolean;
  }) {
    this.#store = options.store;
    this.#rings = options.rings;
    this.#isTrusted = options.isTrusted;
    const vote = options.store.meta(META_VOTE);
    this.#vote = vote ? (JSON.parse(vote) as paxos.Vote) : paxos.freshVote(0);
  }

  prepare(
    from: NodeId,
    { call, epoch, ballot }: MessageOf<'ring.prepare'>,
    reply: (message: MessageOf<'ring.promised'>) => void,
  ): void {
    const type = 'ring.promised';
    if (!this.#votesOn(epoch, from)) {
      reply({ type, call, ok: false, promised: paxos.NO_BALLOT, accepted: undefined });
      return;
    }
    const vote = paxos.prepare(this.#vote, ballot);
    const ok = vote !== this.#vote;
    this.#cast(vote, () => {
      reply({ type, call, ok, promised: vote.promised, accepted: vote.accepted });
    });
  }

  accept(
    from: NodeId,
    { call, epoch, ballot, ring }: MessageOf<'ring.accept'>,
    reply: (message: MessageOf<'ring.accepted'>) => void,
  ): void {
    const type = 'ring.accepted';
    if (!this.#votesOn(epoch, from)) {
      reply({ type, call, ok: false, promised: paxos.NO_BALLOT });
      return;
    }
    const vote = paxos.accept(this.#vote, ballot, ring);
    const ok = vote !== this.#vote;
    this.#cast(vote, () => reply({ type, call, ok, promised: vote.promised }));
  }

  /** How many votes were cast since this was last asked. */
  takeVotes(): number {
    const votes = this.#votes;
    this.#votes = 0;
    return votes;
  }

  /** Whether `epoch` is the one being decided here; if not, whoever is behind is helped on. */
  #votesOn(epoch: number, from: NodeId): boolean {
    const rings = this.#rings;
    if (!this.#isTrusted()) return false;
    if (epoch !== rings.epoch + 1 || !rings.current) {
      if (epoch > rings.epoch + 1) rings.fetchFrom(from);
      else rings.answerFetch(from, epoch - 1);
      return false;
    }
    if (this.#vote.epoch !== epoch) this.#vote = paxos.freshVote(epoch);
    return true;
  }

  #cast(vote: paxos.Vote, done: () => void): void {
    if (vote === this.#vote) return done();
    this.#vote = vote;
    this.#votes++;
    this.#store.setMeta(META_VOTE, JSON.stringify(vote), done);
  }
}
