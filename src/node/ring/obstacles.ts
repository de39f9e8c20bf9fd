/** What stands between a node and a ring: what others answer, and whom it cannot get to. */
import type { NodeId } from '../../core/data/version.js';
import { named } from '../../core/planning/sentences.js';

/** In a sentence; more are counted. */
const NAMED = 3;

export class Obstacles {
  /** What those who answer say that is waited for. */
  readonly #answers = new Map<NodeId, string>();
  /** Why an address, `host:port`, cannot be had. */
  readonly #failures = new Map<string, string>();

  /** `waitsFor`: empty if it named nothing. */
  answered(peer: NodeId, waitsFor: string): void {
    if (waitsFor) this.#answers.set(peer, waitsFor);
    else this.#answers.delete(peer);
  }

  failed(address: string, reason: string): void {
    this.#failures.set(address, reason);
  }

  connected(address: string): void {
    this.#failures.delete(address);
  }

  disconnected(peer: NodeId): void {
    this.#answers.delete(peer);
  }

  /** What is waited for, in one sentence; empty if nothing is known. */
  get sentence(): string {
    const failures = [...this.#failures].map(([address, reason]) => `${address} (${reason})`);
    // Several may say the same, and the order in which they did so means nothing.
    const answers = [...new Set(this.#answers.values())].sort();
    const parts = [answers, failures.sort()].filter((list) => list.length > 0);
    return parts.map((list) => named(list, NAMED)).join('; ');
  }
}
