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
 * Rejected alternative: stamping above a quorum's answers first (ABD's query round). It gives the
 * same order at the price of a round trip for every write instead of for the rare one.
 */

import {
  compareVersions,
  type NodeId,
  newestVersion,
  type Version,
} from '../../src/core/data/version.js';
import { type QuorumGroup, Tally } from '../../src/core/ring/quorum.js';

/** `refused`: certainly not stored by this owner. `lost`: nobody can tell. */
export type WriteAnswer =
  | { readonly kind: 'stored' }
  | {
      readonly kind: 'superseded';
      readonly version: Version;
      /** By the promise or the record of a round. */
      readonly byRound?: boolean;
    }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'lost'; readonly reason: string };

export type WriteStep =
  | { readonly next: 'wait' }
  /** Stamp above this version and send to all owners again. */
  | { readonly next: 'restamp'; readonly above: Version }
  | { readonly next: 'applied' }
  | {
      readonly next: 'failed';
      readonly applied: 'no' | 'unknown';
      readonly needed: number;
      readonly got: number;
      /** What the owners that failed said, each once. */
      readonly reasons: string[];
    };

export type WritePhase = 'awaitingQuorum' | 'restamping' | 'settled';

const WAIT: WriteStep = { next: 'wait' };
const APPLIED: WriteStep = { next: 'applied' };
const MAX_ATTEMPTS = 4;

export class WriteOperation {
  readonly #groups: readonly QuorumGroup[];
  #tally: Tally;
  #attempt = 1;
  #version: Version;
  /** Owners that answered while the newest they held was below the present stamp. */
  readonly #seenBelow = new Set<NodeId>();
  /** Answers to earlier attempts say nothing any more. */
  #begunAnewAt = 1;
  readonly #reasons = new Set<string>();
  #mayBeStored = false;
  #unanswered: number;
  phase: WritePhase = 'awaitingQuorum';

  constructor(groups: readonly QuorumGroup[], version: Version) {
    this.#groups = groups;
    this.#tally = new Tally(groups);
    this.#version = version;
    this.#unanswered = this.owners.length;
  }

  /** Everyone the write is sent to, each once. */
  get owners(): readonly NodeId[] {
    const [first, second] = this.#groups;
    return second ? [...new Set([...first!.owners, ...second.owners])] : first!.owners;
  }

  get attempt(): number {
    return this.#attempt;
  }

  /** The host stamped again: answers to earlier attempts no longer count towards the quorum. */
  restamped(version: Version): void {
    this.#version = version;
    this.#attempt++;
    this.#tally = new Tally(this.#groups);
    this.#unanswered = this.owners.length;
    this.phase = 'awaitingQuorum';
  }

  answer(owner: NodeId, attempt: number, answer: WriteAnswer): WriteStep {
    if (answer.kind === 'stored' || answer.kind === 'lost') this.#mayBeStored = true;
    if (this.phase !== 'awaitingQuorum') return WAIT;
    if (attempt < this.#begunAnewAt) return WAIT;
    if (attempt !== this.#attempt) return this.#answerToEarlier(owner, answer);
    this.#unanswered--;
    switch (answer.kind) {
      case 'stored':
        this.#tally.succeed(owner);
        break;
      case 'superseded':
        if (this.#seenBelow.has(owner) && !answer.byRound) this.#tally.succeed(owner);
        else if (this.#attempt < MAX_ATTEMPTS) return this.#restamp(owner, answer);
        else this.#fail(owner, 'superseded');
        break;
      default:
        this.#fail(owner, answer.reason);
    }
    return this.#decide();
  }

  /** A late answer cannot count, but it tells what the owner held before this attempt. */
  #answerToEarlier(owner: NodeId, answer: WriteAnswer): WriteStep {
    if (answer.kind === 'stored') this.#seenBelow.add(owner);
    if (answer.kind !== 'superseded') return WAIT;
    if (compareVersions(answer.version, this.#version) < 0) {
      this.#seenBelow.add(owner);
      return WAIT;
    }
    return this.#attempt < MAX_ATTEMPTS ? this.#restamp(owner, answer) : WAIT;
  }

  #restamp(owner: NodeId, answer: WriteAnswer & { kind: 'superseded' }): WriteStep {
    const { version, byRound } = answer;
    this.phase = 'restamping';
    this.#seenBelow.add(owner);
    for (const other of this.owners)
      if (this.#tally.hasSucceeded(other)) this.#seenBelow.add(other);
    if (byRound) {
      this.#seenBelow.clear();
      this.#begunAnewAt = this.#attempt + 1;
    }
    return { next: 'restamp', above: newestVersion(version, this.#version) };
  }

  #fail(owner: NodeId, reason: string): void {
    this.#tally.fail(owner);
    this.#reasons.add(reason);
  }

  #decide(): WriteStep {
    const verdict = this.#tally.verdict;
    if (verdict === 'open') return WAIT;
    this.phase = 'settled';
    if (verdict === 'reached') return APPLIED;
    // An owner that has not answered yet may still store it.
    const applied = this.#mayBeStored || this.#unanswered > 0 ? 'unknown' : 'no';
    return { next: 'failed', applied, ...this.#tally.shortfall, reasons: [...this.#reasons] };
  }
}
