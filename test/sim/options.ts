/**
 * What a seed stands for: the size of the cluster, the work, and which faults happen how often.
 *
 * Swarm testing (Groce et al., ISSTA 2012): each seed switches kinds of faults on and off and draws
 * their rates anew. With everything on at once, one fault hides what another would show: a cluster
 * that is always partitioned never gets far enough to lose something in a crash.
 */

import { foundingReplication, type Replication } from '../../src/core/ring/replication.js';
import { legalReplications } from '../support/data/replications.js';
import type { DiskOptions } from './disk/store.js';
import { drawListOptions, type ListOptions } from './lists/options.js';
import { drawWorkOptions, type WorkOptions } from './load/options.js';
import { LARGE_BYTES } from './load/values.js';
import type { NetworkOptions } from './network/network.js';
import { drawRegisterOptions, type RegisterOptions } from './registers/options.js';
import { Stream } from './world/random.js';

/** The most that a kind of fault happens per minute, and the least when it is on. */
const RATES = {
  isolate: [0.2, 4],
  halves: [0.2, 4],
  oneWay: [0.2, 4],
  bridge: [0.2, 2],
  swizzle: [0.1, 1],
  clog: [0.2, 6],
  reset: [0.2, 12],
  kill: [0.2, 6],
  powerCut: [0.1, 3],
  killAll: [0.05, 0.5],
  shutDown: [0.1, 3],
  killVoter: [0.5, 10],
  muteProposer: [0.5, 10],
  pause: [0.2, 6],
  stutter: [0.1, 1],
  clockAhead: [0.1, 3],
  clockBehind: [0.1, 3],
  diskError: [0.1, 1],
  diskFull: [0.1, 1],
  diskSlow: [0.1, 2],
  bitFlip: [0.2, 3],
  leave: [0.2, 4],
  outage: [0.1, 1],
  flap: [0.1, 1],
  wipe: [0.2, 4],
  oldCopy: [0.2, 4],
} as const;

/** Drawn by themselves, so that what a seed stands for besides does not change with them. */
const CLOCK_RATES = {
  clockDrift: [0.1, 2],
  clocksForth: [0.05, 1],
  clocksBack: [0.05, 1],
  anotherEpoch: [0.1, 2],
} as const;

/** By themselves, too. */
const RARER_RATES = {
  diskTight: [0.1, 2],
  hintFlip: [0.5, 5],
  forceRemove: [0.1, 0.6],
} as const;

export type FaultKind = keyof typeof RATES | keyof typeof CLOCK_RATES | keyof typeof RARER_RATES;
export type FaultRates = { readonly [K in FaultKind]?: number };

export interface Options {
  readonly seed: number;
  /** Memory for records; drawn by each process if undefined. */
  readonly cacheBytes?: number;
  readonly machines: number;
  /** Of these, machines that join only while the workload runs. */
  readonly lateMachines: number;
  /** Those of one wave join at about the same time. */
  readonly joinWaves: number;
  readonly zones: number;
  readonly replicas: number;
  readonly writeQuorum: number;
  readonly readQuorum: number;
  readonly partitions: number;
  readonly clients: number;
  readonly keys: number;
  /** Mean pause of a client between two operations. */
  readonly thinkMs: number;
  /** Of them; where few are, no repair hides for long what an owner has missed. */
  readonly readShare: number;
  readonly network: NetworkOptions;
  readonly disk: DiskOptions;
  readonly maxInFlight: number;
  /** A dead member is removed after so long; 0: never. */
  readonly evictAfterMs: number;
  readonly compareEveryMs: number;
  /** Where it is short, every row that rots has to be found. */
  readonly scrubEveryMs: number;
  readonly hintWindowMs: number;
  readonly tombstoneMinAgeMs: number;
  /** Few: a change of owners takes long. */
  readonly transferBytesPerSecond: number;
  /** A calm clock is off by at most half of that. */
  readonly clockSpreadMs: number;
  /** Whether faults begin with the first boot, or when the cluster has formed. */
  readonly faultsWhileForming: boolean;
  readonly safetyMs: number;
  /** Faults per minute of each kind that is on. */
  readonly faults: FaultRates;
  /** One machine is not brought back for the liveness phase. */
  readonly leavesOneDead: boolean;
  readonly registers: RegisterOptions | undefined;
  readonly work: WorkOptions;
  /** Those that are there at first found the cluster together, as by `--expect`. */
  readonly foundsTogether: boolean;
  /** Of the machines, one after the other, and again from the first. */
  readonly weights: readonly number[];
  readonly lists: ListOptions | undefined;
}

