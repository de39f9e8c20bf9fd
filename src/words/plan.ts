/** A planned change of members in sentences: what moves, what it costs, what to mind. */
import type { ExplainedPlan } from '../core/planning/sentences.js';
import { bytesText, countOf, countText } from './figures.js';

/** As `GET /admin/ring?plan=` answers it. */
export type PlanAnswer = Omit<ExplainedPlan, 'stuck'> & {
  readonly stuck: { readonly count: number };
};

export interface PlanLine {
  readonly tone: 'plain' | 'good' | 'warn' | 'bad';
  readonly text: string;
}

/** `nameOf`: how a member is called on the page. */
export function planLines(plan: PlanAnswer, nameOf: (id: string) => string): PlanLine[] {
  const { fetches, fewestMoves, nodes, during, afterwards, now, partitions } = plan;
  const lines: PlanLine[] = [];
  if (fetches.partitions === 0) lines.push(plain('No data has to move.'));
  else {
    const size = `${countOf(fetches.rows, 'row')}, ${bytesText(fetches.bytes)}`;
    lines.push(
      plain(
        `${countOf(fetches.partitions, 'copy', 'copies')} of partitions move (${size}); ` +
          `fewer than ${countText(fewestMoves)} is not possible.`,
      ),
    );
  }
  for (const { id, change, before, after, fetches: own } of nodes) {
    if (own.partitions === 0 && change === 'stays') continue;
    const verb = { joins: 'joins', leaves: 'leaves', stays: 'stays' }[change];
    const from = `${countText(before.partitions)} → ${countText(after.partitions)}`;
    const load = own.partitions > 0 ? `; fetches ${bytesText(own.bytes)}` : '';
    lines.push(
      plain(`${nameOf(id)} ${verb}: ${from} of ${countText(partitions)} partitions${load}.`),
    );
  }
  lines.push(
    during.unavailable > 0
      ? bad(`${countOf(during.unavailable, 'partition')} cannot be used while it lasts.`)
      : good('Every key can be read and written all the time.'),
  );
  // That there will be fewer is among the warnings.
  if (afterwards.fewestCopies >= now.fewestCopies) {
    const fewest = countOf(afterwards.fewestCopies, 'live copy', 'live copies');
    lines.push(good(`Every partition has ${fewest} then, or more.`));
  }
  for (const warning of plan.warnings) lines.push({ tone: 'warn', text: warning });
  for (const obstacle of plan.obstacles) lines.push(bad(obstacle));
  if (!plan.canFinish) lines.push(bad('As things are it cannot come to its end.'));
  return lines;
}

function plain(text: string): PlanLine {
  return { tone: 'plain', text };
}

function good(text: string): PlanLine {
  return { tone: 'good', text };
}

function bad(text: string): PlanLine {
  return { tone: 'bad', text };
}
