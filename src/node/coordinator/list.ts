/**
 * Carries out a listing: a page of keys, or the count of as many as time allows.
 *
 * A page is made of parts (`list-part.ts`), one behind the other. What was deleted or has expired
 * is left out, so a part may give few keys or none; then the next one asks for more. A page ends
 * where it is full, at the end of the range, and when half of its time has passed: the other half
 * is left to what has been begun.
 */
import { isEmptyRange, type KeyRange, restOf } from '../../core/data/key-range.js';
import type { Failure, Listed, ListedKey, ListRequest } from '../../core/requests.js';
import { SCAN_ROWS_LIMIT } from '../../core/wire/limits.js';
import type { Attempt } from './attempt.js';
import { ListPart, type Part } from './list-part.js';

/** Values of one page, about: the last part of it may have as much again. */
const PAGE_VALUE_BYTES = 1 << 20;

export function runList(
  request: ListRequest,
  attempt: Attempt,
  done: (outcome: Listed | Failure) => void,
): void {
  new Lister(request, attempt, done).goOn();
}

class Lister {
  readonly #request: ListRequest;
  readonly #attempt: Attempt;
  readonly #done: (outcome: Listed | Failure) => void;
  /** When it begins nothing more, on the monotonic clock. */
  readonly #until: number;
  readonly #keys: ListedKey[] = [];
  #count = 0;
  #valueBytes = 0;
  /** What has not been listed yet. */
  #rest: KeyRange;
  /** How many rows there were in the last part for each that was listed. */
  #rowsPerKey = 1;

  constructor(request: ListRequest, attempt: Attempt, done: (outcome: Listed | Failure) => void) {
    this.#request = request;
    this.#attempt = attempt;
    this.#done = done;
    this.#rest = request.range;
    this.#until = this.#now + attempt.timeLeft / 2;
  }

  goOn(): void {
    if (isEmptyRange(this.#rest)) return this.#end(undefined);
    const rows = Math.min(Math.ceil(this.#wanted * this.#rowsPerKey), SCAN_ROWS_LIMIT);
    const part = new ListPart(this.#request, this.#rest, rows, this.#attempt, (outcome) => {
      if ('ok' in outcome) this.#done(outcome);
      else this.#take(outcome);
    });
    part.begin();
  }

  get #now(): number {
    return this.#attempt.ports.clock.monotonic();
  }

  /** Keys that the page still has room for. */
  get #wanted(): number {
    return this.#request.isCount ? Number.POSITIVE_INFINITY : this.#request.limit - this.#count;
  }

  #take(part: Part): void {
    const { isCount, reverse } = this.#request;
    const keys = part.keys.slice(0, this.#wanted);
    this.#count += keys.length;
    if (!isCount) {
      for (const key of keys) this.#valueBytes += key.record?.value.length ?? 0;
      this.#keys.push(...keys);
    }
    // What does not fit into this page is for the next one.
    const next = keys.length < part.keys.length ? keys.at(-1)?.key : part.next;
    const isFull = this.#wanted === 0 || this.#valueBytes >= PAGE_VALUE_BYTES;
    if (next === undefined || isFull || this.#now >= this.#until) return this.#end(next);
    this.#rest = restOf(this.#rest, next, reverse);
    if (keys.length > 0) this.#rowsPerKey = part.rows / keys.length;
    else this.#rowsPerKey *= 2;
    this.goOn();
  }

  #end(next: Buffer | undefined): void {
    const { level } = this.#request;
    const { epoch } = this.#attempt.ports.rings;
    const found = { keys: this.#keys, count: this.#count, next, epoch, reached: String(level) };
    this.#done({ ok: true, ...found });
  }
}
