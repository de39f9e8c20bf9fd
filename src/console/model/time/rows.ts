/**
 * The frames that a filter lets through, one row each, found once: what comes later is looked at
 * when it has come. Rows are numbered from the oldest that is kept.
 */
import type { RecordedFrame } from '../../../events/recorded-frame.js';
import type { History } from '../history.js';

export interface Row {
  readonly place: number;
  /** Stands for the frames before this place that were only counted. */
  readonly isCount: boolean;
}

export class Rows {
  readonly history: History;
  readonly #isShown: (frame: RecordedFrame, place: number) => boolean;
  readonly #showsCounts: boolean;
  /** Places; the complement of one is the row of what was only counted before it. */
  #rows: number[] = [];
  #gone = 0;
  #looked: number;

  constructor(
    history: History,
    isShown: (frame: RecordedFrame, place: number) => boolean,
    showsCounts: boolean,
  ) {
    this.history = history;
    this.#isShown = isShown;
    this.#showsCounts = showsCounts;
    this.#looked = history.first;
    this.follow();
  }

  /** Takes in what has come, and lets go what was forgotten. */
  follow(): void {
    const { history } = this;
    const gone = this.indexAt(history.first - 1) + 1;
    if (gone > 0) this.#rows = this.#rows.slice(gone);
    this.#gone += gone;
    for (let place = Math.max(this.#looked, history.first); place < history.end; place++) {
      if (this.#showsCounts && history.leftOutBefore(place) > 0) this.#rows.push(~place);
      if (this.#isShown(history.frame(place)!, place)) this.#rows.push(place);
    }
    this.#looked = history.end;
  }

  /** Rows that were forgotten since the beginning: by so much the numbers of all have moved. */
  get gone(): number {
    return this.#gone;
  }

  get length(): number {
    return this.#rows.length;
  }

  at(index: number): Row {
    const row = this.#rows[index]!;
    return { place: placeOf(row), isCount: row < 0 };
  }

  /** The last row at this place or before it; -1 if all come later. */
  indexAt(place: number): number {
    let low = 0;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (placeOf(this.#rows[middle]!) <= place) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Place of the next frame in this direction that has a row; undefined if there is none. */
  next(from: number, step: 1 | -1): number | undefined {
    let index = this.indexAt(from);
    if (step === 1) index++;
    for (; index >= 0 && index < this.#rows.length; index += step) {
      const row = this.#rows[index]!;
      if (row >= 0 && row !== from) return row;
    }
    return undefined;
  }
}

function placeOf(row: number): number {
  return row < 0 ? ~row : row;
}
