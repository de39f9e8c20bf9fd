/**
 * How long owners take to answer the requests of coordinators, and how often they do not: by owner,
 * this node itself among them. What is between nodes alone (transfers, hints, votes) may take as
 * long as it needs, and is not counted.
 */
import type { NodeId } from '../../core/data/version.js';
import { DURATION_BOUNDS_MS, Histogram } from '../../core/histogram.js';
import type { MessageType } from '../../core/wire/messages.js';

export interface RoundTrip {
  /** In ms, of the requests that were answered. */
  readonly durations: Histogram;
  /** Requests that were not. */
  readonly failures: { [why in Unanswered]: number };
}

/** See `calls.ts`. */
type Unanswered = 'unreachable' | 'lost' | 'timeout';

/** The replies to coordinators. */
const COUNTED: ReadonlySet<MessageType | undefined> = new Set([
  'replica.written',
  'replica.found',
  'replica.promised',
]);

export class RoundTrips {
  readonly #byOwner = new Map<NodeId, RoundTrip>();

  /** `failure`: undefined if there was an answer. */
  note(
    owner: NodeId,
    replyType: MessageType | undefined,
    failure: Unanswered | undefined,
    tookMs: number,
  ): void {
    if (!COUNTED.has(replyType)) return;
    const trips = this.#byOwner.get(owner) ?? this.#add(owner);
    if (failure) trips.failures[failure]++;
    else trips.durations.note(tookMs);
  }

  /** Nothing yet, of one that was never asked. */
  with(owner: NodeId): RoundTrip {
    return this.#byOwner.get(owner) ?? noTrips();
  }

  /** Forgets those that are no members any more. */
  keepOnly(members: readonly NodeId[]): void {
    for (const owner of this.#byOwner.keys()) {
      if (!members.includes(owner)) this.#byOwner.delete(owner);
    }
  }

  #add(owner: NodeId): RoundTrip {
    const trips = noTrips();
    this.#byOwner.set(owner, trips);
    return trips;
  }
}

function noTrips(): RoundTrip {
  const failures = { unreachable: 0, lost: 0, timeout: 0 };
  return { durations: new Histogram(DURATION_BOUNDS_MS), failures };
}
