/** What every kind of request needs to be carried out: owners, stamps, messages, time. */

import type { OwnerSelection } from '../../../actors/coordinator/owner-selection.js';
import type { DataRecord, EncodedRecord } from '../../core/data/record.js';
import type { NodeId, Version } from '../../core/data/version.js';
import { NOT_STAMPED } from '../../core/failures.js';
import type { MemoryBudget } from '../../core/memory-budget.js';
import type { Level, WriteRequest } from '../../core/requests.js';
import type { Clock, Random } from '../../ports.js';
import type { VersionClock } from '../replica/version-clock.js';
import type { CurrentRing } from '../ring/current-ring.js';
import type { BodyOf, CallFailure, Calls, ReplyTo } from '../rpc/calls.js';
import type { Judge } from './answers.js';
import { Explanation } from './explanation.js';

const LEAST_TIMEOUT_MS = 1;
/** Peers count the time left in 16 bits. */
const MOST_TIMEOUT_MS = 0xffff;

type ReplicaRequest = 'replica.write' | 'replica.read' | 'replica.prepare' | 'replica.scan';

export interface RequestPorts {
  readonly rings: CurrentRing;
  readonly calls: Calls;
  readonly versionClock: VersionClock;
  readonly clock: Clock;
  /** By which values expire, milliseconds since 1970: see `../membership/cluster-clock.ts`. */
  readonly wallMs: () => number;
  readonly random: Random;
  readonly selection: OwnerSelection;
  /** Counts the values that owners have sent. */
  readonly held: MemoryBudget;
  readonly judge: Judge;
  readonly counts: RequestCounts;
  /**
   * An owner did not take a write that was acknowledged, or is about to be: it gets it later.
   * `done` is told whether that is on our disk.
   */
  readonly missed: (owner: NodeId, record: EncodedRecord, done?: (isKept: boolean) => void) => void;
}

export interface RequestCounts {
  reads: number;
  lists: number;
  writes: number;
  repairs: number;
  restamps: number;
  rounds: number;
  hedges: number;
  failed: number;
}

/** One request under way: its deadline, and what is told about it. */
export class Attempt {
  readonly ports: RequestPorts;
  readonly level: Level;
  readonly deadline: number;
  readonly #since: number;
  /** For whoever asked for it, or because requests are slow. */
  readonly explanation: Explanation | undefined;
  /** Bytes of values for this request: that are counted as held, and that have come. */
  #taken = 0;
  #came = 0;

  constructor(
    ports: RequestPorts,
    request: {
      level: Level;
      timeoutMs: number;
      explain?: boolean;
      explanation?: Explanation | undefined;
    },
    isSlowTime = false,
  ) {
    this.ports = ports;
    this.level = request.level;
    this.#since = ports.clock.monotonic();
    this.deadline = this.#since + Math.min(request.timeoutMs, MOST_TIMEOUT_MS);
    const isTold = request.explain || isSlowTime;
    this.explanation = request.explanation ?? (isTold ? new Explanation(ports.clock) : undefined);
  }

  get timeLeft(): number {
    return Math.max(LEAST_TIMEOUT_MS, Math.ceil(this.deadline - this.ports.clock.monotonic()));
  }

  /** So far. */
  get tookMs(): number {
    return this.ports.clock.monotonic() - this.#since;
  }

  /** Nothing more may be begun: the client may have given up, and be trying again. */
  get isLate(): boolean {
    return this.ports.clock.monotonic() >= this.deadline;
  }

  /** For values that are to come. False, and nothing counted, if there is no room for them. */
  reserve(bytes: number): boolean {
    if (!this.ports.held.take(bytes)) return false;
    this.#taken += bytes;
    return true;
  }

  /** A value has come. False if there is no room for it beside what was reserved. */
  hold(bytes: number): boolean {
    this.#came += bytes;
    const more = this.#came - this.#taken;
    return more <= 0 || this.reserve(more);
  }

  /** For a request that this one makes by itself: told with this one, its values counted apart. */
  within(): Attempt {
    const { ports, level, timeLeft, explanation } = this;
    return new Attempt(ports, { level, timeoutMs: timeLeft, explanation });
  }

  /** What has come is not needed any more: there is room for as much again. */
  letGo(bytes: number): void {
    this.#came -= bytes;
  }

  /** The request has ended; what it found is whoever's who asked. */
  release(): void {
    this.ports.held.release(this.#taken);
    this.#taken = 0;
    this.#came = 0;
  }

  ask<T extends ReplicaRequest>(
    owner: NodeId,
    type: T,
    body: Omit<BodyOf<T>, 'timeoutMs'>,
    done: (reply: ReplyTo<T> | CallFailure, tookMs: number) => void,
    onSlow?: () => void,
    lateMs = this.ports.selection.lateMs,
  ): void {
    const { calls } = this.ports;
    const { timeLeft } = this;
    const told = this.explanation?.ask(type, owner);
    calls.request(
      owner,
      type,
      { ...body, timeoutMs: timeLeft } as BodyOf<T>,
      timeLeft,
      told
        ? (reply, tookMs) => {
            told(reply as Parameters<typeof told>[0]);
            done(reply, tookMs);
          }
        : done,
      onSlow && { afterMs: lateMs, onSlow },
    );
  }

  /**
   * A stamp of the ring in force. Or why there is none: our clock is wrong, our disk may be an old
   * copy, or is too slow to raise the clock's ceiling by the deadline.
   */
  stamp(kind: 'plain' | 'ballot', done: (version: Version | string) => void): void {
    const { clock, rings, versionClock } = this.ports;
    const { obstacle } = versionClock;
    if (obstacle !== undefined) return done(obstacle);
    const version = versionClock.stamp(rings.epoch, kind);
    if (version || this.isLate) return done(version ?? NOT_STAMPED);
    const raised = versionClock.whenRaised(() => {
      clock.clearTimeout(timer);
      this.stamp(kind, done);
    });
    const timer = clock.setTimeout(() => {
      raised.cancel();
      done(NOT_STAMPED);
    }, this.timeLeft);
  }

  /** An owner has a newer ring: the request goes on when we have it too, or ends in time. */
  afterRing(owner: NodeId, epoch: number, again: (late: boolean) => void): void {
    this.explanation?.note('the ring has changed', { owner });
    const wanted = { epoch, source: owner, withinMs: this.timeLeft };
    const go = (isThere: boolean) => again(!isThere || this.isLate);
    if (!this.ports.rings.whenAtLeast(wanted, go)) again(true);
  }
}

/** What a write stores, but for its version. */
export function recordOf(request: WriteRequest): Omit<DataRecord, 'version'> {
  const { key, value, expiresAt, contentType, operation } = request;
  return {
    key,
    tombstone: value === undefined,
    expiresAt,
    contentType,
    value: value ?? NO_VALUE,
    operation,
  };
}

const NO_VALUE = Buffer.alloc(0);
