/**
 * Tells when the disk has no room for clients any more, and when it has again. The store knows, and
 * is looked at: it would have nobody to tell, and a few seconds later is soon enough.
 */
import type { DiskFact } from '../../events/facts.js';
import type { Store } from '../../ports.js';

export class DiskWatch {
  readonly #store: Pick<Store, 'isFull'>;
  readonly #tell: (fact: DiskFact) => void;
  #isFull = false;

  constructor(store: Pick<Store, 'isFull'>, tell: (fact: DiskFact) => void) {
    this.#store = store;
    this.#tell = tell;
  }

  /** As it was told last. */
  get isFull(): boolean {
    return this.#isFull;
  }

  look(): void {
    const { isFull } = this.#store;
    if (isFull === this.#isFull) return;
    this.#isFull = isFull;
    this.#tell({ type: isFull ? 'store.full' : 'store.writable' });
  }
}
