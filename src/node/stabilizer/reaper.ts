/**
 * The reaper: lets tombstones, and what has expired, go for good.
 *
 * Intuition: a deletion has to be remembered for as long as anybody could bring back what it
 * deleted. When all owners hold the same tombstone, none of them holds anything older; when it is
 * older than any hint can be, nobody else will bring anything older either.
 *
 * Algorithm: one owner of a partition, the first that can be reached, looks for what has been over
 * for `tombstoneMinAgeMs` and asks every owner whether it holds just these versions. What all of
 * them confirm, all of them let go of. Each remembers the newest version that went so, up to which
 * it takes nothing for a key that holds nothing (`core/acceptor.ts`): so a message that was on its
 * way for hours, or an old hint, finds the door closed. An owner that is away keeps it from being
 * done; who that is can be seen.
 *
 * Why it is safe: a version that all owners hold has replaced whatever was older at each of them,
 * and no owner can take anything older later. If the ring changes, or somebody stops, between the
 * two steps, a tombstone is left at some owners and comes back to the others: a tombstone does no
 * harm, and is let go of another time. A node that becomes an owner pulls from these owners; what
 * it still holds from before it forgets (`transfer.ts`). Hints are given up after `hintWindowMs`,
 * which is shorter than the least age, and a stamp is no older than its request may take.
 *
 * Reference: Riak's reaper, which asks for all primaries to be up and to agree; Cassandra's
 * `gc_grace_seconds` is the rejected alternative: by age alone a node that was away for longer
 * brings back what was deleted.
 */
import { assert } from '../../core/assert.js';
import type { NodeId } from '../../core/data/version.js';
import { ownersOf } from '../../core/ring/ring.js';
import type { Ended, EndedIn, PageEntry, Store } from '../../ports.js';
import type { Throttle } from '../base/throttle.js';
import { TransferFailed } from '../base/work.js';
import { newestOf } from '../replica/reaping.js';
import type { CurrentRing } from '../ring/current-ring.js';
import type { PartitionSync } from './partition-sync.js';

/** What is asked about at a time: requests to the stores wait for a few milliseconds at most. */
const BATCH_ROWS = 200;

/** What is over in a partition, and old enough, and cannot go. */
interface Waiting {
  readonly rows: number;
  /** Milliseconds since 1970: since when the first of it is over. */
  readonly since: number;
  /** Why it could not the last time that it was tried. */
  readonly reason?: string | undefined;
}

export class Reaper {
  readonly #self: NodeId;
  readonly #rings: Pick<CurrentRing, 'current'>;
  readonly #sync: Pick<PartitionSync, 'confirm' | 'reap' | 'check'>;
  readonly #store: Pick<Store, 'ended' | 'endedIn'>;
  readonly #throttle: Throttle;
  readonly #wallMs: () => number;
  readonly #knowsTime: () => boolean;
  readonly #minAgeMs: number;
  readonly #isReachable: (owner: NodeId) => boolean;
  /** Of the partitions that this node looks after. */
  readonly #waiting = new Map<number, Waiting>();

  constructor(options: {
    self: NodeId;
    rings: Pick<CurrentRing, 'current'>;
    sync: Pick<PartitionSync, 'confirm' | 'reap' | 'check'>;
    store: Pick<Store, 'ended' | 'endedIn'>;
    throttle: Throttle;
    /** The cluster's time. */
    wallMs: () => number;
    /** Whether that is more than the word of our own clock. */
    knowsTime: () => boolean;
    /** 0: nothing goes. */
    minAgeMs: number;
    isReachable: (owner: NodeId) => boolean;
  }) {
    this.#self = options.self;
    this.#rings = options.rings;
    this.#sync = options.sync;
    this.#store = options.store;
    this.#throttle = options.throttle;
    this.#wallMs = options.wallMs;
    this.#knowsTime = options.knowsTime;
    this.#minAgeMs = options.minAgeMs;
    this.#isReachable = options.isReachable;
  }

