/**
 * Rows of time as a sequence diagram: a lane for each node, messages as arrows between them, faults
 * as bands, and the lives of processes.
 *
 * Intuition: each event is a row, so that what is close in time stands apart and can be read; how
 * much time went by is written beside the rows. Rejected alternative: a time axis that is true to
 * scale. Bursts of a millisecond become a blot on it, and seconds of rest fill the screen.
 *
 * Reference: Lamport's space-time diagrams, as ShiViz draws them.
 */
import type { NodeId } from '../../../core/data/version.js';
import type { RecordedFrame } from '../../../events/recorded-frame.js';
import type { RunOfSimulator } from '../../../events/recording.js';
import type { NodeName } from '../../../words/names.js';
import { type Kind, kindOf } from '../kinds.js';
import type { Rows } from './rows.js';
import type { Thread, Threads } from './threads.js';

export interface Lane {
  /** Of a recording of the simulator a machine, else a node. */
  readonly name: string;
  /** The nodes that it is, or has been; the last one gives it its colour. */
  readonly nodes: readonly NodeId[];
}

export interface Arrow {
  readonly key: string;
  readonly fromLane: number;
  readonly toLane: number;
  /** Of its sending and of its end; between two rows if it has none itself. */
  readonly fromRow: number;
  readonly toRow: number;
  readonly fate: 'arrived' | 'lost' | 'open';
  /** Place of the frame that it is told by. */
  readonly place: number;
}

/** Something that lasts. */
export interface Span {
  readonly key: string;
  readonly lane: number;
  readonly fromRow: number;
  readonly toRow: number;
  readonly place: number;
}

export interface Request extends Span {
  /** Beside others of its lane at the same time, from 0. */
  readonly slot: number;
  readonly outcome: string;
}

export interface Dot {
  readonly row: number;
  /** Undefined if it is of all. */
  readonly lane: number | undefined;
  readonly kind: Kind;
  readonly place: number;
}

export interface Sequence {
  readonly arrows: readonly Arrow[];
  readonly faults: readonly Span[];
  /** Where a lane has a process. */
  readonly lives: readonly Span[];
  readonly requests: readonly Request[];
  readonly dots: readonly Dot[];
}

export function lanesOf(run: RunOfSimulator | undefined, names: readonly NodeName[]): Lane[] {
  const lanes = run
    ? Object.entries(run.machines).map(([name, nodes]) => ({ name, nodes }))
    : names.map(({ id, short }) => ({ name: short, nodes: [id] }));
  return lanes.sort((one, other) => one.name.localeCompare(other.name, 'en', { numeric: true }));
}

/** Of the rows from `first` to `last`. */
export function sequenceOf(
  rows: Rows,
  threads: Threads,
  lanes: readonly Lane[],
  [first, last]: readonly [first: number, last: number],
): Sequence {
  return new Drawing(rows, threads, lanes, first, last).draw();
}

/** More than this beside each other are drawn on top of each other. */
const SLOTS = 3;

class Drawing {
  readonly #laneOf = new Map<NodeId, number>();
  readonly #rows: Rows;
  readonly #threads: Threads;
  readonly #lanes: readonly Lane[];
  readonly #first: number;
  readonly #last: number;

  constructor(rows: Rows, threads: Threads, lanes: readonly Lane[], first: number, last: number) {
    this.#rows = rows;
    this.#threads = threads;
    this.#lanes = lanes;
    this.#first = first;
    this.#last = last;
    for (const [lane, { nodes }] of lanes.entries()) {
      for (const node of nodes) this.#laneOf.set(node, lane);
    }
  }

