/**
 * Hears what is wished of the ring, and looks for the ring's actor what should follow: the rules
 * are in `actors/ring/wishes.ts`.
 */
import { Wishes } from '../../../actors/ring/wishes.js';
import type { NodeId } from '../../core/data/version.js';
import type { Member, Ring } from '../../core/ring/ring.js';
import type { Clock } from '../../ports.js';
import type { MembershipHost } from '../membership/host.js';
import type { CurrentRing } from './current-ring.js';

export interface WishSettings {
  readonly self: Member;
  /** A member that has been dead for so long is removed; 0: never. */
  readonly evictAfterMs: number;
}

/** The chart's states in which no other ring is wanted. */
const AT_REST = ['settled', 'watching', 'out'] as const;

export class RingWishes {
  readonly #rings: Pick<CurrentRing, 'current' | 'inForce' | 'epoch' | 'chart' | 'send'>;
  readonly #membership: Pick<MembershipHost, 'statusOf' | 'deadForMs'>;
  readonly #clock: Clock;
  readonly #wishes: Wishes;

  constructor(options: {
    settings: WishSettings;
    rings: Pick<CurrentRing, 'current' | 'inForce' | 'epoch' | 'chart' | 'send'>;
    membership: Pick<MembershipHost, 'statusOf' | 'deadForMs'>;
    isReachable: (node: NodeId) => boolean;
    clock: Clock;
  }) {
    const { self, evictAfterMs } = options.settings;
    this.#rings = options.rings;
    this.#membership = options.membership;
    this.#clock = options.clock;
    this.#wishes = new Wishes({
      self,
      evictAfterMs,
      liveness: {
        isReachable: options.isReachable,
        statusOf: (id) => this.#membership.statusOf(id),
        deadForMs: (id) => this.#membership.deadForMs(id),
      },
    });
  }

  /** For the chart: a ring came into force, and is looked at next. */
  ringChanged(ring: Ring): void {
    this.#wishes.adopt(ring);
  }

  join(member: Member): void {
    this.#wishes.join(member, this.#clock.monotonic());
    this.reconsider();
  }

  leave(member: NodeId): void {
    this.#wishes.leave(member);
    this.reconsider();
  }

  /** An operator does not want to wait until a dead member is evicted. */
  remove(member: NodeId): void {
    this.#wishes.remove(member);
    this.reconsider();
  }

  /** An operator wants an epoch above this one. */
  renew(above: number): void {
    this.#wishes.renew(above);
    this.reconsider();
  }

  /** A member has fetched all it gains in this epoch's transition. */
  notePulled(member: NodeId, epoch: number): void {
    if (epoch !== this.#rings.epoch) return;
    this.#wishes.notePulled(member);
    this.reconsider();
  }

  /** There may be reason for another ring: somebody wished for something, or died. */
  reconsider(): void {
    if (this.#rings.current) this.#rings.send({ type: 'wishes.changed' });
  }

  /** For the chart, which is told what should become of the ring in force. */
  look(ring: Ring): void {
    this.#rings.send(this.#wishes.look(ring, this.#clock.monotonic()));
  }

  /** What an operator sees of a change that is wanted or under way. */
  status() {
    const { current } = this.#rings;
    const chart = current && this.#rings.chart;
    const isAtRest = !chart || AT_REST.some((state) => chart.matches(state));
    return {
      state: current?.transition ? 'in transition' : isAtRest ? 'none' : 'wanted',
      ...this.#wishes.status(current),
      ...(chart?.matches('waiting') && { waitsFor: chart.context.waitsFor }),
    };
  }
}