  /**
   * Those of some partitions in which something is over for long enough, and that it goes is ours
   * to see to.
   */
  async search(partitions: readonly number[]): Promise<number[]> {
    const before = this.#before;
    const over = before === undefined ? new Set() : await this.#endedIn(before);
    const ours = new Set(partitions.filter((each) => over.has(each) && this.#isOurs(each)));
    for (const each of this.#waiting.keys()) if (!ours.has(each)) this.#waiting.delete(each);
    return [...ours];
  }

  async #endedIn(before: number): Promise<Set<number>> {
    const over = new Set<number>();
    let next: number | undefined = 0;
    while (next !== undefined) {
      const query = { from: next, before };
      const found = await new Promise<EndedIn>((resolve) => this.#store.endedIn(query, resolve));
      for (const partition of found.partitions) over.add(partition);
      next = found.next;
    }
    return over;
  }

  /** What is over for long enough, if it is ours to see to that it goes. */
  async look(partition: number): Promise<PageEntry[]> {
    const reason = this.#waiting.get(partition)?.reason;
    this.#waiting.delete(partition);
    if (!this.#isOurs(partition)) return [];
    await this.#throttle.ready();
    const before = this.#before;
    if (before === undefined) return [];
    const query = { partition, before, limit: BATCH_ROWS };
    const ended = await new Promise<Ended>((resolve) => this.#store.ended(query, resolve));
    this.#throttle.spend(ended.entries.length, 0);
    const { rows, since } = ended;
    if (rows > 0) this.#waiting.set(partition, { rows, since, reason });
    return ended.entries;
  }

  /**
   * Those of them that all owners hold. Rejects with `TransferFailed` if that is none, or one does
   * not say.
   */
  confirm(epoch: number, partition: number, entries: readonly PageEntry[]): Promise<PageEntry[]> {
    return this.#noting(partition, this.#confirm(epoch, partition, entries));
  }

  async #confirm(
    epoch: number,
    partition: number,
    entries: readonly PageEntry[],
  ): Promise<PageEntry[]> {
    this.#sync.check(epoch);
    const owners = this.#owners(partition);
    if (owners.length === 0) throw new TransferFailed('its owners may change');
    const away = owners.find((owner) => !this.#isThere(owner));
    if (away) throw new TransferFailed(`${away} is away`);
    const missing = await Promise.all(
      owners.map((owner) => this.#sync.confirm(owner, epoch, partition, entries)),
    );
    const some = new Set(missing.flat());
    const confirmed = entries.filter((_, index) => !some.has(index));
    if (confirmed.length === 0) throw new TransferFailed('the owners differ');
    return confirmed;
  }

  /**
   * Lets all owners let go of them; returns how many rows went here. Rejects with `TransferFailed`
   * if one does not say so: the others have let go of them, and get them back.
   */
  reap(epoch: number, partition: number, entries: readonly PageEntry[]): Promise<number> {
    return this.#noting(partition, this.#reap(epoch, partition, entries));
  }

  async #reap(epoch: number, partition: number, entries: readonly PageEntry[]): Promise<number> {
    assert(entries.length > 0, 'what is reaped is something');
    const upTo = newestOf(entries);
    const asked = this.#owners(partition).map(async (owner) => {
      const rows = await this.#sync.reap(owner, { epoch, partition, upTo, entries });
      return owner === this.#self ? rows : 0;
    });
    const told = await Promise.allSettled(asked);
    const failed = told.find((each) => each.status === 'rejected');
    if (failed) throw failed.reason;
    return told.reduce((rows, each) => rows + (each.status === 'fulfilled' ? each.value : 0), 0);
  }

  /** What stood in the way is remembered: with what is waiting. */
  async #noting<T>(partition: number, work: Promise<T>): Promise<T> {
    const note = (reason: string | undefined) => {
      const waiting = this.#waiting.get(partition);
      if (waiting) this.#waiting.set(partition, { ...waiting, reason });
    };
    try {
      const result = await work;
      note(undefined);
      return result;
    } catch (error) {
      if (error instanceof TransferFailed) note(error.message);
      throw error;
    }
  }

  /**
   * What is over and old enough, and has not gone, where this node looks after it: how many rows,
   * for how long the first of them has been over, and how many of them each reason holds up.
   */
  get waiting(): {
    rows: number;
    forMs: number;
    because: { readonly [reason: string]: number };
  } {
    const isOurs = ([partition]: [number, Waiting]) => this.#owners(partition).includes(this.#self);
    const all = [...this.#waiting].filter(isOurs).map(([, waiting]) => waiting);
    const because = new Map<string, number>();
    for (const { reason, rows } of all) {
      if (reason !== undefined) because.set(reason, (because.get(reason) ?? 0) + rows);
    }
    return {
      rows: all.reduce((sum, { rows }) => sum + rows, 0),
      forMs: Math.max(0, ...all.map(({ since }) => this.#wallMs() - since)),
      because: Object.fromEntries(because),
    };
  }

  /** What is over since then is old enough; undefined if nothing is, or it is not known. */
  get #before(): number | undefined {
    if (this.#minAgeMs === 0 || !this.#knowsTime()) return undefined;
    const before = Math.floor(this.#wallMs() - this.#minAgeMs);
    return before < 0 ? undefined : before;
  }

  #isOurs(partition: number): boolean {
    const [first] = this.#owners(partition).filter((owner) => this.#isThere(owner));
    return first === this.#self;
  }

  /** Nobody's while they change. */
  #owners(partition: number): readonly NodeId[] {
    const ring = this.#rings.current;
    return !ring || ring.transition ? [] : ownersOf(ring, partition).present;
  }

  #isThere(owner: NodeId): boolean {
    return owner === this.#self || this.#isReachable(owner);
  }
}
