/**
 * Which owners of a key to count on, and in which order to ask them.
 * Who of them is quick has been learnt from their answers (`hedging.ts`).
 */

import type { NodeId } from '../../src/core/data/version.js';
import { failure } from '../../src/core/failures.js';
import type { Failure, Level } from '../../src/core/requests.js';
import { ownersOfKey } from '../../src/core/ring/key-owners.js';
import {
  everyoneIn,
  majorityOf,
  type QuorumGroup,
  quorumOf,
  Tally,
} from '../../src/core/ring/quorum.js';
import type { Replication } from '../../src/core/ring/replication.js';
import type { Owners, Ring } from '../../src/core/ring/ring.js';
import type { Register } from './caspaxos/steps.js';
import { Hedging } from './hedging.js';

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
type Quorums = Pick<Register, 'groups' | 'storing'>;

export class OwnerSelection {
  readonly #standing: (owner: NodeId) => Standing;
  readonly #hedging: Hedging;

  constructor(options: {
    /** From when on an answer is late, until enough have come to know. */
    hedgeAfterMs: number;
    standing: (owner: NodeId) => Standing;
  }) {
    this.#standing = options.standing;
    this.#hedging = new Hedging(options.hedgeAfterMs);
  }

  /** From when on an answer to a read is late. */
  get lateMs(): number {
    return this.#hedging.lateMs;
  }

  /** An owner answered a read. */
  note(owner: NodeId, tookMs: number): void {
    this.#hedging.note(owner, tookMs, this.#standing(owner) === 'self');
  }

  /** The owners of a key, with as many answers as the level needs; or why that cannot be. */
  groups(ring: Ring, key: Buffer, level: Level, kind: Kind): QuorumGroup[] | Failure {
    return this.groupsOf(ring, ownersOfKey(ring, key), level, kind);
  }

  /** The same of the owners of any keys. */
  groupsOf(
    ring: Replication,
    { present, coming }: Owners,
    level: Level,
    kind: Kind,
  ): QuorumGroup[] | Failure {
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

  /**
   * Whom the rounds on a key ask, both sets of owners while they change; or why that cannot be had:
   * of a read a majority, of a write as many as have to store it.
   */
  register(ring: Ring, key: Buffer, kind: Kind): Quorums | Failure {
    const { present, coming } = ownersOfKey(ring, key);
    const sets = coming ? [present, coming] : [present];
    const groups = sets.map(majorityOf);
    const storing = sets.map((owners) => quorumOf(owners, ring.writeQuorum));
    const reachable = this.#reachable(kind === 'write' ? storing : groups);
    return Array.isArray(reachable) ? { groups, storing } : reachable;
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
        usualMs = Math.min(usualMs, this.#hedging.usualMs(owner) + 1);
      }
      return { owner, standing };
    });
    const ranked = standings.map(({ owner, standing }) => {
      return { owner, rank: RANK[standing] + this.#hedging.handicap(owner, usualMs) };
    });
    return ranked.sort((a, b) => a.rank - b.rank).map(({ owner }) => owner);
  }
}

function answersWanted(ring: Replication, level: Level, kind: Kind, owners: number): number {
  if (typeof level === 'number') return level;
  if (level === 'one' || level === 'any') return 1;
  if (level === 'all') return owners;
  return kind === 'write' ? ring.writeQuorum : ring.readQuorum;
}
