/** The change that is being thought about, and what the node says it would do. */
import { computed, signal } from '@preact/signals';
import type { MemberChange } from '../../../../core/planning/member-change.js';
import type { Ring } from '../../../../core/ring/ring.js';
import type { PlanAnswer } from '../../../../words/plan.js';
import { ringAfter, ringNow } from '../../../model/ring-after.js';
import { ask, get, jsonOf, refusalOf } from '../../source/ask.js';
import { eyes, moment, say } from '../../state.js';

export const KINDS = ['join', 'leave', 'replace', 'remove'] as const;
export type ChangeKind = (typeof KINDS)[number];

export const kind = signal<ChangeKind>('join');
export const count = signal('1');
export const weight = signal('1');
export const zone = signal('default');
/** The member that leaves, is replaced or removed. */
export const member = signal('');

export const plan = signal<PlanAnswer | undefined>(undefined);
/** As it was when it was planned: rings of later moments are in the other views. */
export const plannedRings = signal<{ now: Ring; then: Ring } | undefined>(undefined);
export const refusal = signal('');
/** What was done: it is followed below. */
export const done = signal('');
/** The node wants the word of force for this; what it said. */
export const needsForce = signal('');

/** The members to choose from. */
export const members = computed(() => {
  const ring = moment.value.view.nodes[eyes.value]?.ring;
  return ring ? (ring.transition?.members ?? ring.members) : [];
});

export const chosen = computed(
  () => members.value.find(({ id }) => id === member.value)?.id ?? members.value[0]?.id ?? '',
);

export function think(): void {
  plan.value = undefined;
  plannedRings.value = undefined;
  refusal.value = '';
  done.value = '';
  needsForce.value = '';
}

export async function askForPlan(): Promise<void> {
  think();
  const query = new URLSearchParams({ plan: kind.value });
  if (kind.value === 'join') {
    query.set('count', count.value);
    query.set('weight', weight.value);
    query.set('zone', zone.value);
  } else query.set('id', chosen.value);
  const answer = await get(`/admin/ring?${query}`);
  if (answer.status !== 200) {
    refusal.value = refusalOf(answer);
    return;
  }
  const planned = jsonOf<PlanAnswer & { plan: MemberChange }>(answer);
  const ring = moment.value.view.nodes[eyes.value]?.ring;
  const then = ring && planned && ringAfter(ring, planned.plan);
  plannedRings.value = ring && then ? { now: ringNow(ring), then } : undefined;
  plan.value = planned;
}

/** Lets a member leave, or removes a dead one; `force`: without a majority. */
export async function doIt(force = false): Promise<void> {
  const id = chosen.value;
  const query = force ? `id=${id}&force=${id}` : `id=${id}`;
  const target = `/admin/${kind.value === 'leave' ? 'leave' : 'remove'}?${query}`;
  const answer = await ask({ method: 'POST', target, headers: {} });
  if (answer.status !== 202) {
    refusal.value = refusalOf(answer);
    if (jsonOf<{ code: string }>(answer)?.code === 'no_majority') needsForce.value = id;
    return;
  }
  const warning = jsonOf<{ warning?: string }>(answer)?.warning;
  plan.value = undefined;
  refusal.value = '';
  needsForce.value = '';
  done.value = warning ?? 'It has begun.';
  say(done.value);
}
