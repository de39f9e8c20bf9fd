/**
 * Stamps versions, and judges the stamps of others: the node's hybrid clock, with its ceiling kept
 * on disk ahead of it.
 *
 * Nothing above the ceiling is issued before the ceiling is raised on disk, so a restart after the
 * wall clock stepped back starts above everything issued before.
 *
 * Whose wall clock is wrong, by the word of the others (`../membership/cluster-clock.ts`), stamps
 * nothing: the others would refuse it, and what is left of it on one disk could win later. Others
 * are judged by the time of the cluster, so our own mistake is not held against them. Nor does
 * anybody stamp by a ceiling that may be that of an old copy of its disk.
 *
 * Versions of another epoch are above all of the one before. So where times were far ahead, the
 * next epoch goes on by the wall clock: a change of the ring is the way out when most clocks were
 * wrong. For that the disk says in which epoch the ceiling holds.
 */
import { HybridClock, reserveOf, wallTimeOf } from '../../core/data/hybrid-clock.js';
import type { NodeId, Version } from '../../core/data/version.js';
import { CLOCK_IS_UNKNOWN, CLOCK_IS_WRONG, DISK_IS_UNSURE } from '../../core/failures.js';
import type { Store } from '../../ports.js';
import { isCount, readMeta } from '../base/meta.js';
import type { ClusterClock } from '../membership/cluster-clock.js';

const META = 'clock.ceiling';
/** In no epoch. What is only seen elsewhere, before the first stamp, binds nobody in the next. */
const NOTHING_STAMPED = { epoch: 0, ceiling: 0 };

export class VersionClock {
  readonly #hybrid: HybridClock;
  readonly #node: NodeId;
  readonly #clock: Pick<ClusterClock, 'now' | 'standing'>;
  readonly #store: Pick<Store, 'meta' | 'setMeta'>;
  readonly #isTrusted: () => boolean;
  /**
   * How far the ceiling is put ahead. After a crash versions run this far before our clock, and the
   * other owners must not find them too far ahead of theirs, which differ from ours as well.
   */
  readonly #aheadMs: number;
  /** In which was stamped last; undefined if that is not known. */
  #epoch: number | undefined;
  #raising = false;
  readonly #waiting = new Set<() => void>();

  /** Throws `DamagedMeta`. */
  constructor(options: {
    node: NodeId;
    /** What time it is in the cluster, and whether our own clock says the same. */
    clock: Pick<ClusterClock, 'now' | 'standing'>;
    store: Pick<Store, 'meta' | 'setMeta'>;
    /** Whether our disk is known to be the newest: an older one could have us stamp twice. */
    isTrusted: () => boolean;
    maxDriftMs: number;
  }) {
    this.#node = options.node;
    this.#clock = options.clock;
    this.#store = options.store;
    this.#isTrusted = options.isTrusted;
    this.#aheadMs = reserveOf(options.maxDriftMs);
    const { epoch, ceiling } = readMeta(options.store, META, parseCeiling) ?? NOTHING_STAMPED;
    this.#epoch = epoch;
    this.#hybrid = new HybridClock({ ceiling, maxDriftMs: options.maxDriftMs });
  }

  /** Why nothing may be stamped now; undefined if nothing is known to be wrong. */
  get obstacle(): string | undefined {
    if (!this.#isTrusted()) return DISK_IS_UNSURE;
    const { standing } = this.#clock;
    if (standing === 'right') return undefined;
    return standing === 'wrong' ? CLOCK_IS_WRONG : CLOCK_IS_UNKNOWN;
  }

  /**
   * A version above all seen here, unless there is an obstacle; undefined if the ceiling has to be
   * raised first.
   */
  stamp(epoch: number, kind: 'plain' | 'ballot' = 'plain'): Version | undefined {
    const wallMs = this.#clock.now();
    this.enter(epoch);
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

  /** Goes on above a version seen elsewhere; false if its time is too far ahead. */
  observe(version: Version): boolean {
    // What is stamped from now on is above one of an epoch before.
    if (version.epoch < (this.#epoch ?? 0)) return true;
    const wallMs = this.#clock.now();
    if (!this.#hybrid.observe(version.time, wallMs)) return false;
    // Else a restart would find too far ahead what is believed now. But not by a clock that is
    // ahead of what was seen: a restart begins at the ceiling, and if all clocks have been set back
    // since, the others know of nothing higher.
    const { last, ceiling } = this.#hybrid;
    if (last > ceiling) this.#raise(Math.min(wallMs, wallTimeOf(last)));
    return true;
  }

  /** Goes on above a version however far ahead it is: most owners hold it. */
  believe(version: Version): void {
    this.#hybrid.believe(version.time);
    this.observe(version);
  }

  isTooFarAhead(version: Version): boolean {
    return this.#hybrid.isTooFarAhead(version.time, this.#clock.now());
  }

  /** Of a row that another owner holds: whether it can have been acknowledged, as clocks are. */
  isImplausible(version: Version): boolean {
    return this.#hybrid.isImplausible(version.time, this.#clock.now());
  }

  /** Milliseconds since 1970: what is of a later wall-clock time is implausible. */
  get latestPlausible(): number {
    return this.#hybrid.latestPlausible(this.#clock.now());
  }

  /** From now on stamps are of this epoch. To be called before anything of it is observed. */
  enter(epoch: number): void {
    const before = this.#epoch;
    if (before !== undefined && epoch <= before) return;
    this.#epoch = epoch;
    if (before !== undefined) this.#hybrid.beginEpoch(this.#clock.now());
  }

  #raise(wallMs: number): void {
    if (this.#raising) return;
    this.#raising = true;
    const epoch = this.#epoch;
    const ceiling = this.#hybrid.ceilingFor(wallMs, this.#aheadMs);
    this.#store.setMeta(META, `${epoch ?? 0} ${ceiling}`, () => {
      this.#raising = false;
      // In another epoch it is raised anew, by whoever waits.
      if (epoch === this.#epoch) this.#hybrid.raiseCeiling(ceiling);
      const waiting = [...this.#waiting];
      this.#waiting.clear();
      for (const run of waiting) run();
    });
  }
}

/** Epoch and ceiling; of earlier releases the ceiling alone. */
function parseCeiling(text: string): { epoch?: number; ceiling: number } {
  const numbers = text.split(' ').map((part) => (part === '' ? Number.NaN : Number(part)));
  if (numbers.length > 2 || !numbers.every(isCount)) throw new Error('not a reading of a clock');
  const [ceiling = 0, epoch] = numbers.reverse();
  return epoch === undefined ? { ceiling } : { epoch, ceiling };
}
