/**
 * A voter on the next ring: what it promises and accepts is on disk before it says so. The rules
 * are in `actors/ring/voter.ts` and `paxos.ts`.
 */
import * as paxos from '../../../actors/ring/paxos.js';
import { mayFollow, positionOf, voteAfter } from '../../../actors/ring/voter.js';
import { assert } from '../../core/assert.js';
import { isNodeId, type NodeId } from '../../core/data/version.js';
import type { Ring } from '../../core/ring/ring.js';
import { InvalidRing, parseRing } from '../../core/ring/ring-json.js';
import type { MessageOf } from '../../core/wire/messages.js';
import type { Store } from '../../ports.js';
import { asObject, isCount, parseObject, readMeta } from '../base/meta.js';
import type { CurrentRing } from './current-ring.js';

const META_VOTE = 'ring.vote';

export class RingVoter {
  readonly #store: Pick<Store, 'meta' | 'setMeta'>;
  readonly #rings: Pick<CurrentRing, 'current' | 'epoch' | 'fetchFrom' | 'answerFetch'>;
  readonly #isTrusted: () => boolean;
  #vote: paxos.Vote;
  #votes = 0;

  /** Throws `DamagedMeta`. */
  constructor(options: {
    store: Pick<Store, 'meta' | 'setMeta'>;
    rings: Pick<CurrentRing, 'current' | 'epoch' | 'fetchFrom' | 'answerFetch'>;
    /** Whether our disk can be taken for the newest of our identity. */
    isTrusted: () => boolean;
  }) {
    this.#store = options.store;
    this.#rings = options.rings;
    this.#isTrusted = options.isTrusted;
    this.#vote = readMeta(options.store, META_VOTE, parseVote) ?? paxos.freshVote(0);
  }

  prepare(
    from: NodeId,
    { call, epoch, ballot }: MessageOf<'ring.prepare'>,
    reply: (message: MessageOf<'ring.promised'>) => void,
  ): void {
    const type = 'ring.promised';
    const ring = this.#ringBefore(epoch, from);
    if (!ring) {
      reply({ type, call, ok: false, promised: paxos.NO_BALLOT, accepted: undefined });
      return;
    }
    const held = voteAfter(ring, this.#vote);
    const vote = paxos.prepare(held, ballot);
    const ok = vote !== held;
    this.#cast(held, vote, () => {
      reply({ type, call, ok, promised: vote.promised, accepted: vote.accepted });
    });
  }

  accept(
    from: NodeId,
    { call, epoch, ballot, ring: proposed }: MessageOf<'ring.accept'>,
    reply: (message: MessageOf<'ring.accepted'>) => void,
  ): void {
    const type = 'ring.accepted';
    const ring = this.#ringBefore(epoch, from);
    if (!ring) {
      reply({ type, call, ok: false, promised: paxos.NO_BALLOT });
      return;
    }
    const held = voteAfter(ring, this.#vote);
    const next = ringIn(proposed);
    const vote = next && mayFollow(ring, next) ? paxos.accept(held, ballot, proposed) : held;
    const ok = vote !== held;
    this.#cast(held, vote, () => reply({ type, call, ok, promised: vote.promised }));
  }

  /** How many votes were cast since this was last asked. */
  takeVotes(): number {
    const votes = this.#votes;
    this.#votes = 0;
    return votes;
  }

  /**
   * Our ring, if it is `epoch` that is to be decided after it, and we may vote; if it is another
   * one, whoever is behind is helped on.
   */
  #ringBefore(epoch: number, from: NodeId): Ring | undefined {
    const rings = this.#rings;
    if (!this.#isTrusted()) return undefined;
    switch (positionOf(epoch, rings.epoch)) {
      case 'due':
        return rings.current;
      case 'ahead':
        rings.fetchFrom(from);
        return undefined;
      case 'decided':
        rings.answerFetch(from, epoch - 1);
        return undefined;
    }
  }

  /** `vote` is on disk before `done`, if it is another one than was `held`. */
  #cast(held: paxos.Vote, vote: paxos.Vote, done: () => void): void {
    if (vote === held) return done();
    assert(vote.epoch === this.#rings.epoch + 1, 'a vote is on the ring that follows on our own');
    this.#vote = vote;
    this.#votes++;
    this.#store.setMeta(META_VOTE, JSON.stringify(vote), done);
  }
}

function ringIn(json: string): Ring | undefined {
  try {
    return parseRing(json);
  } catch (error) {
    if (error instanceof InvalidRing) return undefined;
    throw error;
  }
}

function parseVote(text: string): paxos.Vote {
  const { epoch, promised, accepted } = parseObject(text);
  if (!isCount(epoch)) throw new Error('epoch is not a number');
  const vote = { epoch, promised: parseBallot(promised) };
  if (accepted === undefined) return vote;
  const { ballot, ring } = asObject(accepted, 'accepted');
  if (typeof ring !== 'string') throw new Error('ring is not a text');
  parseRing(ring);
  return { ...vote, accepted: { ballot: parseBallot(ballot), ring } };
}

function parseBallot(value: unknown): paxos.Ballot {
  const { round, node } = asObject(value, 'a ballot');
  if (!isCount(round) || !isNodeId(node)) throw new Error('a ballot is not one');
  return { round, node };
}
