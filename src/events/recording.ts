/**
 * A recording: what some nodes told in some minutes, as one JSON file. What a node made of itself,
 * a bug report and a run of the simulator are all of this form, and one reader fits them.
 */
import { isNodeId, type NodeId } from '../core/data/version.js';
import type { Entry } from './journal.js';
import {
  type Fields,
  faultOf,
  isListOf,
  isObject,
  isText,
  type RecordedFrame,
} from './recorded-frame.js';

const RECORDING_FORMAT = 'quorate-recording';
/** Readers refuse a higher one. */
const RECORDING_VERSION = 1;

/** What is said of a recording as a whole. */
export interface RecordingHead {
  /** Wall clock of whoever made it, milliseconds since 1970. */
  readonly madeAt: number;
  readonly minutes: number;
  /** Those that did not answer. */
  readonly away: readonly { readonly node: NodeId; readonly reason: string }[];
  /** If it is of the simulator. */
  readonly run?: RunOfSimulator;
}

export interface RunOfSimulator {
  readonly seed: number;
  /** The nodes that each machine has been, by its name, the first one first. */
  readonly machines: { readonly [machine: string]: readonly NodeId[] };
  /** Frames of the beginning that were left out, because the file would be too large. */
  readonly dropped: number;
}

export interface RecordingParts extends RecordingHead {
  /** Of each node its frames, in its own order; the first is a snapshot. */
  readonly frames: ReadonlyMap<NodeId, readonly Entry[]>;
}

/** What may be asked of a recording. */
export interface RecordQuery {
  readonly minutes: number;
  /** Of so many of them it has what actors did, too. */
  readonly actorMinutes: number;
  /** Of whom: the node that is asked, or all members. */
  readonly nodes: 'this' | 'all';
}

/** JSON, as text. */
export type Recording = string;

export class InvalidRecording extends Error {}

/** Frames of all nodes together, by their time; each node's own keep their order. */
export function makeRecording({ frames, ...head }: RecordingParts): Recording {
  return writeRecording(
    head,
    merged([...frames.values()]).map(({ text }) => text),
  );
}

/**
 * Of one node's frames in their order, without those of actors from before the last snapshot that
 * is not younger than this: they are most of all, and a fold is right again from the snapshot on.
 */
export function withoutActorsBefore(sinceMs: number, entries: readonly Entry[]): Entry[] {
  const begin = entries.findLastIndex(({ type, at }) => type === 'snapshot' && at <= sinceMs);
  return entries.filter(({ type }, index) => index >= begin || !type.startsWith('actor.'));
}

/** `frames`: each as JSON, in their order. */
export function writeRecording(head: RecordingHead, frames: readonly string[]): Recording {
  const all = { format: RECORDING_FORMAT, version: RECORDING_VERSION, ...head };
  return `${JSON.stringify(all).slice(0, -1)},"frames":[\n${frames.join(',\n')}\n]}\n`;
}

/**
 * Reads what anybody may have written. Frames of types that this program does not know are kept: a
 * fold passes over them. Throws `InvalidRecording` with one sentence.
 */
export function parseRecording(text: Recording): {
  head: RecordingHead;
  frames: readonly RecordedFrame[];
} {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidRecording('This is no recording, or its end is missing: it is not JSON.');
  }
  if (!isObject(value) || value.format !== RECORDING_FORMAT) {
    throw new InvalidRecording('This is JSON, but no recording of Quorate.');
  }
  const { version } = value;
  if (!Number.isSafeInteger(version) || (version as number) < 1) {
    throw new InvalidRecording('The recording does not say of which version it is.');
  }
  if ((version as number) > RECORDING_VERSION) {
    throw new InvalidRecording(
      `The recording is of version ${version}, and this program reads up to ${RECORDING_VERSION}.`,
    );
  }
  return { head: headOf(value), frames: framesOf(value) };
}

function headOf({ madeAt, minutes, away, run }: Fields): RecordingHead {
  if (!Number.isFinite(madeAt) || !Number.isFinite(minutes)) {
    throw new InvalidRecording('The recording does not say when it was made, and of how long.');
  }
  const isAway = (one: unknown) => isObject(one) && isNodeId(one.node) && isText(one.reason);
  if (!isListOf(away, isAway)) {
    throw new InvalidRecording('The recording does not say which nodes were away.');
  }
  if (run !== undefined && !isRun(run)) {
    throw new InvalidRecording('What the recording says of the run that it is of has no sense.');
  }
  return { madeAt, minutes, away, ...(run !== undefined && { run }) } as RecordingHead;
}

function isRun(run: unknown): boolean {
  if (!isObject(run) || !isObject(run.machines)) return false;
  const isCount = (count: unknown) => Number.isSafeInteger(count) && (count as number) >= 0;
  const areNodes = Object.values(run.machines).every((ids) => isListOf(ids, isNodeId));
  return isCount(run.seed) && isCount(run.dropped) && areNodes;
}

function framesOf({ frames }: Fields): readonly RecordedFrame[] {
  if (!Array.isArray(frames)) throw new InvalidRecording('The recording has no list of frames.');
  for (const [index, frame] of frames.entries()) {
    const fault = faultOf(frame);
    if (fault) throw new InvalidRecording(`Frame ${index + 1} of the recording ${fault}.`);
  }
  return frames as RecordedFrame[];
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
