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
 * Nor is one after which nothing could be changed any more: those who stay have to be a majority of
 * themselves. Who leaves three of which one is dead would leave one behind that cannot decide
 * anything alone, not even that the dead one goes; it stays until that one is back or replaced.
 *
 * A dead member is evicted only where that helps: where enough members remain to keep as many
 * copies as before. Else it would lose its place, and nobody would take it.
 */

import type { NodeId } from '../../src/core/data/version.js';
import type { nextLayout } from '../../src/core/ring/layout.js';
import { votesAmong } from '../../src/core/ring/quorum.js';
import {
  byMemberId,
  gainingMembers,
  isSameMember,
  type Member,
  ownersOf,
  type Placement,
  type Ring,
  settledRing,
  stableRing,
  transitionTo,
  votersOf,
} from '../../src/core/ring/ring.js';
import { stuckPartitions } from '../../src/core/ring/transfer-quorum.js';

/** The facts that decide: what is wished for, who is gone, and who can be reached. */
export interface Situation {
  /** Nodes that ask to be members, and members that ask to be known by something else. */
  readonly joining: readonly Member[];
  /** Members that ask to leave, or whose removal an operator has asked for. */
  readonly leaving: ReadonlySet<NodeId>;
  /** Dead for longer than is waited for. */
  readonly gone: ReadonlySet<NodeId>;
  /** Have fetched all they gain in the transition under way. */
  readonly pulled: ReadonlySet<NodeId>;
  /** The same ring is wanted with an epoch above this one; undefined: it is not. */
  readonly renewAbove: number | undefined;
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

export function nextRing(ring: Ring, situation: Situation): NextRing {
  if (ring.transition) return inTransition(ring, ring.transition, situation);
  const members = wantedMembers(ring, ring.members, situation);
  if (isSame(members, ring.members)) {
    const { renewAbove } = situation;
    return renewAbove === undefined ? NONE : allowed(ring, renewed(ring, renewAbove), situation);
  }
  return allowed(ring, change(ring, members, situation), situation);
}

function inTransition(ring: Ring, transition: Placement, situation: Situation): NextRing {
  const { pulled, gone, leaving, joining, isReachable } = situation;
  const missing = gainingMembers(ring).filter((id) => !pulled.has(id));
  if (missing.length === 0) {
    const settled = settledRing(ring);
    // Who stays has died meanwhile: back, before there is nobody to decide anything.
    const isBack = silentVoters(settled, isReachable) !== undefined;
    return allowed(ring, isBack ? stableRing(ring, ring) : settled, situation);
  }
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
  const members = wantedMembers(ring, kept, situation);
  const isBack = isSame(members, ring.members);
  const turned = isBack ? stableRing(ring, ring) : change(ring, members, situation);
  const verdict = allowed(ring, turned, situation);
  return verdict.kind === 'wanted' ? verdict : allowed(ring, stableRing(ring, ring), situation);
}

/** The same ring with a later epoch. Voters take no other leap in numbers (`voter.ts`). */
function renewed(ring: Ring, above: number): Ring {
  return { ...stableRing(ring, ring), epoch: Math.max(ring.epoch, above) + 1 };
}

function isPresent(ring: Ring, id: NodeId): boolean {
  return ring.members.some((member) => member.id === id);
}

/** Who should be a member: `base` with everything that is wished for. */
function wantedMembers(ring: Ring, base: readonly Member[], situation: Situation): Member[] {
  const wanted = new Map(base.map((member) => [member.id, member]));
  for (const member of situation.joining) {
    for (const other of [...wanted.values()]) {
      if (other.address === member.address) wanted.delete(other.id);
    }
    wanted.set(member.id, member);
  }
  for (const id of situation.leaving) if (wanted.size > 1) wanted.delete(id);
  for (const id of [...situation.gone].sort()) {
    if (wanted.size > ring.replicas) wanted.delete(id);
  }
  return [...wanted.values()].sort(byMemberId);
}

function isSame(a: readonly Member[], b: readonly Member[]): boolean {
  return a.length === b.length && a.every((member, index) => isSameMember(b[index], member));
}

/** Straight to a stable ring if no owner changes, as when a member only has another address. */
function change(ring: Ring, members: readonly Member[], { layoutOf }: Situation): Ring {
  const placement = { members, layout: layoutOf(ring, members) };
  const transition = transitionTo(ring, placement);
  const isMove = gainingMembers(transition).length > 0;
  return isMove || ring.transition ? transition : stableRing(ring, placement);
}

/** The voters of a ring that cannot be reached, if the others are no majority. */
function silentVoters(ring: Ring, isReachable: Situation['isReachable']): NodeId[] | undefined {
  const voters = votersOf(ring);
  const { alive, needed } = votesAmong(voters, isReachable);
  return alive < needed ? voters.filter((id) => !isReachable(id)) : undefined;
}

/** A ring that can be decided and, if it is in transition, settled. */
function allowed(ring: Ring, next: Ring, { isReachable }: Situation): NextRing {
  const silent = silentVoters(ring, isReachable);
  if (silent)
    return { kind: 'waits', waitsFor: `a majority of the voters; no answer from ${silent}` };
  if (!ring.transition) {
    const left = silentVoters(next.transition ? settledRing(next) : next, isReachable);
    if (left)
      return { kind: 'waits', waitsFor: `a majority of those who stay; no answer from ${left}` };
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
