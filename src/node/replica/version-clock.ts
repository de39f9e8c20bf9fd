/**
 * Stamps versions: the node's hybrid clock, with its ceiling kept on disk ahead of it.
 *
 * Nothing above the ceiling is issued before the ceiling is raised on disk, so a restart after the
 * wall clock stepped back starts above everything issued before.
 */
import { HybridClock } from '../../core/data/hybrid-clock.js';
import type { NodeId, Version } from '../../core/data/version.js';
import type { Clock, Store } from '../../ports.js';
import { isCount, readMeta } from '../base/meta.js';

const META = 'clock.ceiling';

export class VersionClock {
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
  readonly #waiting = new Set<() => void>();

  /** Throws `DamagedMeta`. */
  constructor(options: { node: NodeId; clock: Clock; store: Store; maxDriftMs: number }) {
    this.#node = options.node;
    this.#clock = options.clock;
    this.#store = options.store;
    this.#aheadMs = options.maxDriftMs / 2;
    const ceiling = readMeta(options.store, META, parseCeiling) ?? 0;
    this.#hybrid = new HybridClock({ ceiling, maxDriftMs: options.maxDriftMs });
  }

  /** A version above all seen here; undefined if the ceiling has to be raised first. */
  stamp(epoch: number, kind: 'plain' | 'ballot' = 'plain'): Version | undefined {
    const wallMs = this.#clock.now();
    const time = this.#hybrid.issue(wallMs, kind);
    const isLow = this.#hybrid.ceilingFor(wallMs, this.#aheadMs / 2) > this.#hybrid.ceiling;
    if (time === undefined || isLow) this.#raise(wallMs);
    return time === undefined ? undefined : { epoch, time, node: this.#node };
  }

  /** Runs when the ceiling has been raised, which takes until there is room on the disk. */
  whenRaised(run: () => void): { cancel(): void } {
    this.#waiting.add(run);
    return { cancel: () => this.#waiting.delete(run) };
  }

  /** Takes note of a version seen elsewhere; false if its time is too far ahead of ours. */
  observe(version: Version): boolean {
    return this.#hybrid.observe(version.time, this.#clock.now());
  }

  isTooFarAhead(version: Version): boolean {
    return this.#hybrid.isTooFarAhead(version.time, this.#clock.now());
  }

  /** Of a row that another owner holds: whether it can have been acknowledged, as clocks are. */
  isImplausible(version: Version): boolean {
    return this.#hybrid.isImplausible(version.time, this.#clock.now());
  }

  #raise(wallMs: number): void {
    if (this.#raising) return;
    this.#raising = true;
    const ceiling = this.#hybrid.ceilingFor(wallMs, this.#aheadMs);
    this.#store.setMeta(META, String(ceiling), () => {
      this.#raising = false;
      this.#hybrid.raiseCeiling(ceiling);
      const waiting = [...this.#waiting];
      this.#waiting.clear();
      for (const run of waiting) run();
    });
  }
}

function parseCeiling(text: string): number {
  const ceiling = Number(text);
  if (text === '' || !isCount(ceiling)) throw new Error('not a reading of a clock');
  return ceiling;
}
