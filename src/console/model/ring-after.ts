/** The ring as a change of members would leave it: the rules are those of the nodes. */
import { type MemberChange, membersAfter } from '../../core/planning/member-change.js';
import { nextLayout } from '../../core/ring/layout.js';
import type { Ring } from '../../core/ring/ring.js';

/** Without a transition. Undefined if nobody would be left. */
export function ringAfter(ring: Ring, change: MemberChange): Ring | undefined {
  const members = membersAfter(ring, change);
  if (members.length === 0) return undefined;
  const { transition: _, ...rest } = ring;
  return { ...rest, members, layout: nextLayout(ring, members) };
}

/** The ring that is in force now, or will be when the transition under way has ended. */
export function ringNow(ring: Ring): Ring {
  const { transition, ...rest } = ring;
  return transition ? { ...rest, ...transition } : ring;
}
