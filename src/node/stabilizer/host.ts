/**
 * Hosts the stabilizer and its children: does what their charts ask for, and brings back what came
 * of it (`base/work.ts`).
 */
import type { ActorRefFrom } from 'xstate';
import { antiEntropyMachine } from '../../../actors/stabilizer/anti-entropy.js';
import { garbageCollectionMachine } from '../../../actors/stabilizer/garbage-collection.js';
import { stabilizerMachine } from '../../../actors/stabilizer/machine.js';
import { reaperMachine } from '../../../actors/stabilizer/reaper.js';
import { howFar, transferMachine } from '../../../actors/stabilizer/transfer.js';
import { present } from '../../core/assert.js';
import type { NodeId } from '../../core/data/version.js';
import { allMembers, gainedPartitions, ownersOf, type Ring } from '../../core/ring/ring.js';
import type { Message, MessageOf } from '../../core/wire/messages.js';
import type { BulkWork, Clock, Log, Random, Store, Transport } from '../../ports.js';
import { ActorHost } from '../actor-host.js';
import { Throttle } from '../base/throttle.js';
import { Work } from '../base/work.js';
import type { CreditOf } from '../replica/credibility.js';
import type { CurrentRing } from '../ring/current-ring.js';
import type { Calls } from '../rpc/calls.js';
import { AntiEntropy } from './anti-entropy.js';
import { GarbageCollection } from './garbage-collection.js';
import { PartitionSync, type PartitionSyncOptions } from './partition-sync.js';
import { Progress } from './progress.js';
import { Reaper } from './reaper.js';
import { Scrub } from './scrub.js';
import { Transfer } from './transfer.js';
import { TreeCheck } from './tree-check.js';

/** In a ring that brings this node nothing. */
const NOTHING_GAINED = { done: 0, total: 0, records: 0, bytes: 0 };

type StabilizerActor = ActorRefFrom<typeof stabilizerMachine>;

export interface StabilizerSettings {
  readonly self: NodeId;
  /** In this time every partition is compared with its other owners about once. */
  readonly compareEveryMs: number;
  readonly transferBytesPerSecond: number;
  /** In this time every row is read once; 0: none is. */
  readonly scrubEveryMs: number;
  /** Before that what is over does not go. */
  readonly tombstoneMinAgeMs: number;
}

export class StabilizerHost {
  readonly #settings: StabilizerSettings;
  readonly #rings: Pick<CurrentRing, 'current'>;
  readonly #transport: Pick<Transport, 'send'>;
  readonly #random: Random;
  readonly #log: Log;
  readonly #onPulled: (epoch: number) => void;
  readonly #work: Work;
  readonly #transfer: Transfer;
  readonly #antiEntropy: AntiEntropy;
  readonly #treeCheck: TreeCheck;
  readonly #collection: GarbageCollection;
  readonly #reaper: Reaper;
  readonly #scrub: Scrub;
  readonly #progress = new Progress();
  readonly #actor = new ActorHost<StabilizerActor>('stabilizer');

  constructor(options: {
    settings: StabilizerSettings;
    rings: Pick<CurrentRing, 'current' | 'epoch'>;
    calls: Pick<Calls, 'request'>;
    transport: Pick<Transport, 'send'>;
    store: Store;
    bulkWork: BulkWork;
    clock: Clock;
    random: Random;
    log: Log;
    /** The cluster's time, by which values expire. */
    wallMs: () => number;
    /** Whether that is more than the word of our own clock. */
    knowsTime: () => boolean;
    /** This node has pulled all it gains in the transition of this epoch; said again and again. */
    onPulled: (epoch: number) => void;
    /** Whether an owner may be expected to answer. */
    isReachable: (owner: NodeId) => boolean;
    creditOf: CreditOf;
    settle: PartitionSyncOptions['settle'];
    /** A mistake of ours: the node has to stop. */
    onFailure: (error: Error) => void;
  }) {
    const { settings, rings, clock, store } = options;
    const { self, transferBytesPerSecond: bytesPerSecond, tombstoneMinAgeMs: minAgeMs } = settings;
    this.#settings = settings;
    this.#rings = rings;
    this.#transport = options.transport;
    this.#random = options.random;
    this.#log = options.log;
    this.#onPulled = options.onPulled;
    this.#work = new Work(this.#actor, options.onFailure);
    const throttle = new Throttle({ clock, bytesPerSecond });
    const sync = new PartitionSync({ ...options, throttle });
    this.#transfer = new Transfer({ self, rings, sync });
    this.#antiEntropy = new AntiEntropy({ ...options, self, sync });
    this.#treeCheck = new TreeCheck({ ...options, throttle });
    this.#collection = new GarbageCollection({ self, rings, sync, store });
    const { scrubEveryMs: everyMs } = settings;
    this.#scrub = new Scrub({ ...options, self, everyMs, sync });
    this.#reaper = new Reaper({ ...options, self, minAgeMs, sync, throttle });
  }

