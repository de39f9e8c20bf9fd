/**
 * Single-decree Paxos, one instance for each ring: ring e+1 is decided among the voters of ring e.
 *
 * Intuition: a proposer asks a majority to ignore everybody with a lower ballot; whoever of them
 * has already accepted a ring hands it over, and the proposer must then propose that ring instead
 * of its own. So once a majority accepted a ring, every later proposer finds it.
 * (Lamport, "Paxos Made Simple", 2001, §2.2.) While owners change, the present members decide, not
 * the coming ones: any two majorities of theirs meet, and a newcomer that dies blocks nothing.
 *
 * Rejected alternative: one replicated log or register for all rings. Its acceptors would change
 * under it; a chain of decisions, each with acceptors fixed by the one before, is simpler to prove.
 */

import type { NodeId } from '../../src/core/data/version.js';
import { majorityOf, Tally, type Verdict } from '../../src/core/ring/quorum.js';
import type { Ring } from '../../src/core/ring/ring.js';
import { votersOf } from '../../src/core/ring/ring.js';

export interface Ballot {
  readonly round: number;
  readonly node: NodeId;
}

export const NO_BALLOT: Ballot = { round: 0, node: '0000000000000000' };

export function compareBallots(a: Ballot, b: Ballot): number {
  if (a.round !== b.round) return a.round - b.round;
  return a.node < b.node ? -1 : a.node > b.node ? 1 : 0;
}

/** What a voter must not forget; on disk before any answer that rests on it leaves. */
export interface Vote {
  /** The ring that is being decided. */
  readonly epoch: number;
  readonly promised: Ballot;
  readonly accepted?: { readonly ballot: Ballot; readonly ring: string };
}

export function freshVote(epoch: number): Vote {
  return { epoch, promised: NO_BALLOT };
}

/** The vote after a prepare; the same object if the ballot is too low. */
export function prepare(vote: Vote, ballot: Ballot): Vote {
  return compareBallots(ballot, vote.promised) > 0 ? { ...vote, promised: ballot } : vote;
}

/** The vote after an accept; the same object if a higher ballot was promised. */
export function accept(vote: Vote, ballot: Ballot, ring: string): Vote {
  if (compareBallots(ballot, vote.promised) < 0) return vote;
  return { ...vote, promised: ballot, accepted: { ballot, ring } };
}

/** A proposer's round: two tallies, and the ring it is bound to propose. */
export class Round {
  readonly ballot: Ballot;
  readonly epoch: number;
  readonly voters: readonly NodeId[];
  readonly #promises: Tally;
  readonly #acceptances: Tally;
  #highest: Ballot = NO_BALLOT;
  #bound: string | undefined;
  /** The highest ballot a refusal showed us: the next round starts above it. */
  seen: Ballot;

  constructor(ring: Ring, ballot: Ballot) {
    this.ballot = ballot;
    this.seen = ballot;
    this.epoch = ring.epoch + 1;
    this.voters = votersOf(ring);
    const majority = majorityOf(this.voters);
    this.#promises = new Tally([majority]);
    this.#acceptances = new Tally([majority]);
  }

  promised(
    voter: NodeId,
    answer: {
      ok: boolean;
      promised: Ballot;
      accepted?: { ballot: Ballot; ring: string } | undefined;
    },
  ): Verdict {
    this.#see(answer.promised);
    if (!answer.ok) {
      this.#promises.fail(voter);
    } else {
      this.#promises.succeed(voter);
      if (answer.accepted && compareBallots(answer.accepted.ballot, this.#highest) > 0) {
        this.#highest = answer.accepted.ballot;
        this.#bound = answer.accepted.ring;
      }
    }
    return this.#promises.verdict;
  }

  /** What has to be proposed: the accepted ring of the highest ballot seen, else our own. */
  proposal(own: string): string {
    return this.#bound ?? own;
  }

  accepted(voter: NodeId, answer: { ok: boolean; promised: Ballot }): Verdict {
    this.#see(answer.promised);
    if (answer.ok) this.#acceptances.succeed(voter);
    else this.#acceptances.fail(voter);
    return this.#acceptances.verdict;
  }

  unanswered(voter: NodeId, phase: 'prepare' | 'accept'): Verdict {
    const tally = phase === 'prepare' ? this.#promises : this.#acceptances;
    tally.fail(voter);
    return tally.verdict;
  }

  #see(ballot: Ballot): void {
    if (compareBallots(ballot, this.seen) > 0) this.seen = ballot;
  }
}
