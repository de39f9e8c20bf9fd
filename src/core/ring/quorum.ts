/**
 * The arithmetic of quorums: counts answers against one or two groups of owners and says as soon
 * as the outcome is decided, for good or for bad. (Gifford 1979; the early failure is Riak's: the
 * N−W+1st failure decides as surely as the Wth success.)
 *
 * A stable ring has one group. While owners change there are two, the old and the new, and both
 * must reach their quorum; an owner in both groups counts in both.
 */
import type { NodeId } from '../data/version.js';

export interface QuorumGroup {
  readonly owners: readonly NodeId[];
  /** Answers needed among `owners`. */
  readonly needed: number;
}

/** The owners in all groups, each once, those of the first group first. */
export function everyoneIn(
  groups: readonly { readonly owners: readonly NodeId[] }[],
): readonly NodeId[] {
  const [only] = groups;
  if (only && groups.length === 1) return only.owners;
  return [...new Set(groups.flatMap(({ owners }) => owners))];
}

export type Verdict = 'open' | 'reached' | 'impossible';

export class Tally {
  readonly groups: readonly QuorumGroup[];
  readonly #succeeded = new Set<NodeId>();
  /** Before they succeeded, if they have. */
  readonly #failed = new Set<NodeId>();

  constructor(groups: readonly QuorumGroup[]) {
    this.groups = groups;
  }

  succeed(owner: NodeId): void {
    this.#succeeded.add(owner);
  }

  /** A failure never takes back a success. */
  fail(owner: NodeId): void {
    if (!this.#succeeded.has(owner)) this.#failed.add(owner);
  }

  /** What the owner said before is no longer of use. */
  retract(owner: NodeId): void {
    this.#succeeded.delete(owner);
    this.#failed.add(owner);
  }

  /** What the owner said before is of no use either, but it may say something else yet. */
  forget(owner: NodeId): void {
    this.#succeeded.delete(owner);
    this.#failed.delete(owner);
  }

  hasSucceeded(owner: NodeId): boolean {
    return this.#succeeded.has(owner);
  }

  hasAnswered(owner: NodeId): boolean {
    return this.#succeeded.has(owner) || this.#failed.has(owner);
  }

  get verdict(): Verdict {
    let verdict: Verdict = 'reached';
    for (const { owners, needed } of this.groups) {
      let got = 0;
      let lost = 0;
      for (const owner of owners) {
        if (this.#succeeded.has(owner)) got++;
        else if (this.#failed.has(owner)) lost++;
      }
      if (owners.length - lost < needed) return 'impossible';
      if (got < needed) verdict = 'open';
    }
    return verdict;
  }

  /** The first of these owners that the groups still need for their quorums. */
  stillNeeded(candidates: readonly NodeId[]): NodeId[] {
    const taken: NodeId[] = [];
    for (const { owners, needed } of this.groups) {
      let have = 0;
      for (const owner of owners) {
        if (taken.includes(owner) || this.hasSucceeded(owner)) have++;
      }
      for (const candidate of candidates) {
        if (have >= needed) break;
        if (!owners.includes(candidate) || taken.includes(candidate)) continue;
        taken.push(candidate);
        have++;
      }
    }
    return taken;
  }

  /** Of the group that is furthest from its quorum: what an error tells the client. */
  get shortfall(): { needed: number; got: number } {
    let worst = { needed: 0, got: 0 };
    for (const { owners, needed } of this.groups) {
      const got = owners.filter((owner) => this.#succeeded.has(owner)).length;
      if (worst.needed === 0 || needed - got > worst.needed - worst.got) worst = { needed, got };
    }
    return worst;
  }
}

/** Quorums shrink with the owners: a cluster of one or two nodes serves with all it has. */
export function neededOf(owners: number, wanted: number): number {
  return Math.min(wanted, owners);
}

export function quorumOf(owners: readonly NodeId[], wanted: number): QuorumGroup {
  return { owners, needed: neededOf(owners.length, wanted) };
}

/** More than half. */
export function majority(count: number): number {
  return Math.floor(count / 2) + 1;
}

/** A majority of these, whatever the read and write quorums are. */
export function majorityOf(owners: readonly NodeId[]): QuorumGroup {
  return { owners, needed: majority(owners.length) };
}

/**
 * So many of these that no majority is left among the others. What all of so many lack was never
 * acknowledged: for that it takes a majority at least.
 */
export function blockingOf(owners: readonly NodeId[]): QuorumGroup {
  return { owners, needed: owners.length - majority(owners.length) + 1 };
}

/** How many of the voters there are, and how many make a majority. */
export function votesAmong(
  voters: readonly NodeId[],
  isAlive: (id: NodeId) => boolean,
): { alive: number; needed: number } {
  return { alive: voters.filter(isAlive).length, needed: majority(voters.length) };
}
