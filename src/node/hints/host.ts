/**
 * Hinted handoff, as its chart asks for it: what an owner has missed is kept here, and brought to
 * it when it is back, with the version it had. A hint never counts as an answer of its owner.
 *
 * This is the driver's side. The receiver's side, which takes `hints.deliver`, is
 * `replica/hint-intake.ts`.
 *
 * A hint that is of no use any more is dropped: one of which the target is no owner now, because
 * who became an owner has pulled from a quorum of those before; one that is damaged; and one that
 * has expired, lest it outlive the tombstone that came after it. What is dropped or refused is left
 * to anti-entropy.
 */
import type { ActorRefFrom, SnapshotFrom } from 'xstate';
import { hintsMachine } from '../../../actors/hints/machine.js';
import { type TargetEvent, targetMachine } from '../../../actors/hints/replay.js';
import { present } from '../../core/assert.js';
import { type EncodedRecord, isIntactRecord, recordKey } from '../../core/data/record.js';
import type { NodeId } from '../../core/data/version.js';
import { partitionOf } from '../../core/ring/key-owners.js';
import { namesMember, ownersOf, type Ring } from '../../core/ring/ring.js';
import type { Clock, Hint, HintPlace, HintSize, Store } from '../../ports.js';
import { ActorHost } from '../actor-host.js';
import { TransferFailed, Work } from '../base/work.js';

import type { CurrentRing } from '../ring/current-ring.js';
import type { CallFailure, Calls, ReplyTo } from '../rpc/calls.js';

/** One batch: what one transaction of the target stores. */
const BATCH = { limit: 200, bytes: 256 << 10 };
const CALL_TIMEOUT_MS = 10_000;
/** Of hints that the store has not taken yet. */
const MAX_WAITING_BYTES = 64 << 20;
/** Whatever a target asks for. */
const LONGEST_PAUSE_MS = 60_000;

/** What the target says of records, and not of itself: others may be taken all the same. */
const OF_RECORDS = ['ok', 'promised', 'clockAhead', 'corrupt'] as const;

interface Brought {
  readonly outcome: (typeof OF_RECORDS)[number];
  readonly pauseMs: number;
}

export interface HintSettings {
  /** After this time a hint is given up. */
  readonly hintWindowMs: number;
}

type HintsActor = ActorRefFrom<typeof hintsMachine>;
type HintStore = Pick<Store, 'hint' | 'hints' | 'dropHints' | 'hintSizes'>;

export class HintsHost {
  readonly #windowMs: number;
  readonly #rings: Pick<CurrentRing, 'current' | 'epoch' | 'fetchFrom'>;
  readonly #calls: Pick<Calls, 'request'>;
  readonly #store: HintStore;
  readonly #clock: Clock;
  readonly #wallMs: () => number;
  readonly #onRefused: (target: NodeId) => void;
  readonly #isReachable: (target: NodeId) => boolean;
  readonly #onMissing: (partition: number) => void;
  readonly #work: Work;
  readonly #actor = new ActorHost<HintsActor>('hints');
  #sizes: readonly HintSize[] = [];
  /** Targets of hints that were kept since it was last looked for theirs. */
  readonly #kept = new Set<NodeId>();
  /** Up to where a target has been brought what it could not take, since it was begun with. */
  readonly #passed = new Map<NodeId, { readonly last: HintPlace; readonly reason: string }>();
  /** Since the start, of this node. */
  readonly counts = { stored: 0, refused: 0, replayed: 0, expired: 0, useless: 0 };
  /** Waits for a flush to be over. */
  #flushing: (() => void)[] = [];
  /** The last hint was refused. */
  #isRefusing = false;
  /** Of hints that wait for the store. */
  #waitingBytes = 0;

  constructor(options: {
    settings: HintSettings;
    rings: Pick<CurrentRing, 'current' | 'epoch' | 'fetchFrom'>;
    calls: Pick<Calls, 'request'>;
    store: HintStore;
    clock: Clock;
    /** By which hints expire, milliseconds since 1970: see `../membership/cluster-clock.ts`. */
    wallMs: () => number;
    /** A hint could not be kept; told once for as long as that lasts. */
    onRefused: (target: NodeId) => void;
    /** Whether a target may be expected to answer. */
    isReachable: (target: NodeId) => boolean;
    /** An owner misses something in this partition, and will have no hint of it. */
    onMissing: (partition: number) => void;
    /** A mistake of ours: the node has to stop. */
    onFailure: (error: Error) => void;
  }) {
    this.#windowMs = options.settings.hintWindowMs;
    this.#rings = options.rings;
    this.#calls = options.calls;
    this.#store = options.store;
    this.#clock = options.clock;
    this.#wallMs = options.wallMs;
    this.#onRefused = options.onRefused;
    this.#isReachable = options.isReachable;
    this.#onMissing = options.onMissing;
    this.#work = new Work(this.#actor, options.onFailure);
  }

