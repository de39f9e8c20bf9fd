/**
 * What time it is in the cluster, and whether our own clock says the same. What expires does so by
 * this, at whichever node it is asked for; and whose clock is wrong stamps nothing
 * (`../replica/version-clock.ts`).
 *
 * Intuition: one clock may be an hour off, but not most of them. As long as ours is about where the
 * median of all is, ours it is; if not, the median.
 *
 * Algorithm: probes tell how far a peer's wall clock is from ours. It is kept against the monotonic
 * clock, which no one sets: so when our own wall clock is set, what is known of the others' stays
 * right, and we know in the same moment. Of an even number of clocks it is the earlier of the two
 * in the middle, as it is better that a value lives too long than that it is gone too soon, and
 * that a clock is called wrong that is ahead: what is stamped too early is stamped again. So two
 * nodes that differ are at one at least.
 *
 * A member that is dead still counts, for an hour: else a node that is cut off would go by its own
 * clock, and be called right whatever it says. After that the monotonic clock itself may be off by
 * too much. Who is dead and no member any more does not: when most members have been replaced, and
 * all clocks set since, those that are gone would outvote the others.
 *
 * Reference: Marzullo and Owicki, "Maintaining the time in a distributed system", 1983. Rejected
 * alternative: owners say whether what they hold has expired. Those that are asked for a version
 * alone would have to read the record.
 */
import { present } from '../../core/assert.js';
import type { NodeId } from '../../core/data/version.js';
import { allMembers } from '../../core/ring/ring.js';
import type { Fact, FactOf } from '../../events/facts.js';
import type { Clock } from '../../ports.js';

/** `unknown`: there are peers, as after a start, but none of them has told the time yet. */
export type ClockStanding = 'right' | 'wrong' | 'unknown';

/** For so long: the monotonic clocks of two nodes go apart by less than half a second in it. */
const DEAD_COUNT_MS = 3_600_000;

export class ClusterClock {
  readonly #clock: Pick<Clock, 'now' | 'monotonic'>;
  /** Clocks may differ by so much. */
  readonly maxDriftMs: number;
  /** Of each peer, its wall clock when our monotonic clock was at 0. */
  readonly #bases = new Map<NodeId, number>();
  #sorted: number[] = [];
  readonly #connected = new Set<NodeId>();
  /** Since when by our monotonic clock. */
  readonly #dead = new Map<NodeId, number>();
  /** Of the ring that is in force here, if one is. */
  #members: ReadonlySet<NodeId> | undefined;
  /** Of one of them at least the time is forgotten then. */
  #forgetAt = Number.POSITIVE_INFINITY;
  /** They have told us the time, however long that took. */
  readonly #told = new Set<NodeId>();
  /** Somebody could tell us, and nobody has. */
  #isUnknown = false;

  constructor(options: { clock: Pick<Clock, 'now' | 'monotonic'>; maxDriftMs: number }) {
    this.#clock = options.clock;
    this.maxDriftMs = options.maxDriftMs;
  }

  /** Takes from the facts of this node what they tell of clocks. */
  hear(fact: Fact): void {
    switch (fact.type) {
      case 'clock.offset':
        this.#told.add(fact.id);
        if (this.#isTelling(fact)) this.#note(fact.id, fact.offsetMs);
        break;
      case 'ring.changed':
        this.#members = new Set(allMembers(fact.ring).map(({ id }) => id));
        this.#forgetDead(this.#clock.monotonic());
        break;
      case 'peer.up':
        this.#connected.add(fact.id);
        break;
      case 'peer.down':
        this.#connected.delete(fact.id);
        this.#told.delete(fact.id);
        break;
      case 'member.alive':
        this.#dead.delete(fact.id);
        break;
      case 'member.dead':
      case 'member.left': {
        const now = this.#clock.monotonic();
        const isLost = fact.type === 'member.dead';
        this.#dead.set(fact.id, isLost ? (this.#dead.get(fact.id) ?? now) : now - DEAD_COUNT_MS);
        this.#told.delete(fact.id);
        this.#forgetDead(now);
        break;
      }
      default:
        return;
    }
    const isReachable = (peer: NodeId) => !this.#dead.has(peer);
    const knows = this.#bases.size + this.#told.size > 0;
    this.#isUnknown = !knows && [...this.#connected].some(isReachable);
  }

  /** Half the round trip is what an offset may be wrong by; some are clear for all that. */
  #isTelling({ offsetMs, roundTripMs }: FactOf<'clock.offset'>): boolean {
    const isFar = Math.abs(offsetMs) - roundTripMs / 2 > this.maxDriftMs;
    return roundTripMs <= this.maxDriftMs || isFar;
  }

  #forgetDead(now: number): void {
    this.#forgetAt = Number.POSITIVE_INFINITY;
    for (const [peer, since] of this.#dead) {
      const isGone = this.#members !== undefined && !this.#members.has(peer);
      if (isGone || now >= since + DEAD_COUNT_MS) this.#bases.delete(peer);
      else this.#forgetAt = Math.min(this.#forgetAt, since + DEAD_COUNT_MS);
    }
    this.#sort();
  }

  #note(peer: NodeId, offsetMs: number): void {
    this.#bases.set(peer, this.#ownBase + offsetMs);
    this.#sort();
  }

  #sort(): void {
    this.#sorted = [...this.#bases.values()].sort((a, b) => a - b);
  }

  get #ownBase(): number {
    const now = this.#clock.monotonic();
    if (now >= this.#forgetAt) this.#forgetDead(now);
    return this.#clock.now() - now;
  }

  /** How far our wall clock is ahead of the median of all that are known, ms. */
  get aheadMs(): number {
    const own = this.#ownBase;
    return own - this.#medianWith(own);
  }

  /** The same of a peer's; undefined if that is not known. */
  aheadMsOf(peer: NodeId): number | undefined {
    const base = this.#bases.get(peer);
    return base === undefined ? undefined : base - this.#medianWith(this.#ownBase);
  }

  get standing(): ClockStanding {
    if (this.#isUnknown) return 'unknown';
    return Math.abs(this.aheadMs) > this.maxDriftMs ? 'wrong' : 'right';
  }

  /** Whole milliseconds since 1970. */
  now(): number {
    const { aheadMs } = this;
    const now = this.#clock.now();
    return Math.abs(aheadMs) > this.maxDriftMs ? Math.round(now - aheadMs) : now;
  }

  /** Of the peers' and one more. Nothing is allocated: every request may ask for the time. */
  #medianWith(own: number): number {
    const peers = this.#sorted;
    if (peers.length === 0) return own;
    const middle = peers.length >> 1;
    const center = present(peers[middle], 'the peer in the middle');
    return Math.min(Math.max(own, peers[middle - 1] ?? own), center);
  }
}
