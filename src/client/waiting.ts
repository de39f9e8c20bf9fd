/** Operations that wait, in the order in which they came. */
import type { Operation } from './operation.js';

export class Waiting {
  readonly #operations = new Set<Operation>();

  get size(): number {
    return this.#operations.size;
  }

  add(operation: Operation): void {
    this.#operations.add(operation);
  }

  /** Lets those at the front go, as long as there is room. */
  go(hasRoomFor: (operation: Operation) => boolean, launch: (operation: Operation) => void): void {
    for (const operation of this.#operations) {
      if (!hasRoomFor(operation)) return;
      this.#operations.delete(operation);
      if (!operation.isSettled) launch(operation);
    }
  }

  /** Lets all of them go. */
  takeAll(): Operation[] {
    const all = [...this.#operations];
    this.#operations.clear();
    return all;
  }

  /** Lets those go whose time is up. */
  expire(now: number, expired: (operation: Operation) => void): void {
    for (const operation of this.#operations) {
      if (operation.deadline > now) continue;
      this.#operations.delete(operation);
      expired(operation);
    }
  }
}
