/**
 * Takes client requests: admits them, gives each the protocol that its level needs, and counts.
 * Whether any are admitted is decided by the chart in `actors/coordinator/machine.ts`.
 * How a request is carried out stands in `driver.ts`.
 */

import type { ActorRefFrom } from 'xstate';
import { type CoordinatorEvent, coordinatorMachine } from '../../../actors/coordinator/machine.js';
import { OwnerSelection, type Standing } from '../../../actors/coordinator/owner-selection.js';
import type { EncodedRecord } from '../../core/data/record.js';
import type { NodeId } from '../../core/data/version.js';
import { OVERLOADED } from '../../core/failures.js';
import { MemoryBudget } from '../../core/memory-budget.js';
import { type RequestOperation, RequestStats } from '../../core/request-stats.js';
import type {
  Failure,
  Found,
  Level,
  Listed,
  ListRequest,
  ReadRequest,
  WriteRequest,
  Written,
} from '../../core/requests.js';
import type { RequestFact } from '../../events/facts.js';
import type { Clock, Random } from '../../ports.js';
import { ActorHost } from '../actor-host.js';
import type { VersionClock } from '../replica/version-clock.js';
import type { CurrentRing } from '../ring/current-ring.js';
import type { Calls } from '../rpc/calls.js';
import { Admission, type AdmissionLimits } from './admission.js';
import { Attempt, type RequestPorts } from './attempt.js';
import { runConditional } from './conditional.js';
import { runHintedWrite } from './hinted-write.js';
import { KeyQueue } from './key-queue.js';
import { runList } from './list.js';
import { runRead } from './read.js';
import { isRetriable, ofAllTries, runRetriableWrite } from './retried-write.js';
import { SlowRequests } from './slow-requests.js';
import { runWrite } from './write.js';

export interface CoordinatorSettings extends AdmissionLimits {
  /** When a read asks one more owner, until it is known how long answers usually take. */
  readonly hedgeAfterMs: number;
  /** A request that takes longer is told of. */
  readonly slowRequestMs: number;
}

/** A round that nobody waits for may take so long. */
const SETTLE_MS = 2000;

/** What a list counts for among the requests in flight: about a page of keys. */
const LIST_BYTES = 64 << 10;

/** The reads of which the mean size is kept. */
const USUAL_OF = 64;

type CoordinatorActor = ActorRefFrom<typeof coordinatorMachine>;

function heal(key: Buffer, attempt: Attempt, then: () => void): void {
  runRead({ key, level: 'quorum', timeoutMs: attempt.timeLeft }, attempt, then);
}

export class Coordinator {
  readonly #actor = new ActorHost<CoordinatorActor>('coordinator');
  readonly #admission: Admission;
  readonly #ports: RequestPorts;
  readonly #queue: KeyQueue;
  readonly #slow: SlowRequests;
  /** Of the values that were read lately: what is reserved for the next one. */
  #usualBytes = 0;
  /** Of every request of a client that has its answer. */
  readonly stats = new RequestStats();
  readonly counts = {
    reads: 0,
    lists: 0,
    writes: 0,
    repairs: 0,
    restamps: 0,
    rounds: 0,
    hedges: 0,
    failed: 0,
  };