  draw(): Sequence {
    const arrows = new Map<string, Arrow>();
    const dots: Dot[] = [];
    for (let row = this.#first; row <= this.#last; row++) {
      const { place, isCount } = this.#rows.at(row);
      if (isCount) continue;
      const frame = this.#frame(place);
      const thread = frame.type.startsWith('message.') ? this.#threads.of(frame) : undefined;
      for (const arrow of thread ? this.#arrowsOf(thread) : []) arrows.set(arrow.key, arrow);
      if (thread && thread.from >= 0) continue;
      dots.push({ row, lane: this.#laneOf.get(frame.node), kind: kindOf(frame), place });
    }
    return {
      arrows: [...arrows.values()],
      dots,
      faults: this.#spans('fault', ({ where }) => this.#lanesNamed(where)),
      lives: this.#spans('process', ({ node }) => this.#lanesOfNode(node)),
      requests: this.#requests(),
    };
  }

  #frame(place: number): RecordedFrame {
    return this.#threads.history.frame(place)!;
  }

  #rowOf(place: number): number {
    const row = this.#rows.indexAt(place);
    return row >= 0 && this.#rows.at(row).place === place ? row : row + 0.5;
  }

  /** One for each copy of it. What arrives without having been sent is drawn as a dot. */
  #arrowsOf({ from, ends }: Thread): Arrow[] {
    if (from < 0) return [];
    const sent = this.#frame(from);
    const fromLane = this.#laneOf.get(sent.node);
    const toLane = sent.type === 'message.sent' ? this.#laneOf.get(sent.to) : undefined;
    if (fromLane === undefined || toLane === undefined) return [];
    const at = { fromLane, toLane, fromRow: this.#rowOf(from) };
    if (ends.length === 0) {
      const toRow = this.#rows.length;
      return [{ ...at, key: `${from}`, toRow, fate: 'open', place: from }];
    }
    return ends.map((end) => ({
      ...at,
      key: `${from} ${end}`,
      toRow: this.#rowOf(end),
      fate: this.#frame(end).type === 'message.lost' ? 'lost' : 'arrived',
      place: from,
    }));
  }

  /** Of all of a kind those that reach into the rows that are drawn. */
  #spans(
    kind: 'fault' | 'process' | 'request',
    lanes: (frame: { node: NodeId; where: readonly string[] }) => readonly number[],
  ): Span[] {
    if (this.#rows.length === 0) return [];
    const [from, to] = [this.#rows.at(this.#first).place, this.#rows.at(this.#last).place];
    const seen = this.#threads.all(kind).filter((thread) => {
      const begin = thread.from < 0 ? Number.NEGATIVE_INFINITY : thread.from;
      return begin <= to && (thread.ends[0] ?? Number.POSITIVE_INFINITY) >= from;
    });
    return seen.flatMap((thread) => {
      const place = thread.from < 0 ? thread.ends[0]! : thread.from;
      const frame = { where: [], ...this.#frame(place) };
      const end = thread.ends[0];
      const fromRow = thread.from < 0 ? -1 : this.#rowOf(thread.from);
      const toRow = end === undefined ? this.#rows.length : this.#rowOf(end);
      return lanes(frame).map((lane) => {
        return { key: `${kind} ${place} ${lane}`, lane, fromRow, toRow, place };
      });
    });
  }

  #requests(): Request[] {
    const taken = new Map<number, number[]>();
    return this.#spans('request', ({ node }) => this.#lanesOfNode(node)).map((span) => {
      const ends = taken.get(span.lane) ?? [];
      taken.set(span.lane, ends);
      const free = ends.findIndex((end) => end < span.fromRow);
      const slot = free >= 0 ? free : Math.min(ends.length, SLOTS - 1);
      ends[slot] = span.toRow;
      const end = this.#threads.of(this.#frame(span.place))?.ends[0];
      const answer = end === undefined ? undefined : this.#frame(end);
      const outcome = answer?.type === 'request.ended' ? answer.outcome : 'open';
      return { ...span, slot, outcome };
    });
  }

  #lanesOfNode(node: NodeId): readonly number[] {
    const lane = this.#laneOf.get(node);
    return lane === undefined ? [] : [lane];
  }

  /** A fault without a place is everywhere. */
  #lanesNamed(where: readonly string[]): readonly number[] {
    const all = [...this.#lanes.keys()];
    return where.length === 0 ? all : all.filter((lane) => where.includes(this.#lanes[lane]!.name));
  }
}
