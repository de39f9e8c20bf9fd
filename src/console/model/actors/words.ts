/** Steps of actors in a few words. */
import type { ChartEdge } from '../../../charts/graph.js';
import type { ActorFrame, Chapter, StepFrame } from './story.js';
import { innermost } from './tree.js';

/** An event, without what XState puts around the names of its own: `after lookAgain`. */
export function eventText(event: string): string {
  const [, kind, name] =
    /^xstate\.(after|done\.state|done\.actor|error\.actor)\.(.+)$/.exec(event) ?? [];
  if (kind === undefined || name === undefined) return event;
  if (kind === 'after') return `after ${name.split('.')[0]}`;
  return `${kind.startsWith('error') ? 'failed' : 'done'}: ${name}`;
}

/** `idle → waitingForAck`; empty if it stayed where it was. */
export function moveText({ from, to }: Pick<StepFrame, 'from' | 'to'>): string {
  const [before, after] = [innermost(from), innermost(to)].map((states) => states.join(', '));
  return before === after ? '' : `${before} → ${after}`;
}

/** What a chapter of an actor's story is called. */
export function chapterText(frame: ActorFrame): string {
  switch (frame.type) {
    case 'actor.started':
      return 'begins';
    case 'actor.stopped':
      return `ends: ${frame.status}`;
    default:
      return frame.edges.some((id) => id.includes('|always|')) ? 'at once' : eventText(frame.event);
  }
}

/** Which condition said no, and where the way would have led: `hasTarget, to waitingForAck`. */
export function refusalText(edge: ChartEdge | undefined, id: string): string {
  if (!edge) return id;
  const what = edge.guard ?? 'no condition';
  const targets = edge.targets.map((target) => target.slice(target.lastIndexOf('.') + 1));
  return targets.length === 0 ? what : `${what}, to ${targets.join(', ')}`;
}

/** Times that the frame says better. */
const CLOCKS = ['at', 'wallMs'];

/** What an event carries, a field a line; of a message that arrived its type first. */
export function fieldTexts({ fields }: Pick<StepFrame, 'fields'>): string[] {
  const { message, ...others } = fields;
  const type = /^\{type: "([^"]+)"/.exec(message ?? '')?.[1];
  return [
    ...(type === undefined ? [] : [type]),
    ...Object.entries(others)
      .filter(([name]) => !CLOCKS.includes(name))
      .map(([name, text]) => `${name}: ${text}`),
    ...(message === undefined ? [] : [`message: ${message}`]),
  ];
}

/** The newest step that took an edge which can be seen in the chart: others lead nowhere. */
export function lastSeen(
  story: readonly Chapter[],
  edges: ReadonlyMap<string, ChartEdge>,
): StepFrame | undefined {
  const isSeen = (id: string) => {
    const edge = edges.get(id);
    return edge !== undefined && (edge.targets.length > 0 || edge.actions.length > 0);
  };
  const found = story.find(
    ({ frame }) => frame.type === 'actor.transition' && frame.edges.some(isSeen),
  );
  return found?.frame as StepFrame | undefined;
}
