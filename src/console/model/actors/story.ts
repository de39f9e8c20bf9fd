/**
 * What an actor went through before a moment, newest first, as far as it stands in the last part
 * of what was told.
 */
import type { ChartEdge } from '../../../charts/graph.js';
import type { FactFrame } from '../../../events/frame.js';
import type { RecordedFrame } from '../../../events/recorded-frame.js';
import type { History } from '../history.js';

type FrameOf<T> = Extract<FactFrame, { readonly type: T }>;
export type StepFrame = FrameOf<'actor.transition'>;
export type ActorFrame = StepFrame | FrameOf<'actor.started'> | FrameOf<'actor.stopped'>;

export interface Chapter {
  /** In the history. */
  readonly place: number;
  readonly frame: ActorFrame;
}

/** Frames that are looked at, at most: a page asks five times a second. */
const LOOK_BACK = 40_000;

/** Whether a frame is of this actor; `node` undefined: of whichever node. */
export function isOf(frame: RecordedFrame, node: string | undefined, actor: string): boolean {
  return (
    frame.type.startsWith('actor.') &&
    (frame as ActorFrame).actor === actor &&
    (node === undefined || frame.node === node)
  );
}

/** The last chapters up to a place and with it, at most so many. */
export function storyOf(
  history: History,
  place: number,
  { node, actor, most }: { readonly node: string; readonly actor: string; readonly most: number },
): Chapter[] {
  const story: Chapter[] = [];
  const oldest = Math.max(history.first, place - LOOK_BACK);
  for (let at = Math.min(place, history.end - 1); at >= oldest && story.length < most; at--) {
    const frame = history.frame(at)!;
    if (isOf(frame, node, actor)) story.push({ place: at, frame: frame as ActorFrame });
  }
  return story;
}

/** When a state that is active after the chapter `from` was entered; undefined if before them. */
export function enteredAt(
  story: readonly Chapter[],
  state: string,
  edges: ReadonlyMap<string, ChartEdge>,
  from = 0,
): number | undefined {
  for (const { frame } of story.slice(from)) {
    if (frame.type === 'actor.started') return frame.at;
    if (frame.type === 'actor.transition' && enters(frame, state, edges)) return frame.at;
  }
  return undefined;
}

function enters(
  { from, to, edges: taken }: StepFrame,
  state: string,
  edges: ReadonlyMap<string, ChartEdge>,
): boolean {
  if (!to.includes(state)) return false;
  return !from.includes(state) || taken.some((id) => isReentry(edges.get(id), state));
}

/** Whether an edge leaves the state and comes back to it: its timers begin anew. */
function isReentry(edge: ChartEdge | undefined, state: string): boolean {
  if (!edge?.reenter) return false;
  return state === edge.source || state.startsWith(`${edge.source}.`);
}

/** A delay under way. */
export interface Wait {
  /** The state that waits. */
  readonly state: string;
  readonly name: string;
  /** How long, ms: as it took last; else as the chart has it, which a host may have replaced. */
  readonly ms: number;
  /** Wall clock, milliseconds since 1970. */
  readonly since: number;
}

/** What an actor waits for that time alone brings, where it is known since when and how long. */
export function waitsOf(
  story: readonly Chapter[],
  active: readonly string[],
  edges: ReadonlyMap<string, ChartEdge>,
): Wait[] {
  const waits = new Map<string, Wait>();
  for (const edge of edges.values()) {
    if (edge.kind !== 'after' || !active.includes(edge.source)) continue;
    const since = enteredAt(story, edge.source, edges);
    const ms = lastDelay(story, edge, edges) ?? edge.delay?.ms;
    if (since === undefined || ms === undefined) continue;
    const name = edge.delay?.name ?? `${edge.delay?.ms} ms`;
    waits.set(`${edge.source} ${name}`, { state: edge.source, name, ms, since });
  }
  return [...waits.values()];
}

function lastDelay(
  story: readonly Chapter[],
  { event, source }: ChartEdge,
  edges: ReadonlyMap<string, ChartEdge>,
): number | undefined {
  const fired = story.findIndex(
    ({ frame }) => frame.type === 'actor.transition' && frame.event === event,
  );
  if (fired < 0) return undefined;
  const entered = enteredAt(story, source, edges, fired + 1);
  return entered === undefined ? undefined : story[fired]!.frame.at - entered;
}