  /** The chart, and those of its children, with their effects. */
  get machine(): typeof stabilizerMachine {
    return stabilizerMachine.provide({
      actors: {
        transfer: this.#transferMachine,
        antiEntropy: this.#antiEntropyMachine,
        garbageCollection: this.#garbageCollectionMachine,
        reaper: this.#reaperMachine,
      },
    });
  }

  get #transferMachine(): typeof transferMachine {
    return transferMachine.provide({
      actions: {
        pull: ({ self }, { epoch, partition }) => {
          const moved = { records: 0, bytes: 0 };
          this.#work.run(
            self,
            this.#transfer.pull(epoch, partition, moved),
            () => ({ type: 'partition.pulled' as const, partition, ...moved }),
            (reason) => {
              const isNews = self.getSnapshot().context.waitingBecause !== reason;
              if (isNews) this.#log('warn', 'transfer.failed', { epoch, partition, reason });
              return { type: 'pull.failed' as const, partition, reason, ...moved };
            },
          );
        },
        reportPulled: (_, { epoch }) => {
          this.#tellMembers({ type: 'ring.pulled', epoch });
          this.#onPulled(epoch);
        },
        tellHowFar: (_, progress) => this.#tellProgress(progress),
      },
    });
  }

  get #antiEntropyMachine(): typeof antiEntropyMachine {
    return antiEntropyMachine.provide({
      delays: {
        nextComparison: ({ context: { owned, partitions } }) =>
          this.#spread(owned) * Math.max(1, partitions.length),
      },
      actions: {
        compare: ({ self }, { epoch, partitions }) =>
          this.#work.run(self, this.#antiEntropy.compare(epoch, partitions), (differences) => ({
            type: 'partitions.compared' as const,
            differences,
          })),
        verify: ({ self }, { partition }) =>
          this.#work.run(self, this.#verify(partition), (wrong) => ({
            type: 'tree.verified' as const,
            wrong,
          })),
        repair: ({ self }, { epoch, differences }) =>
          this.#work.run(self, this.#antiEntropy.repair(epoch, differences), (repaired) => ({
            type: 'partitions.repaired' as const,
            repaired,
          })),
      },
    });
  }

  get #garbageCollectionMachine(): typeof garbageCollectionMachine {
    return garbageCollectionMachine.provide({
      delays: { nextSurvey: this.#settings.compareEveryMs },
      actions: {
        survey: ({ self }) =>
          this.#work.run(self, this.#collection.leftovers(), (partitions) => ({
            type: 'leftovers.found' as const,
            partitions,
          })),
        collect: ({ self }, { epoch, partition }) =>
          this.#work.run(
            self,
            this.#collection.collect(epoch, partition),
            (rows) => ({ type: 'leftover.dropped' as const, partition, rows }),
            (reason) => ({ type: 'leftover.kept' as const, partition, reason }),
          ),
      },
    });
  }

  get #reaperMachine(): typeof reaperMachine {
    const blocked = (reason: string) => ({ type: 'reaping.blocked' as const, reason });
    return reaperMachine.provide({
      delays: {
        nextLook: ({ context: { found } }) => this.#settings.compareEveryMs / Math.max(1, found),
      },
      actions: {
        search: ({ self }, { owned }) =>
          this.#work.run(self, this.#reaper.search(owned), (partitions) => ({
            type: 'partitions.found' as const,
            partitions,
          })),
        look: ({ self }, { partition }) =>
          this.#work.run(self, this.#reaper.look(partition), (entries) => ({
            type: 'ended.found' as const,
            entries,
          })),
        confirm: ({ self }, { epoch, partition, entries }) =>
          this.#work.run(
            self,
            this.#reaper.confirm(epoch, partition, entries),
            (confirmed) => ({ type: 'ended.confirmed' as const, entries: confirmed }),
            blocked,
          ),
        reap: ({ self }, { epoch, partition, entries }) =>
          this.#work.run(
            self,
            this.#reaper.reap(epoch, partition, entries),
            (rows) => ({ type: 'ended.reaped' as const, rows }),
            blocked,
          ),
      },
    });
  }

  /** So that a round over the partitions of this node takes about as long as it is to. */
  #spread(owned: readonly number[]): number {
    return this.#settings.compareEveryMs / Math.max(1, owned.length);
  }

  /** To be called before the actor begins its work. */
  attach(actor: StabilizerActor): void {
    this.#actor.attach(actor);
    this.#scrub.start();
    actor.subscribe({ complete: () => this.#scrub.stop() });
  }

  /** Reads no more rows until it is to go on, over restarts as well. */
  pauseScrub(isPaused: boolean): void {
    this.#scrub.pause(isPaused);
  }

  ringChanged(ring: Ring): void {
    const { self } = this.#settings;
    const { epoch } = ring;
    if (ring.transition) {
      const partitions = gainedPartitions(ring, self);
      return this.#actor.send({ type: 'transition.began', epoch, partitions });
    }
    const ours = ring.layout.flatMap((_, partition) =>
      ownersOf(ring, partition).present.includes(self) ? [partition] : [],
    );
    const owned = rotated(ours, this.#random.float());
    this.#actor.send({ type: 'ring.settled', epoch, owned });
  }

  /** A member tells how far it is with what it gains. */
  notePulling(from: NodeId, message: MessageOf<'ring.pulling'>): void {
    this.#progress.note(from, message);
  }

  /** Something is known to be missing in a partition here: it is compared before the others. */
  markDirty(partition: number): void {
    this.#actor.send({ type: 'partition.dirty', partition });
  }

  /** Of the chart. */
  get state(): string {
    return this.#actor.state;
  }

  /** What is fetched in the transition under way; undefined if nothing, or nothing more. */
  get transfer(): ReturnType<typeof howFar> | undefined {
    const transfer = this.#actor.snapshot.children.transfer?.getSnapshot();
    return transfer && !transfer.matches('reporting') ? howFar(transfer.context) : undefined;
  }

  /** For people. */
  status() {
    const { value, context, children } = this.#actor.snapshot;
    const transfer = children.transfer?.getSnapshot();
    const antiEntropy = children.antiEntropy?.getSnapshot();
    const collection = children.garbageCollection?.getSnapshot();
    const reaper = children.reaper?.getSnapshot();
    const ring = this.#rings.current;
    return {
      state: value,
      jobs: {
        ...(transfer && { transfer: leafOf(transfer.value) }),
        ...(antiEntropy && { antiEntropy: antiEntropy.value }),
        ...(collection && { garbageCollection: collection.value }),
        ...(reaper && { reaper: reaper.value }),
      },
      epoch: context.epoch,
      ...(transfer ? howFar(transfer.context) : NOTHING_GAINED),
      waitingBecause: (transfer ?? collection)?.context.waitingBecause,
      dirty: (antiEntropy?.context ?? context).dirty.length,
      treeMismatches: context.mismatches,
      leftovers: collection?.context.leftovers.length ?? 0,
      scrub: this.#scrub.status,
      tombstones: this.#reaper.waiting,
      members: ring ? this.#progress.snapshot(ring) : [],
    };
  }

  async #verify(partition: number): Promise<number> {
    const leaves = await this.#treeCheck.wrongLeaves(partition);
    if (leaves > 0) this.#log('warn', 'tree.mismatch', { partition, leaves });
    return leaves;
  }

  #tellProgress({ epoch, done, total, bytes }: ReturnType<typeof howFar>): void {
    const message = { type: 'ring.pulling', epoch, done, total, bytes } as const;
    this.#progress.note(this.#settings.self, message);
    this.#tellMembers(message);
  }

  #tellMembers(message: Message): void {
    for (const { id } of allMembers(present(this.#rings.current, 'the ring that is told about'))) {
      if (id !== this.#settings.self) this.#transport.send(id, message);
    }
  }
}

/** The innermost state. */
function leafOf(value: string | { gaining: string }): string {
  return typeof value === 'string' ? value : value.gaining;
}

/** The same circle, begun at another place: `start` of it further on. */
function rotated(partitions: readonly number[], start: number): number[] {
  const first = Math.floor(start * partitions.length);
  return [...partitions.slice(first), ...partitions.slice(0, first)];
}
