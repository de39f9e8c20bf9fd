/**
 * One write, from its first stamp to its outcome. Pure: it is told what owners answered and says
 * what to do next.
 *
 * Intuition: the newest version wins everywhere, so a write only has to make sure that it *is* the
 * newest. An owner that holds something newer says `superseded`; then the coordinator's clock was
 * behind, and the write is stamped again, above what it was shown, and sent to all owners again.
 * Since any two quorums meet, a write that begins after another was acknowledged meets it at some
 * owner and ends above it, whatever the clocks say.
 *
 * When is being superseded harmless? If an owner is superseded by something it did not hold when
 * it last answered this very write, that something came while this write was under way: it is
 * concurrent, and being overwritten by it is the same as being stored and overwritten a moment
 * later. Such an answer counts as an acknowledgement; so a hot key costs at most one more round.
 *
 * Not so if it was superseded by a round of CASPaxos (`caspaxos/operation.ts`), by its promise or
 * by what it stored. A promise may come to nothing, and a round may store again what it found
 * before this write came. Then the write is stamped above it and begins anew, as if it had not been
 * sent yet.
 *
 * A version that is doubted (`answers.ts`) does not move the stamp, or one wrong clock would move
 * all: its owner has refused the write. But what most owners hold is believed, however far ahead it
 * is; so when all clocks were set back, stamps go on from the highest there is.
 *
 * Rejected alternative: stamping above a quorum's answers first (ABD's query round). It gives the
 * same order at the price of a round trip for every write instead of for the rare one.
 */

import { assert } from '../../src/core/assert.js';
import {
  compareVersions,
  NO_VERSION,
  type NodeId,
  newestVersion,
  type Version,
} from '../../src/core/data/version.js';
import { everyoneIn, type QuorumGroup, Tally } from '../../src/core/ring/quorum.js';
import { DOUBTED, type WriteAnswer } from './answers.js';
import { Doubts } from './doubts.js';
import { type Failed, type Storing, WAIT } from './operation.js';

export type WriteStep =
  | typeof WAIT
  /** Stamp above this version and send to all owners again. */
  | { readonly next: 'restamp'; readonly above: Version; readonly isHeldByMost: boolean }
  | typeof APPLIED
  | WriteFailed;

export interface WriteFailed extends Failed {
  readonly applied: 'no' | 'unknown';
}

export type WritePhase = 'awaitingStamp' | 'awaitingQuorum' | 'awaitingRing' | 'settled';

const APPLIED = { next: 'applied' } as const;
const MAX_STAMPS = 4;
const NOBODY = new Tally([]);

export class WriteOperation implements Storing<WriteStep> {
  #groups: readonly QuorumGroup[] = [];
  #owners: readonly NodeId[] = [];
  #tally = NOBODY;
  #round = 0;
  #version = NO_VERSION;
  /** What the next stamp has to be above. */
  #above = NO_VERSION;
  #stampsLeft = MAX_STAMPS;
  /** Owners that answered while the newest they held was below the present stamp. */
  readonly #seenBelow = new Set<NodeId>();
  /** Answers to earlier rounds say nothing any more. */
  #begunAnewAt = 1;
  /** Of the present round. */
  readonly #doubts = new Doubts();
  readonly #reasons = new Set<string>();
  #mayBeStored = false;
  /** Of all rounds. */
  #unanswered = 0;
  #phase: WritePhase = 'awaitingStamp';

  get phase(): WritePhase {
    return this.#phase;
  }

  /** Everyone the write is sent to, each once. */
  get owners(): readonly NodeId[] {
    return this.#owners;
  }

  /** Every stamp begins a round. */
  get round(): number {
    return this.#round;
  }

  /** The present stamp. */
  get version(): Version {
    return this.#version;
  }

  /** Whether it may be stored anywhere, if it ends now without being acknowledged. */
  get applied(): 'no' | 'unknown' {
    return this.#mayBeStored || this.#unanswered > 0 ? 'unknown' : 'no';
  }

