/**
 * Hosts the stabilizer: does what its chart asks for, and brings back what came of it.
 *
 * What goes wrong between nodes is a `TransferFailed`, and an event. Anything else is a mistake of
 * ours, and must not look like a slow transfer: it goes to `onFailure`.
 */
import type { ActorRefFrom } from 'xstate';
import type { Difference, StabilizerEvent } from '../../../actors/stabilizer/events.js';
import { howFar, stabilizerMachine } from '../../../actors/stabilizer/machine.js';
import type { NodeId, Version } from '../../core/data/version.js';
import { allMembers, gainedPartitions, ownersOf, type Ring } from '../../core/ring/ring.js';
import type { Message, MessageOf } from '../../core/wire/messages.js';
import type { Clock, Hasher, Log, Random, Store, Transport } from '../../ports.js';
import { ActorHost } from '../actor-host.js';
import { Throttle } from '../base/throttle.js';
import type { CurrentRing } from '../ring/current-ring.js';
import type { Calls } from '../rpc/calls.js';
import { AntiEntropy } from './anti-entropy.js';
import { GarbageCollection } from './garbage-collection.js';
import { PartitionSync, TransferFailed } from './partition-sync.js';
import { Progress } from './progress.js';
import { Transfer } from './transfer.js';

type StabilizerActor = ActorRefFrom<typeof stabilizerMachine>;

export interface StabilizerSettings {
  readonly self: NodeId;
  /** In this time every partition is compared with its other owners about once. */
  readonly compareEveryMs: number;
  readonly transferBytesPerSecond: number;
}

export class StabilizerHost {
  readonly #settings: StabilizerSettings;
  readonly #rings: Pick<CurrentRing, 'current'>;
  readonly #transport: Pick<Transport, 'send'>;
  readonly #random: Random;
  readonly #log: Log;
  readonly #onPulled: (epoch: number) => void;
  readonly #onFailure: (error: Error) => void;
  readonly #transfer: Transfer;
  readonly #antiEntropy: AntiEntropy;
  readonly #collection: GarbageCollection;
  readonly #progress = new Progress();
  readonly #actor = new ActorHost<StabilizerActor>('stabilizer');

  constructor(options: {
    settings: StabilizerSettings;
    rings: Pick<CurrentRing, 'current' | 'epoch'>;
    calls: Pick<Calls, 'request'>;
    transport: Pick<Transport, 'send'>;
    store: Store;
    hasher: Hasher;
    clock: Clock;
    random: Random;
    log: Log;
    /** This node has pulled all it gains in the transition of this epoch; said again and again. */
    onPulled: (epoch: number) => void;
    /** Whether an owner may be expected to answer. */
    isReachable: (owner: NodeId) => boolean;
    isImplausible: (version: Version) => boolean;
    /** Ends the round on a key whose promise keeps a row away from here; whether it could. */
    settle: (key: Buffer) => Promise<boolean>;
    /** A mistake of ours: the node has to stop. */
    onFailure: (error: Error) => void;
  }) {
    const { settings, rings, clock, store } = options;
    const { self, transferBytesPerSecond: bytesPerSecond } = settings;
    this.#settings = settings;
    this.#rings = rings;
    this.#transport = options.transport;
    this.#random = options.random;
    this.#log = options.log;
    this.#onPulled = options.onPulled;
    this.#onFailure = options.onFailure;
    const throttle = new Throttle({ clock, bytesPerSecond });
    const sync = new PartitionSync({ ...options, throttle });
    this.#transfer = new Transfer({ self, rings, sync });
    this.#antiEntropy = new AntiEntropy({ ...options, self, sync });
    this.#collection = new GarbageCollection({ self, rings, sync, store, throttle });
  }

  /** The chart with its effects. */
  get machine(): typeof stabilizerMachine {
    const { compareEveryMs } = this.#settings;
    return stabilizerMachine.provide({
      delays: {
        nextComparison: ({ context }) => compareEveryMs / Math.max(1, context.owned.length),
      },
      actions: {
        pull: (_, { epoch, partition }) => this.#pull(epoch, partition),
        reportPulled: ({ context }) => this.#reportPulled(context.epoch),
        tellHowFar: (_, progress) => this.#tellProgress(progress),
        survey: ({ context }) => this.#survey(context.epoch),
        collect: (_, { epoch, partition }) => this.#collect(epoch, partition),
        compare: (_, { epoch, partition }) => this.#compare(epoch, partition),
        repair: (_, { epoch, partition, differences }) =>
          this.#repair(epoch, partition, differences),
      },
    });
  }

