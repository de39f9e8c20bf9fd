/**
 * Carries out an operation of `actors/coordinator`, whichever it is.
 *
 * Algorithm: one loop for all. Owners are asked; what each answers is translated and handed to the
 * operation; the step that it returns is followed, until it says how it ends. Whoever is told that
 * its ring is old waits for the new one and begins again with its owners. Every question ends by
 * the deadline of the request, with an answer or without.
 *
 * What is particular to an operation is how it begins and what its steps mean: `write.ts`,
 * `read.ts`, `conditional.ts`.
 *
 * Reference: Riak's `riak_kv_get_fsm`, which goes by `add_result`, `enough` and `response`.
 */
import type {
  Looking,
  Operation,
  OwnerRequest,
  Preparing,
  Storing,
} from '../../../actors/coordinator/operation.js';
import { assert } from '../../core/assert.js';
import type { EncodedRecord } from '../../core/data/record.js';
import type { NodeId, Version } from '../../core/data/version.js';
import { NO_ROOM, RING_MOVED, TIME_IS_UP, TOO_FAR_AHEAD } from '../../core/failures.js';
import type { Failure } from '../../core/requests.js';
import type { Ring } from '../../core/ring/ring.js';
import type { CallFailure } from '../rpc/calls.js';
import { isFenced, promiseAnswer, readAnswer, writeAnswer } from './answers.js';
import type { Attempt } from './attempt.js';
import type { Misses } from './misses.js';

export abstract class Driver<Step, Outcome> {
  protected abstract readonly operation: Operation<Step>;
  /** Of a write: the owners that miss it. A repair that is missed is left to anti-entropy. */
  protected readonly misses: Misses | undefined = undefined;
  protected readonly attempt: Attempt;
  protected readonly key: Buffer;
  /** Of the ring that the operation has begun with. */
  protected epoch = 0;
  #isOver = false;
  readonly #done: (outcome: Outcome | Failure) => void;

  constructor(key: Buffer, attempt: Attempt, done: (outcome: Outcome | Failure) => void) {
    this.key = key;
    this.attempt = attempt;
    this.#done = done;
  }

  /** Begins with the ring in force; again when there is a newer one. */
  abstract begin(): void;
  protected abstract follow(step: Step): void;
  /** An owner takes longer than usual to say what it holds, or to give the value. */
  protected slow(_owner: NodeId, _withValue: boolean): void {}
  /** An owner has answered a question for what it holds, if only by refusing it. */
  protected answered(_owner: NodeId, _tookMs: number): void {}

  /** The ring to begin with. */
  protected useRing(): Ring {
    const ring = this.attempt.ports.rings.inForce;
    this.epoch = ring.epoch;
    return ring;
  }

  /** Asks owners which version they hold, and `valueFrom` for the value as well. */
  protected look(
    operation: Looking<Step>,
    owners: readonly NodeId[],
    valueFrom: NodeId | undefined,
  ): void {
    const { attempt, epoch, key } = this;
    const { judge } = attempt.ports;
    const { round } = operation;
    for (const owner of owners) {
      const withValue = owner === valueFrom;
      const body = { epoch, withValue, key };
      attempt.ask(
        owner,
        'replica.read',
        body,
        (reply, tookMs) => {
          if (typeof reply !== 'string') this.answered(owner, tookMs);
          if (isFenced(reply)) return this.#fenced(owner, round, 'look', reply.epoch);
          if (!this.#hasRoomFor(reply)) return;
          this.follow(operation.held(owner, round, readAnswer(reply, judge)));
        },
        () => {
          if (operation.round === round) this.slow(owner, withValue);
        },
      );
    }
  }

  /** Asks owners to promise a ballot. */
  protected prepare(operation: Preparing<Step>, owners: readonly NodeId[], ballot: Version): void {
    const { attempt, epoch, key } = this;
    const { judge } = attempt.ports;
    const { round } = operation;
    for (const owner of owners) {
      attempt.ask(owner, 'replica.prepare', { epoch, ballot, key }, (reply) => {
        if (isFenced(reply)) return this.#fenced(owner, round, 'prepare', reply.epoch);
        if (!this.#hasRoomFor(reply)) return;
        this.follow(operation.promised(owner, round, promiseAnswer(reply, judge)));
      });
    }
  }

  /** Has owners store a record. */
  protected store(
    operation: Storing<Step>,
    owners: readonly NodeId[],
    record: EncodedRecord,
  ): void {
    const { attempt, epoch, misses } = this;
    const { judge } = attempt.ports;
    const { round } = operation;
    misses?.begin(record);
    for (const owner of owners) {
      attempt.ask(owner, 'replica.write', { epoch, record }, (reply) => {
        misses?.note(owner, record, reply);
        if (isFenced(reply)) return this.#fenced(owner, round, 'store', reply.epoch);
        this.follow(operation.stored(owner, round, writeAnswer(reply, judge)));
      });
    }
  }

  /** Goes on with a new stamp, unless the request has ended or gone on otherwise by then. */
  protected stamp(kind: 'plain' | 'ballot', go: (version: Version) => void): void {
    const { attempt, operation } = this;
    const { round } = operation;
    attempt.stamp(kind, (version) => {
      if (this.#isOver || operation.round !== round) return;
      if (typeof version === 'string') this.giveUp(version);
      else if (attempt.isLate) this.giveUp(TIME_IS_UP);
      // The ring has changed while the disk let the clock go on.
      else if (version.epoch !== this.epoch) this.begin();
      else go(version);
    });
  }

  /**
   * The clock goes on above a version that is in the way; if most owners hold it, however far ahead
   * that is. If it cannot, false, and it is over.
   */
  protected observe({ above, isHeldByMost }: { above: Version; isHeldByMost: boolean }): boolean {
    const { versionClock } = this.attempt.ports;
    // Nothing may have been stamped in it yet: a retry begins with what its first try has left.
    versionClock.enter(this.epoch);
    if (isHeldByMost) versionClock.believe(above);
    const isBelievable = above.epoch <= this.epoch && versionClock.observe(above);
    if (!isBelievable) this.giveUp(TOO_FAR_AHEAD);
    return isBelievable;
  }

  /** Counts the value that has come, if one has; false, and it is over, if that is too much. */
  #hasRoomFor(reply: CallFailure | { readonly record: EncodedRecord | undefined }): boolean {
    if (typeof reply === 'string' || !reply.record || this.#isOver) return true;
    if (this.attempt.hold(reply.record.length)) return true;
    this.giveUp(NO_ROOM);
    return false;
  }

  #fenced(owner: NodeId, round: number, request: OwnerRequest, newer: number): void {
    if (!this.operation.fenced(owner, round, request)) return;
    assert(!this.#isOver, 'an operation that has ended waits for no ring');
    this.attempt.afterRing(owner, newer, (isLate) => {
      if (this.#isOver) return;
      if (isLate) this.giveUp(RING_MOVED);
      else this.begin();
    });
  }

  protected get isOver(): boolean {
    return this.#isOver;
  }

  protected giveUp(reason: string): void {
    this.follow(this.operation.giveUp(reason));
  }

  /** Another takes its place: whatever still comes is nothing to this one. */
  protected retire(): void {
    assert(!this.#isOver, 'a request ends once');
    this.#isOver = true;
  }

  protected end(outcome: Outcome | Failure): void {
    this.retire();
    this.#done(outcome);
  }
}
