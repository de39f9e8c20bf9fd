/**
 * What an operation costs in messages, frames, bytes and work of stores: counted in the simulator,
 * where the same code comes to exactly the same.
 */

import { ALL_KEYS } from '../../src/core/data/key-range.js';
import type { Version } from '../../src/core/data/version.js';
import type { Failure } from '../../src/core/requests.js';
import { Cluster } from '../../test/sim/cluster/cluster.js';
import type { Running } from '../../test/sim/cluster/machine.js';
import { SimThread } from '../../test/sim/disk/thread.js';
import { bytesOf } from '../../test/sim/network/channel.js';
import { drawOptions, type Options } from '../../test/sim/options.js';
import { replace } from '../../test/sim/planted/replace.js';
import { World } from '../../test/sim/world/world.js';
import { type Step, WORKLOADS, type Workload } from './workloads.js';

const HOUR_MS = 3_600_000;
const FORMED_WITHIN_MS = 60_000;
const DONE_WITHIN_MS = 60_000;
/** What a workload leaves to be done, such as the slowest owner's part, is over by then. */
const QUIET_MS = 500;

/** Three machines, and nothing happens but what is asked for. */
const OPTIONS: Options = {
  ...drawOptions(1),
  ...{ machines: 3, lateMachines: 0, zones: 1, weights: [1], partitions: 256 },
  ...{ replicas: 3, writeQuorum: 2, readQuorum: 2, maxInFlight: 1000 },
  network: {
    ...{ links: 'stream', leastDelayMs: 0.1, jitterMs: 0.01, tailChance: 0, tailMs: 0 },
    ...{ loss: 0, duplication: 0, maxQueuedBytes: 8 << 20 },
  },
  disk: { syncMs: 0.2, tailChance: 0, tailMs: 0 },
  ...{ evictAfterMs: 0, compareEveryMs: 24 * HOUR_MS, scrubEveryMs: 168 * HOUR_MS },
  ...{ hintWindowMs: 3 * HOUR_MS, tombstoneMinAgeMs: 24 * HOUR_MS, clockSpreadMs: 0 },
  transferBytesPerSecond: 64 << 20,
  foundsTogether: true,
  cacheBytes: 1 << 20,
};

/** For each operation, of all nodes together. */
export interface Counts {
  readonly messages: number;
  readonly messageBytes: number;
  readonly frames: number;
  readonly storeBatches: number;
  readonly storeRequests: number;
}

class Counter {
  messages = 0;
  messageBytes = 0;
  storeBatches = 0;
  storeRequests = 0;
  readonly #frames = new Set<string>();
  #isOn = false;
  readonly #restore: () => void;

  constructor(world: World) {
    world.network.taps.push((from, to, message) => {
      if (!this.#isOn || !message.type.startsWith('replica.')) return;
      this.messages++;
      this.messageBytes += bytesOf(message);
      // What one turn says to one peer.
      this.#frames.add(`${world.scheduler.executed} ${from} ${to}`);
    });
    this.#restore = replace(SimThread, 'post', (_self, post, batch) => {
      if (this.#isOn) {
        this.storeBatches++;
        this.storeRequests += batch.length;
      }
      post(batch);
    })();
  }

  on(): void {
    this.#isOn = true;
    this.messages = this.messageBytes = this.storeBatches = this.storeRequests = 0;
    this.#frames.clear();
  }

  off(operations: number): Counts {
    this.#isOn = false;
    const each = (count: number) => Number((count / operations).toFixed(3));
    return {
      messages: each(this.messages),
      messageBytes: each(this.messageBytes),
      frames: each(this.#frames.size),
      storeBatches: each(this.storeBatches),
      storeRequests: each(this.storeRequests),
    };
  }

  close(): void {
    this.#restore();
  }
}

/** By workload. Throws if an operation fails, or something is wrong with the cluster. */
export async function countSimulated(): Promise<{ readonly [name: string]: Counts }> {
  const trace = { keep: 0 };
  const world = new World({ seed: 1, network: OPTIONS.network, trace });
  const counter = new Counter(world);
  try {
    const cluster = new Cluster(world, OPTIONS);
    for (let machine = 0; machine < OPTIONS.machines; machine++) {
      cluster.add(cluster.machines.slice(0, 1), OPTIONS.machines);
    }
    for (const machine of cluster.machines) machine.start();
    await until(world, FORMED_WITHIN_MS, () => cluster.unrest === undefined);
    const running = cluster.machines.map((machine) => machine.running!);
    const versions = new Map<string, Version>();
    const counts: { [name: string]: Counts } = {};
    for (const [name, workload] of Object.entries(WORKLOADS)) {
      counter.on();
      await run(world, running, workload, versions);
      await world.run(world.now + QUIET_MS);
      counts[name] = counter.off(workload.steps.length);
    }
    if (world.violation) throw new Error(world.violation.detail);
    return counts;
  } finally {
    counter.close();
  }
}

async function until(world: World, withinMs: number, isReached: () => boolean): Promise<void> {
  await world.run(world.now + withinMs, isReached);
  if (world.violation) throw new Error(world.violation.detail);
  if (!isReached()) throw new Error(`not within ${withinMs} simulated ms`);
}

async function run(
  world: World,
  nodes: readonly Running[],
  { steps, together }: Workload,
  versions: Map<string, Version>,
): Promise<void> {
  let begun = 0;
  let ended = 0;
  let failure: Failure | undefined;
  const next = () => {
    const step = steps[begun];
    if (!step) return;
    const { node, process } = nodes[begun++ % nodes.length]!;
    process.deliver(() => {
      perform(node, step, versions, (why) => {
        failure ??= why;
        ended++;
        next();
      });
    });
  };
  for (let lane = 0; lane < together; lane++) next();
  await until(world, DONE_WITHIN_MS, () => ended === steps.length || failure !== undefined);
  if (failure) throw new Error(JSON.stringify(failure));
}

function perform(
  node: Running['node'],
  step: Step,
  versions: Map<string, Version>,
  done: (why: Failure | undefined) => void,
): void {
  const common = { level: 'quorum', timeoutMs: 2000 } as const;
  if (step.kind === 'list') {
    const asked = { range: ALL_KEYS, reverse: false, limit: step.limit, withValues: false };
    node.list({ ...asked, ...common }, (outcome) => done(outcome.ok ? undefined : outcome));
    return;
  }
  const key = Buffer.from(step.key);
  if (step.kind === 'get') {
    node.read({ key, ...common }, (outcome) => done(outcome.ok ? undefined : outcome));
    return;
  }
  const known = versions.get(step.key);
  const matches = { condition: { kind: 'matches', versions: known ? [known] : [] } } as const;
  const value = step.kind === 'delete' ? undefined : Buffer.from(step.value);
  const write = { key, value, contentType: 'text/plain', expiresAt: 0, ...common };
  node.write({ ...write, ...(step.kind === 'swap' && matches) }, (outcome) => {
    if (!outcome.ok) return done(outcome);
    versions.set(step.key, outcome.version);
    done(undefined);
  });
}
