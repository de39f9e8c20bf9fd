/**
 * A simulated machine: a disk, a wall clock, a place in the network, and sometimes a running node,
 * composed as `main.ts` composes it, from the production code and simulated ports.
 */

import type { EncodedRecord } from '../../../src/core/data/record.js';
import type { NodeId } from '../../../src/core/data/version.js';
import { treeOfRows } from '../../../src/core/tree/packed-rows.js';
import type { Fact } from '../../../src/events/facts.js';
import { CachedStore } from '../../../src/node/cache/cached-store.js';
import { type Identity, nextIdentity } from '../../../src/node/identity.js';
import type { NodeSettings, NodeTuning } from '../../../src/node/settings.js';
import { createNode, type QuorateNode } from '../../../src/node.js';
import type { BulkWork, LogFields, LogLevel, Store } from '../../../src/ports.js';
import { faultOf } from '../../support/facts.js';
import type { DiskOptions, SimDisk } from '../disk/store.js';
import { SimStore } from '../disk/store.js';
import type { Host } from '../network/network.js';
import { SimTransport } from '../network/transport.js';
import { Process, type WallClock } from '../world/clock.js';
import type { World } from '../world/world.js';

/** Of records in memory: none, some of those that are used, or all of them. */
const CACHE_BYTES = [0, 16 << 10, 1 << 20];

export type DropQuery = Parameters<Store['drop']>[0];
export type ReapQuery = Parameters<Store['reap']>[0];

export interface MachineEvents {
  /** It is about to begin. */
  started(machine: Machine, running: Running): void;
  /** Its actors are attached. */
  booted(machine: Machine, running: Running): void;
  fact(machine: Machine, fact: Fact): void;
  storing(machine: Machine, record: EncodedRecord): void;
  hinting(machine: Machine, record: EncodedRecord): void;
  stored(machine: Machine, record: EncodedRecord): void;
  /** It removes rows of a partition, for good. */
  dropping(machine: Machine, query: DropQuery): void;
  /** It lets go of rows that are over. */
  reaping(machine: Machine, query: ReapQuery): void;
  logged(machine: Machine, event: string): void;
  /** The process has ended itself, because it cannot go on. */
  failed(machine: Machine, reason: string): void;
  /** The process is gone, however it went. */
  ended(machine: Machine, running: Running, how: string): void;
}

export type SharedSettings = NodeTuning &
  Pick<NodeSettings, 'partitions' | 'replicas' | 'writeQuorum' | 'readQuorum'>;

export interface Running {
  readonly process: Process;
  readonly store: SimStore;
  /** The same, as the node sees it. */
  readonly cached: CachedStore;
  readonly cacheBytes: number;
  readonly transport: SimTransport;
  readonly identity: Identity;
  readonly node: QuorateNode;
}

type Stores = Pick<Running, 'store' | 'cached' | 'cacheBytes'>;

export interface FormerIdentity {
  /** `outdated`: the disk was set back to an older state of it. */
  readonly how: 'left' | 'renounced' | 'wiped' | 'outdated';
  /** What it held in the end. */
  readonly disk: SimDisk;
}

export interface MachineOptions {
  readonly world: World;
  readonly host: Host;
  readonly wall: WallClock;
  readonly disk: SimDisk;
  readonly cacheBytes: number | undefined;
  readonly diskOptions: DiskOptions;
  readonly zone: string;
  readonly weight: number;
  readonly settings: SharedSettings;
  readonly events: MachineEvents;
}

const SECRET = 'a secret';
const BULK_WORK_MS = 0.2;

export class Machine {
  readonly options: MachineOptions;
  /** Addresses of nodes by which it joins. */
  introducers: readonly string[];
  /** So many found the cluster together; 0: nobody is waited for. */
  #expect: number;
  running: Running | undefined;
  /** Whose disk it is: the identity of its last boot, until it is given up. */
  nodeId: NodeId | undefined;
  /** The identities it has lost or given up. */
  readonly formerIds = new Map<NodeId, FormerIdentity>();
  boots = 0;
  /** It has left the cluster, and is not started until it is to come back. */
  isAway = false;
  isLeaving = false;
  #isRetired = false;
  #isBurnt = false;
  #stopping: Running | undefined;

