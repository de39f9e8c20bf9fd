/**
 * A voter on the next ring: what it promises and accepts is on disk before it says so. The rules
 * are in `actors/ring/paxos.ts`.
 */
import * as paxos from '../../../actors/ring/paxos.js';
import { isNodeId, type NodeId } from '../../core/data/version.js';
import type { Ring } from '../../core/ring/ring.js';
import { InvalidRing, parseRing } from '../../core/ring/ring-json.js';
import type { MessageOf } from '../../core/wire/messages.js';
import type { Store } from '../../ports.js';
import { asObject, isCount, parseObject, readMeta } from '../base/meta.js';
import type { CurrentRing } from './current-ring.js';

const META_VOTE = 'ring.vote';

export class RingAcceptor {
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

  /** Refuses what could not follow on our ring: whoever finds it accepted has to spread it. */
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
    if (!this.#mayFollow(ring)) {
      reply({ type, call, ok: false, promised: this.#vote.promised });
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

  #mayFollow(json: string): boolean {
    const { clusterId, layout } = this.#rings.current!;
    const next = ringIn(json);
    return (
      next?.epoch === this.#vote.epoch &&
      next.clusterId === clusterId &&
      next.layout.length === layout.length
    );
  }

  #cast(vote: paxos.Vote, done: () => void): void {
    if (vote === this.#vote) return done();
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