export const MAX_CLOCK_DRIFT_MS = 500;
const HOUR_MS = 3_600_000;
/** What clients wait at most. */
const LONGEST_REQUEST_MS = 5000;
const MOST_REPLICAS = 7;
const LEGAL = legalReplications(MOST_REPLICAS);

/**
 * Faults that together meet what one of them alone, or all of them, rarely meets: votes on rings
 * that are contested while voters forget; owners that miss writes just before others take over;
 * one change of owners after the other; and processes that die on a network that does nothing
 * wrong, where nobody else is to blame for what follows.
 */
const THEMES: readonly {
  readonly faults: readonly FaultKind[];
  /** Machines join while the workload runs. */
  readonly grows?: true;
  readonly isCalm?: true;
  readonly evictAfterMs?: number;
}[] = [
  { faults: ['killVoter', 'muteProposer'], grows: true },
  { faults: ['isolate', 'oneWay', 'powerCut', 'diskSlow'], grows: true },
  { faults: ['leave', 'wipe', 'oldCopy', 'outage', 'isolate'], grows: true },
  { faults: ['kill', 'flap', 'outage', 'leave'], isCalm: true, evictAfterMs: 15_000 },
];

export function drawOptions(seed: number): Options {
  const random = new Stream(seed, 'options');
  const { replicas, writeQuorum, readQuorum } = drawReplication(random);
  const theme = random.chance(0.4) ? random.pick(THEMES) : undefined;
  const machines = theme?.grows ? random.whole(5, 9) : random.whole(3, 7);
  const isGrowing = theme ? theme.grows : random.chance(0.5);
  const fewestLate = theme ? machines >> 1 : 1;
  const lateMachines = isGrowing ? random.whole(fewestLate, machines - 2) : 0;
  const faults: { [K in FaultKind]?: number } = {};
  // From seeds with a single kind of fault to seeds with nearly all of them.
  const share = random.pick([0.05, 0.15, 0.3, 0.5, 0.8]);
  const onlyPauses = theme === undefined && random.chance(0.1);
  const isCalm = onlyPauses || theme?.isCalm;
  for (const kind of Object.keys(RATES) as (keyof typeof RATES)[]) {
    const [least, most] = RATES[kind];
    const rate = random.logarithmic(least, most);
    const isOn = random.chance(theme ? 0.8 : share);
    if (onlyPauses ? kind === 'pause' : isOn && (theme?.faults.includes(kind) ?? true)) {
      faults[kind] = rate;
    }
  }
  const evictAfterMs = theme?.evictAfterMs ?? random.pick([0, 0, 15_000, 60_000]);
  const faultsWhileForming = !theme?.isCalm && random.chance(0.25);
  if (!isCalm) Object.assign(faults, drawClockFaults(seed), drawRarerFaults(seed));
  const lossy = !isCalm && random.chance(0.4);
  const doubles = random.chance(0.3);
  const founding = new Stream(seed, 'founding');
  const drawn: Omit<Options, 'work'> = {
    seed,
    machines,
    lateMachines,
    joinWaves: random.pick([1, Math.ceil(lateMachines / 2), lateMachines]),
    zones: random.chance(0.3) ? random.whole(2, 4) : 1,
    replicas,
    writeQuorum,
    readQuorum,
    partitions: random.pick([1, 4, 16, 16, 64]),
    clients: random.whole(3, 10),
    keys: Math.round(random.logarithmic(1, 30)),
    thinkMs: random.logarithmic(50, 2000),
    readShare: random.pick([0.1, 0.5, 0.5, 0.8]),
    network: {
      links: random.pick(['stream', 'datagram']),
      leastDelayMs: random.logarithmic(0.05, 2),
      jitterMs: random.logarithmic(0.1, 10),
      tailChance: !isCalm && random.chance(0.5) ? random.float() * 0.1 : 0,
      tailMs: random.logarithmic(10, 200),
      loss: lossy ? random.logarithmic(0.001, 0.3) : 0,
      duplication: doubles ? random.logarithmic(0.01, 0.5) : 0,
      maxQueuedBytes: random.chance(0.2) ? 64 << 10 : 8 << 20,
    },
    disk: {
      syncMs: random.logarithmic(0.1, 10),
      tailChance: random.chance(0.3) ? random.float() * 0.02 : 0,
      tailMs: random.logarithmic(20, 2000),
    },
    maxInFlight: random.chance(0.1) ? 4 : 1000,
    evictAfterMs,
    compareEveryMs: random.pick([5000, 20_000, 60_000]),
    scrubEveryMs: drawScrub(seed),
    ...drawReaping(seed),
    transferBytesPerSecond: random.pick([500, 64 << 20, 64 << 20]),
    clockSpreadMs: random.pick([0, 10, 100, MAX_CLOCK_DRIFT_MS / 2]),
    faultsWhileForming,
    safetyMs: random.logarithmic(60_000, 600_000),
    faults,
    leavesOneDead: random.chance(0.5),
    registers: drawRegisterOptions(seed),
    foundsTogether: founding.chance(0.3),
    weights: founding.chance(0.3) ? [1, 2, 1, 3, 2] : [1],
    lists: drawListOptions(seed),
  };
  return { ...drawn, work: drawWorkOptions(seed, drawn.transferBytesPerSecond < LARGE_BYTES[1]) };
}

