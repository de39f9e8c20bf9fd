/**
 * Carries out conditional writes, linearizable writes and linearizable reads: drives
 * `actors/coordinator/caspaxos/operation.ts`.
 */
import {
  type ConditionalChange,
  ConditionalOperation,
  type ConditionalStep,
  type Register,
} from '../../../actors/coordinator/caspaxos/operation.js';
import { decodeRecord, type EncodedRecord, recordVersion } from '../../core/data/record.js';
import type { NodeId } from '../../core/data/version.js';
import { visible } from '../../core/data/visible.js';
import {
  NOT_STAMPED,
  OPERATION_REUSED,
  preconditionFailed,
  RING_MOVED,
} from '../../core/failures.js';
import type { Failure, FailureCode, Found, WriteRequest, Written } from '../../core/requests.js';
import type { Ring } from '../../core/ring/ring.js';
import { isFenced, promiseAnswer, readAnswer, shortfall, writeAnswer } from './answers.js';
import { type Attempt, recordOf } from './attempt.js';
import { Misses } from './misses.js';

/** Losers of a contest begin again after a random time of this order, longer with each round. */
const BACK_OFF_MS = 2;

/**
 * A write if there is something to write, else a read; one that `settles` stores what it finds
 * under its own ballot in any case, above every promise that stands in the way of a copy.
 */
type Request = WriteRequest | { readonly key: Buffer; readonly settles?: true };

export function runConditional(
  request: Request,
  attempt: Attempt,
  done: (outcome: Failure | Found) => void,
): void;
export function runConditional(
  request: WriteRequest,
  attempt: Attempt,
  done: (outcome: Failure | Written) => void,
): void;
export function runConditional(
  request: Request,
  attempt: Attempt,
  done: (outcome: never) => void,
): void {
  new ConditionalRequest(
    request,
    attempt,
    done as (outcome: Failure | Found | Written) => void,
  ).begin();
}

class ConditionalRequest {
  readonly #key: Buffer;
  readonly #isWrite: boolean;
  readonly #settles: boolean;
  readonly #attempt: Attempt;
  readonly #operation: ConditionalOperation;
  readonly #misses: Misses;
  readonly #done: (outcome: Failure | Found | Written) => void;
  #ring!: Ring;
  #deadlineTimer: unknown;

  constructor(
    request: Request,
    attempt: Attempt,
    done: (outcome: Failure | Found | Written) => void,
  ) {
    const change = changeOf(request);
    this.#key = request.key;
    this.#isWrite = change !== undefined;
    this.#settles = 'settles' in request;
    this.#attempt = attempt;
    this.#operation = new ConditionalOperation(change);
    this.#misses = new Misses(attempt);
    this.#done = done;
  }

  begin(): void {
    const { clock } = this.#attempt.ports;
    this.#deadlineTimer = clock.setTimeout(() => this.#giveUp(TIME_IS_UP), this.#attempt.timeLeft);
    this.#beginRound();
  }

  #beginRound(): void {
    const { round } = this.#operation;
    if (this.#isWrite || this.#settles || round > 0) this.#prepare();
    else this.#look();
  }

  /** Whom to ask; undefined, and over, if too few of them can be reached. */
  #register(): Register | undefined {
    const { rings, selection } = this.#attempt.ports;
    this.#ring = rings.current!;
    const groups = selection.majorities(this.#ring, this.#key);
    // What has to be stored anew is settled since no epoch.
    const ownersSince = this.#settles ? Number.POSITIVE_INFINITY : this.#ring.epoch - 1;
    if (Array.isArray(groups)) return { groups, ownersSince };
    this.#giveUp(groups.detail);
    return undefined;
  }

