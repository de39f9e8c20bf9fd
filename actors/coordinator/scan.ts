/**
 * One part of a listing, from the first question to the pages of those that were heard. Pure: it is
 * told what owners answered and says what to do next.
 *
 * Intuition: partitions with the same owners are one set, and of each set as many owners are heard
 * as a read of one of its keys would ask. An owner is asked once for all of its sets. The pages
 * that come back end at different keys; `merge.ts` makes one of them.
 *
 * An owner that fails, or is late, is replaced in each of its sets by the next one. The part is
 * begun anew when the ring has changed, so that all pages are of one ring.
 *
 * Where values are wanted, one owner of each set gives them, and the others say versions alone, as
 * for a read.
 *
 * Rejected alternative: asking every owner of every set. Nobody would have to be replaced, but each
 * page would then cost N owners a scan.
 */
import { assert, present } from '../../src/core/assert.js';
import type { ScanPage } from '../../src/core/data/scan-page.js';
import type { NodeId } from '../../src/core/data/version.js';
import { type QuorumGroup, Tally } from '../../src/core/ring/quorum.js';
import { type Failed, type Operation, WAIT } from './operation.js';

/** A set of owners: how many of whom are needed, and all of them in the order in which to ask. */
export interface AskedSet {
  readonly groups: readonly QuorumGroup[];
  readonly preferred: readonly NodeId[];
}

/** One question to an owner, about the partitions of some sets, by their places. */
export interface Source {
  readonly owner: NodeId;
  readonly sets: readonly number[];
  readonly withValues: boolean;
}

/** What was answered to it. */
export interface HeardPage extends ScanPage {
  readonly sets: readonly number[];
}

export type ScanStep =
  | typeof WAIT
  | { readonly next: 'ask'; readonly sources: readonly Source[] }
  /** Of each set enough owners have been heard. */
  | { readonly next: 'heard'; readonly pages: readonly HeardPage[] }
  | Failed;

interface Hearing {
  readonly tally: Tally;
  /** Owners not asked yet. */
  spare: NodeId[];
  outstanding: number;
  /** Somebody gives the values, or has been asked for them. */
  hasValues: boolean;
}

type ScanPhase = 'awaitingRing' | 'awaitingPages' | 'settled';

export class ScanOperation implements Operation<ScanStep> {
  readonly #withValues: boolean;
  #hearings: Hearing[] = [];
  #pages: HeardPage[] = [];
  readonly #reasons = new Set<string>();
  #round = 0;
  #phase: ScanPhase = 'awaitingRing';

  constructor(withValues: boolean) {
    this.#withValues = withValues;
  }

  /** Every ring begins a round. */
  get round(): number {
    return this.#round;
  }

  /** Whether answers to what was asked in this round still matter. */
  awaits(round: number): boolean {
    return round === this.#round && this.#phase === 'awaitingPages';
  }

  /** Begins with these sets, or begins anew when there are others. Returns what to ask first. */
  begin(sets: readonly AskedSet[]): readonly Source[] {
    assert(this.#phase === 'awaitingRing', 'a scan is begun once with each ring');
    this.#round++;
    this.#phase = 'awaitingPages';
    this.#pages = [];
    this.#hearings = sets.map(({ groups, preferred }) => ({
      tally: new Tally(groups),
      spare: [...preferred],
      outstanding: 0,
      hasValues: !this.#withValues,
    }));
    return this.#ask(this.#hearings.map((hearing) => hearing.tally.stillNeeded(hearing.spare)));
  }

  heard(source: Source, round: number, page: ScanPage | { readonly reason: string }): ScanStep {
    if (!this.awaits(round)) return WAIT;
    const hasFailed = 'reason' in page;
    for (const set of source.sets) {
      const hearing = this.#hearing(set);
      hearing.outstanding--;
      assert(hearing.outstanding >= 0, 'an owner answers once to each question');
      if (!hasFailed) hearing.tally.succeed(source.owner);
      else {
        hearing.tally.fail(source.owner);
        if (source.withValues) hearing.hasValues = false;
      }
    }
    if (hasFailed) this.#reasons.add(page.reason);
    else this.#pages.push({ ...page, sets: source.sets });
    return this.#decide();
  }

  /** An owner takes long: the next ones to be asked the same besides. */
  late({ sets, withValues }: Source, round: number): readonly Source[] {
    if (!this.awaits(round)) return [];
    return this.#ask(
      this.#hearings.map((hearing, set) => {
        if (!sets.includes(set) || hearing.tally.verdict !== 'open') return [];
        if (withValues) hearing.hasValues = false;
        return hearing.spare.slice(0, 1);
      }),
    );
  }

  fenced(_owner: NodeId, round: number): boolean {
    if (!this.awaits(round)) return false;
    this.#phase = 'awaitingRing';
    return true;
  }

  giveUp(reason: string): Failed {
    assert(this.#phase !== 'settled', 'a scan that has ended is not given up');
    this.#reasons.add(reason);
    return this.#failed();
  }

  #decide(): ScanStep {
    const verdicts = this.#hearings.map(({ tally }) => tally.verdict);
    if (verdicts.includes('impossible')) return this.#failed();
    if (verdicts.every((verdict) => verdict === 'reached')) {
      this.#phase = 'settled';
      return { next: 'heard', pages: this.#pages };
    }
    const sources = this.#ask(
      this.#hearings.map(({ tally, spare, outstanding }, set) => {
        return verdicts[set] === 'open' && outstanding === 0 ? tally.stillNeeded(spare) : [];
      }),
    );
    return sources.length > 0 ? { next: 'ask', sources } : WAIT;
  }

  /** Takes owners of each set for asked, and makes one question of all that is for one owner. */
  #ask(owners: readonly (readonly NodeId[])[]): readonly Source[] {
    const sources = new Map<string, Source & { sets: number[] }>();
    for (const [set, asked] of owners.entries()) {
      const hearing = this.#hearing(set);
      for (const owner of asked) {
        const withValues = !hearing.hasValues;
        hearing.hasValues = true;
        hearing.outstanding++;
        const name = `${owner} ${withValues}`;
        const source = sources.get(name) ?? { owner, sets: [], withValues };
        sources.set(name, source);
        source.sets.push(set);
      }
      if (asked.length > 0) hearing.spare = hearing.spare.filter((id) => !asked.includes(id));
    }
    return [...sources.values()];
  }

  #hearing(set: number): Hearing {
    return present(this.#hearings[set], 'the set that a source is about');
  }

  /** With the numbers of the set that is furthest from its quorum. */
  #failed(): Failed {
    this.#phase = 'settled';
    let worst = { needed: 0, got: 0 };
    for (const { tally } of this.#hearings) {
      const { needed, got } = tally.shortfall;
      if (needed - got > worst.needed - worst.got) worst = { needed, got };
    }
    return { next: 'failed', ...worst, reasons: [...this.#reasons] };
  }
}
