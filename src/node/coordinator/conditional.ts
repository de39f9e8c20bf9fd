/**
 * Carries out conditional writes, linearizable writes and linearizable reads: the particulars of
 * `actors/coordinator/caspaxos/operation.ts`.
 */
import { CORRUPT } from '../../../actors/coordinator/answers.js';
import { ConditionalOperation } from '../../../actors/coordinator/caspaxos/operation.js';
import type {
  ConditionalChange,
  ConditionalFailed,
  ConditionalStep,
  Register,
} from '../../../actors/coordinator/caspaxos/steps.js';
import { decodeRecord, type EncodedRecord } from '../../core/data/record.js';
import type { Version } from '../../core/data/version.js';
import { visible } from '../../core/data/visible.js';
import { preconditionFailed, TIME_IS_UP } from '../../core/failures.js';
import type { Failure, Found, WriteRequest, Written } from '../../core/requests.js';
import { linearizableReadFailure, unreachable, writeFailure } from './answers.js';
import { type Attempt, recordOf } from './attempt.js';
import { Driver } from './driver.js';
import { Misses } from './misses.js';

/** Losers of a contest begin again after a random time of this order, longer with each round. */
const BACK_OFF_MS = 2;
const LINEARIZABLE = 'linearizable';

/**
 * A write if there is something to write, else a read; one that `settles` stores what it finds
 * under its own ballot in any case, above every promise that stands in the way of a copy, or the
 * copy itself.
 */
type Request =
  | WriteRequest
  | { readonly key: Buffer; readonly settles?: true; readonly copy?: EncodedRecord | undefined };

/** Reads the key, which heals what of it is damaged, if that can be. */
type Heal = (key: Buffer, attempt: Attempt, then: () => void) => void;

/**
 * A round cannot count an owner whose row is damaged: it does not know what it has promised, or
 * held. If it fails for that, the row is healed, if it is said how, and all is tried once more.
 */
export function runConditional(
  request: Request,
  attempt: Attempt,
  done: (outcome: Failure | Found) => void,
  heal?: Heal,
): void;
export function runConditional(
  request: WriteRequest,
  attempt: Attempt,
  done: (outcome: Failure | Written) => void,
  heal?: Heal,
): void;
export function runConditional(
  request: Request,
  attempt: Attempt,
  done: (outcome: never) => void,
  heal?: Heal,
): void {
  const end = done as (outcome: Failure | Found | Written) => void;
  const begin = (healing?: () => void) =>
    new ConditionalDriver(request, attempt, end, healing).begin();
  begin(heal && (() => heal(request.key, attempt, () => begin())));
}

class ConditionalDriver extends Driver<ConditionalStep, Found | Written> {
  protected override readonly operation: ConditionalOperation;
  protected override readonly misses: Misses;
  readonly #isWrite: boolean;
  readonly #settles: boolean;
  /** A read looks first whether a round is needed at all. */
  #needsRound: boolean;
  /** When a round, or a read, began: what it goes by is told by the same moment. */
  #wallMs = 0;
  /** Between its rounds nothing is asked that would end in time. */
  readonly #deadlineTimer: unknown;
  /** Heals the key, and has another driver begin. */
  readonly #healing: (() => void) | undefined;

  constructor(
    request: Request,
    attempt: Attempt,
    done: (outcome: Failure | Found | Written) => void,
    healing: (() => void) | undefined,
  ) {
    super(request.key, attempt, done);
    this.#healing = healing;
    const change = changeOf(request);
    this.operation = new ConditionalOperation(change, 'copy' in request ? request.copy : undefined);
    this.misses = new Misses(attempt);
    this.#isWrite = change !== undefined;
    this.#settles = 'settles' in request;
    this.#needsRound = this.#isWrite || this.#settles;
    const { clock } = attempt.ports;
    this.#deadlineTimer = clock.setTimeout(() => this.giveUp(TIME_IS_UP), attempt.timeLeft);
  }

