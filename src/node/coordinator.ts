/**
 * Runs client requests: gives the operations of `actors/coordinator` their stamps, their messages
 * and their deadlines, and turns how they end into what a client is told.
 */
import { ReadOperation, type ReadStep } from '../../actors/coordinator/read.js';
import { WriteOperation, type WriteStep } from '../../actors/coordinator/write.js';
import { type QuorumGroup, quorumOf, Tally } from '../core/quorum.js';
import { decodeRecord, type EncodedRecord, encodeRecord } from '../core/record.js';
import type {
  Failure,
  Found,
  Level,
  ReadRequest,
  WriteRequest,
  Written,
} from '../core/requests.js';
import { ownersOf, partitionOf, type Ring } from '../core/ring.js';
import type { NodeId, Version } from '../core/version.js';
import type { Clock } from '../ports.js';
import type { Admission } from './admission.js';
import { failure, isFenced, readAnswer, shortfall, writeAnswer, writeFailure } from './answers.js';
import type { Calls } from './calls.js';
import type { Rings } from './rings.js';
import type { Stamper } from './stamper.js';

export interface CoordinatorSettings {
  readonly self: NodeId;
  readonly writeQuorum: number;
  readonly readQuorum: number;
  /** A read asks one more owner when an answer takes longer. */
  readonly hedgeAfterMs: number;
}

/**
 * What to expect of an owner. `doubtful`: suspected, asked last; `unreachable`: not connected or
 * dead, not counted on.
 */
export type Standing = 'self' | 'up' | 'doubtful' | 'unreachable';
const RANK: { readonly [standing in Standing]: number } = {
  self: 0,
  up: 1,
  doubtful: 2,
  unreachable: 3,
};

type Kind = 'read' | 'write';

/** What a finished attempt hands on when the ring has moved and the request starts over. */
interface Attempt {
  readonly deadline: number;
  mayBeStored: boolean;
}

const LEAST_TIMEOUT_MS = 1;
/** Peers count the time left in 16 bits. */
const MOST_TIMEOUT_MS = 0xffff;

export class Coordinator {
  readonly #settings: CoordinatorSettings;
  readonly #rings: Rings;
  readonly #calls: Calls;
  readonly #stamper: Stamper;
  readonly #clock: Clock;
  readonly #standing: (owner: NodeId) => Standing;
  readonly #admission: Admission;
  readonly counts = { reads: 0, writes: 0, repairs: 0, restamps: 0, hedges: 0, failed: 0 };

  constructor(options: {
    settings: CoordinatorSettings;
    rings: Rings;
    calls: Calls;
    stamper: Stamper;
    clock: Clock;
    standing: (owner: NodeId) => Standing;
    admission: Admission;
  }) {
    this.#settings = options.settings;
    this.#rings = options.rings;
    this.#calls = options.calls;
    this.#stamper = options.stamper;
    this.#clock = options.clock;
    this.#standing = options.standing;
    this.#admission = options.admission;
  }

