/**
 * Counts the bytes that a node holds for clients: bodies that come in, values that owners have sent
 * for a request, answers that are not taken yet, and requests that wait. Senders and readers may be
 * as slow as they like, so without a bound they would fill the memory.
 */
export class MemoryBudget {
  readonly #max: number;
  #held = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get held(): number {
    return this.#held;
  }

  hasRoomFor(bytes: number): boolean {
    return this.#held + bytes <= this.#max;
  }

  /** False, and nothing counted, if there is no room. */
  take(bytes: number): boolean {
    if (!this.hasRoomFor(bytes)) return false;
    this.#held += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#held -= bytes;
  }
}
