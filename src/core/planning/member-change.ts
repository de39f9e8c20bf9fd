/** Changes of members, as they are asked for. */

import type { NodeId } from '../data/version.js';
import { byMemberId, type Member, type Ring } from '../ring/ring.js';

export type MemberChange =
  | {
      readonly kind: 'join';
      readonly count: number;
      readonly weight: number;
      readonly zone: string;
    }
  | { readonly kind: 'leave' | 'remove' | 'replace'; readonly ids: readonly NodeId[] };

/** The members a ring is to have when nothing more is changed. */
export function targetMembers({ members, transition }: Ring): readonly Member[] {
  return transition?.members ?? members;
}

/**
 * The members that a change is to lead to, sorted by id. Newcomers have no ids yet: they get names
 * that sort behind all ids. One that replaces a member has its address, weight and zone.
 */
export function membersAfter(ring: Ring, change: MemberChange): Member[] {
  const members = targetMembers(ring);
  if (change.kind === 'join') {
    const { count, weight, zone } = change;
    const newcomers = Array.from({ length: count }, (_, i) => newcomer(i, { weight, zone }));
    return [...members, ...newcomers].sort(byMemberId);
  }
  const stays = ({ id }: Member) => !change.ids.includes(id);
  const replacements =
    change.kind === 'replace' ? members.filter((member) => !stays(member)).map(replacement) : [];
  return [...members.filter(stays), ...replacements].sort(byMemberId);
}

function newcomer(index: number, { weight, zone }: Pick<Member, 'weight' | 'zone'>): Member {
  return { id: `new-${index + 1}`, address: '', weight, zone };
}

function replacement(replaced: Member, index: number): Member {
  return { ...newcomer(index, replaced), address: replaced.address };
}
