/**
 * Which owners of a key to count on, and in which order to ask them.
 *
 * Who is quick is learnt from answers: per owner a running mean of round trips, and over all a
 * running 95th percentile, which says from when on an answer is late. The percentile moves a step
 * up with each answer above it and a nineteenth of a step down with each one below, so that it
 * rests where one of twenty is above. (Frugal streaming: Ma, Muthukrishnan, Sandler, 2014.)
 *
 * An owner that was slow is passed over, and only one request of many tries it: as many as come
 * until its answer is there would otherwise all wait for it. One quick answer is believed at once.
 */

import type { NodeId } from '../../src/core/data/version.js';
import { failure } from '../../src/core/failures.js';
import type { Failure, Level } from '../../src/core/requests.js';
import {
  everyoneIn,
  majorityOf,
  type QuorumGroup,
  quorumOf,
  Tally,
} from '../../src/core/ring/quorum.js';
import type { Replication } from '../../src/core/ring/replication.js';
import { ownersOfKey, type Ring } from '../../src/core/ring/ring.js';

/**
 * What to expect of an owner. `doubtful`: suspected, asked last; `unreachable`: not connected or
 * dead, not counted on.
 */
export type Standing = 'self' | 'up' | 'doubtful' | 'unreachable';
const RANK: { readonly [standing in Standing]: number } = {
  self: 0,
  up: 1,
  doubtful: 2,
  unreachable: 3,
};

export type Kind = 'read' | 'write';

const MEAN_WEIGHT = 0.1;
const STEP = 1 / 8;
const LATE_SHARE = 0.05;
const LEAST_LATE_MS = 2;
/** Owners that differ by less are as good as each other. */
const SLOWER = 4;
/** One of so many requests asks an owner that was slow first, whether it still is. */
const TRY_EVERY = 1000;

interface Pace {
  meanMs: number;
  /** Requests since one of them tried it. */
  passedOver: number;
}

export class OwnerSelection {
  readonly #standing: (owner: NodeId) => Standing;
  readonly #paces = new Map<NodeId, Pace>();
  #lateMs: number;

  constructor(options: {
    /** From when on an answer is late, until enough have come to know. */
    hedgeAfterMs: number;
    standing: (owner: NodeId) => Standing;
  }) {
    this.#standing = options.standing;
    this.#lateMs = options.hedgeAfterMs;
  }

  /** From when on an answer to a read is late. */
  get lateMs(): number {
    return this.#lateMs;
  }

  /** An owner answered a read. */
  note(owner: NodeId, tookMs: number): void {
    const pace = this.#paces.get(owner);
    if (!pace) this.#paces.set(owner, { meanMs: tookMs, passedOver: 0 });
    else if (tookMs * SLOWER < pace.meanMs) pace.meanMs = tookMs;
    else pace.meanMs += (tookMs - pace.meanMs) * MEAN_WEIGHT;
    const step = this.#lateMs * STEP;
    const moved = tookMs > this.#lateMs ? step : (-step * LATE_SHARE) / (1 - LATE_SHARE);
    this.#lateMs = Math.max(LEAST_LATE_MS, this.#lateMs + moved);
  }

  /** The owners of a key, with as many answers as the level needs; or why that cannot be. */
  groups(ring: Ring, key: Buffer, level: Level, kind: Kind): QuorumGroup[] | Failure {
    const { present, coming } = ownersOfKey(ring, key);
    const groups: QuorumGroup[] = [];
    for (const owners of coming ? [present, coming] : [present]) {
      if (typeof level === 'number' && level > owners.length) {
        const detail = `${level} owners cannot answer: the key has ${owners.length}`;
        return { ...failure('level_impossible', detail, 'no'), needed: level, got: 0 };
      }
      groups.push(quorumOf(owners, answersWanted(ring, level, kind, owners.length)));
    }
    return this.#reachable(groups);
  }

  /** A majority of the owners, of both sets while they change; or why that cannot be had. */
  majorities(ring: Ring, key: Buffer): QuorumGroup[] | Failure {
    const { present, coming } = ownersOfKey(ring, key);
    return this.#reachable((coming ? [present, coming] : [present]).map(majorityOf));
  }

  #reachable(groups: QuorumGroup[]): QuorumGroup[] | Failure {
    const reachable = new Tally(groups);
    for (const { owners } of groups) {
      for (const owner of owners) {
        if (this.#standing(owner) !== 'unreachable') reachable.succeed(owner);
      }
    }
    if (reachable.verdict === 'reached') return groups;
    const { needed, got } = reachable.shortfall;
    const detail = `${needed} owners of the key must answer, ${got} can be reached`;
    return { ...failure('quorum_unavailable', detail, 'no'), needed, got };
  }

  /** Ourselves first, then by what to expect of them, the quick ones before the slow. */
  preferred(groups: readonly QuorumGroup[]): NodeId[] {
    // Of those behind the network: beside ourselves all of them are slow when they are busy.
    let usualMs = Number.POSITIVE_INFINITY;
    const standings = everyoneIn(groups).map((owner) => {
      const standing = this.#standing(owner);
      if (standing !== 'self') {
        usualMs = Math.min(usualMs, (this.#paces.get(owner)?.meanMs ?? 0) + 1);
      }
      return { owner, standing };
    });
    const ranked = standings.map(({ owner, standing }) => {
      return { owner, rank: RANK[standing] + this.#handicap(owner, usualMs) };
    });
    return ranked.sort((a, b) => a.rank - b.rank).map(({ owner }) => owner);
  }

  /** Behind those of its standing if it was slow; before them if it is tried again. */
  #handicap(owner: NodeId, usualMs: number): number {
    const pace = this.#paces.get(owner);
    if (!pace || pace.meanMs <= SLOWER * usualMs) return 0;
    pace.passedOver = (pace.passedOver + 1) % TRY_EVERY;
    return pace.passedOver === 0 ? -0.5 : 0.5;
  }
}

function answersWanted(ring: Replication, level: Level, kind: Kind, owners: number): number {
  if (typeof level === 'number') return level;
  if (level === 'one' || level === 'any') return 1;
  if (level === 'all') return owners;
  return kind === 'write' ? ring.writeQuorum : ring.readQuorum;
}