  /** To be called before the actor begins its work. */
  attach(actor: StabilizerActor): void {
    this.#actor.attach(actor);
  }

  ringChanged(ring: Ring): void {
    const { self } = this.#settings;
    const { epoch } = ring;
    if (ring.transition) {
      const partitions = gainedPartitions(ring, self);
      return this.#actor.send({ type: 'transition.began', epoch, partitions });
    }
    const isOurs = (_: unknown, partition: number) =>
      ownersOf(ring, partition).present.includes(self) ? [partition] : [];
    this.#actor.send({ type: 'ring.settled', epoch, owned: ring.layout.flatMap(isOurs) });
  }

  /** A member tells how far it is with what it gains. */
  notePulling(from: NodeId, message: MessageOf<'ring.pulling'>): void {
    this.#progress.note(from, message);
  }

  /** Something is known to be missing in a partition here: it is compared before the others. */
  markDirty(partition: number): void {
    this.#actor.send({ type: 'partition.dirty', partition });
  }

  /** For people. */
  status() {
    const { value, context } = this.#actor.snapshot;
    const { waitingBecause, dirty, leftovers } = context;
    const ring = this.#rings.current;
    return {
      state: typeof value === 'string' ? value : Object.values(value)[0]!,
      ...howFar(context),
      waitingBecause,
      dirty: dirty.length,
      leftovers: leftovers.length,
      members: ring ? this.#progress.snapshot(ring) : [],
    };
  }

  #pull(epoch: number, partition: number): void {
    const moved = { records: 0, bytes: 0 };
    this.#do(
      this.#transfer.pull(epoch, partition, moved),
      () => ({ type: 'partition.pulled', epoch, partition, ...moved }),
      (reason) => {
        const isNews = this.#actor.snapshot.context.waitingBecause !== reason;
        if (isNews) this.#log('warn', 'transfer.failed', { epoch, partition, reason });
        return { type: 'pull.failed', epoch, partition, reason, ...moved };
      },
    );
  }

  #survey(epoch: number): void {
    const start = this.#random.float();
    this.#do(this.#collection.leftovers(), (leftovers) => ({
      type: 'round.began',
      epoch,
      leftovers,
      start,
    }));
  }

  #collect(epoch: number, partition: number): void {
    this.#do(
      this.#collection.collect(epoch, partition),
      (rows) => ({ type: 'leftover.dropped', epoch, partition, rows }),
      (reason) => ({ type: 'leftover.kept', epoch, partition, reason }),
    );
  }

  #compare(epoch: number, partition: number): void {
    this.#do(this.#antiEntropy.compare(epoch, partition), (differences) => ({
      type: 'partition.compared',
      epoch,
      differences,
    }));
  }

  #repair(epoch: number, partition: number, differences: readonly Difference[]): void {
    const moved = { records: 0, bytes: 0 };
    this.#do(this.#antiEntropy.repair(epoch, partition, differences, moved), () => ({
      type: 'partition.repaired',
      epoch,
      ...moved,
    }));
  }

  /** Brings back what came of some work, as an event. */
  #do<T>(
    work: Promise<T>,
    done: (result: T) => StabilizerEvent & { epoch: number },
    failed?: (reason: string) => StabilizerEvent & { epoch: number },
  ): void {
    work.then(
      (result) => this.#bring(done(result)),
      (error: unknown) => {
        if (!this.#actor.isActive) return;
        if (failed && error instanceof TransferFailed) this.#bring(failed(error.message));
        else this.#onFailure(error as Error);
      },
    );
  }

  #tellProgress({ epoch, done, total, bytes }: ReturnType<typeof howFar>): void {
    const message = { type: 'ring.pulling', epoch, done, total, bytes } as const;
    this.#progress.note(this.#settings.self, message);
    this.#tellMembers(message);
  }

  #reportPulled(epoch: number): void {
    this.#tellMembers({ type: 'ring.pulled', epoch });
    this.#onPulled(epoch);
  }

  #tellMembers(message: Message): void {
    for (const { id } of allMembers(this.#rings.current!)) {
      if (id !== this.#settings.self) this.#transport.send(id, message);
    }
  }

  /** What came of work for an older ring is for nobody. */
  #bring(event: StabilizerEvent & { epoch: number }): void {
    if (event.epoch === this.#actor.snapshot.context.epoch) this.#actor.send(event);
  }
}
