/**
 * One read, from the first question to the answer. Pure: it is told what owners answered and says
 * what to do next.
 *
 * Intuition: the value travels once, from the first owner asked; the others only say which version
 * they hold. If a quorum agrees, that is the answer after one round trip. If not, the newest value
 * is fetched and written back to the owners that lack it before the client is answered, so that
 * no later read can return something older (Dynamo §5 read repair; the write-back before the
 * answer is ABD's, JACM 1995, without which reads would not be monotonic).
 *
 * An owner whose row is damaged does not count: nobody knows what it held. The newest is written
 * back to it, after the answer if a quorum is found without it; if not, because all owners are
 * needed, before the answer. Taking the newest proves that it held nothing newer (the acceptor's
 * rule, `src/core/acceptor.ts`), so then it counts.
 *
 * A version that is doubted (`answers.ts`) is left out, like an owner that failed, if enough others
 * answer: then nobody has been promised it, and it is not spread. If too few do, it may have been
 * acknowledged, and counts like any other; so no clock ever stops a read. But what so many lack
 * that no majority is left was not acknowledged, and is left out at every level. Those who lack it
 * are then enough for an answer: one of them holds whatever was acknowledged. The same if it is us
 * alone who believe the newest, because our own clock was wrong: so many others take no repair.
 * Whoever was left out holds something newer than the answer; if not, because the answer is newer
 * than what the others had said first, it is written back there as to anybody.
 *
 * Rejected alternative: asking all N owners every time. It needs no second question when one is
 * slow, but every read then costs N store reads; the slow case is answered by hedging instead.
 */
import { assert, present } from '../../src/core/assert.js';
import type { EncodedRecord } from '../../src/core/data/record.js';
import {
  compareVersions,
  NO_VERSION,
  type NodeId,
  type Version,
} from '../../src/core/data/version.js';
import { everyoneIn, type QuorumGroup, Tally } from '../../src/core/ring/quorum.js';
import { CORRUPT, DOUBTED, type Doubted, type ReadAnswer, type WriteAnswer } from './answers.js';
import { type Failed, type Looking, type Storing, WAIT } from './operation.js';
import type { ReadPhase, ReadStep } from './read-steps.js';

const NO_TALLY = new Tally([]);
const NOBODY: readonly NodeId[] = [];

function reasonOf(answer: Exclude<WriteAnswer, { kind: 'stored' }>): string {
  if (answer.kind === 'superseded') return 'promised';
  return answer.kind === 'doubted' ? DOUBTED : answer.reason;
}

export class ReadOperation implements Looking<ReadStep>, Storing<ReadStep> {
  #groups: readonly QuorumGroup[] = [];
  /** The same with those that `#groups` does without. */
  #all: readonly QuorumGroup[] = [];
  /** Those, and what they have shown. */
  readonly #leftOut = new Map<NodeId, Version>();
  /** Owners not asked yet, the ones to prefer first. */
  #spare: NodeId[] = [];
  readonly #held = new Map<NodeId, Version>();
  readonly #doubted = new Map<NodeId, Doubted>();
  /** What so many of these lack was never acknowledged. */
  #blocking: QuorumGroup = { owners: [], needed: 0 };
  /** Who took the newest for too far ahead when it was written back. */
  #disbelieving = NOBODY;
  /** Was never acknowledged: what so many took for that. */
  #disowned: Version | undefined;
  #tally = NO_TALLY;
  /** Who holds the newest since it was written back; undefined before that. */
  #written: Tally | undefined;
  #isBlocked = false;
  readonly #reasons = new Set<string>();
  #newest: Version = NO_VERSION;
  #record: EncodedRecord | undefined;
  /** Owners whose row is damaged. */
  #damaged = NOBODY;
  /** Holders of the newest that were asked for the value and have not answered yet. */
  #fetching = NOBODY;
  #outstanding = 0;
  #round = 0;
  #phase: ReadPhase = 'awaitingRing';

  get phase(): ReadPhase {
    return this.#phase;
  }

  /** Every ring begins a round. */
  get round(): number {
    return this.#round;
  }