  write(request: WriteRequest, done: (outcome: Written | Failure) => void): void {
    const size = request.key.length + (request.value?.length ?? 0);
    const refusal = this.#admission.admit(size);
    if (refusal) return done(refusal);
    this.counts.writes++;
    const attempt = { deadline: this.#deadline(request.timeoutMs), mayBeStored: false };
    this.#tryWrite(request, attempt, (outcome) => {
      this.#settle(size, outcome);
      done(outcome);
    });
  }

  read(request: ReadRequest, done: (outcome: Found | Failure) => void): void {
    const size = request.key.length;
    const refusal = this.#admission.admit(size);
    if (refusal) return done(refusal);
    this.counts.reads++;
    this.#tryRead(request, this.#deadline(request.timeoutMs), (outcome) => {
      this.#settle(size, outcome);
      done(outcome);
    });
  }

  #settle(size: number, outcome: { ok: boolean }): void {
    if (!outcome.ok) this.counts.failed++;
    this.#admission.release(size);
  }

  readonly #isTooFarAhead = (version: Version) => this.#stamper.isTooFarAhead(version);

  #deadline(timeoutMs: number): number {
    return this.#clock.monotonic() + Math.min(timeoutMs, MOST_TIMEOUT_MS);
  }

  #timeLeft(deadline: number): number {
    return Math.max(LEAST_TIMEOUT_MS, Math.ceil(deadline - this.#clock.monotonic()));
  }

  /** The owners of a key, with as many answers as the level needs; or why that cannot be. */
  #groups(ring: Ring, key: Buffer, level: Level, kind: Kind): QuorumGroup[] | Failure {
    const { present, coming } = ownersOf(ring, partitionOf(key, ring.layout.length));
    const groups: QuorumGroup[] = [];
    for (const owners of coming ? [present, coming] : [present]) {
      if (typeof level === 'number' && level > owners.length) {
        const detail = `${level} owners cannot answer: the key has ${owners.length}`;
        return { ...failure('level_impossible', detail, 'no'), needed: level, got: 0 };
      }
      groups.push(quorumOf(owners, this.#wanted(level, kind, owners.length)));
    }
    const reachable = new Tally(groups);
    for (const { owners } of groups) {
      for (const owner of owners) {
        if (this.#standing(owner) !== 'unreachable') reachable.succeed(owner);
      }
    }
    if (reachable.verdict === 'reached') return groups;
    const { needed, got } = reachable.shortfall;
    const detail = `${needed} owners of the key must answer, ${got} can be reached`;
    return { ...failure('quorum_unavailable', detail, 'no'), needed, got };
  }

  #wanted(level: Level, kind: Kind, owners: number): number {
    if (typeof level === 'number') return level;
    if (level === 'one') return 1;
    if (level === 'all') return owners;
    return kind === 'write' ? this.#settings.writeQuorum : this.#settings.readQuorum;
  }

  #tryWrite(
    request: WriteRequest,
    attempt: Attempt,
    done: (outcome: Written | Failure) => void,
  ): void {
    const ring = this.#rings.current!;
    const groups = this.#groups(ring, request.key, request.level, 'write');
    if (!Array.isArray(groups)) {
      return done(attempt.mayBeStored ? { ...groups, applied: 'unknown' } : groups);
    }
    this.#stamp(ring.epoch, attempt.deadline, (first) => {
      if (!first) {
        const applied = attempt.mayBeStored ? 'unknown' : 'no';
        const code = attempt.mayBeStored ? 'outcome_unknown' : 'quorum_unavailable';
        return done(failure(code, NOT_STAMPED, applied));
      }
      let version = first;
      const operation = new WriteOperation(groups, version);
      const send = () => {
        const number = operation.attempt;
        const record = encodeRecord({
          key: request.key,
          version,
          tombstone: request.value === undefined,
          expiresAt: request.expiresAt,
          contentType: request.contentType,
          value: request.value ?? EMPTY,
        });
        const timeoutMs = this.#timeLeft(attempt.deadline);
        const body = { epoch: ring.epoch, timeoutMs, record };
        for (const owner of operation.owners) {
          this.#calls.request(owner, 'replica.write', body, timeoutMs, (reply) => {
            if (isFenced(reply)) {
              if (operation.phase === 'settled') return;
              operation.phase = 'settled';
              attempt.mayBeStored = true;
              this.#afterRing(owner, reply.epoch, attempt.deadline, (late) => {
                if (late) done(failure('outcome_unknown', RING_MOVED, 'unknown'));
                else this.#tryWrite(request, attempt, done);
              });
            } else {
              follow(operation.answer(owner, number, writeAnswer(reply, this.#isTooFarAhead)));
            }
          });
        }
      };
      const follow = (step: WriteStep) => {
        switch (step.next) {
          case 'wait':
            return;
          case 'applied':
            return done({ ok: true, version, epoch: ring.epoch });
          case 'restamp':
            this.counts.restamps++;
            if (!this.#stamper.observe(step.above)) {
              operation.phase = 'settled';
              const detail = 'the key holds a version further ahead than clocks may differ';
              return done(failure('clock_drift', detail, 'unknown'));
            }
            return this.#stamp(ring.epoch, attempt.deadline, (next) => {
              // An owner that was asked before may have fenced us off while we waited.
              if (operation.phase !== 'restamping') return;
              if (!next) {
                operation.phase = 'settled';
                return done(failure('outcome_unknown', NOT_STAMPED, 'unknown'));
              }
              version = next;
              operation.restamped(version);
              send();
            });
          case 'failed':
            return done(writeFailure(step, attempt.mayBeStored));
        }
      };
      send();
    });
  }

  /** Undefined if the disk is too slow to raise the clock's ceiling by the deadline. */
  #stamp(epoch: number, deadline: number, done: (version: Version | undefined) => void): void {
    let timer: unknown;
    let isOver = false;
    const end = (version: Version | undefined) => {
      if (isOver) return;
      isOver = true;
      this.#clock.clearTimeout(timer);
      done(version);
    };
    this.#stamper.stamp(epoch, end);
    if (!isOver) timer = this.#clock.setTimeout(() => end(undefined), this.#timeLeft(deadline));
  }

  #tryRead(request: ReadRequest, deadline: number, done: (outcome: Found | Failure) => void): void {
    const ring = this.#rings.current!;
    const groups = this.#groups(ring, request.key, request.level, 'read');
    if (!Array.isArray(groups)) {
      const { applied: _, ...refusal } = groups;
      return done(refusal);
    }
    const operation = new ReadOperation(groups, this.#preferred(groups));
    const epoch = ring.epoch;

    const ask = (owner: NodeId, withValue: boolean) => {
      const timeoutMs = this.#timeLeft(deadline);
      const body = { epoch, timeoutMs, withValue, key: request.key };
      const onSlow = () => {
        const other = operation.hedge();
        if (other === undefined) return;
        this.counts.hedges++;
        ask(other, withValue);
      };
      const slow = { afterMs: this.#settings.hedgeAfterMs, onSlow };
      this.#calls.request(
        owner,
        'replica.read',
        body,
        timeoutMs,
        (reply) => {
          if (isFenced(reply)) restart(owner, reply.epoch);
          else follow(operation.answer(owner, readAnswer(reply, this.#isTooFarAhead)));
        },
        slow,
      );
    };
    const writeBack = (owner: NodeId, record: EncodedRecord) => {
      const timeoutMs = this.#timeLeft(deadline);
      const body = { epoch, timeoutMs, record };
      this.#calls.request(owner, 'replica.write', body, timeoutMs, (reply) => {
        if (isFenced(reply)) return restart(owner, reply.epoch);
        const answer = writeAnswer(reply, this.#isTooFarAhead);
        const stored = answer.kind === 'stored' || answer.kind === 'superseded';
        follow(operation.wroteBack(owner, stored, stored ? '' : answer.reason));
      });
    };
    const restart = (owner: NodeId, newer: number) => {
      if (operation.phase === 'settled') return;
      operation.phase = 'settled';
      this.#afterRing(owner, newer, deadline, (late) => {
        if (late) done({ ok: false, code: 'quorum_unavailable', detail: RING_MOVED });
        else this.#tryRead(request, deadline, done);
      });
    };
    const follow = (step: ReadStep) => {
      switch (step.next) {
        case 'wait':
          return;
        case 'ask':
          for (const owner of step.owners) ask(owner, step.withValue);
          return;
        case 'writeBack':
          this.counts.repairs++;
          for (const owner of step.owners) writeBack(owner, step.record);
          return;
        case 'found':
          return done({ ok: true, epoch, record: step.record && decodeRecord(step.record) });
        case 'failed':
          return done({
            ok: false,
            code: 'quorum_unavailable',
            detail: shortfall(step),
            needed: step.needed,
            got: step.got,
          });
      }
    };

    for (const [index, owner] of operation.begin().entries()) ask(owner, index === 0);
  }

  /** Ourselves first, then by what to expect of them, then in the order of the preference list. */
  #preferred(groups: readonly QuorumGroup[]): NodeId[] {
    const owners = new Set(groups.flatMap((group) => group.owners));
    const rank = (owner: NodeId) => RANK[this.#standing(owner)];
    return [...owners].sort((a, b) => rank(a) - rank(b));
  }

  /** An owner has a newer ring: the request starts over when we have it too, or ends in time. */
  #afterRing(owner: NodeId, epoch: number, deadline: number, again: (late: boolean) => void): void {
    let waiting = true;
    const go = (late: boolean) => {
      if (!waiting) return;
      waiting = false;
      this.#clock.clearTimeout(timer);
      again(late || this.#clock.monotonic() >= deadline);
    };
    const timer = this.#clock.setTimeout(() => go(true), this.#timeLeft(deadline));
    if (!this.#rings.whenAtLeast(epoch, owner, () => go(false))) go(true);
  }
}

const EMPTY = Buffer.alloc(0);
const NOT_STAMPED = 'the disk was too slow to let the clock go on';
const RING_MOVED = 'the owners changed meanwhile and the new ring did not come in time';
