/** Where the parts of a node tell what happens, and others listen: every fact passes here, once. */
import type { Fact } from './facts.js';

export class FactBus {
  readonly #watchers = new Set<(fact: Fact) => void>();

  readonly tell = (fact: Fact): void => {
    for (const watcher of this.#watchers) watcher(fact);
  };

  /** Called with every fact from now on; returns how to stop it. */
  watch(watcher: (fact: Fact) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}