  /** Begins with these owners, or begins anew when there are others. Stamp it. */
  begin(groups: readonly QuorumGroup[]): void {
    assert(this.#phase !== 'settled', 'a write that has ended is not begun');
    this.#groups = groups;
    this.#owners = everyoneIn(groups);
    this.#tally = new Tally(groups);
    this.#seenBelow.clear();
    this.#begunAnewAt = this.#round + 1;
    this.#stampsLeft = MAX_STAMPS;
    this.#phase = 'awaitingStamp';
  }

  /** It was stamped: send it to all owners. */
  stamped(version: Version): void {
    assert(this.#phase === 'awaitingStamp', 'a write is stamped when it asked for that');
    assert(
      compareVersions(version, this.#above) > 0,
      'a stamp is above the last, and what beat it',
    );
    this.#above = version;
    this.#version = version;
    this.#round++;
    this.#stampsLeft--;
    this.#tally = new Tally(this.#groups);
    this.#doubts.clear();
    this.#unanswered += this.#owners.length;
    this.#phase = 'awaitingQuorum';
  }

  stored(owner: NodeId, round: number, answer: WriteAnswer): WriteStep {
    this.#answered();
    if (answer.kind === 'stored' || answer.kind === 'lost') this.#mayBeStored = true;
    if (this.#phase !== 'awaitingQuorum') return WAIT;
    if (round < this.#begunAnewAt) return WAIT;
    if (round !== this.#round) return this.#answerToEarlier(owner, answer);
    assert(this.#owners.includes(owner), 'who answers a write was sent it');
    switch (answer.kind) {
      case 'stored':
        this.#tally.succeed(owner);
        break;
      case 'superseded':
        if (this.#seenBelow.has(owner) && !answer.by) this.#tally.succeed(owner);
        else if (this.#stampsLeft > 0) return this.#restamp(owner, answer);
        else this.#fail(owner, 'superseded');
        break;
      case 'doubted':
        this.#doubts.add(owner, answer.version);
        this.#fail(owner, DOUBTED);
        break;
      default:
        this.#fail(owner, answer.reason);
    }
    return this.#decide();
  }

  /** Where it awaits a stamp it is sent to everybody again, and fenced again. */
  fenced(_owner: NodeId, round: number): boolean {
    this.#answered();
    if (this.#phase !== 'awaitingQuorum' || round < this.#begunAnewAt) return false;
    this.#phase = 'awaitingRing';
    return true;
  }

  giveUp(reason: string): WriteFailed {
    assert(this.#phase !== 'settled', 'a write that has ended is not given up');
    this.#reasons.add(reason);
    return this.#failed();
  }

  #answered(): void {
    this.#unanswered--;
    assert(this.#unanswered >= 0, 'an owner answers once to each stamp');
  }

  /** A late answer cannot count, but it tells what the owner held before this round. */
  #answerToEarlier(owner: NodeId, answer: WriteAnswer): WriteStep {
    if (answer.kind === 'stored') this.#seenBelow.add(owner);
    if (answer.kind !== 'superseded') return WAIT;
    // The present stamp itself may have come before the earlier one.
    if (compareVersions(answer.version, this.#version) <= 0) {
      this.#seenBelow.add(owner);
      return WAIT;
    }
    return this.#stampsLeft > 0 ? this.#restamp(owner, answer) : WAIT;
  }

  #restamp(owner: NodeId, { version, by }: WriteAnswer & { kind: 'superseded' }): WriteStep {
    this.#phase = 'awaitingStamp';
    this.#seenBelow.add(owner);
    for (const other of this.#owners) {
      if (this.#tally.hasSucceeded(other)) this.#seenBelow.add(other);
    }
    if (by) this.#beginAnew();
    this.#above = newestVersion(version, this.#version);
    return { next: 'restamp', above: this.#above, isHeldByMost: false };
  }

  #beginAnew(): void {
    this.#seenBelow.clear();
    this.#begunAnewAt = this.#round + 1;
  }

  /** Most owners hold what is doubted: it has to be gone above. */
  #restampAboveDoubted(): WriteStep {
    this.#phase = 'awaitingStamp';
    this.#beginAnew();
    this.#above = newestVersion(this.#doubts.newest, this.#version);
    return { next: 'restamp', above: this.#above, isHeldByMost: true };
  }

  #fail(owner: NodeId, reason: string): void {
    this.#tally.fail(owner);
    this.#reasons.add(reason);
  }

  #decide(): WriteStep {
    const { verdict } = this.#tally;
    if (verdict === 'open') return WAIT;
    if (verdict === 'impossible') {
      const isHeldByMost = this.#stampsLeft > 0 && this.#doubts.areOfMost(this.#groups);
      return isHeldByMost ? this.#restampAboveDoubted() : this.#failed();
    }
    this.#phase = 'settled';
    return APPLIED;
  }

  #failed(): WriteFailed {
    this.#phase = 'settled';
    const { applied } = this;
    return { next: 'failed', applied, ...this.#tally.shortfall, reasons: [...this.#reasons] };
  }
}