/** A longer one does not come round before the end. */
export const LONGEST_SCRUB_MS = 30_000;

function drawClockFaults(seed: number): FaultRates {
  const random = new Stream(seed, 'clock faults');
  return drawFaults(random, random.pick([0, 0, 0.3, 0.7]), CLOCK_RATES);
}

function drawRarerFaults(seed: number): FaultRates {
  const random = new Stream(seed, 'rarer faults');
  return drawFaults(random, random.pick([0, 0, 0.3, 0.7]), RARER_RATES);
}

function drawFaults(
  random: Stream,
  share: number,
  rates: { readonly [kind: string]: readonly [least: number, most: number] },
): FaultRates {
  return Object.fromEntries(
    Object.entries(rates).flatMap(([kind, [least, most]]) => {
      const rate = random.logarithmic(least, most);
      return random.chance(share) ? [[kind, rate]] : [];
    }),
  );
}

/** In half of the seeds rows are read soon, in the others not before the run is over. */
function drawScrub(seed: number): number {
  const random = new Stream(seed, 'scrub');
  return random.chance(0.5) ? 168 * HOUR_MS : random.whole(5000, LONGEST_SCRUB_MS);
}

/** In half of the seeds nothing lives for long enough, in the others much does. */
function drawReaping(seed: number): Pick<Options, 'hintWindowMs' | 'tombstoneMinAgeMs'> {
  const random = new Stream(seed, 'reaping');
  if (random.chance(0.5)) return { hintWindowMs: 3 * HOUR_MS, tombstoneMinAgeMs: 4 * HOUR_MS };
  const hintWindowMs = random.logarithmic(5000, 60_000);
  const leastMs = hintWindowMs + LONGEST_REQUEST_MS + 2 * MAX_CLOCK_DRIFT_MS;
  return { hintWindowMs, tombstoneMinAgeMs: leastMs + random.float() * 10_000 };
}

/** In half of the seeds as of a cluster that was told none, in the others any legal numbers. */
function drawReplication(random: Stream): Replication {
  if (random.chance(0.5)) return foundingReplication({});
  const replicas = random.whole(1, MOST_REPLICAS);
  return random.pick(LEGAL.filter((legal) => legal.replicas === replicas));
}
