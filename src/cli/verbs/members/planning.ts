/** What a change of members would do, as the nodes plan it. */
import { type PlanLine, planLines } from '../../../words/plan.js';
import type { PlanAnswer } from '../../client/answers.js';
import { type Named, withAddresses } from '../../client/members.js';
import type { Nodes } from '../../client/nodes.js';
import type { Line, Output, Style } from '../../terminal/output.js';

/** How a sentence begins, so that its tone is seen without colours, too. */
const TONES: { readonly [tone in PlanLine['tone']]: { mark: string; style: Style } } = {
  plain: { mark: '·', style: 'reset' },
  good: { mark: '✓', style: 'green' },
  warn: { mark: '!', style: 'yellow' },
  bad: { mark: '✗', style: 'red' },
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
  const sentences = planLines(plan, (id) => withAddresses(id, plan.nodes));
  return sentences.flatMap(({ tone, text }) => {
    const { mark, style } = TONES[tone];
    return output.sentence(`${mark} ${withAddresses(text, plan.nodes)}`, style, '  ');
  });
}
