/**
 * The frames of some types in a history: found once each, as the history grows, so that what is
 * drawn of few among many costs nothing for the many.
 */
import type { RecordedFrame } from '../../events/recorded-frame.js';
import type { History } from './history.js';

export type FrameOf<T extends string> = Extract<RecordedFrame, { readonly type: T }>;

export interface PickedFrame<T extends RecordedFrame['type']> {
  readonly place: number;
  /** As the history has it: never running backwards; milliseconds since 1970. */
  readonly at: number;
  readonly frame: FrameOf<T>;
}

export class Picked<T extends RecordedFrame['type']> {
  readonly #history: History;
  readonly #types: ReadonlySet<string>;
  #next = 0;
  #frames: PickedFrame<T>[] = [];

  constructor(history: History, types: readonly T[]) {
    this.#history = history;
    this.#types = new Set(types);
  }

  /** All of them, the oldest first. The list is another one whenever it has changed. */
  get frames(): readonly PickedFrame<T>[] {
    const { first, end } = this.#history;
    const found: PickedFrame<T>[] = [];
    for (let place = Math.max(this.#next, first); place < end; place++) {
      const frame = this.#history.frame(place)!;
      if (!this.#types.has(frame.type)) continue;
      found.push({ place, at: this.#history.at(place), frame: frame as FrameOf<T> });
    }
    this.#next = end;
    const isForgotten = (this.#frames[0]?.place ?? first) < first;
    if (found.length > 0 || isForgotten) {
      this.#frames = [...this.#frames, ...found].filter(({ place }) => place >= first);
    }
    return this.#frames;
  }

  /** From the newest that had been told at a place back to the oldest. */
  *backFrom(place: number): Generator<PickedFrame<T>> {
    const { frames } = this;
    let [low, high] = [0, frames.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (frames[middle]!.place <= place) low = middle + 1;
      else high = middle;
    }
    while (low > 0) yield frames[--low]!;
  }
}