  constructor(options: MachineOptions, introducers: readonly string[], expect: number) {
    this.options = options;
    this.introducers = introducers;
    this.#expect = expect;
  }

  get name(): string {
    return this.options.host.name;
  }

  get disk(): SimDisk {
    return this.options.disk;
  }

  /** The node, if there is one and it is not stopped. */
  get node(): QuorateNode | undefined {
    return this.running?.process.isRunning ? this.running.node : undefined;
  }

  /** Whether an older state of its disk was put back under an identity that has lived on. */
  get isOutdated(): boolean {
    return this.nodeId !== undefined && this.formerIds.has(this.nodeId);
  }

  /** What its disk is now no longer counts for the identity that it had. */
  giveUpIdentity(how: FormerIdentity['how']): void {
    const { nodeId } = this;
    if (nodeId !== undefined && !this.isOutdated) {
      this.formerIds.set(nodeId, { how, disk: this.disk.copy() });
    }
    this.nodeId = undefined;
    this.isLeaving = false;
  }

  /** An operator has it hand over what it owns, and leave. */
  leave(): void {
    const { running } = this;
    running?.process.deliver(() => {
      running.node.leave(running.node.id, (outcome) => {
        this.options.world.note(this.name, `is to leave${outcome.ok ? '' : `: ${outcome.detail}`}`);
        this.isLeaving ||= outcome.ok;
      });
    });
  }

  /** Who has left is started again, and joins as somebody new. */
  comeBack(introducers: readonly string[]): void {
    this.introducers = introducers;
    this.isAway = false;
    this.start();
  }

  /** It is gone, and stays down whoever would start it. */
  burn(): void {
    this.#isBurnt = true;
    this.crash('power cut');
  }

  /** It is there again, with whatever its disk holds now. */
  repair(introducers: readonly string[]): void {
    if (!this.#isBurnt) return;
    this.#isBurnt = false;
    if (this.nodeId === undefined) {
      this.introducers = introducers;
      // It is to join what is left, and not to found with others whose disks are empty, too.
      this.#expect = 0;
    }
    this.start();
  }

  /** It is never started again. */
  retire(): void {
    this.#isRetired = true;
    this.crash('power cut');
  }

  start(): void {
    if (this.running || this.#isRetired || this.#isBurnt || this.isAway) return;
    const { world, host, wall } = this.options;
    host.powered = true;
    const process = new Process({
      name: host.name,
      scheduler: world.scheduler,
      wall,
      trace: world.trace,
    });
    this.#begin(process, this.#open(process));
  }

  #open(process: Process): Stores {
    const { world, disk, diskOptions, settings, events } = this.options;
    const store = new SimStore({
      disk,
      clock: process.io,
      random: world.stream(`disk ${this.name}/${this.boots + 1}`),
      partitions: settings.partitions,
      options: diskOptions,
      // Few, so that all of a partition being promised is nothing rare.
      promisesShare: 2,
    });
    const write = store.write.bind(store);
    store.write = (record, done) => {
      events.storing(this, record);
      write(record, (outcome) => {
        if (outcome.kind === 'applied') events.stored(this, record);
        done(outcome);
      });
    };
    const hint = store.hint.bind(store);
    store.hint = (kept, done) => {
      events.hinting(this, kept.record);
      hint(kept, done);
    };
    const drop = store.drop.bind(store);
    store.drop = (query, done) => {
      events.dropping(this, query);
      drop(query, done);
    };
    const reap = store.reap.bind(store);
    store.reap = (query, done) => {
      events.reaping(this, query);
      reap(query, done);
    };
    const drawn = world.stream(`cache ${this.name}/${this.boots + 1}`).pick(CACHE_BYTES);
    const cacheBytes = this.options.cacheBytes ?? drawn;
    return { store, cached: new CachedStore(store, cacheBytes), cacheBytes };
  }

  /** A life in this process: the first, or another one after that was renounced. */
  #begin(process: Process, stores: Stores): void {
    const { store, cached } = stores;
    const { world, host, settings, zone, weight, events } = this.options;
    this.boots++;
    const random = world.stream(`node ${host.name}/${this.boots}`);
    const identity = nextIdentity(store, random);
    const { id, bootId } = identity;
    const { address } = host;
    const transport = new SimTransport({
      network: world.network,
      host,
      process,
      self: { id, bootId, address },
      secret: SECRET,
    });
    const node = createNode(
      {
        ...settings,
        identity,
        self: { id, address, weight, zone },
        introducers: [...this.introducers, ...(identity.former?.introducers ?? [])],
        clusterId: identity.former?.clusterId,
        expect: identity.former ? 0 : this.#expect,
      },
      {
        clock: process.clock,
        random,
        log: (level, event, fields) => this.#log(process, level, event, fields),
        store: cached,
        transport,
        bulkWork: bulkWorkOn(process),
        residentBytes: () => 0,
      },
    );
    const running = { ...stores, process, transport, identity, node };
    this.running = running;
    if (this.nodeId !== id) this.giveUpIdentity('renounced');
    this.nodeId = id;
    world.note(this.name, `boots as ${id}, incarnation ${identity.incarnation}`);
    node.watch((fact) => {
      if (world.trace.on) world.note(this.name, `fact ${JSON.stringify(fact)}`);
      const fault = faultOf(fact);
      if (fault) throw new Error(fault);
      if (this.running !== running) return;
      events.fact(this, fact);
      this.#noteEnd(process, fact);
    });
    events.started(this, running);
    node.start();
    if (this.running === running) events.booted(this, running);
  }

