/** What a change of members would do, as the nodes plan it. */
import { type PlanLine, planLines } from '../../../words/plan.js';
import type { PlanAnswer } from '../../client/answers.js';
import type { Named } from '../../client/members.js';
import type { Nodes } from '../../client/nodes.js';
import type { Line, Output, Style } from '../../terminal/output.js';

const STYLES: { readonly [tone in PlanLine['tone']]: Style } = {
  plain: 'reset',
  good: 'green',
  warn: 'yellow',
  bad: 'red',
};

/** `query`: behind `plan=`, such as `leave&id=…`. */
export function askForPlan(nodes: Nodes, query: string): Promise<PlanAnswer> {
  return nodes.json<PlanAnswer>(`/admin/ring?plan=${query}`);
}

export function planQuery(change: string, members: readonly Named[]): string {
  return `${change}&id=${members.map(({ id }) => id).join(',')}`;
}

/** In sentences, one behind the other. */
export function linesOfPlan(plan: PlanAnswer, output: Output): Line[] {
  const addresses = new Map(plan.nodes.map(({ id, address }) => [id, address]));
  const nameOf = (id: string) => addresses.get(id) || id;
  return planLines(plan, nameOf).flatMap(({ tone, text }) =>
    output.sentence(named(text, nameOf), STYLES[tone]),
  );
}

const NODE_ID = /\b[0-9a-f]{16}\b/g;

/** Sentences of nodes have ids in them. */
function named(text: string, nameOf: (id: string) => string): string {
  return text.replace(NODE_ID, nameOf);
}
