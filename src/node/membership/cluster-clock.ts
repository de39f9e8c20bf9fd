/**
 * What time it is in the cluster: what expires does so by this, at whichever node it is asked for.
 *
 * Intuition: one clock may be an hour off, but not most of them. As long as ours is about where the
 * median of all is, ours it is; if not, the median.
 *
 * Algorithm: probes tell how far a peer's wall clock is from ours. It is kept against the monotonic
 * clock, which no one sets: so when our own wall clock is set, what is known of the others' stays
 * right. Of an even number of clocks it is the earlier of the two in the middle, as it is better
 * that a value lives too long than that it is gone too soon; so two nodes that differ are at one at
 * least.
 *
 * Reference: Marzullo and Owicki, "Maintaining the time in a distributed system", 1983. Rejected
 * alternative: owners say whether what they hold has expired. Those that are asked for a version
 * alone would have to read the record.
 */
import { present } from '../../core/assert.js';
import type { NodeId } from '../../core/data/version.js';
import type { Fact } from '../../events/facts.js';
import type { Clock } from '../../ports.js';

export class ClusterClock {
  readonly #clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly #maxDriftMs: number;
  /** Of each peer, its wall clock when our monotonic clock was at 0. */
  readonly #bases = new Map<NodeId, number>();
  #sorted: number[] = [];

  constructor(options: { clock: Pick<Clock, 'now' | 'monotonic'>; maxDriftMs: number }) {
    this.#clock = options.clock;
    this.#maxDriftMs = options.maxDriftMs;
  }

  /** Takes from the facts of this node what they tell of clocks. */
  hear(fact: Fact): void {
    switch (fact.type) {
      case 'clock.offset':
        // Half of it is what the offset may be wrong by.
        if (fact.roundTripMs <= this.#maxDriftMs) this.#note(fact.id, fact.offsetMs);
        break;
      case 'member.dead':
      case 'member.left':
        if (this.#bases.delete(fact.id)) this.#sort();
    }
  }

  #note(peer: NodeId, offsetMs: number): void {
    this.#bases.set(peer, this.#ownBase + offsetMs);
    this.#sort();
  }

  #sort(): void {
    this.#sorted = [...this.#bases.values()].sort((a, b) => a - b);
  }

  get #ownBase(): number {
    return this.#clock.now() - this.#clock.monotonic();
  }

  /** Milliseconds since 1970. */
  now(): number {
    const own = this.#ownBase;
    const median = this.#medianWith(own);
    const isOff = Math.abs(median - own) > this.#maxDriftMs;
    return isOff ? this.#clock.monotonic() + median : this.#clock.now();
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
