/**
 * A recording: what some nodes told in some minutes, as one JSON file. What a node made of itself,
 * a bug report and a run of the simulator are all of this form, and one reader fits them.
 */
import type { NodeId } from '../core/data/version.js';
import type { Entry } from './journal.js';

const RECORDING_FORMAT = 'quorate-recording';
/** Readers refuse a higher one. */
const RECORDING_VERSION = 1;

export interface RecordingParts {
  /** Wall clock of whoever made it, milliseconds since 1970. */
  readonly madeAt: number;
  readonly minutes: number;
  /** Of each node its frames, in its own order; the first is a snapshot. */
  readonly frames: ReadonlyMap<NodeId, readonly Entry[]>;
  /** Those that did not answer. */
  readonly away: readonly { readonly node: NodeId; readonly reason: string }[];
}

/** JSON, as text. */
export type Recording = string;

/** Frames of all nodes together, by their time; each node's own keep their order. */
export function makeRecording({ madeAt, minutes, frames, away }: RecordingParts): Recording {
  const head = { format: RECORDING_FORMAT, version: RECORDING_VERSION, madeAt, minutes, away };
  const lines = merged([...frames.values()]).map(({ text }) => text);
  return `${JSON.stringify(head).slice(0, -1)},"frames":[\n${lines.join(',\n')}\n]}\n`;
}

/** A clock that steps back must not disturb the order of a node's own frames. */
function merged(lists: readonly (readonly Entry[])[]): Entry[] {
  const places = lists.map(() => 0);
  const all: Entry[] = [];
  for (;;) {
    let first: Entry | undefined;
    let from = -1;
    for (const [index, list] of lists.entries()) {
      const next = list[places[index]!];
      if (next && (!first || next.at < first.at)) [first, from] = [next, index];
    }
    if (!first) return all;
    all.push(first);
    places[from]!++;
  }
}
