/**
 * The members as an operator sees them: of each one row, with what this node knows of it without
 * asking anybody.
 */
import type { NodeId } from '../../core/data/version.js';
import { allMembers, type Ring } from '../../core/ring/ring.js';
import type { FactBus } from '../../events/fact-bus.js';
import type { Fact } from '../../events/facts.js';
import type { Clock, StoreStatus } from '../../ports.js';
import type { HintsHost } from '../hints/host.js';
import type { MembershipHost } from '../membership/host.js';
import type { Reachability } from '../membership/reachability.js';

interface MemberTableParts {
  readonly settings: { readonly self: { readonly id: NodeId } };
  readonly clock: Clock;
  readonly facts: FactBus;
  readonly membership: Pick<MembershipHost, 'status'>;
  readonly reachability: Pick<Reachability, 'standingOf'>;
  readonly hints: Pick<HintsHost, 'status'>;
}

/** As last measured, give or take half the round trip. */
interface Measured {
  readonly roundTripMs: number;
  /** Of its wall clock, ahead of ours. */
  readonly clockOffsetMs: number;
}

export class MemberTable {
  readonly #parts: MemberTableParts;
  readonly #startedAt: number;
  /** Of the peers that are connected. */
  readonly #measured = new Map<NodeId, Measured>();

  constructor(parts: MemberTableParts) {
    this.#parts = parts;
    this.#startedAt = parts.clock.monotonic();
    parts.facts.watch((fact) => this.#hear(fact));
  }

  #hear(fact: Fact): void {
    if (fact.type === 'peer.clockOffset') {
      const { id, roundTripMs, offsetMs: clockOffsetMs } = fact;
      this.#measured.set(id, { roundTripMs, clockOffsetMs });
    } else if (fact.type === 'peer.down') this.#measured.delete(fact.id);
  }

  /** What is not known of a member is left out of its row. `store`: this node's own. */
  rows(ring: Ring, store?: StoreStatus) {
    const { settings, reachability, hints } = this.#parts;
    const { own, others } = this.#statuses();
    const partitions = partitionsOf(ring);
    const waiting = new Map(
      hints.status().map(({ target, rows, bytes }) => [target, { rows, bytes }]),
    );
    return allMembers(ring).map((member) => {
      const { id } = member;
      const isSelf = id === settings.self.id;
      return {
        ...member,
        standing: reachability.standingOf(id),
        ...(isSelf ? own : others.get(id)),
        partitions: partitions.get(id) ?? 0,
        ...(isSelf && store && { rows: store.rows, bytes: store.bytes }),
        ...(!isSelf && { hints: waiting.get(id) ?? { rows: 0, bytes: 0 } }),
        ...this.#measured.get(id),
      };
    });
  }

  /** `forMs`: how long it has had this status; of ourselves, since the start. */
  #statuses() {
    const { membership, clock } = this.#parts;
    const { self, members } = membership.status();
    const forMs = Math.round(clock.monotonic() - this.#startedAt);
    return {
      own: { status: self.status, forMs, incarnation: self.incarnation },
      others: new Map(
        members.map(({ id, status, forMs, incarnation }) => [id, { status, forMs, incarnation }]),
      ),
    };
  }
}

/** How many partitions each member owns now, without those that it is about to gain. */
function partitionsOf({ members, layout }: Ring): Map<NodeId, number> {
  const counts: number[] = members.map(() => 0);
  for (const owners of layout) for (const owner of owners) counts[owner]!++;
  return new Map(members.map(({ id }, index) => [id, counts[index]!]));
}