  /** Kill -9, or a power cut, after which nobody says a word about it. */
  crash(how: 'killed' | 'power cut'): void {
    const { running } = this;
    if (!running) return;
    const { host, world, events } = this.options;
    host.powered = how === 'killed';
    this.running = undefined;
    running.process.kill();
    running.transport.die();
    running.store.crash();
    world.note(this.name, how);
    events.ended(this, running, how);
  }

  /** SIGTERM. `ended` is called when the process has ended in order, not if it dies on the way. */
  shutDown(ended: () => void): void {
    const { running } = this;
    if (!running || this.#stopping === running) return;
    this.#stopping = running;
    const { world, events } = this.options;
    world.note(this.name, 'is told to stop');
    const stop = async () => {
      await running.node.stop();
      const failure = await running.store.close().catch((error: Error) => error);
      if (this.running !== running) return;
      if (failure) return events.failed(this, failure.message);
      this.running = undefined;
      running.process.kill();
      running.transport.die();
      world.note(this.name, 'has stopped');
      events.ended(this, running, 'shut down');
      ended();
    };
    // What goes wrong in there ends up with the world, as an unhandled rejection.
    void stop();
  }

  /** The process ends as `main.ts` ends it: for good, or to begin anew. */
  #noteEnd(process: Process, fact: Fact): void {
    const { type } = fact;
    if (type === 'node.failed' && process.isAlive) {
      this.options.events.failed(this, fact.reason);
    } else if (type === 'node.left') {
      this.isAway = true;
      this.giveUpIdentity('left');
      this.shutDown(() => undefined);
    } else if (type === 'node.renounced') {
      void this.#beginAnew();
    }
  }

  /** As somebody else, in the same process and with the same store. */
  async #beginAnew(): Promise<void> {
    const { running } = this;
    if (!running || this.#stopping === running) return;
    await running.node.stop();
    if (this.running !== running || this.#stopping === running) return;
    this.running = undefined;
    this.options.events.ended(this, running, 'begun anew');
    this.#begin(running.process, running);
  }

  #log(process: Process, level: LogLevel, event: string, fields: LogFields = {}): void {
    const { world, events } = this.options;
    // What a process still does after its end was never done.
    if (!process.isAlive) return;
    if (world.trace.on) world.note(this.name, `${level} ${event} ${JSON.stringify(fields)}`);
    events.logged(this, event);
  }
}

/** Does inline, and answers later, what the pool does elsewhere. */
function bulkWorkOn(process: Process): BulkWork {
  return {
    buildTree: (rows) =>
      new Promise((resolve) => {
        process.io.setTimeout(() => resolve(treeOfRows(rows)), BULK_WORK_MS);
      }),
    close: () => Promise.resolve(),
  };
}
