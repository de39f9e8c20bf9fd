/**
 * A voter's part in the decision on the next ring (`paxos.ts`): on which epoch it votes, and for
 * what.
 *
 * A voter takes part in the decision that follows on its own ring and in no other. Asked about a
 * later one it is behind, and needs the rings between before it may say anything; asked about an
 * earlier one it knows the outcome, and tells it.
 */
import { MOST_ABOVE } from '../../src/core/counted.js';
import { isSameMember, type Ring } from '../../src/core/ring/ring.js';
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
    (next.epoch === own.epoch + 1 || isLaterSame(own, next)) &&
    next.clusterId === own.clusterId &&
    next.layout.length === own.layout.length
  );
}

/**
 * The same owners with an epoch as far ahead as an operator has asked for. It is decided as the
 * next ring, whatever its number; who asks for a decision in between hears of it.
 */
function isLaterSame(own: Ring, next: Ring): boolean {
  return (
    next.epoch > own.epoch &&
    next.epoch <= MOST_ABOVE + 1 &&
    !own.transition &&
    !next.transition &&
    own.members.length === next.members.length &&
    own.members.every((member, index) => isSameMember(next.members[index], member)) &&
    JSON.stringify(own.layout) === JSON.stringify(next.layout)
  );
}
