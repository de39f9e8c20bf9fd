/**
 * One conditional write, linearizable write or linearizable read, from its first ballot to its
 * outcome: CASPaxos (Rystsov, 2018) on one key. Pure: it is told what owners answered and says
 * what to do next.
 *
 * Intuition: a version is a ballot. A round first has a majority promise to take nothing below its
 * ballot, and is told what they hold; the newest of that is the register's value, and what follows
 * from it is stored under the ballot, by a majority again. Whoever comes later meets one of these
 * owners: it either sees the outcome or has already stopped the round. A round that changes
 * nothing stores what it saw under its own ballot (the identity), because a value that only some
 * owners hold may otherwise be seen once and be gone afterwards. It is left out, and a read takes
 * one round trip, if the value proves settled as it is (`survey.ts`).
 *
 * For rounds alone a majority would do. What is acknowledged as a write is stored by as many owners
 * as a plain write (W, which is at least a majority), because plain reads ask R of them, and R with
 * a majority may be no more than N. An identity acknowledges nothing that was not before.
 *
 * Our own earlier rounds (`issued.ts`). When the newest version found
 * - is one that we issued, or its origin is (another's round may have stored it again): the write
 *   has taken effect; it is stored once more to be settled;
 * - is older than all that we issued: they are settled on none, and end as soon as this round
 *   stores anything above them, so the condition is tried again (but nothing is concluded without
 *   storing: see `#observe`);
 * - is newer, and made from ours: it is settled, and then ours has taken effect;
 * - is newer, and made from what ours was to replace: the same as if it were older;
 * - is newer, and nobody can tell from what it came: unknown.
 *
 * A client that tries again after an unknown outcome gives its write the same operation id. What
 * carries that id counts as issued by us, and so does what is named in the lineage of the newest
 * (`src/core/data/lineage.ts`). If it is in neither, the lineage may prove that there was no
 * earlier try, if it goes back to what the condition demands; else a failed condition tells nothing
 * of it. What has expired is as good as deleted: then the condition is tried again.
 *
 * A refusal means "not stored by this owner", which holds as requests are delivered at most once
 * and no copy of an undecided record is kept for later: hints are for what was applied.
 *
 * A change of ring interrupts a round: promises of one epoch say nothing of another's owners. The
 * next round of the same operation begins with the new owners and still knows what was issued.
 *
 * Beside plain writes (`../write.ts`), with W a majority of owners: a plain write below a promise
 * is refused, and one above it ends the round at that owner. So a round sees every plain write that
 * was acknowledged before it began, and a plain write that begins after an acknowledged round wins
 * over it. A plain write that is acknowledged under its first stamp is as good as a linearizable
 * one. One that had to be stamped again may take effect under each of its stamps: be seen, be
 * overwritten, and come back; and where it took being superseded for being stored and overwritten,
 * a round may have overwritten it unseen. Either ends with its answer. A promise, or a record that
 * a round stored, must never count as such an overwriting: the promise may come to nothing, and
 * the round may have stored what is older than the plain write.
 *
 * A delete stores a tombstone, a register like any other. What has expired is deleted by whoever
 * finds it so: clocks differ, and the next one might find it alive.
 *
 * Rejected alternative: keeping a promise for the next ballot with every accepted one (also in the
 * paper), which saves the first round trip of a node that changes the same key again. It costs the
 * next write of every node whose clock is behind a round trip.
 */
import { assert, present } from '../../../src/core/assert.js';
import { knownSince, madeUnder } from '../../../src/core/data/lineage.js';
import {
  decodeRecord,
  type EncodedRecord,
  isSame,
  recordOperation,
  recordOrigin,
  recordPredecessor,
} from '../../../src/core/data/record.js';
import {
  compareVersions,
  type NodeId,
  newestVersion,
  type Version,
} from '../../../src/core/data/version.js';
import { visible, visibleVersion } from '../../../src/core/data/visible.js';
import { everyoneIn, Tally } from '../../../src/core/ring/quorum.js';
import { DOUBTED, type PromiseAnswer, type ReadAnswer, type WriteAnswer } from '../answers.js';
import { demandsBefore, isMet } from '../condition.js';
import { Doubts } from '../doubts.js';
import {
  type Looking,
  type OwnerRequest,
  type Preparing,
  type Storing,
  WAIT,
} from '../operation.js';
import { Issued } from './issued.js';
import { absence, ended, endsExpired, laterOf, madeFrom, restamped } from './round-records.js';
import type {
  ConditionalChange,
  ConditionalFailed,
  ConditionalPhase,
  ConditionalStep,
  Defeat,
  Register,
} from './steps.js';
import { Survey } from './survey.js';

