/**
 * A simulated machine: a disk, a wall clock, a place in the network, and sometimes a running node,
 * composed as `main.ts` composes it, from the production code and simulated ports.
 */
import { newerEntries } from '../../src/core/diff.js';
import type { EncodedRecord } from '../../src/core/record.js';
import type { NodeId } from '../../src/core/version.js';
import type { Fact } from '../../src/node/facts.js';
import { type Identity, nextIdentity } from '../../src/node/identity.js';
import type { NodeSettings } from '../../src/node/settings.js';
import { createNode, type QuorateNode } from '../../src/node.js';
import type { Hasher, LogFields, LogLevel } from '../../src/ports.js';
import { Process, type WallClock } from './clock.js';
import type { Host } from './network.js';
import type { DiskOptions, SimDisk } from './store.js';
import { SimStore } from './store.js';
import { SimTransport } from './transport.js';
import type { World } from './world.js';

export interface MachineEvents {
  started(machine: Machine, running: Running): void;
  fact(machine: Machine, fact: Fact): void;
  storing(machine: Machine, record: EncodedRecord): void;
  logged(machine: Machine, event: string): void;
  /** The process has ended itself, because it cannot go on. */
  failed(machine: Machine, reason: string): void;
  /** The process is gone, however it went. */
  ended(machine: Machine, running: Running, how: string): void;
}

export type SharedSettings = Pick<
  NodeSettings,
  | 'partitions'
  | 'replicas'
  | 'writeQuorum'
  | 'readQuorum'
  | 'maxClockDriftMs'
  | 'maxInFlight'
  | 'maxInFlightBytes'
  | 'hedgeAfterMs'
  | 'evictAfterMs'
  | 'compareEveryMs'
  | 'transferBytesPerSecond'
>;

export interface Running {
  readonly process: Process;
  readonly store: SimStore;
  readonly transport: SimTransport;
  readonly identity: Identity;
  readonly node: QuorateNode;
}

export interface MachineOptions {
  readonly world: World;
  readonly host: Host;
  readonly wall: WallClock;
  readonly disk: SimDisk;
  readonly diskOptions: DiskOptions;
  readonly zone: string;
  readonly introducers: readonly string[];
  readonly settings: SharedSettings;
  readonly events: MachineEvents;
}

const SECRET = 'a secret';
const HASHER_MS = 0.2;

export class Machine {
  readonly options: MachineOptions;
  running: Running | undefined;
  /** Of its last boot. */
  nodeId: NodeId | undefined;
  boots = 0;
  #isRetired = false;
  #stopping: Running | undefined;

  constructor(options: MachineOptions) {
    this.options = options;
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

  /** It is never started again. */
  retire(): void {
    this.#isRetired = true;
    this.crash('power cut');
  }

  start(): void {
    if (this.running || this.#isRetired) return;
    const { world, host, wall, disk, diskOptions, settings, zone, introducers, events } =
      this.options;
    this.boots++;
    host.powered = true;
    const life = `${host.name}/${this.boots}`;
    const random = world.stream(`node ${life}`);
    const process = new Process({
      name: host.name,
      scheduler: world.scheduler,
      wall,
      trace: world.trace,
    });
    const store = new SimStore({
      disk,
      clock: process.io,
      random: world.stream(`disk ${life}`),
      partitions: settings.partitions,
      options: diskOptions,
    });
    const write = store.write.bind(store);
    store.write = (record, done) => {
      events.storing(this, record);
      write(record, done);
    };
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
        self: { id, address, weight: 1, zone },
        introducers: [...introducers, ...(identity.former?.introducers ?? [])],
        clusterId: identity.former?.clusterId,
        expect: 0,
      },
      {
        clock: process.clock,
        random,
        log: (level, event, fields) => this.#log(process, level, event, fields),
        store,
        transport,
        hasher: hasherOn(process),
      },
    );
    const running = { process, store, transport, identity, node };
    this.running = running;
    this.nodeId = id;
    world.note(this.name, `boots as ${id}, incarnation ${identity.incarnation}`);
    node.watch((fact) => {
      if (world.trace.on) world.note(this.name, `fact ${JSON.stringify(fact)}`);
      if (this.running === running) events.fact(this, fact);
    });
    events.started(this, running);
    node.start();
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
      await running.store.close();
      if (this.running !== running) return;
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

  #log(process: Process, level: LogLevel, event: string, fields: LogFields = {}): void {
    const { world, events } = this.options;
    // What a process still does after its end was never done.
    if (!process.isAlive) return;
    if (world.trace.on) world.note(this.name, `${level} ${event} ${JSON.stringify(fields)}`);
    events.logged(this, event);
    if (event === 'node.failed') events.failed(this, String(fields.reason));
  }
}

/** Does inline, and answers later, what the pool does elsewhere. */
function hasherOn(process: Process): Hasher {
  return {
    missing: (ours, theirs) =>
      new Promise((resolve) => {
        const answer = () => resolve(newerEntries(ours, theirs).map((index) => theirs[index]!.key));
        process.io.setTimeout(answer, HASHER_MS);
      }),
    close: () => Promise.resolve(),
  };
}