  constructor(options: {
    settings: CoordinatorSettings;
    rings: CurrentRing;
    calls: Calls;
    versionClock: VersionClock;
    clock: Clock;
    wallMs: RequestPorts['wallMs'];
    random: Random;
    /** Shared with whoever else holds something for clients. */
    held?: MemoryBudget;
    standing: (owner: NodeId) => Standing;
    missed: RequestPorts['missed'];
    tell: (fact: RequestFact) => void;
  }) {
    const { settings, standing, rings, calls, versionClock, clock, wallMs, random, missed } =
      options;
    this.#admission = new Admission(settings, (event) => this.send(event));
    const selection = new OwnerSelection({ ...settings, standing });
    this.#ports = {
      rings,
      calls,
      versionClock,
      clock,
      wallMs,
      random,
      selection,
      held: options.held ?? new MemoryBudget(settings.maxInFlightBytes),
      judge: (version) => {
        if (version.epoch > rings.epoch) return 'impossible';
        return versionClock.isTooFarAhead(version) ? 'doubted' : 'believed';
      },
      missed,
      counts: this.counts,
    };
    this.#slow = new SlowRequests(settings.slowRequestMs, clock, options.tell);
    this.#queue = new KeyQueue({
      clock,
      run: (request, attempt, done) => runConditional(request, attempt, done, heal),
    });
  }

  /** The chart with its effects. */
  get machine(): typeof coordinatorMachine {
    return coordinatorMachine.provide({
      actions: {
        admitRequests: () => this.#admission.set('open'),
        shedLoad: () => this.#admission.set('shedding'),
        drainRequests: () => this.#admission.set('draining'),
      },
    });
  }

  /** To be called when the actor has started; until then nothing is admitted. */
  attach(actor: CoordinatorActor): void {
    this.#actor.attach(actor);
  }

  /** To the coordinator's actor. */
  send(event: CoordinatorEvent): void {
    this.#actor.send(event);
  }

  /** Of the chart. */
  get state(): string {
    return this.#actor.state;
  }

  get inFlight(): number {
    return this.#admission.inFlight;
  }

  write(request: WriteRequest, done: (outcome: Written | Failure) => void): void {
    const operation = request.value ? 'put' : 'delete';
    const size = request.key.length + (request.value?.length ?? 0);
    const refusal = this.#admission.admit(size);
    if (refusal) {
      this.#refused(operation, request, refusal);
      return done(isRetriable(request) ? ofAllTries(refusal) : refusal);
    }
    this.counts.writes++;
    const attempt = new Attempt(this.#ports, request, this.#slow.takeTurn());
    const end = (outcome: Written | Failure) => {
      const isOneTry = !outcome.ok && isRetriable(request);
      const told = isOneTry ? ofAllTries(outcome) : outcome;
      done(this.#end(attempt, operation, request, size, told));
    };
    if (request.condition || request.level === 'linearizable') {
      this.#queue.run(request, attempt, end);
    } else if (request.level === 'any') runHintedWrite(request, attempt, end);
    else if (isRetriable(request)) runRetriableWrite(request, attempt, end);
    else runWrite(request, attempt, end);
  }

  read(request: ReadRequest, done: (outcome: Found | Failure) => void): void {
    const size = request.key.length;
    const refusal = this.#admission.admit(size);
    if (refusal) return done(this.#refused('get', request, refusal));
    const attempt = new Attempt(this.#ports, request, this.#slow.takeTurn());
    if (!attempt.reserve(Math.ceil(this.#usualBytes))) {
      this.#admission.release(size);
      return done(this.#refused('get', request, OVERLOADED));
    }
    this.counts.reads++;
    const end = (outcome: Found | Failure) => {
      if (outcome.ok) {
        const bytes = outcome.record?.value.length ?? 0;
        this.#usualBytes += (bytes - this.#usualBytes) / USUAL_OF;
      }
      done(this.#end(attempt, 'get', request, size, outcome));
      if (request.level === 'one' && outcome.ok) this.#repairBehind(request);
    };
    if (request.level === 'linearizable') this.#queue.run({ key: request.key }, attempt, end);
    else runRead(request, attempt, end);
  }

  list(request: ListRequest, done: (outcome: Listed | Failure) => void): void {
    const key = request.range.from;
    const size = LIST_BYTES;
    const refusal = this.#admission.admit(size);
    if (refusal) return done(this.#refused('list', request, refusal));
    this.counts.lists++;
    const attempt = new Attempt(this.#ports, request, this.#slow.takeTurn());
    const named = { key, ...(request.explain && { explain: true }) };
    runList(request, attempt, (outcome) => {
      done(this.#end(attempt, 'list', named, size, outcome));
    });
  }

  /**
   * Ends the round that a promise on this key may stand for, with `copy` if nothing is found that
   * came after it; whether that could be done.
   */
  settle(key: Buffer, copy?: EncodedRecord): Promise<boolean> {
    const attempt = new Attempt(this.#ports, { level: 'linearizable', timeoutMs: SETTLE_MS });
    return new Promise((resolve) => {
      const end = ({ ok }: Failure | Found) => {
        attempt.release();
        resolve(ok);
      };
      runConditional({ key, settles: true, copy }, attempt, end, heal);
    });
  }

  /** The client has its answer; owners that differ are repaired without it, if there is time. */
  #repairBehind({ key }: ReadRequest): void {
    if (this.#admission.isShedding || this.#admission.admit(key.length)) return;
    const request = { key, level: 'quorum', timeoutMs: SETTLE_MS } as const;
    const attempt = new Attempt(this.#ports, request);
    runRead(request, attempt, () => {
      attempt.release();
      this.#admission.release(key.length);
    });
  }

  /** Before any work was done for it. */
  #refused(operation: RequestOperation, { level }: { level: Level }, refusal: Failure): Failure {
    this.stats.note(operation, level, refusal, 0);
    return refusal;
  }

  #end<O extends Written | Found | Listed | Failure>(
    attempt: Attempt,
    operation: RequestOperation,
    { key, explain }: { key: Buffer; explain?: boolean },
    size: number,
    outcome: O,
  ): O {
    const { explanation, level } = attempt;
    const failure: Failure | undefined = outcome.ok ? undefined : outcome;
    if (failure) this.counts.failed++;
    const { tookMs } = attempt;
    this.stats.note(operation, level, failure, tookMs);
    if (this.#slow.isSlow(tookMs)) {
      this.#slow.note(attempt, tookMs, { operation, level, key, outcome: failure?.code ?? 'ok' });
    }
    this.#admission.release(size);
    attempt.release();
    if (!explain || !explanation) return outcome;
    const epoch = this.#ports.rings.epoch;
    return { ...outcome, explanation: explanation.summary({ epoch, level }) };
  }
}
