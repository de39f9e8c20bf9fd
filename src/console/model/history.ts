/**
 * All that a page was told, and how things stood after each of it: the past is a place in here.
 *
 * Intuition: a view is what a fold over frames gives, so the past needs no storage of its own: fold
 * up to there. Algorithm: of every 64th frame the view is kept (views share what did not change),
 * and any other is folded from the nearest one before it. What is too much is forgotten at the old
 * end; what comes too fast is folded but not kept, and counted.
 *
 * Reference: event sourcing with snapshots; Redux DevTools' time travel. Rejected alternative: to
 * keep the view after every frame. It is simpler, and takes several times the memory of the frames.
 *
 * Frames stand in the order in which they came. Places are numbers that stay valid while older
 * frames are forgotten: the place of the first frame of all is 0.
 */
import type { RecordedFrame } from '../../events/recorded-frame.js';
import { NOBODY, reduce } from '../../events/reduce.js';
import type { View } from '../../events/view.js';

const VIEW_EACH = 64;
/** Steps are thinned out by runs of so many: behind each gap a view has to be kept. */
const RUN = 16;
/** Forgotten are many at a time. */
const KEPT_SHARE = 7 / 8;

interface Kept {
  readonly frame: RecordedFrame;
  /** Never less than that of the frame before: clocks differ, and step. */
  readonly at: number;
  /** Frames that came right before this one and were not kept. */
  readonly leftOut: number;
  /** After this frame, where it was written down. */
  readonly view: View | undefined;
}

export class History {
  readonly #most: number;
  #kept: Kept[] = [];
  #first = 0;
  /** Before the first frame that is kept. */
  #base: View = NOBODY;
  #view: View = NOBODY;
  #leftOut = 0;
  #leftOutInAll = 0;
  readonly #lastSeq = new Map<string, number>();
  /** Where was looked last: who steps through the past asks for the next. */
  #looked: { place: number; view: View } | undefined;

  /** Keeps so many frames. */
  constructor(most = 200_000) {
    this.#most = most;
  }

  /** Place of the oldest frame that is kept. */
  get first(): number {
    return this.#first;
  }

  /** Place behind the newest. */
  get end(): number {
    return this.#first + this.#kept.length;
  }

  get isEmpty(): boolean {
    return this.#kept.length === 0;
  }

  /** How things stand now. */
  get view(): View {
    return this.#view;
  }

  /** Frames that were folded and not kept, since the beginning. */
  get leftOut(): number {
    return this.#leftOutInAll;
  }

  /** Number of the last fact of a node; undefined if it has told nothing. */
  lastSeq(node: string): number | undefined {
    return this.#lastSeq.get(node);
  }

  /**
   * Takes what came. A fact that came before is passed over. If these are more than `most`, steps
   * of actors are thinned out, run by run: they are folded all the same.
   */
  append(frames: readonly RecordedFrame[], most = Number.POSITIVE_INFINITY): void {
    const steps = frames.length > most ? frames.filter(isStep).length : 0;
    const keepable = Math.max(1, most - (frames.length - steps));
    const each = steps > keepable ? steps / keepable : 1;
    let step = 0;
    const runs = (count: number) => Math.floor(count / each);
    const stays = (index: number) => {
      const run = Math.floor(index / RUN);
      return runs(run + 1) > runs(run);
    };
    for (const frame of frames) {
      if (!this.#isNew(frame)) continue;
      this.#view = reduce(this.#view, frame);
      if (each > 1 && isStep(frame) && !stays(step++)) {
        this.#leftOut++;
        this.#leftOutInAll++;
        continue;
      }
      this.#keep(frame);
    }
    if (this.#kept.length <= this.#most) return;
    this.#forget(this.#kept.length - Math.floor(this.#most * KEPT_SHARE));
  }

  #isNew(frame: RecordedFrame): boolean {
    if (!('seq' in frame) || frame.type === 'beat') return true;
    const last = this.#lastSeq.get(frame.node) ?? Number.NEGATIVE_INFINITY;
    // A snapshot has the number of the last fact that is in it.
    if (frame.type === 'snapshot' ? frame.seq < last : frame.seq <= last) return false;
    this.#lastSeq.set(frame.node, frame.seq);
    return true;
  }

  #keep(frame: RecordedFrame): void {
    const before = this.#kept.at(-1);
    const at = Math.max(before?.at ?? frame.at, frame.at);
    const isWrittenDown = this.#leftOut > 0 || this.end % VIEW_EACH === 0;
    const view = isWrittenDown ? this.#view : undefined;
    this.#kept.push({ frame, at, leftOut: this.#leftOut, view });
    this.#leftOut = 0;
  }

  #forget(count: number): void {
    this.#base = this.viewAfter(this.#first + count - 1);
    this.#kept = this.#kept.slice(count);
    this.#first += count;
    this.#looked = undefined;
  }

  frame(place: number): RecordedFrame | undefined {
    return this.#kept[place - this.#first]?.frame;
  }

  /** Frames before this one that were not kept. */
  leftOutBefore(place: number): number {
    return this.#kept[place - this.#first]?.leftOut ?? 0;
  }

  /** Wall clock, milliseconds since 1970, never running backwards. */
  at(place: number): number {
    return this.#kept[place - this.#first]?.at ?? 0;
  }

  /** How things stood when the frame at this place had been told. */
  viewAfter(place: number): View {
    if (place < this.#first) return this.#base;
    if (place >= this.end - 1 && this.#leftOut === 0) return this.#view;
    let from = Math.min(place, this.end - 1) - this.#first;
    const last = from;
    const looked = (this.#looked?.place ?? -1) - this.#first;
    let view: View | undefined;
    for (; from >= 0; from--) {
      view = from === looked ? this.#looked?.view : this.#kept[from]!.view;
      if (view) break;
    }
    view ??= this.#base;
    for (const { frame } of this.#kept.slice(from + 1, last + 1)) view = reduce(view, frame);
    this.#looked = { place: last + this.#first, view };
    return view;
  }

  /** Place of the last frame that was told at this time or before; `first` if all came later. */
  placeAt(time: number): number {
    let low = 0;
    let high = this.#kept.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#kept[middle]!.at <= time) low = middle + 1;
      else high = middle;
    }
    return this.#first + Math.max(0, low - 1);
  }

  /** The next place of which the test holds, in this direction; undefined if there is none. */
  find(from: number, step: 1 | -1, test: (frame: RecordedFrame) => boolean): number | undefined {
    for (let place = from + step; place >= this.#first && place < this.end; place += step) {
      if (test(this.#kept[place - this.#first]!.frame)) return place;
    }
    return undefined;
  }
}

function isStep({ type }: RecordedFrame): boolean {
  return type === 'actor.transition';
}
