/** A plan in sentences, for a person who has to decide: why it cannot work, what to mind. */

import type { NodeId } from '../data/version.js';
import type { Plan, PlannedNode } from './plan.js';

export interface ExplainedPlan extends Plan {
  /** Whether the change can come to its end as things are; `obstacles` says why not. */
  readonly canFinish: boolean;
  readonly obstacles: readonly string[];
  readonly warnings: readonly string[];
  /** Members that did not say what they hold: sizes are what their fellow owners said. */
  readonly unanswered: readonly NodeId[];
}

/** More are counted, not named. */
const NAMED = 20;

export function explain(
  plan: Plan,
  { unanswered, underWay }: { unanswered: readonly NodeId[]; underWay: boolean },
): ExplainedPlan {
  const obstacles = obstaclesOf(plan);
  const warnings = warningsOf(plan);
  if (underWay) {
    warnings.unshift('Another change is under way; this plan is for both together.');
  }
  if (unanswered.length > 0) {
    const who = named(unanswered);
    warnings.push(`${who} did not say how much they hold: sizes may be too small.`);
  }
  return { ...plan, canFinish: obstacles.length === 0, obstacles, warnings, unanswered };
}

function obstaclesOf({ voters, stuck, silent, nodes }: Plan): string[] {
  const obstacles: string[] = [];
  if (voters.alive < voters.needed) {
    obstacles.push(
      `${voters.needed} voters have to agree and ${voters.alive} can be reached: start more.`,
    );
  }
  if (stuck.length > 0) {
    const which = named(stuck.map(({ partition }) => partition));
    const dead = named(nodes.filter(isDeadOwner).map(({ id }) => id));
    obstacles.push(
      `Too few present owners of ${count(stuck.length, 'partition')} (${which}) can be reached ` +
        `to copy everything from: start one or more of ${dead}.`,
    );
  }
  for (const id of silent) {
    obstacles.push(`${id} would have to copy data and is dead: start it, or remove it too.`);
  }
  return obstacles;
}

function isDeadOwner({ alive, before }: PlannedNode): boolean {
  return !alive && before.partitions > 0;
}

function warningsOf(plan: Plan): string[] {
  const { replicas, partitions, nodes, now, during, afterwards, inOneZone } = plan;
  const warnings: string[] = [];
  const staying = nodes.filter(({ change }) => change !== 'leaves');
  if (staying.length < replicas) {
    warnings.push(
      `${count(staying.length, 'member')} for ${replicas} replicas: ` +
        `of each key there would be ${count(staying.length, 'copy', 'copies')}.`,
    );
  }
  const hasZones = new Set(nodes.map(({ zone }) => zone)).size > 1;
  if (hasZones && staying.length > 1 && inOneZone > 0) {
    const all = inOneZone === partitions ? 'every partition' : count(inOneZone, 'partition');
    warnings.push(`All copies of ${all} would be in one zone, and be lost with it.`);
  }
  if (afterwards.fewestCopies < now.fewestCopies) {
    warnings.push(
      `The fewest live copies of a partition go down ` +
        `from ${now.fewestCopies} to ${afterwards.fewestCopies}.`,
    );
  }
  for (const [step, when] of [
    [during, 'while it lasts'],
    [afterwards, 'afterwards'],
  ] as const) {
    if (step.unavailable === 0) continue;
    const what = count(step.unavailable, 'partition');
    warnings.push(`${what} could not be read or written at level quorum ${when}.`);
  }
  return warnings;
}

/** `1 partition`, `2 partitions`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

export function named(list: readonly (string | number)[], most = NAMED): string {
  const more = list.length > most ? ` and ${list.length - most} more` : '';
  return list.slice(0, most).join(', ') + more;
}
