/**
 * Which ring should follow, if any: what members asked for, and who has been dead for too long,
 * against the ring in force.
 *
 * Intuition: whoever looks at the same facts should want the same ring, so wanting is a function.
 * A change of owners takes two rings: one in transition, in which the coming owners fetch what they
 * gain, and one that settles it when all have. A transition in which somebody who has to fetch
 * something is gone for good is turned: towards a ring without it, or back to where it came from.
 * Turning is safe at any moment, because until it is settled the present owners hold everything,
 * and whatever is written needs a quorum of them too.
 *
 * A change that could not be finished is not begun: if a partition has too few present owners left
 * to pull from, or somebody who would have to pull cannot be reached, it waits and says for whom.
 *
 * A dead member is evicted only where that helps: where enough members remain to keep as many
 * copies as before. Else it would lose its place, and nobody would take it.
 */

import type { NodeId } from '../../src/core/data/version.js';
import type { nextLayout } from '../../src/core/ring/layout.js';
import {
  byMemberId,
  gainingMembers,
  type Member,
  ownersOf,
  type Ring,
  settledRing,
  stableRing,
  transitionTo,
  votersOf,
} from '../../src/core/ring/ring.js';
import { stuckPartitions } from '../../src/core/ring/transfer-quorum.js';

export interface Wishes {
  /** Nodes that ask to be members, and members that ask to be known by something else. */
  readonly joining: readonly Member[];
  /** Members that ask to leave, or whose removal an operator has asked for. */
  readonly leaving: ReadonlySet<NodeId>;
  /** Dead for longer than is waited for. */
  readonly gone: ReadonlySet<NodeId>;
  /** Have fetched all they gain in the transition under way. */
  readonly pulled: ReadonlySet<NodeId>;
  readonly isReachable: (node: NodeId) => boolean;
  /** Solves for the layout of other members; whoever looks again and again may remember it. */
  readonly layoutOf: typeof nextLayout;
}

/** `waitsFor` says, in one sentence for people, why the change that is wanted is not made. */
export type NextRing =
  | { readonly kind: 'none' }
  | { readonly kind: 'waits'; readonly waitsFor: string }
  | { readonly kind: 'wanted'; readonly ring: Ring };

const NONE: NextRing = { kind: 'none' };

export function nextRing(ring: Ring, wishes: Wishes): NextRing {
  if (ring.transition) return inTransition(ring, wishes);
  const members = wantedMembers(ring, ring.members, wishes);
  if (isSame(members, ring.members)) return NONE;
  return allowed(ring, change(ring, members, wishes), wishes);
}

function inTransition(ring: Ring, wishes: Wishes): NextRing {
  const { pulled, gone, leaving, joining, isReachable } = wishes;
  const missing = gainingMembers(ring).filter((id) => !pulled.has(id));
  if (missing.length === 0) return allowed(ring, settledRing(ring), wishes);
  const transition = ring.transition!;
  const isReplaced = (id: NodeId) => {
    const address = transition.members.find((member) => member.id === id)?.address;
    return joining.some((member) => member.id !== id && member.address === address);
  };
  const lost = missing.filter(
    (id) => gone.has(id) || isReplaced(id) || (leaving.has(id) && !isReachable(id)),
  );
  if (lost.length === 0) {
    return { kind: 'waits', waitsFor: `${missing.join(', ')} to fetch what they gain` };
  }
  const kept = transition.members.filter(({ id }) => !lost.includes(id) || isPresent(ring, id));
  const members = wantedMembers(ring, kept, wishes);
  const isBack = isSame(members, ring.members);
  const turned = isBack ? stableRing(ring, ring) : change(ring, members, wishes);
  const verdict = allowed(ring, turned, wishes);
  return verdict.kind === 'wanted' ? verdict : allowed(ring, stableRing(ring, ring), wishes);
}

function isPresent(ring: Ring, id: NodeId): boolean {
  return ring.members.some((member) => member.id === id);
}

/** Who should be a member: `base` with everything that is wished for. */
function wantedMembers(ring: Ring, base: readonly Member[], wishes: Wishes): Member[] {
  const wanted = new Map(base.map((member) => [member.id, member]));
  for (const member of wishes.joining) {
    for (const other of [...wanted.values()]) {
      if (other.address === member.address) wanted.delete(other.id);
    }
    wanted.set(member.id, member);
  }
  for (const id of wishes.leaving) if (wanted.size > 1) wanted.delete(id);
  for (const id of [...wishes.gone].sort()) {
    if (wanted.size > ring.replicas) wanted.delete(id);
  }
  return [...wanted.values()].sort(byMemberId);
}

function isSame(a: readonly Member[], b: readonly Member[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Straight to a stable ring if no owner changes, as when a member only has another address. */
function change(ring: Ring, members: readonly Member[], { layoutOf }: Wishes): Ring {
  const placement = { members, layout: layoutOf(ring, members) };
  const transition = transitionTo(ring, placement);
  const isMove = gainingMembers(transition).length > 0;
  return isMove || ring.transition ? transition : stableRing(ring, placement);
}

/** A ring that can be decided and, if it is in transition, settled. */
function allowed(ring: Ring, next: Ring, { isReachable }: Wishes): NextRing {
  const voters = votersOf(ring);
  const silent = voters.filter((id) => !isReachable(id));
  if (2 * (voters.length - silent.length) <= voters.length) {
    return { kind: 'waits', waitsFor: `a majority of the voters; no answer from ${silent}` };
  }
  if (!next.transition) return { kind: 'wanted', ring: next };
  const fetchers = gainingMembers(next).filter((id) => !isReachable(id));
  if (fetchers.length > 0) {
    return { kind: 'waits', waitsFor: `${fetchers.join(', ')}, who would have to fetch data` };
  }
  const [stuck] = stuckPartitions(next, isReachable);
  if (!stuck) return { kind: 'wanted', ring: next };
  const { partition, needed, alive } = stuck;
  const dead = ownersOf(next, partition).present.filter((id) => !isReachable(id));
  const what = `partition ${partition}: ${needed} of its owners are needed to fetch it from`;
  return { kind: 'waits', waitsFor: `${dead.join(', ')} (${what}, ${alive} can be reached)` };
}
