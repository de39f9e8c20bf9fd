/**
 * When a dead member loses its place in the ring.
 *
 * Dead is not removed: for seconds and minutes it is only routed around, and hints wait for it. A
 * member that stays dead for as long as an operator has said is given up then, so that its copies
 * are made good elsewhere; who said goodbye for good is at once. Whether it goes is another
 * question: `next-ring.ts` evicts nobody where too few members would be left for all copies.
 */
import type { NodeId } from '../../src/core/data/version.js';
import type { Ring } from '../../src/core/ring/ring.js';
import type { MemberStatus } from '../../src/core/status.js';

/** A newcomer that dies before it owns anything is waited for this long. */
const NEWCOMER_PATIENCE_MS = 30_000;

/** What is known here of other members. */
export interface Liveness {
  readonly isReachable: (id: NodeId) => boolean;
  /** Undefined of one that nobody has spoken of yet. */
  readonly statusOf: (id: NodeId) => MemberStatus | undefined;
  /** Undefined if it is not dead. */
  readonly deadForMs: (id: NodeId) => number | undefined;
}

export class Eviction {
  readonly #afterMs: number;
  readonly #liveness: Liveness;

  /** A member is given up when it has been dead for `evictAfterMs`; 0: never. */
  constructor(options: { evictAfterMs: number; liveness: Liveness }) {
    this.#afterMs = options.evictAfterMs;
    this.#liveness = options.liveness;
  }

  /** Until a member is given up; undefined if it is not dead, or is never given up. */
  dueInMs(ring: Ring, id: NodeId): number | undefined {
    if (this.#liveness.statusOf(id) === 'left') return 0;
    const deadForMs = this.#liveness.deadForMs(id);
    if (deadForMs === undefined) return undefined;
    const isNewcomer = !ring.members.some((member) => member.id === id);
    if (isNewcomer) return NEWCOMER_PATIENCE_MS - deadForMs;
    return this.#afterMs > 0 ? this.#afterMs - deadForMs : undefined;
  }

  isDue(ring: Ring, id: NodeId): boolean {
    const inMs = this.dueInMs(ring, id);
    return inMs !== undefined && inMs <= 0;
  }
}
