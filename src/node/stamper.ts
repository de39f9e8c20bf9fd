/**
 * Stamps versions: the node's hybrid clock, with its ceiling kept on disk ahead of it.
 *
 * Nothing above the ceiling is issued before the ceiling is raised on disk, so a restart after the
 * wall clock stepped back starts above everything issued before.
 */
import { HybridClock } from '../core/hybrid-clock.js';
import type { NodeId, Version } from '../core/version.js';
import type { Clock, Store } from '../ports.js';

const META = 'clock.ceiling';

export class Stamper {
  readonly #hybrid: HybridClock;
  readonly #node: NodeId;
  readonly #clock: Clock;
  readonly #store: Store;
  /**
   * How far the ceiling is put ahead. After a crash versions run this far before our clock, and the
   * other owners must not find them too far ahead of theirs, which differ from ours as well.
   */
  readonly #aheadMs: number;
  #raising = false;
  #waiting: (() => void)[] = [];

  constructor(options: { node: NodeId; clock: Clock; store: Store; maxDriftMs: number }) {
    this.#node = options.node;
    this.#clock = options.clock;
    this.#store = options.store;
    this.#aheadMs = options.maxDriftMs / 2;
    const ceiling = Number(options.store.meta(META) ?? 0);
    this.#hybrid = new HybridClock({ ceiling, maxDriftMs: options.maxDriftMs });
  }

  /** Gives a version above all seen here; at once unless the ceiling has to be raised first. */
  stamp(epoch: number, done: (version: Version) => void, kind: 'plain' | 'ballot' = 'plain'): void {
    const wallMs = this.#clock.now();
    const time = this.#hybrid.issue(wallMs, kind);
    if (time === undefined) {
      this.#waiting.push(() => this.stamp(epoch, done, kind));
      this.#raise(wallMs);
      return;
    }
    if (this.#hybrid.ceilingFor(wallMs, this.#aheadMs / 2) > this.#hybrid.ceiling)
      this.#raise(wallMs);
    done({ epoch, time, node: this.#node });
  }

  /** Takes note of a version seen elsewhere; false if its time is too far ahead of ours. */
  observe(version: Version): boolean {
    return this.#hybrid.observe(version.time, this.#clock.now());
  }

  isTooFarAhead(version: Version): boolean {
    return this.#hybrid.isTooFarAhead(version.time, this.#clock.now());
  }

  /** Of a row that another owner holds: whether it can have been acknowledged, as clocks are. */
  isBeyondBelief(version: Version): boolean {
    return this.#hybrid.isBeyondBelief(version.time, this.#clock.now());
  }

  #raise(wallMs: number): void {
    if (this.#raising) return;
    this.#raising = true;
    const ceiling = this.#hybrid.ceilingFor(wallMs, this.#aheadMs);
    this.#store.setMeta(META, String(ceiling), () => {
      this.#raising = false;
      this.#hybrid.raiseCeiling(ceiling);
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const run of waiting) run();
    });
  }
}