  /**
   * Begins with these owners, or begins anew when there are others. `preferred`: all of them, each
   * once, in the order in which to ask them. `blocking`: what so many of these lack was never
   * acknowledged. Returns whom to ask first, just enough for a quorum of every group; the first of
   * them for the value as well.
   */
  begin(
    groups: readonly QuorumGroup[],
    preferred: readonly NodeId[],
    blocking: QuorumGroup,
  ): NodeId[] {
    assert(this.#phase === 'awaitingRing', 'a read is begun once with each ring');
    this.#round++;
    this.#groups = groups;
    this.#all = groups;
    this.#leftOut.clear();
    this.#spare = [...preferred];
    this.#tally = new Tally(groups);
    this.#written = undefined;
    this.#isBlocked = false;
    this.#held.clear();
    this.#doubted.clear();
    this.#blocking = blocking;
    this.#disbelieving = NOBODY;
    this.#disowned = undefined;
    this.#newest = NO_VERSION;
    this.#record = undefined;
    this.#damaged = NOBODY;
    this.#fetching = NOBODY;
    this.#outstanding = 0;
    this.#phase = 'awaitingVersions';
    return this.#take();
  }

  /**
   * An owner takes longer than usual to answer: the next one to ask the same besides, if there is
   * one. Where only the value is still missing, that is another who holds the newest.
   */
  hedge(withValue: boolean): NodeId | undefined {
    const isFetching = this.#phase === 'fetchingNewest';
    if (isFetching ? !withValue : this.#phase !== 'awaitingVersions') return undefined;
    const next = (isFetching ? this.#holder() : undefined) ?? this.#spare.shift();
    if (next === undefined) return undefined;
    if (isFetching) this.#fetching = [...this.#fetching, next];
    this.#outstanding++;
    return next;
  }

  /** One more is late, and nobody is left to ask: what is doubted has to count, if it can. */
  hurry(): ReadStep {
    if (this.#phase !== 'awaitingVersions') return WAIT;
    this.#believe();
    return this.#decide();
  }

  held(owner: NodeId, round: number, answer: ReadAnswer): ReadStep {
    if (round !== this.#round) return WAIT;
    if (this.#phase !== 'awaitingVersions' && this.#phase !== 'fetchingNewest') return WAIT;
    this.#answered();
    if (this.#fetching.length > 0) this.#fetching = this.#fetching.filter((id) => id !== owner);
    if (answer.kind === 'failed') this.#fails(owner, answer.reason);
    else if (answer.kind === 'doubted' && !this.#hasShown(owner, answer.version)) {
      this.#doubted.set(owner, answer);
      this.#fails(owner, DOUBTED);
    } else this.#holds(owner, answer);
    return this.#decide();
  }

  /** What was believed, because too few hold anything else, is believed when it is fetched. */
  #hasShown(owner: NodeId, version: Version): boolean {
    return compareVersions(this.#held.get(owner) ?? NO_VERSION, version) === 0;
  }

  #fails(owner: NodeId, reason: string): void {
    this.#reasons.add(reason);
    if (reason === CORRUPT) {
      this.#damaged = [...this.#damaged, owner];
      this.#tally.forget(owner);
    } else this.#tally.retract(owner);
    if (this.#held.delete(owner)) this.#forgetNewest();
  }

  #holds(owner: NodeId, { version, record }: Pick<Doubted, 'version' | 'record'>): void {
    this.#tally.succeed(owner);
    this.#leftOut.delete(owner);
    this.#held.set(owner, version);
    const order = compareVersions(version, this.#newest);
    if (order > 0) {
      this.#newest = version;
      this.#record = record;
      this.#fetching = NOBODY;
    } else if (order === 0 && record) {
      this.#record = record;
    }
  }

  /** Counts what is doubted, but for what cannot have been acknowledged. */
  #believe(): void {
    const { owners, needed } = this.#blocking;
    const believed = [...this.#doubted].filter(([, { version }]) => {
      if (this.#disowned && compareVersions(version, this.#disowned) === 0) return false;
      const lacking = owners.filter((owner) => {
        const held = this.#held.get(owner);
        return held !== undefined && compareVersions(held, version) < 0;
      });
      return lacking.length < needed;
    });
    for (const [owner, doubted] of believed) {
      this.#doubted.delete(owner);
      this.#holds(owner, doubted);
    }
  }

  /** What is doubted still, nobody was told of: those who lack it make the quorum. */
  #doWithoutDoubted(): void {
    const { owners, needed } = this.#blocking;
    // While owners change, both sets have to answer.
    if (this.#doubted.size === 0 || this.#groups.length > 1) return;
    if (this.#tally.verdict !== 'impossible') return;
    const others = owners.filter((owner) => !this.#doubted.has(owner));
    const lacking = others.filter((owner) => this.#held.has(owner));
    // As many as the level asks for, as far as there are so many beside the doubted.
    const wanted = Math.min(this.#groups[0]?.needed ?? 0, others.length);
    if (lacking.length < Math.max(needed, wanted)) return;
    this.#groups = [{ owners: others, needed }];
    this.#leftOut.clear();
    for (const [owner, { version }] of this.#doubted) this.#leftOut.set(owner, version);
    this.#tally = new Tally(this.#groups);
    for (const owner of lacking) this.#tally.succeed(owner);
  }

  /** Nobody else believes the newest: it is left out, and so is what comes of its write-back. */
  #disown(): ReadStep {
    this.#round++;
    this.#outstanding = 0;
    this.#disbelieving = NOBODY;
    // To let go of the first holder makes another version the newest.
    const disowned = this.#newest;
    this.#disowned = disowned;
    for (const [owner, version] of this.#held) {
      if (compareVersions(version, disowned) < 0) continue;
      this.#doubted.set(owner, { kind: 'doubted', version });
      this.#fails(owner, DOUBTED);
    }
    this.#spare = everyoneIn(this.#groups).filter((owner) => !this.#tally.hasAnswered(owner));
    return this.#decide();
  }

  /**
   * An owner's answer to the write-back: to hold something newer is as good. Not of an owner whose
   * row was damaged: that may have been acknowledged before this read began.
   */
  stored(owner: NodeId, round: number, answer: WriteAnswer): ReadStep {
    if (round !== this.#round || this.#phase !== 'writingBack') return WAIT;
    this.#answered();
    const written = present(this.#written, 'who holds what is written back');
    const isSuperseded = answer.kind === 'superseded';
    const isBlocked = isSuperseded && (answer.by === 'promise' || this.#damaged.includes(owner));
    if (answer.kind === 'stored' || (isSuperseded && !isBlocked)) {
      written.succeed(owner);
    } else {
      written.fail(owner);
      this.#isBlocked ||= isBlocked;
      this.#reasons.add(reasonOf(answer));
      const disbelieves = answer.kind === 'refused' && answer.reason === DOUBTED;
      if (disbelieves) this.#disbelieving = [...this.#disbelieving, owner];
    }
    return this.#decideWriteBack(written, present(this.#record, 'what is written back'));
  }

  fenced(_owner: NodeId, round: number): boolean {
    if (round !== this.#round) return false;
    if (this.#phase === 'awaitingRing' || this.#phase === 'settled') return false;
    this.#phase = 'awaitingRing';
    return true;
  }

  giveUp(reason: string): Failed {
    assert(this.#phase !== 'settled', 'a read that has ended is not given up');
    this.#reasons.add(reason);
    return this.#failed(this.#tally);
  }

  #answered(): void {
    this.#outstanding--;
    assert(this.#outstanding >= 0, 'an owner answers once to each question');
  }

  /** The owner that held the newest is gone: the quorum is to be found among the others. */
  #forgetNewest(): void {
    this.#phase = 'awaitingVersions';
    this.#newest = NO_VERSION;
    this.#record = undefined;
    for (const version of this.#held.values()) {
      if (compareVersions(version, this.#newest) > 0) this.#newest = version;
    }
  }

  #decide(): ReadStep {
    if (this.#phase === 'fetchingNewest') return this.#fetchOrRepair();
    if (this.#tally.verdict === 'impossible') {
      // Who has not answered yet may lack what is doubted.
      if (this.#doubted.size > 0 && this.#outstanding > 0) return WAIT;
      this.#believe();
      this.#doWithoutDoubted();
    }
    const { verdict } = this.#tally;
    if (verdict === 'reached') return this.#fetchOrRepair();
    if (verdict === 'impossible') return this.#failed(this.#tally);
    if (this.#outstanding > 0) return WAIT;
    const more = this.#take();
    if (more.length > 0) return { next: 'ask', owners: more, withValue: false };
    assert(this.#damaged.length > 0, 'who can still be missing is an owner with a damaged row');
    return this.#isAbsent ? this.#askForRound() : this.#fetchOrRepair();
  }

  get #isAbsent(): boolean {
    return compareVersions(this.#newest, NO_VERSION) === 0;
  }

  #fetchOrRepair(): ReadStep {
    if (this.#isAbsent) return this.#found(undefined);
    if (this.#record) return this.#repair(this.#record);
    this.#phase = 'fetchingNewest';
    if (this.#fetching.length > 0) return WAIT;
    const holder = this.#holder();
    if (holder === undefined) {
      // Its only holder has since said that it holds something else.
      this.#forgetNewest();
      return this.#decide();
    }
    this.#fetching = [holder];
    this.#outstanding++;
    return { next: 'ask', owners: this.#fetching, withValue: true };
  }

  /** Who holds the newest and is not being asked for the value already. */
  #holder(): NodeId | undefined {
    for (const [owner, held] of this.#held) {
      const isNewest = compareVersions(held, this.#newest) === 0;
      if (isNewest && !this.#fetching.includes(owner)) return owner;
    }
    return undefined;
  }

  #repair(record: EncodedRecord): ReadStep {
    // The newest may have come since somebody was left out, and be newer than what that one has.
    const written = new Tally(this.#all);
    const stale = [...this.#damaged];
    for (const [owner, held] of [...this.#held, ...this.#leftOut]) {
      if (compareVersions(held, this.#newest) >= 0) written.succeed(owner);
      else stale.push(owner);
    }
    if (written.verdict === 'reached') return this.#found(record, stale);
    this.#phase = 'writingBack';
    this.#written = written;
    this.#outstanding = stale.length;
    return { next: 'writeBack', owners: stale, record };
  }

  #decideWriteBack(written: Tally, record: EncodedRecord): ReadStep {
    const { verdict } = written;
    if (verdict === 'reached') return this.#found(record);
    if (verdict === 'impossible') return this.#notWritten(written);
    if (this.#outstanding > 0) return WAIT;
    // A stale owner did not take it; one that was never asked may.
    const others = this.#spare.splice(0);
    if (others.length === 0) return this.#notWritten(written);
    this.#outstanding = others.length;
    return { next: 'writeBack', owners: others, record };
  }

  #notWritten(written: Tally): ReadStep {
    const { owners, needed } = this.#blocking;
    const disbelieving = owners.filter((owner) => this.#disbelieving.includes(owner));
    if (disbelieving.length >= needed) return this.#disown();
    // A round stores above a promise, and above what an epoch before has left.
    const mayRound = this.#isBlocked || this.#disbelieving.length > 0;
    return mayRound ? this.#askForRound() : this.#failed(written);
  }

  #askForRound(): ReadStep {
    this.#phase = 'settled';
    return { next: 'round' };
  }

  #found(record: EncodedRecord | undefined, lackedBy = NOBODY): ReadStep {
    this.#phase = 'settled';
    return record && lackedBy.length > 0
      ? { next: 'found', record, lackedBy }
      : { next: 'found', record };
  }

  #failed(tally: Tally): Failed {
    this.#phase = 'settled';
    return { next: 'failed', ...tally.shortfall, reasons: [...this.#reasons] };
  }

  /** The first spare owners that the groups still need. */
  #take(): NodeId[] {
    const taken = this.#tally.stillNeeded(this.#spare);
    if (taken.length > 0) this.#spare = this.#spare.filter((owner) => !taken.includes(owner));
    this.#outstanding += taken.length;
    return taken;
  }
}
