/**
 * Operations in flight on one socket, in a window by the lower bits of their number. Numbers only
 * have to grow, so one whose place is still taken is left out; there is neither a map nor a search.
 */
import type { Operation } from './operation.js';

export class InFlight {
  readonly #most: { readonly operations: number; readonly bytes: number };
  /**
   * By the lower bits of their calls: the operations, and which of their tries it was. What was
   * given up here, and may be under way elsewhere, keeps its place until it is answered.
   */
  readonly #window: (Operation | undefined)[];
  readonly #calls: Uint32Array;
  #lastCall = 0;
  #count = 0;
  #bytes = 0;

  /** `most`: what the node allows. */
  constructor(most: { readonly operations: number; readonly bytes: number }) {
    this.#most = most;
    this.#window = new Array(windowFor(most.operations)).fill(undefined);
    this.#calls = new Uint32Array(this.#window.length);
  }

  get count(): number {
    return this.#count;
  }

  /** One operation may be in flight, however large. */
  hasRoomFor({ size }: Operation): boolean {
    if (this.#count === 0) return true;
    return this.#count < this.#most.operations && this.#bytes + size <= this.#most.bytes;
  }

  /** The number of the next one. */
  nextCall(): number {
    const mask = this.#window.length - 1;
    do this.#lastCall = (this.#lastCall + 1) >>> 0;
    while (this.#window[this.#lastCall & mask]);
    return this.#lastCall;
  }

  add(operation: Operation, call: number): void {
    const place = call & (this.#window.length - 1);
    this.#window[place] = operation;
    this.#calls[place] = call;
    this.#count++;
    this.#bytes += operation.size;
  }

  /** It is answered. A node answers once: throws if nothing has this number. */
  take(call: number): Operation {
    const place = call & (this.#window.length - 1);
    const operation = this.#window[place];
    if (!operation || this.#calls[place] !== call) throw new Error('an answer to nothing');
    this.#window[place] = undefined;
    this.#count--;
    this.#bytes -= operation.size;
    return operation;
  }

  /** All that is in flight, with the number it was sent as. */
  all(): [Operation, number][] {
    if (this.#count === 0) return [];
    return this.#window.flatMap((operation, place): [Operation, number][] =>
      operation ? [[operation, this.#calls[place] ?? 0]] : [],
    );
  }
}

/** A power of two, with room for some that take very long. */
function windowFor(operations: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, operations) * 4));
}