const MAX_ROUNDS = 10;

/** What a round stores: the change, what was there, or what came right after the change. */
type Intent = 'change' | 'observation' | 'successor';

export class ConditionalOperation
  implements Looking<ConditionalStep>, Preparing<ConditionalStep>, Storing<ConditionalStep>
{
  readonly #change: ConditionalChange | undefined;
  readonly #copy: EncodedRecord | undefined;
  readonly #issued = new Issued();
  readonly #reasons = new Set<string>();
  #register: Register = { groups: [], storing: [], ownersSince: 0 };
  #owners: readonly NodeId[] = [];
  #survey = new Survey([]);
  #stored = new Tally([]);
  #intent: Intent = 'observation';
  /** Where ours has a successor, which this round settles: the version that stands for ours. */
  #succeeded: Version | undefined;
  #record: EncodedRecord | undefined;
  #ballot: Version | undefined;
  #wallMs = 0;
  #above: Version | undefined;
  #contended = false;
  readonly #doubts = new Doubts();
  #fetching = false;
  #round = 0;
  #phase: ConditionalPhase = 'awaitingBallot';

  /**
   * Without a change it is a read. `copy`: what an owner should have stored, and a promise kept
   * away; a round stores it if it finds nothing that came after it.
   */
  constructor(change?: ConditionalChange, copy?: EncodedRecord) {
    this.#change = change;
    this.#copy = copy;
  }

  get phase(): ConditionalPhase {
    return this.#phase;
  }

  get round(): number {
    return this.#round;
  }

  /** Everyone to send to, each once. */
  get owners(): readonly NodeId[] {
    return this.#owners;
  }

  /**
   * A read begins with this: ask all owners for their versions, and one of them for the value.
   * `wallMs` decides what has expired.
   */
  look(register: Register, wallMs: number): void {
    this.#begin(register, 'awaitingVersions');
    this.#wallMs = wallMs;
  }

  /** Begins a round. `wallMs` decides what has expired. Ask all owners to promise `ballot`. */
  prepare(register: Register, ballot: Version, wallMs: number): void {
    const isHigher = !this.#ballot || compareVersions(ballot, this.#ballot) > 0;
    assert(isHigher, 'the ballots of an operation grow');
    const isAbove = !this.#above || compareVersions(ballot, this.#above) > 0;
    assert(isAbove, 'a ballot is above what stood in the way of the last');
    this.#begin(register, 'awaitingPromises');
    this.#ballot = ballot;
    this.#wallMs = wallMs;
  }

  #assertAsked(owner: NodeId): void {
    assert(this.#owners.includes(owner), 'who answers a round was asked in it');
  }

  get #presentBallot(): Version {
    return present(this.#ballot, 'the ballot of the round');
  }

  #begin(register: Register, phase: ConditionalPhase): void {
    const isFree = this.#phase === 'awaitingBallot' || this.#phase === 'awaitingRing';
    assert(isFree, 'a round begins when none is under way');
    this.#round++;
    this.#register = register;
    this.#owners = everyoneIn(register.groups);
    this.#survey = new Survey(register.groups);
    this.#above = undefined;
    this.#contended = false;
    this.#doubts.clear();
    this.#phase = phase;
  }

  /** An owner's answer to `look` or to `fetch`. */
  held(owner: NodeId, round: number, answer: ReadAnswer): ConditionalStep {
    if (round !== this.#round || this.#phase !== 'awaitingVersions') return WAIT;
    this.#assertAsked(owner);
    const survey = this.#survey;
    if (answer.kind === 'holds') survey.add(owner, answer.version, answer.record);
    else if (answer.kind === 'doubted') this.#doubt(survey.answered, owner, answer.version);
    else this.#fail(survey.answered, owner, answer.reason);
    const heard = survey.heardDespite(this.#doubts);
    if (heard === 'impossible' && this.#doubts.isEmpty) return this.#lost(survey.answered);
    // What is doubted may be of an epoch before: promises tell what to make of it.
    if (heard === 'impossible') return this.#another();
    switch (survey.settledSince(this.#register.ownersSince)) {
      case 'open':
        return WAIT;
      case 'impossible':
        return heard === 'open' ? WAIT : this.#another();
      case 'reached':
        if (this.#hasExpired(survey.record)) return this.#another();
        if (survey.record || survey.isAbsent) return this.#observed(survey.record);
        // The owner that was asked for the value lacks it, or has not answered yet.
        if (this.#fetching) return this.#another();
        this.#fetching = true;
        return { next: 'fetch', owner: present(survey.holders[0], 'a holder of the newest') };
    }
  }

  /** An owner takes longer than usual: what is missing may be settled without it. */
  hurry(): ConditionalStep {
    if (this.#phase !== 'awaitingVersions') return WAIT;
    return this.#survey.answered.verdict === 'reached' ? this.#another() : WAIT;
  }

  promised(owner: NodeId, round: number, answer: PromiseAnswer): ConditionalStep {
    if (round !== this.#round || this.#phase !== 'awaitingPromises') return WAIT;
    this.#assertAsked(owner);
    const survey = this.#survey;
    if (answer.kind === 'promised') survey.add(owner, answer.version, answer.record);
    else this.#refuse(survey.answered, owner, answer);
    if (answer.kind === 'doubted') survey.setAside(owner, answer, this.#presentBallot.epoch);
    const heard = survey.heardAtLast(this.#doubts);
    if (heard === 'open') return WAIT;
    return heard === 'reached' ? this.#evaluate() : this.#lost(survey.answered);
  }

  /** An owner's answer to `store`; of an earlier round it still tells what it did not store. */
  stored(owner: NodeId, round: number, answer: WriteAnswer): ConditionalStep {
    if (answer.kind !== 'stored' && answer.kind !== 'lost') this.#issued.notStored(owner, round);
    if (round !== this.#round || this.#phase !== 'storing') return WAIT;
    this.#assertAsked(owner);
    if (answer.kind === 'stored') this.#stored.succeed(owner);
    else this.#refuse(this.#stored, owner, answer);
    const { verdict } = this.#stored;
    if (verdict === 'open') return WAIT;
    if (verdict === 'impossible') return this.#lost(this.#stored);
    if (this.#intent === 'observation') return this.#observed(this.#record);
    this.#phase = 'settled';
    const isOurs = this.#intent === 'change';
    const version = isOurs ? this.#record && recordOrigin(this.#record) : this.#succeeded;
    return { next: 'applied', version: present(version, 'the version under which it applies') };
  }

  /** `look` or `prepare` again with the new ring. What was issued is carried over. */
  fenced(owner: NodeId, round: number, request: OwnerRequest): boolean {
    if (request === 'store') this.#issued.notStored(owner, round);
    if (round !== this.#round || this.#phase === 'settled') return false;
    if (this.#phase === 'awaitingRing' || this.#phase === 'awaitingBallot') return false;
    this.#phase = 'awaitingRing';
    return true;
  }

  giveUp(reason: string): ConditionalFailed {
    assert(this.#phase !== 'settled', 'an operation that has ended is not given up');
    this.#reasons.add(reason);
    return this.#failed('unavailable', this.#survey.answered);
  }

  /** A majority has promised: what the register holds, and what follows from it. */
  #evaluate(): ConditionalStep {
    const { record } = this.#survey;
    const change = this.#change;
    const ended = change && record && this.#findOurs(change.record, record);
    if (ended) return ended;
    if (!change || !isMet(change.condition, this.#valueIn(record))) return this.#observe();
    return this.#store('change', madeFrom(record, change.record, this.#presentBallot));
  }

  /** What follows if ours has taken effect, in this try or in another, or may have. */
  #findOurs(change: ConditionalChange['record'], record: EncodedRecord) {
    const { operation } = change;
    const isOver = this.#isExpiredTry(change, record);
    const isRetried = !isOver && operation && recordOperation(record)?.equals(operation);
    if (isRetried && !isSame(decodeRecord(record), change)) {
      return this.#failed('reused', this.#survey.answered);
    }
    const settles = (intent: Intent) => this.#store(intent, restamped(record, this.#presentBallot));
    if (isRetried || this.#issued.has(recordOrigin(record))) return settles('change');
    this.#succeeded = isOver ? undefined : operation && madeUnder(record, operation);
    if (this.#succeeded) return settles('successor');
    const before = recordPredecessor(record);
    switch (this.#issued.judge(this.#survey.newest, before)) {
      case 'unknown':
        return this.#failed('overtaken', this.#survey.answered);
      case 'succeeded':
        this.#succeeded = before;
        return settles('successor');
      case 'open':
        return undefined;
    }
  }

  /** Whether the newest is what an earlier try has made, or what became of that when it expired. */
  #isExpiredTry({ operation }: ConditionalChange['record'], record: EncodedRecord): boolean {
    if (!operation) return false;
    if (recordOperation(record)?.equals(operation)) return this.#hasExpired(record);
    const before = recordPredecessor(record);
    const made = madeUnder(record, operation);
    if (!made || !before || !endsExpired(record)) return false;
    return compareVersions(made, before) === 0;
  }

  #hasExpired(record: EncodedRecord | undefined): boolean {
    return visible(record && decodeRecord(record), this.#wallMs).absent === 'expired';
  }

  /** The version of the value that conditions see; undefined if there is none. */
  #valueIn(record: EncodedRecord | undefined): Version | undefined {
    return visibleVersion(visible(record && decodeRecord(record), this.#wallMs));
  }

  /** Nothing is to be changed; but if the change may be stored somewhere, that has to be ended. */
  #observe(): ConditionalStep {
    const record = laterOf(this.#survey.record, this.#copy);
    const isFound = record === this.#survey.record;
    const isSettled = this.#survey.settledSince(this.#register.ownersSince) === 'reached';
    const version = this.#presentBallot;
    if (record && this.#hasExpired(record))
      return this.#store('observation', ended(record, version));
    if (isFound && isSettled && this.#issued.isEmpty) return this.#observed(record);
    if (record) return this.#store('observation', restamped(record, version));
    if (!this.#change) return this.#observed(undefined);
    return this.#store('observation', absence(this.#change.record.key, version));
  }

  #store(intent: Intent, record: EncodedRecord): ConditionalStep {
    this.#phase = 'storing';
    this.#intent = intent;
    this.#record = record;
    const { groups, storing } = this.#register;
    this.#stored = new Tally(intent === 'observation' ? groups : storing);
    if (intent === 'change') {
      const sent = { ballot: this.#presentBallot, predecessor: recordPredecessor(record) };
      this.#issued.add(this.#round, { ...sent, holders: new Set(this.owners) });
    }
    return { next: 'store', record };
  }

  #observed(record: EncodedRecord | undefined): ConditionalStep {
    this.#phase = 'settled';
    if (!this.#change) return { next: 'found', record };
    const applied = this.#mayBeRetry(this.#change, record) ? 'unknown' : 'no';
    return { next: 'preconditionFailed', record, current: this.#valueIn(record), applied };
  }

  /** Whether an earlier try may have been made, that what was found comes from unknowingly. */
  #mayBeRetry(change: ConditionalChange, record: EncodedRecord | undefined): boolean {
    if (!change.record.operation || change.isFirstTry) return false;
    if (record && this.#isExpiredTry(change.record, record)) return true;
    return demandsBefore(change.condition, knownSince(record));
  }

  #refuse(tally: Tally, owner: NodeId, answer: Exclude<WriteAnswer | PromiseAnswer, Given>): void {
    if (answer.kind === 'doubted') return this.#doubt(tally, owner, answer.version);
    if (answer.kind !== 'superseded') return this.#fail(tally, owner, answer.reason);
    this.#contended = true;
    this.#above = newestVersion(answer.version, this.#above ?? answer.version);
    this.#fail(tally, owner, 'superseded');
  }

  #doubt(tally: Tally, owner: NodeId, version: Version): void {
    this.#doubts.add(owner, version);
    this.#fail(tally, owner, DOUBTED);
  }

  #fail(tally: Tally, owner: NodeId, reason: string): void {
    tally.fail(owner);
    this.#reasons.add(reason);
  }

  /** The round has failed: to somebody with a higher ballot, or because owners do not answer. */
  #lost(tally: Tally): ConditionalStep {
    const isHopeless = !this.#contended && !this.#doubts.areOfMost(this.#register.groups);
    if (isHopeless) return this.#failed('unavailable', tally);
    return this.#round < MAX_ROUNDS ? this.#another() : this.#failed('contention', tally);
  }

  #another(): ConditionalStep {
    this.#phase = 'awaitingBallot';
    const isHeldByMost = this.#doubts.areOfMost(this.#register.groups);
    const seen = newestVersion(this.#survey.newest, this.#above ?? this.#survey.newest);
    const above = isHeldByMost ? newestVersion(seen, this.#doubts.newest) : seen;
    return { next: 'prepare', above, contended: this.#contended, isHeldByMost };
  }

  #failed(why: Defeat, tally: Tally): ConditionalFailed {
    this.#phase = 'settled';
    const applied = this.#issued.isEmpty ? 'no' : 'unknown';
    return { next: 'failed', why, applied, ...tally.shortfall, reasons: [...this.#reasons] };
  }
}

type Given = { readonly kind: 'stored' } | { readonly kind: 'promised' };
