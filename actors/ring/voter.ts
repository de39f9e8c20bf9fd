/**
 * A voter's part in the decision on the next ring (`paxos.ts`): on which epoch it votes, and for
 * what.
 *
 * A voter takes part in the decision that follows on its own ring and in no other. Asked about a
 * later one it is behind, and needs the rings between before it may say anything; asked about an
 * earlier one it knows the outcome, and tells it.
 */
import type { Ring } from '../../src/core/ring/ring.js';
import { freshVote, type Vote } from './paxos.js';

/** Where `epoch` stands, on which a voter is asked to vote that is in ring `own` (0: in none). */
export function positionOf(epoch: number, own: number): 'decided' | 'due' | 'ahead' {
  if (own > 0 && epoch === own + 1) return 'due';
  return epoch > own + 1 ? 'ahead' : 'decided';
}

/** The vote on the ring that follows on `own`. What was voted on another one binds nobody here. */
export function voteAfter({ epoch }: Ring, vote: Vote): Vote {
  return vote.epoch === epoch + 1 ? vote : freshVote(epoch + 1);
}

/**
 * Whether `next` could follow on `own`. A voter refuses what could not: whoever finds it accepted
 * would have to spread it.
 */
export function mayFollow(own: Ring, next: Ring): boolean {
  return (
    next.epoch === own.epoch + 1 &&
    next.clusterId === own.clusterId &&
    next.layout.length === own.layout.length
  );
}
