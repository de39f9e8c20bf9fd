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
import type { NodeSettings } from '../settings.js';

interface MemberTableParts {
  readonly settings: Pick<NodeSettings, 'self' | 'programVersion'>;
  readonly clock: Clock;
  readonly facts: FactBus;
  readonly membership: Pick<MembershipHost, 'status'>;
  readonly reachability: Pick<Reachability, 'standingOf'>;
  readonly hints: Pick<HintsHost, 'status'>;
}

/** What is known of a peer as long as it is connected. */
interface Known {
  readonly programVersion?: string;
  /** As last measured. */
  readonly roundTripMs?: number;
  /** Its wall clock ahead of ours, give or take half the round trip. */
  readonly clockOffsetMs?: number;
}

export class MemberTable {
  readonly #parts: MemberTableParts;
  readonly #startedAt: number;
  readonly #peers = new Map<NodeId, Known>();

  constructor(parts: MemberTableParts) {
    this.#parts = parts;
    this.#startedAt = parts.clock.monotonic();
    parts.facts.watch((fact) => this.#hear(fact));
  }

  #hear(fact: Fact): void {
    switch (fact.type) {
      case 'peer.up': {
        const { id, programVersion } = fact;
        return this.#learn(id, programVersion === '' ? {} : { programVersion });
      }
      case 'clock.offset': {
        const { id, roundTripMs, offsetMs: clockOffsetMs } = fact;
        return this.#learn(id, { roundTripMs, clockOffsetMs });
      }
      case 'peer.down':
        this.#peers.delete(fact.id);
    }
  }

  #learn(id: NodeId, more: Known): void {
    this.#peers.set(id, { ...this.#peers.get(id), ...more });
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
        ...this.#peers.get(id),
      };
    });
  }

  /** `forMs`: how long it has had this status; of ourselves, since the start. */
  #statuses() {
    const { settings, membership, clock } = this.#parts;
    const { self, members } = membership.status();
    const forMs = Math.round(clock.monotonic() - this.#startedAt);
    const { programVersion } = settings;
    return {
      own: {
        ...{ status: self.status, forMs, incarnation: self.incarnation },
        ...(programVersion && { programVersion }),
      },
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
