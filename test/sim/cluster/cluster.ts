/** The machines of a world, and what is seen of them from outside. */

import type { EncodedRecord } from '../../../src/core/data/record.js';
import type { NodeId } from '../../../src/core/data/version.js';
import { partitionOf } from '../../../src/core/ring/key-owners.js';
import { allMembers, ownersOf, type Ring } from '../../../src/core/ring/ring.js';
import type { Fact } from '../../../src/events/facts.js';
import { SimDisk } from '../disk/store.js';
import { MAX_CLOCK_DRIFT_MS, type Options } from '../options.js';
import { WallClock } from '../world/clock.js';
import type { Stream } from '../world/random.js';
import type { World } from '../world/world.js';
import {
  type DropQuery,
  Machine,
  type MachineEvents,
  type ReapQuery,
  type Running,
} from './machine.js';

export interface ClusterObserver {
  started?(machine: Machine, running: Running): void;
  booted?(machine: Machine, running: Running): void;
  fact?(machine: Machine, fact: Fact): void;
  ended?(machine: Machine, running: Running, how: string): void;
  logged?(machine: Machine, event: string): void;
  /** A node hands a record to its own store. */
  storing?(machine: Machine, record: EncodedRecord): void;
  /** The same of one that others have missed. */
  hinting?(machine: Machine, record: EncodedRecord): void;
  /** Its store has taken it, or held it already, and is about to say so. */
  stored?(machine: Machine, record: EncodedRecord): void;
  /** A node removes rows of a partition from its store. */
  dropping?(machine: Machine, query: DropQuery): void;
  /** A node lets go for good of what is over in its store. */
  reaping?(machine: Machine, query: ReapQuery): void;
}

/** After how long a process that failed is started again by whoever watches over it. */
const SUPERVISOR_MS = 1000;

export class Cluster implements MachineEvents {
  readonly machines: Machine[] = [];
  readonly observers: ClusterObserver[] = [];
  /** Every ring that ever came into force, by epoch. */
  readonly rings = new Map<number, Ring>();
  readonly #world: World;
  readonly #options: Options;
  readonly #clocks: Stream;

  constructor(world: World, options: Options) {
    this.#world = world;
    this.#options = options;
    this.#clocks = world.stream('clocks');
  }

