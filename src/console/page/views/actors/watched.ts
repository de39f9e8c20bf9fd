/** One actor of one node at the moment at which one looks, with what led to it. */
import { useMemo } from 'preact/hooks';
import type { ActorView } from '../../../../events/view.js';
import { type Chapter, storyOf, type Wait, waitsOf } from '../../../model/actors/story.js';
import { isLive, moment, told } from '../../state.js';
import { chartOf, type KnownChart } from './charts.js';

/** What is looked at; the charts need some more of its story than is listed. */
const CHAPTERS = 200;
const GLOW_MS = 600;
const NO_WAITS: readonly Wait[] = [];

export interface Watched {
  readonly node: string;
  readonly actor: string;
  /** Undefined if it does not live at this moment. */
  readonly view: ActorView | undefined;
  readonly known: KnownChart | undefined;
  /** Newest first. */
  readonly story: readonly Chapter[];
  readonly waits: readonly Wait[];
  /** Its last step was a moment ago, or is what one looks at. */
  readonly isFresh: boolean;
}

export function useWatched(node: string, actor: string): Watched {
  const history = told();
  const { place, at, view: all, isPast } = moment.value;
  const view = all.nodes[node]?.actors[actor];
  const story = useMemo(
    () => storyOf(history, place, { node, actor, most: CHAPTERS }),
    [history, place, node, actor],
  );
  const last = story[0];
  const known = view && chartOf(view.machine);
  const waits = useMemo(
    () => (view && known ? waitsOf(story, view.active, known.edges) : NO_WAITS),
    [last?.place, view, known],
  );
  const isNow = last !== undefined && !isPast && isLive.value && at - last.frame.at < GLOW_MS;
  return { node, actor, view, known, story, waits, isFresh: isNow || last?.place === place };
}
