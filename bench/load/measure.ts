/** One measurement of a system: some load, and what it cost whom. */
import { availableParallelism } from 'node:os';
import type { Cluster, Counts, System } from '../systems/system.js';
import type { Channel } from './channel.js';
import { cpuMicros, machineMicros } from './cpu.js';
import { type Driven, drive, type Load, requireAllWell } from './drive.js';
import type { Job } from './jobs.js';

export interface Measurement extends Driven {
  /** Of the load that was asked for; undefined in a closed loop. */
  readonly offered: number | undefined;
  /** Processor time of all nodes, and of the client, for each operation. */
  readonly serverMicros: number;
  readonly clientMicros: number;
  /** Of one core: the client has one thread, and is the bottleneck when this comes near 1. */
  readonly clientShare: number;
  /** Of the machine: processor time that neither nodes nor client have used. */
  readonly othersShare: number;
  readonly syncsPerSecond?: number;
  /** Requests to a store for each sync. */
  readonly requestsPerSync?: number;
  /** Timers of nodes were not later than that, of 99 in 100; as finely as they count it. */
  readonly lagP99Ms?: number;
}

/** A system, and a cluster of it that runs. */
export interface Target {
  readonly system: System;
  readonly cluster: Cluster;
}

/** Calls with room for so many operations at a time, on connections to all nodes in turn. */
export async function withLanes<T>(
  { system, cluster }: Target,
  lanes: number,
  use: (lanes: readonly Channel[]) => Promise<T>,
): Promise<T> {
  const { only, open, lanesPerConnection } = system;
  const connections = Math.ceil(lanes / lanesPerConnection);
  const ports = only === undefined ? cluster.ports : [cluster.ports[only]!];
  const channels = await Promise.all(
    Array.from({ length: connections }, (_, index) => open(ports[index % ports.length]!)),
  );
  try {
    // The lanes of a connection are not neighbours: few lanes use many connections.
    const all = Array.from({ length: lanesPerConnection }, () => channels).flat();
    return await use(all.slice(0, lanes));
  } finally {
    for (const channel of channels) channel.close();
  }
}

export interface Measured extends Load {
  readonly lanes: number;
  readonly warmupSeconds: number;
}

/** Throws if an answer is wrong. */
export function measure(target: Target, job: Job, how: Measured): Promise<Measurement> {
  const { lanes: most, warmupSeconds, ...load } = how;
  return withLanes(target, most, async (lanes) => {
    if (warmupSeconds > 0) {
      requireAllWell(await drive(lanes, job, { ...load, seconds: warmupSeconds }));
    }
    const before = await sample(target.cluster);
    const driven = await drive(lanes, job, load);
    const after = await sample(target.cluster);
    requireAllWell(driven);
    return { ...driven, ...costsOf(before, after, driven), offered: load.perSecond };
  });
}

type Sample = Awaited<ReturnType<typeof sample>>;

async function sample(cluster: Cluster) {
  const counts = await cluster.counts?.();
  const { user, system } = process.cpuUsage();
  const seconds = performance.now() / 1000;
  const [servers, machine] = [cpuMicros(cluster.pids), machineMicros()];
  return { counts, seconds, client: user + system, servers, machine };
}

function costsOf(before: Sample, after: Sample, { count, seconds }: Driven) {
  const between = (whose: 'servers' | 'client' | 'machine' | 'seconds') => {
    return after[whose] - before[whose];
  };
  const [servers, client] = [between('servers'), between('client')];
  const micros = between('seconds') * 1e6;
  const others = Math.max(0, between('machine') - servers - client);
  return {
    serverMicros: servers / count,
    clientMicros: client / count,
    clientShare: client / micros,
    othersShare: others / micros / availableParallelism(),
    ...(before.counts && after.counts && countsOf(before.counts, after.counts, seconds)),
  };
}

function countsOf(before: Counts, after: Counts, seconds: number): Partial<Measurement> {
  const syncs = after.syncs - before.syncs;
  const requests = (after.requests ?? 0) - (before.requests ?? 0);
  return {
    syncsPerSecond: syncs / seconds,
    ...(after.requests !== undefined && syncs > 0 && { requestsPerSync: requests / syncs }),
    ...(before.lag && after.lag && { lagP99Ms: lagOf(before.lag, after.lag, 0.99) }),
  };
}

/** Of cumulative counts by their upper bounds. */
function lagOf(
  before: ReadonlyMap<number, number>,
  after: ReadonlyMap<number, number>,
  part: number,
): number {
  const grown = [...after]
    .map(([ms, count]) => [ms, count - (before.get(ms) ?? 0)] as const)
    .sort(([a], [b]) => a - b);
  const total = grown.at(-1)?.[1] ?? 0;
  return grown.find(([, count]) => count >= part * total)?.[0] ?? 0;
}
