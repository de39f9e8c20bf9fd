/**
 * What owners say they hold of one key, and whether that is settled among them.
 *
 * Intuition: a version that a majority holds, while it holds nothing newer, has been chosen: any
 * later round meets one of its holders. But owners that came by it as a copy were not there when
 * the rounds of an earlier epoch collected their promises, so a majority patched together from
 * such copies proves nothing: only a version stamped since `ownersSince` does. Absence needs no
 * such proof, since no round can have begun from anything older.
 */

import type { EncodedRecord } from '../../../src/core/data/record.js';
import {
  compareVersions,
  NO_VERSION,
  type NodeId,
  type Version,
} from '../../../src/core/data/version.js';
import {
  blockingOf,
  everyoneIn,
  type QuorumGroup,
  Tally,
  type Verdict,
} from '../../../src/core/ring/quorum.js';
import type { Doubted } from '../answers.js';
import type { Doubts } from '../doubts.js';

export class Survey {
  readonly #groups: readonly QuorumGroup[];
  readonly #held = new Map<NodeId, Version>();
  /** Who answered at all, and who could not. */
  readonly answered: Tally;
  newest: Version = NO_VERSION;
  /** Of the newest version; undefined if the key is absent, or the value was not asked for. */
  record: EncodedRecord | undefined;

  /** Doubted, but of an epoch before that of the ballot: whatever is stored is above it. */
  readonly #setAside = new Map<NodeId, Doubted>();

  constructor(groups: readonly QuorumGroup[]) {
    this.#groups = groups;
    this.answered = new Tally(groups);
  }

  /** `version` is `NO_VERSION` if the owner holds nothing. */
  add(owner: NodeId, version: Version, record: EncodedRecord | undefined): void {
    this.answered.succeed(owner);
    this.#held.set(owner, version);
    const order = compareVersions(version, this.newest);
    if (order > 0) this.record = record;
    else if (order === 0) this.record ??= record;
    if (order > 0) this.newest = version;
  }

  /**
   * A doubted answer to a ballot of `epoch`. If it is of an epoch before it counts where too few
   * others answer: then it may have been acknowledged.
   */
  setAside(owner: NodeId, shown: Doubted, epoch: number): void {
    if (shown.version.epoch < epoch) this.#setAside.set(owner, shown);
  }

  /** Whether enough have answered, with what was set aside if need be. */
  heardAtLast(doubts: Doubts): Verdict {
    const heard = this.heardDespite(doubts);
    if (heard !== 'impossible') return heard;
    for (const [owner, { version, record }] of this.#setAside) this.add(owner, version, record);
    return this.answered.verdict;
  }

  /**
   * Whether enough have answered. Of an even number of owners half is no majority, and yet enough
   * where what others show is doubted: nothing was stored by a majority that all of these lack.
   */
  heardDespite(doubts: Doubts): Verdict {
    const { verdict } = this.answered;
    if (verdict !== 'impossible' || doubts.isEmpty) return verdict;
    const others = new Tally(this.#groups.map(({ owners }) => blockingOf(owners)));
    for (const owner of everyoneIn(this.#groups)) {
      if (this.answered.hasSucceeded(owner)) others.succeed(owner);
      else if (this.answered.hasAnswered(owner)) others.fail(owner);
    }
    return others.verdict;
  }

  get isAbsent(): boolean {
    return compareVersions(this.newest, NO_VERSION) === 0;
  }

  get holders(): NodeId[] {
    return [...this.#held].flatMap(([owner, held]) => (this.#isNewest(held) ? [owner] : []));
  }

  /** Whether the newest version is settled, may still prove to be, or needs a round to be. */
  settledSince(ownersSince: number): Verdict {
    if (!this.isAbsent && this.newest.epoch < ownersSince) return 'impossible';
    const agreed = new Tally(this.#groups);
    for (const { owners } of this.#groups) {
      for (const owner of owners) {
        const held = this.#held.get(owner);
        if (held && this.#isNewest(held)) agreed.succeed(owner);
        else if (this.answered.hasAnswered(owner)) agreed.fail(owner);
      }
    }
    return agreed.verdict;
  }

  #isNewest(version: Version): boolean {
    return compareVersions(version, this.newest) === 0;
  }
}
