/**
 * Whether every partition has its quorum, seen from here: says so when that changes, and gives the
 * verdict on the cluster when it is asked.
 *
 * It looks when something happened that may change it, once for all that happens in one turn. A
 * node that has just begun to serve, or has got a new ring, has yet to connect to the members: for
 * a moment it is not told that they are missing.
 */
import type { NodeId } from '../../core/data/version.js';
import { availabilityOf } from '../../core/ring/availability.js';
import { allMembers, type Ring } from '../../core/ring/ring.js';
import { type ClusterVerdict, verdictOn } from '../../core/verdict.js';
import type { FactBus } from '../../events/fact-bus.js';
import type { Fact } from '../../events/facts.js';
import type { Clock, Store } from '../../ports.js';
import type { ClusterClock } from './cluster-clock.js';
import type { Reachability } from './reachability.js';

/** Quorums are lost here by who cannot be reached; a full disk is told by its store. */
const hasRoom = () => true;
/** Dialling and greeting take milliseconds; this allows for a slow network. */
const MEETING_MS = 2000;

interface QuorumWatchParts {
  readonly settings: { readonly self: { readonly id: NodeId } };
  readonly clock: Clock;
  readonly store: Pick<Store, 'isFull'>;
  readonly facts: FactBus;
  readonly rings: { readonly current: Ring | undefined };
  /** Why there is no ring yet; empty if nobody has said. */
  readonly joining: { readonly waitsFor: string };
  readonly reachability: Pick<Reachability, 'isReachable'>;
  readonly clusterClock: Pick<ClusterClock, 'aheadMs' | 'aheadMsOf' | 'maxDriftMs'>;
}

export class QuorumWatch {
  readonly #parts: QuorumWatchParts;
  /** Of the members that cannot be reached: since when, monotonic ms. */
  #awaySince: ReadonlyMap<NodeId, number> = new Map();
  #phase: 'starting' | 'serving' | 'over' = 'starting';
  /** Before this nothing is said to be lost, monotonic ms. */
  #metBy = 0;
  #lost: { readonly partitions: number; readonly since: number } | undefined;
  /** Of the next look. */
  #timer: unknown;

  constructor(parts: QuorumWatchParts) {
    this.#parts = parts;
    parts.facts.watch((fact) => this.#hear(fact));
  }

  /** How the cluster is, seen from here and now. */
  verdict(): ClusterVerdict {
    const { settings, clock, store, rings, joining, reachability, clusterClock } = this.#parts;
    const now = clock.monotonic();
    return verdictOn({
      isReachable: reachability.isReachable,
      // Of a disk nobody knows but its own node.
      hasRoom: (id) => id !== settings.self.id || !store.isFull,
      ring: rings.current,
      waitsFor: joining.waitsFor,
      awayForMs: (id) => now - (this.#awaySince.get(id) ?? now),
      wrongByMs: (id) => {
        const isOurs = id === settings.self.id;
        const aheadMs = isOurs ? clusterClock.aheadMs : (clusterClock.aheadMsOf(id) ?? 0);
        return Math.abs(aheadMs) > clusterClock.maxDriftMs ? aheadMs : undefined;
      },
    });
  }

  #hear(fact: Fact): void {
    if (this.#phase === 'over') return;
    switch (fact.type) {
      case 'node.serving':
        this.#phase = 'serving';
        return this.#expectNewcomers();
      case 'ring.changed':
        return this.#expectNewcomers();
      case 'peer.up':
      case 'peer.down':
      case 'member.alive':
      case 'member.dead':
        return this.#lookIn(0);
      case 'node.draining':
      case 'node.left':
      case 'node.stopped':
      case 'node.renounced':
      case 'node.failed':
        return this.#end();
    }
  }

  #expectNewcomers(): void {
    this.#metBy = this.#parts.clock.monotonic() + MEETING_MS;
    this.#lookIn(0);
  }

  /** It goes, and its peers go from it: that says nothing of the cluster. */
  #end(): void {
    this.#phase = 'over';
    this.#parts.clock.clearTimeout(this.#timer);
  }

  #lookIn(ms: number): void {
    const { clock } = this.#parts;
    clock.clearTimeout(this.#timer);
    this.#timer = clock.setTimeout(() => this.#look(), ms);
  }

  #look(): void {
    const { clock, rings, facts, reachability } = this.#parts;
    const { isReachable } = reachability;
    const ring = rings.current;
    if (!ring) return;
    const now = clock.monotonic();
    const away = this.#noteAway(allMembers(ring), now);
    if (this.#phase !== 'serving') return;
    const { any: partitions, first } = availabilityOf(ring, { isReachable, hasRoom }).withoutQuorum;
    if (partitions === (this.#lost?.partitions ?? 0)) return;
    if (partitions > 0) {
      if (!this.#lost && now < this.#metBy) return this.#lookIn(this.#metBy - now);
      this.#lost = { partitions, since: this.#lost?.since ?? now };
      facts.tell({ type: 'quorum.lost', partitions, first, away });
    } else if (this.#lost) {
      const forMs = Math.round(now - this.#lost.since);
      facts.tell({ type: 'quorum.regained', partitions: this.#lost.partitions, forMs });
      this.#lost = undefined;
    }
  }

  /** Returns the members that cannot be reached. */
  #noteAway(members: readonly { readonly id: NodeId }[], now: number): NodeId[] {
    const { isReachable } = this.#parts.reachability;
    const away = members.map(({ id }) => id).filter((id) => !isReachable(id));
    const since = this.#awaySince;
    this.#awaySince = new Map(away.map((id) => [id, since.get(id) ?? now]));
    return away;
  }
}