  /** The chart, and that of its children, with their effects. */
  get machine(): typeof hintsMachine {
    const target = targetMachine.provide({
      actions: {
        lookAfter: ({ self }, { target }) =>
          this.#work.run(
            self,
            this.#deliver(target).catch((error: unknown) => {
              // The next try begins with the first of them.
              this.#passed.delete(target);
              throw error;
            }),
            (event) => event,
            (reason) => ({ type: 'delivery.failed' as const, reason }),
          ),
      },
    });
    return hintsMachine.provide({
      actors: { target },
      actions: { flushed: () => this.#endFlush() },
    });
  }

  /** To be called when the actor has started: it goes on with what is on the disk. */
  attach(actor: HintsActor): void {
    this.#actor.attach(actor);
    const end = () => this.#endFlush();
    actor.subscribe({ complete: end, error: end });
    this.#store.hintSizes((sizes) => {
      this.#sizes = sizes;
      for (const { target } of sizes) this.#actor.send({ type: 'hint.kept', target });
    });
  }

  /**
   * An owner did not take a write that may have been acknowledged: it gets it later. `done` is told
   * whether the hint is on our disk. To tell of the same again changes nothing.
   */
  missed(
    target: NodeId,
    record: EncodedRecord,
    done: (isKept: boolean) => void = () => undefined,
  ): void {
    const kept = (isKept: boolean) => {
      this.counts[isKept ? 'stored' : 'refused']++;
      if (isKept) this.#noteKept(target);
      else this.#tellMissing(record);
      this.#noteRefusing(!isKept, target);
      done(isKept);
    };
    const bytes = record.length;
    if (this.#waitingBytes + bytes > MAX_WAITING_BYTES) {
      this.#clock.setTimeout(() => kept(false), 0);
      return;
    }
    this.#waitingBytes += bytes;
    const expiresAt = this.#wallMs() + this.#windowMs;
    this.#store.hint({ target, record, expiresAt }, (isKept) => {
      this.#waitingBytes -= bytes;
      kept(isKept);
    });
  }

  /** While an owner is away there are many: the chart needs to hear of the first. */
  #noteKept(target: NodeId): void {
    this.#kept.add(target);
    if (this.#actor.isActive && target in this.#actor.snapshot.children) return;
    this.#actor.send({ type: 'hint.kept', target });
    // People look what became of a write as soon as it is acknowledged.
    this.#store.hintSizes((sizes) => (this.#sizes = sizes));
  }

  /** Once for as long as it lasts. */
  #noteRefusing(isRefusing: boolean, target: NodeId): void {
    if (isRefusing && !this.#isRefusing) this.#onRefused(target);
    this.#isRefusing = isRefusing;
  }

  /**
   * Before this node leaves: brings the targets that are there what they have missed, and calls
   * `done` when that is done, or takes too long. The hints of the others are given up.
   */
  flush(done: () => void): void {
    if (!this.#actor.isActive) return done();
    this.#flushing.push(done);
    this.#actor.send({ type: 'hints.flush' });
  }

  #endFlush(): void {
    for (const done of this.#flushing.splice(0)) done();
  }

  /** Of the chart. */
  get state(): string {
    return this.#actor.state;
  }

  /** For whom hints are kept. */
  get targets(): readonly NodeId[] {
    return [...this.#actor.snapshot.context.targets].sort();
  }

  /** For people: what is kept for whom, its size as of about a second ago, and why it still is. */
  status() {
    const { children } = this.#actor.snapshot;
    return this.#sizes.map(({ target, rows, bytes }) => {
      const snapshot = children[target]?.getSnapshot() as
        | SnapshotFrom<typeof targetMachine>
        | undefined;
      const { value = 'waiting', context } = snapshot ?? {};
      const { waitingBecause } = context ?? {};
      return { target, rows, bytes, state: value, ...(waitingBecause && { waitingBecause }) };
    });
  }

  /** The next batch. Rejects with `TransferFailed` if the target is away, or takes nothing. */
  async #deliver(target: NodeId): Promise<TargetEvent> {
    this.#kept.delete(target);
    this.#sizes = await new Promise<HintSize[]>((resolve) => this.#store.hintSizes(resolve));
    const size = this.#sizes.find((each) => each.target === target);
    if (!size) return this.#noneFound(target);
    const ring = this.#rings.current;
    if (!ring) throw new TransferFailed('there is no ring yet');
    const isThere = this.#isReachable(target);
    if (!isThere && namesMember(ring, target) && size.expiresAt > this.#wallMs()) {
      throw new TransferFailed('away');
    }
    const passed = this.#passed.get(target);
    const hints = await new Promise<Hint[]>((resolve) =>
      this.#store.hints({ target, after: passed?.last, ...BATCH }, resolve),
    );
    if (hints.length === 0) {
      if (!passed) return this.#noneFound(target);
      throw new TransferFailed(passed.reason);
    }
    const reasons = hints.map((hint) => this.#whyUseless(hint, target, ring));
    const useless = hints.filter((_, index) => reasons[index]);
    if (useless.length > 0) {
      await this.#drop(useless);
      for (const reason of reasons) if (reason) this.counts[reason]++;
      return { type: 'batch.taken', records: 0, dropped: useless.length, pauseMs: 0 };
    }
    if (!isThere) throw new TransferFailed('away');
    const { outcome, pauseMs } = await this.#bring(hints, target, ring.epoch);
    if (outcome !== 'ok') {
      // What is in the way of one of them is not in that of those behind it.
      this.#passed.set(target, { last: present(hints.at(-1), 'a last one'), reason: outcome });
      return { type: 'batch.taken', records: 0, dropped: 0, pauseMs };
    }
    await this.#drop(hints);
    this.counts.replayed += hints.length;
    return { type: 'batch.taken', records: hints.length, dropped: 0, pauseMs };
  }

  /** One may have been kept behind our back: then it is looked again. */
  #noneFound(target: NodeId): TargetEvent {
    if (!this.#kept.has(target)) return { type: 'hints.ended' };
    return { type: 'batch.taken', records: 0, dropped: 0, pauseMs: 0 };
  }

  /** Undefined if it is of use. */
  #whyUseless(
    { record, expiresAt }: Hint,
    target: NodeId,
    ring: Ring,
  ): 'useless' | 'expired' | undefined {
    if (!isIntactRecord(record)) return 'useless';
    const { present, coming = [] } = ownersOf(ring, this.#partitionOf(record));
    if (!present.includes(target) && !coming.includes(target)) return 'useless';
    if (expiresAt > this.#wallMs()) return undefined;
    this.#tellMissing(record);
    return 'expired';
  }

  /** What came of them, and how long the target wants us to pause. */
  #bring(hints: readonly Hint[], target: NodeId, epoch: number): Promise<Brought> {
    const body = { epoch, records: hints.map(({ record }) => record) };
    return new Promise((resolve, reject) => {
      const answered = (reply: ReplyTo<'hints.deliver'> | CallFailure) => {
        const outcome = typeof reply === 'string' ? reply : reply.outcome;
        if (outcome === 'fenced') this.#rings.fetchFrom(target);
        const ofRecords = OF_RECORDS.find((each) => each === outcome);
        if (typeof reply === 'string' || !ofRecords) reject(new TransferFailed(outcome));
        else {
          const pauseMs = Math.min(reply.pauseMs, LONGEST_PAUSE_MS);
          resolve({ outcome: ofRecords, pauseMs });
        }
      };
      this.#calls.request(target, 'hints.deliver', body, CALL_TIMEOUT_MS, answered);
    });
  }

  async #drop(hints: readonly Hint[]): Promise<void> {
    const ids = hints.map(({ id }) => id);
    const isDropped = await new Promise<boolean>((resolve) => this.#store.dropHints(ids, resolve));
    if (!isDropped) throw new TransferFailed('our disk is full');
  }

  #tellMissing(record: EncodedRecord): void {
    this.#onMissing(this.#partitionOf(record));
  }

  #partitionOf(record: EncodedRecord): number {
    const { layout } = present(this.#rings.current, 'the ring in which it was missed');
    return partitionOf(recordKey(record), layout.length);
  }
}