  #look(): void {
    const register = this.#register();
    if (!register) return;
    const { selection } = this.#attempt.ports;
    this.#operation.look(register);
    for (const [index, owner] of selection.preferred(register.groups).entries()) {
      this.#read(owner, index === 0);
    }
  }

  #read(owner: NodeId, withValue: boolean): void {
    const { round } = this.#operation;
    const body = { epoch: this.#ring.epoch, withValue, key: this.#key };
    const onSlow = () => {
      if (this.#operation.round === round) this.#follow(this.#operation.hurry());
    };
    this.#attempt.ask(
      owner,
      'replica.read',
      body,
      (reply) => {
        if (isFenced(reply)) return this.#fenced(owner, round, 'look', reply.epoch);
        const answer = readAnswer(reply, this.#attempt.isTooFarAhead);
        this.#follow(this.#operation.held(owner, round, answer));
      },
      onSlow,
    );
  }

  #prepare(): void {
    const { rings, clock, counts } = this.#attempt.ports;
    const { round } = this.#operation;
    const epoch = rings.epoch;
    this.#attempt.stamp(epoch, 'ballot', (ballot) => {
      if (this.#isOver || this.#operation.round !== round) return;
      if (this.#attempt.isLate) return this.#giveUp(TIME_IS_UP);
      if (!ballot) return this.#giveUp(NOT_STAMPED);
      if (rings.epoch !== epoch) return this.#prepare();
      const register = this.#register();
      if (!register) return;
      counts.rounds++;
      this.#operation.prepare(register, ballot, clock.now());
      this.#attempt.explanation?.note('a round begins');
      for (const owner of this.#operation.owners) {
        const number = this.#operation.round;
        const body = { epoch, ballot, key: this.#key };
        this.#attempt.ask(owner, 'replica.prepare', body, (reply) => {
          if (isFenced(reply)) return this.#fenced(owner, number, 'prepare', reply.epoch);
          const answer = promiseAnswer(reply, this.#attempt.isTooFarAhead);
          this.#follow(this.#operation.promised(owner, number, answer));
        });
      }
    });
  }

  #store(record: EncodedRecord): void {
    this.#misses.begin(record);
    const { round } = this.#operation;
    const { epoch } = recordVersion(record);
    for (const owner of this.#operation.owners) {
      this.#attempt.ask(owner, 'replica.write', { epoch, record }, (reply) => {
        this.#misses.note(owner, record, reply);
        if (isFenced(reply)) return this.#fenced(owner, round, 'store', reply.epoch);
        const answer = writeAnswer(reply, this.#attempt.isTooFarAhead);
        this.#follow(this.#operation.stored(owner, round, answer));
      });
    }
  }

  #fenced(
    owner: NodeId,
    round: number,
    request: 'look' | 'prepare' | 'store',
    newer: number,
  ): void {
    if (!this.#operation.fenced(owner, round, request)) return;
    this.#attempt.afterRing(owner, newer, (late) => {
      if (this.#isOver) return;
      if (late) this.#giveUp(RING_MOVED);
      else if (request === 'look') this.#look();
      else this.#prepare();
    });
  }

  #follow(step: ConditionalStep): void {
    const epoch = this.#ring.epoch;
    switch (step.next) {
      case 'wait':
        return;
      case 'fetch':
        return this.#read(step.owner, true);
      case 'prepare':
        return this.#another(step);
      case 'store':
        return this.#store(step.record);
      case 'found': {
        const seen = visible(
          step.record && decodeRecord(step.record),
          this.#attempt.ports.clock.now(),
        );
        return this.#end({ ...seen, ok: true, epoch, reached: LINEARIZABLE });
      }
      case 'applied':
        this.#misses.acknowledged();
        return this.#end({ ok: true, epoch, version: step.version, reached: LINEARIZABLE });
      case 'preconditionFailed':
        return this.#end(preconditionFailed(step.current));
      case 'failed':
        return this.#end(this.#failure(step));
    }
  }

  /** The next round: above what was in the way, and after a while if somebody else is at it. */
  #another({ above, contended }: ConditionalStep & { next: 'prepare' }): void {
    const { versionClock, clock, random } = this.#attempt.ports;
    if (!versionClock.observe(above)) {
      return this.#giveUp('the key holds a version further ahead than clocks may differ');
    }
    const { round } = this.#operation;
    const pauseMs = contended ? random.float() * BACK_OFF_MS * 2 ** Math.min(round, 6) : 0;
    const go = () => {
      if (!this.#isOver && this.#operation.round === round) this.#prepare();
    };
    if (pauseMs === 0) return go();
    this.#attempt.explanation?.note('another request is at this key: waits a moment');
    clock.setTimeout(go, pauseMs);
  }

  #giveUp(reason: string): void {
    if (!this.#isOver) this.#end(this.#failure(this.#operation.giveUp(reason)));
  }

  get #isOver(): boolean {
    return this.#deadlineTimer === undefined;
  }

  #end(outcome: Failure | Found | Written): void {
    this.#attempt.ports.clock.clearTimeout(this.#deadlineTimer);
    this.#deadlineTimer = undefined;
    this.#done(outcome);
  }

  #failure(step: ConditionalStep & { next: 'failed' }): Failure {
    const { applied, needed, got } = step;
    const code = ((): FailureCode => {
      if (this.#isWrite && applied === 'unknown') return 'outcome_unknown';
      if (step.reasons.includes('readOnly')) return 'read_only';
      if (step.why === 'reused') return OPERATION_REUSED.code;
      return step.why === 'contention' ? 'contention' : 'quorum_unavailable';
    })();
    const detail = WHY[step.why] ?? shortfall(step);
    return { ok: false, code, detail, needed, got, ...(this.#isWrite && { applied }) };
  }
}

const TIME_IS_UP = 'time is up';
const LINEARIZABLE = 'linearizable';
const WHY: { readonly [why: string]: string } = {
  reused: OPERATION_REUSED.detail,
  contention: 'too many requests change this key at the same time',
  overtaken: 'something newer was found, and nobody can tell whether this write came before it',
};

function changeOf(request: Request): ConditionalChange | undefined {
  if (!('contentType' in request)) return undefined;
  return { condition: request.condition ?? ALWAYS, record: recordOf(request) };
}

const ALWAYS = { kind: 'always' } as const;