  /**
   * A new machine with an empty disk, not started. Founds a cluster if it has no introducers, or
   * together with others: so many, if that is not 0.
   */
  add(introducers: readonly Machine[], expect = 0): Machine {
    const { clockSpreadMs, zones, weights, disk } = this.#options;
    const { replicas, writeQuorum, readQuorum } = this.#options;
    const addresses = introducers.map(({ options }) => options.host.address);
    const index = this.machines.length;
    const wall = new WallClock(this.#world.scheduler, {
      offsetMs: this.#clocks.between(-clockSpreadMs / 2, clockSpreadMs / 2),
      driftPpm: this.#clocks.between(-50, 50),
    });
    const options = {
      world: this.#world,
      host: this.#world.network.addHost(`m${index}`, `m${index}:8080`),
      wall,
      disk: new SimDisk(),
      cacheBytes: this.#options.cacheBytes,
      diskOptions: disk,
      zone: zones > 1 ? `zone ${index % zones}` : '',
      weight: weights[index % weights.length] ?? 1,
      settings: {
        partitions: this.#options.partitions,
        // Who joins is not told, and takes them from the ring.
        ...((introducers.length === 0 || expect > 0) && { replicas, writeQuorum, readQuorum }),
        maxClockDriftMs: MAX_CLOCK_DRIFT_MS,
        maxInFlight: this.#options.maxInFlight,
        maxInFlightBytes: 64 << 20,
        hedgeAfterMs: 50,
        slowRequestMs: 500,
        evictAfterMs: this.#options.evictAfterMs,
        hintWindowMs: this.#options.hintWindowMs,
        tombstoneMinAgeMs: this.#options.tombstoneMinAgeMs,
        hintBytesPerSecond: 8 << 20,
        compareEveryMs: this.#options.compareEveryMs,
        scrubEveryMs: this.#options.scrubEveryMs,
        transferBytesPerSecond: this.#options.transferBytesPerSecond,
        recorderBytes: 1 << 20,
      },
      events: this,
    };
    const machine = new Machine(options, addresses, expect);
    this.machines.push(machine);
    return machine;
  }

  get writeQuorum(): number {
    return this.#options.writeQuorum;
  }

  get running(): Machine[] {
    return this.machines.filter((machine) => machine.running);
  }

  /** The machine that is this node, or was it before it gave up that identity. */
  machineOf(node: NodeId): Machine | undefined {
    return this.machines.find((machine) => machine.nodeId === node || machine.formerIds.has(node));
  }

  /** The disk that counts for a node; undefined if it has been lost or given up. */
  diskOf(node: NodeId): SimDisk | undefined {
    const machine = this.machineOf(node);
    return machine && !machine.formerIds.has(node) ? machine.disk : undefined;
  }

  /** Members that nobody is any more, and that have not been replaced or removed yet. */
  get lostMembers(): NodeId[] {
    const members = this.ring ? allMembers(this.ring) : [];
    return members.map(({ id }) => id).filter((id) => !this.diskOf(id));
  }

  /** Where those who come anew are told to ask: everybody else who is there. */
  introducersFor(newcomer: Machine): string[] {
    const others = this.machines.filter((machine) => machine !== newcomer && !machine.isAway);
    return others.map(({ options }) => options.host.address);
  }

  partitionOf(key: string): number {
    return partitionOf(Buffer.from(key), this.#options.partitions);
  }

  /** The newest ring that ever came into force anywhere. */
  get ring(): Ring | undefined {
    return this.rings.get(Math.max(...this.rings.keys()));
  }

  /** The owners of a key in an epoch that came into force; without one, in the newest. */
  ownersOf(key: string, epoch?: number): { present: NodeId[]; coming?: NodeId[] } | undefined {
    const ring = epoch === undefined ? this.ring : this.rings.get(epoch);
    return ring && ownersOf(ring, this.partitionOf(key));
  }

  /** Why the cluster is not at rest: every running machine a serving member of one stable ring. */
  get unrest(): string | undefined {
    const { ring } = this;
    if (!ring) return 'there is no ring';
    for (const { name, running } of this.machines) {
      if (!running) continue;
      if (!running.node.isReady()) return `${name} is not ready: ${this.#states}`;
      const { epoch } = running.node.ring()!;
      if (epoch !== ring.epoch) return `${name} is at epoch ${epoch}, others at ${ring.epoch}`;
      const isMember = allMembers(ring).some(({ id }) => id === running.identity.id);
      if (!isMember) return `${name} is no member`;
    }
    const [lost] = this.lostMembers;
    if (lost !== undefined) return `${lost} is a member, and nobody is ${lost}: ${this.#states}`;
    return ring.transition ? `epoch ${ring.epoch} is in transition: ${this.#states}` : undefined;
  }

  get #states(): string {
    return this.running.map(showState).join(' | ');
  }

  started(machine: Machine, running: Running): void {
    for (const observer of this.observers) observer.started?.(machine, running);
  }

  booted(machine: Machine, running: Running): void {
    for (const observer of this.observers) observer.booted?.(machine, running);
  }

  fact(machine: Machine, fact: Fact): void {
    if (fact.type === 'ring.changed') this.rings.set(fact.ring.epoch, fact.ring);
    for (const observer of this.observers) observer.fact?.(machine, fact);
  }

  logged(machine: Machine, event: string): void {
    for (const observer of this.observers) observer.logged?.(machine, event);
  }

  failed(machine: Machine, reason: string): void {
    if (!machine.disk.isExpectedFailure(reason)) {
      this.#world.violate('nodes do not fail', `${machine.name}: ${reason}`);
    }
    machine.crash('killed');
    this.#world.scheduler.after(SUPERVISOR_MS, () => machine.start());
  }

  storing(machine: Machine, record: EncodedRecord): void {
    for (const observer of this.observers) observer.storing?.(machine, record);
  }

  hinting(machine: Machine, record: EncodedRecord): void {
    for (const observer of this.observers) observer.hinting?.(machine, record);
  }

  stored(machine: Machine, record: EncodedRecord): void {
    for (const observer of this.observers) observer.stored?.(machine, record);
  }

  dropping(machine: Machine, query: DropQuery): void {
    for (const observer of this.observers) observer.dropping?.(machine, query);
  }

  reaping(machine: Machine, query: ReapQuery): void {
    for (const observer of this.observers) observer.reaping?.(machine, query);
  }

  ended(machine: Machine, running: Running, how: string): void {
    for (const observer of this.observers) observer.ended?.(machine, running, how);
  }
}

/** What a node is doing, and what it waits for. */
function showState({ name, running }: Machine): string {
  const { states, waitsFor, change, transfer } = running!.node.status();
  const waits = [waitsFor, change.waitsFor, transfer?.waitingBecause].filter((what) => what);
  return `${name} ${states.node} (${states.ring}, ${states.stabilizer}) ${waits.join('; ')}`;
}