  override begin(): void {
    if (this.#needsRound) return this.#beginRound();
    const register = this.#register();
    if (!register) return;
    this.#wallMs = this.attempt.ports.wallMs();
    this.operation.look(register, this.#wallMs);
    const owners = this.attempt.ports.selection.preferred(register.groups);
    this.look(this.operation, owners, owners[0]);
  }

  #beginRound(): void {
    // A stamp for nobody would still drive the clock on, by the time of a node that is cut off.
    const register = this.#register();
    if (register) this.stamp('ballot', (ballot) => this.#prepare(register, ballot));
  }

  #prepare(register: Register, ballot: Version): void {
    const { wallMs, counts } = this.attempt.ports;
    counts.rounds++;
    this.#wallMs = wallMs();
    this.operation.prepare(register, ballot, this.#wallMs);
    this.attempt.explanation?.note('a round begins');
    this.prepare(this.operation, this.operation.owners, ballot);
  }

  /** Whom to ask; undefined, and over, if too few of them can be reached. */
  #register(): Register | undefined {
    const ring = this.useRing();
    const { selection } = this.attempt.ports;
    const quorums = selection.register(ring, this.key, this.#isWrite ? 'write' : 'read');
    // What has to be stored anew is settled since no epoch.
    const ownersSince = this.#settles ? Number.POSITIVE_INFINITY : ring.epoch - 1;
    if ('groups' in quorums) return { ...quorums, ownersSince };
    const { applied } = this.operation.giveUp(quorums.detail);
    const { applied: _, ...refusal } = quorums;
    this.end(this.#isWrite ? unreachable(quorums, applied) : refusal);
    return undefined;
  }

  protected override slow(): void {
    this.follow(this.operation.hurry());
  }

  protected override follow(step: ConditionalStep): void {
    const { operation, epoch } = this;
    switch (step.next) {
      case 'wait':
        return;
      case 'fetch':
        return this.look(operation, [step.owner], step.owner);
      case 'prepare':
        return this.#another(step);
      case 'store':
        return this.store(operation, operation.owners, step.record);
      case 'found': {
        const seen = visible(step.record && decodeRecord(step.record), this.#wallMs);
        return this.end({ ...seen, ok: true, epoch, reached: LINEARIZABLE });
      }
      case 'applied':
        this.misses.acknowledged();
        return this.end({ ok: true, epoch, version: step.version, reached: LINEARIZABLE });
      case 'preconditionFailed':
        return this.end(preconditionFailed(step.current, step.applied));
      case 'failed':
        return this.#failed(step);
    }
  }

  #failed(step: ConditionalFailed): void {
    const isForDamage = step.applied === 'no' && step.reasons.includes(CORRUPT);
    const isInTime = this.attempt.timeLeft > 0;
    if (!this.#healing || !isForDamage || !isInTime) return this.end(this.#failure(step));
    this.retire();
    this.attempt.ports.clock.clearTimeout(this.#deadlineTimer);
    this.attempt.explanation?.note('a row is damaged: the key is read, to heal it');
    this.#healing();
  }

  /** The next round: above what was in the way, and after a while if somebody else is at it. */
  #another(step: ConditionalStep & { next: 'prepare' }): void {
    this.#needsRound = true;
    if (!this.observe(step)) return;
    if (!step.contended) return this.#beginRound();
    const { attempt, operation } = this;
    const { clock, random } = attempt.ports;
    const { round } = operation;
    attempt.explanation?.note('another request is at this key: waits a moment');
    const pauseMs = random.float() * BACK_OFF_MS * 2 ** Math.min(round, 6);
    clock.setTimeout(() => {
      if (!this.isOver && operation.round === round) this.#beginRound();
    }, pauseMs);
  }

  protected override end(outcome: Failure | Found | Written): void {
    this.attempt.ports.clock.clearTimeout(this.#deadlineTimer);
    super.end(outcome);
  }

  #failure(step: ConditionalFailed): Failure {
    return this.#isWrite ? writeFailure(step) : linearizableReadFailure(step);
  }
}

function changeOf(request: Request): ConditionalChange | undefined {
  if (!('contentType' in request)) return undefined;
  const { condition = ALWAYS, isFirstTry } = request;
  return { condition, record: recordOf(request), isFirstTry };
}

const ALWAYS = { kind: 'always' } as const;
