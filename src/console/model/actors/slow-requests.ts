/** Slow requests of clients, as far as they were told. */

import type { RequestStep } from '../../../core/requests.js';
import type { FactFrame } from '../../../events/frame.js';
import type { History } from '../history.js';

type SlowFrame = Extract<FactFrame, { readonly type: 'request.slow' }>;

export interface SlowRequest extends Omit<SlowFrame, 'steps'> {
  /** In the history. */
  readonly place: number;
  readonly steps: readonly RequestStep[];
}

/** Frames that are looked at, at most, and requests that are listed. */
const LOOK_BACK = 100_000;
const MOST = 30;

/** Those of a node up to a place, the newest first. */
export function slowRequests(history: History, place: number, node: string): SlowRequest[] {
  const found: SlowRequest[] = [];
  const oldest = Math.max(history.first, place - LOOK_BACK);
  for (let at = Math.min(place, history.end - 1); at >= oldest && found.length < MOST; at--) {
    const frame = history.frame(at)!;
    if (frame.type !== 'request.slow' || frame.node !== node) continue;
    // A fact's steps are what `explain=1` shows: the table of facts knows no more of them.
    found.push({ ...frame, place: at, steps: frame.steps as readonly RequestStep[] });
  }
  return found;
}
