/** `--explain`: what happened to a request for a key, as a waterfall. */
import { countOf } from '../../../words/figures.js';
import type { ExplainedAnswer, RingAnswer } from '../../client/answers.js';
import { type Answered, jsonOf, type Nodes } from '../../client/nodes.js';
import type { ExitName } from '../../exit-codes.js';
import type { Line, Output } from '../../terminal/output.js';
import { waterfallLines } from '../../terminal/waterfall.js';

export async function reportExplained(
  nodes: Nodes,
  output: Output,
  answer: Answered,
): Promise<ExitName | undefined> {
  const told = jsonOf<ExplainedAnswer>(answer);
  if (output.asked === 'json') output.json(told);
  else output.lines(linesOf(told, answer, await addressesBy(nodes), output.width));
  return told.etag === null || told.deleted || told.expired ? 'failed' : undefined;
}

/** Owners stand in an explanation by their ids, which nobody knows by heart. */
async function addressesBy(nodes: Nodes): Promise<(id: string) => string> {
  const { addresses } = await nodes.json<RingAnswer>('/admin/ring');
  return (id) => (Object.hasOwn(addresses, id) ? addresses[id]! : id);
}

function linesOf(
  told: ExplainedAnswer,
  { from }: Answered,
  nameOf: (id: string) => string,
  width: number,
): Line[] {
  const { etag, ttl, reached, epoch, read } = told;
  const gone = told.deleted ? 'deleted' : told.expired ? 'expired' : undefined;
  const held = gone ?? (etag === null ? 'no value' : `version ${etag}`);
  const lives = ttl === undefined ? '' : `, lives ${ttl} s`;
  const lines: Line[] = [
    [{ text: held, style: etag === null || gone ? 'yellow' : 'bold' }, lives],
    [`${reached}, epoch ${epoch}, asked through ${from}`],
  ];
  if (read)
    lines.push([], ['first it was read'], ...partOf(read, nameOf, width), [], ['then written']);
  return [...lines, ...(read ? [] : [[]]), ...partOf(told, nameOf, width)];
}

function partOf(
  { steps, tookMs }: Pick<ExplainedAnswer, 'steps' | 'tookMs'>,
  nameOf: (id: string) => string,
  width: number,
): Line[] {
  if (steps.length === 0) return [[`${countOf(0, 'step')} in ${tookMs} ms`]];
  return waterfallLines(steps, tookMs, nameOf, width);
}
