/**
 * One seed, from the first boot to the last check.
 *
 * Safety phase: the workload runs while faults strike. Liveness phase: everything is healed, except
 * that in half of the runs one machine stays dead, and within bounded time the nodes have to agree
 * on ring and members, and every node has to serve every key.
 */

import { majority } from '../../src/core/ring/quorum.js';
import { CHECKS } from './checkers/all.js';
import type { Checker, Scene } from './checkers/checker.js';
import { rotten } from './checkers/data/rot.js';
import { disagreements } from './checkers/members/membership.js';
import { isAnyAhead, misplaced } from './checkers/members/owners-agree.js';
import { Cluster } from './cluster/cluster.js';
import { chooseDead } from './cluster/mourning.js';
import type { SimDisk } from './disk/disk.js';
import { Nemesis } from './faults/nemesis.js';
import { ListClients } from './lists/clients.js';
import { ListHistory } from './lists/history.js';
import { History, showOperation } from './load/history.js';
import { insist } from './load/insist.js';
import { Workload } from './load/workload.js';
import type { FaultKind, Options } from './options.js';
import { countProbes, type ProbeCounts } from './probes.js';
import type { Recorder } from './recording/recorder.js';
import { RegisterHistory } from './registers/history.js';
import { RegisterLoad } from './registers/load.js';
import { watchRounds } from './registers/rounds.js';
import { watchDeadLetters } from './world/dead-letters.js';
import type { Invariant } from './world/invariants.js';
import type { TraceOptions } from './world/trace.js';
import { type Violation, World } from './world/world.js';

export interface RunResult {
  readonly seed: number;
  readonly violation: Violation | undefined;
  readonly hash: string;
  readonly events: number;
  readonly simulatedMs: number;
  readonly operations: { readonly [outcome: string]: number };
  readonly probes: ProbeCounts;
  /** The last lines of the trace, if it was asked for. */
  readonly lines: readonly string[];
}

const FORMING_LIMIT_MS = 300_000;
const BOOT_SPREAD_MS = 3000;
/** All of it: detection of the dead, joins that were under way, the last transition. */
const CONVERGENCE_LIMIT_MS = 300_000;
/** What handling a row costs at least, with its bytes: see `src/node/base/throttle.ts`. */
const ROW_BYTES = 600;
/**
 * For so long the cluster has to be at rest; what clients had asked for before has ended by then.
 */
const QUIET_MS = 10_000;
const POLL_MS = 1000;
const REQUEST_TIMEOUT_MS = 2000;

/**
 * What the code under test throws where nobody catches it is a violation, too. `only`: what is
 * looked for, whatever else is wrong.
 */
export async function simulate(
  options: Options,
  trace: TraceOptions,
  recorder?: Recorder,
  only?: Invariant,
): Promise<RunResult> {
  const watchers: Checker[] = [];
  const forget = watchDeadLetters((letter) => {
    for (const checker of watchers) checker.deadLetter?.(letter);
  });
  const rounds: { [event: string]: number } = {};
  const forgetRounds = watchRounds((event) => {
    rounds[event] = (rounds[event] ?? 0) + 1;
  });
  const world = new World({ seed: options.seed, network: options.network, trace, only });
  const note = (error: unknown) => world.violate('no exception', describe(error));
  process.on('uncaughtException', note);
  try {
    const result = await runPhases(world, options, watchers, recorder).catch((error: unknown) => {
      note(error);
      return resultOf(world);
    });
    return { ...result, probes: { ...result.probes, ...rounds } };
  } finally {
    process.off('uncaughtException', note);
    forgetRounds();
    forget();
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function resultOf(world: World): RunResult {
  return {
    seed: world.seed,
    violation: world.violation,
    hash: world.trace.hash,
    events: world.scheduler.executed,
    simulatedMs: world.now,
    operations: {},
    probes: {},
    lines: world.trace.lines,
  };
}

async function runPhases(
  world: World,
  options: Options,
  checkers: Checker[],
  recorder: Recorder | undefined,
): Promise<RunResult> {
  const cluster = new Cluster(world, options);
  const history = new History();
  const workload = new Workload({ world, cluster, history, options });
  const nemesis = new Nemesis(world, cluster);
  const registers = new RegisterHistory();
  const lists = new ListHistory();
  const scene: Scene = { world, cluster, history, registers, lists, options };
  const registerLoad = new RegisterLoad(scene, workload);
  const listClients = new ListClients(scene, workload);
  recorder?.watch(scene);
  checkers.push(...watch(scene, recorder));
  const probes = countProbes(scene, nemesis);

  await formCluster(scene, nemesis);
  workload.start();
  registerLoad.start();
  listClients.start();
  bootLateMachines(scene);
  await world.run(world.now + options.safetyMs);

  workload.stop();
  registerLoad.stop();
  listClients.stop();
  nemesis.heal();
  const clients = { workload, registers: registerLoad, lists: listClients };
  await converge({ scene, nemesis, ...clients, checkers });
  if (!world.violation) for (const checker of checkers) checker.end?.();

  const operations: { [outcome: string]: number } = {};
  for (const { outcome } of history.operations) {
    operations[outcome] = (operations[outcome] ?? 0) + 1;
  }
  const { retried } = workload;
  return { ...resultOf(world), operations, probes: { ...probes(), 'writes retried': retried } };
}

function watch(scene: Scene, recorder: Recorder | undefined): Checker[] {
  const { world, cluster, history, lists } = scene;
  const checkers = CHECKS.map((check) => {
    const checker: Checker = check(scene, (detail) => world.violate(checker.invariant, detail));
    cluster.observers.push(checker);
    history.observers.push(checker);
    lists.observers.push(checker);
    if (checker.sent) world.network.taps.push(checker.sent);
    return checker;
  });
  const sample = () => {
    for (const checker of checkers) checker.sample?.();
    recorder?.sample();
    world.scheduler.after(POLL_MS, sample);
  };
  sample();
  return checkers;
}

async function formCluster({ world, cluster, options }: Scene, nemesis: Nemesis): Promise<void> {
  const random = world.stream('boots');
  const count = options.machines - options.lateMachines;
  const expect = options.foundsTogether ? count : 0;
  const early = Array.from({ length: count }, () =>
    cluster.add(cluster.machines.slice(0, 1), expect),
  );
  // Whom they ask differs, so that several may propose rings that differ.
  for (let i = 0; i < options.lateMachines; i++) {
    cluster.add(random.sample(early, random.whole(1, 2)));
  }
  for (const machine of early) {
    world.scheduler.after(random.between(0, BOOT_SPREAD_MS), () => machine.start());
  }
  if (options.faultsWhileForming) {
    nemesis.start(options.faults);
    await world.run(world.now + BOOT_SPREAD_MS);
    return;
  }
  const limit = world.now + FORMING_LIMIT_MS;
  const isFormed = () => early.every(({ running }) => running) && !cluster.unrest;
  await pollUntil(world, limit, isFormed);
  if (!isFormed()) world.violate('clusters form', cluster.unrest ?? 'not all have booted');
  nemesis.start(options.faults);
}

function bootLateMachines({ world, cluster, options }: Scene): void {
  const random = world.stream('late boots');
  const late = cluster.machines.slice(options.machines - options.lateMachines);
  const waves = Array.from({ length: options.joinWaves }, () =>
    random.between(0, options.safetyMs),
  );
  for (const [index, machine] of late.entries()) {
    const afterMs = waves[index % waves.length]! + random.exponential(200);
    world.scheduler.after(afterMs, () => machine.start());
  }
}

/** What the world comes to rest with. */
interface Phases {
  readonly scene: Scene;
  readonly nemesis: Nemesis;
  readonly workload: Workload;
  readonly registers: RegisterLoad;
  readonly lists: ListClients;
  readonly checkers: readonly Checker[];
}

async function converge(phases: Phases): Promise<void> {
  const { scene, nemesis, workload, registers, lists, checkers } = phases;
  const { world, cluster } = scene;
  const within = CONVERGENCE_LIMIT_MS + handlingMs(scene);
  const limit = world.now + within;
  const dead = chooseDead(scene);
  dead?.retire();
  const keepUp = () => {
    for (const machine of cluster.machines) machine.start();
  };
  const absent = () =>
    cluster.machines.find((machine) => machine !== dead && !machine.isAway && !machine.running);
  const unrest = () => {
    const missing = absent();
    if (missing) return `${missing.name} does not run`;
    return cluster.unrest ?? disagreements(cluster)[0] ?? misplaced(scene)[0] ?? rotten(scene)[0];
  };
  const rest = async (operatorAt = Number.POSITIVE_INFINITY) => {
    let restSince = Number.POSITIVE_INFINITY;
    let isTold = false;
    await pollUntil(world, limit, () => {
      keepUp();
      if (!isTold && world.now >= operatorAt && isAnyAhead(cluster) && misplaced(scene)[0]) {
        isTold = true;
        nemesis.strike('anotherEpoch');
      }
      restSince = unrest() ? Number.POSITIVE_INFINITY : Math.min(restSince, world.now);
      return world.now - restSince >= QUIET_MS;
    });
    if (unrest()) world.violate('clusters converge', unrest()!);
  };

  // Where most clocks were ahead, and it does not settle, an operator does what the README says.
  const wereAhead = nemesis.counts.has('clocksForth');
  let isSettled = false;
  if (
    needsMostToWrite(scene.options, dead !== undefined) &&
    CLOCKS_SET.some((kind) => nemesis.counts.has(kind))
  ) {
    world.scheduler.after(within * 0.7, () => {
      if (!isSettled && isAnyAhead(cluster)) nemesis.strike('anotherEpoch');
    });
  }
  await rest(wereAhead ? world.now + within / 2 : Number.POSITIVE_INFINITY);
  if (!world.violation) for (const checker of checkers) checker.rested?.();
  // First what is there has to be found; a key that was written anew proves nothing old.
  for (const kind of ['read', 'write', 'read'] as const) {
    for (const key of workload.keys) {
      const request = { kind, key, level: 'quorum' } as const;
      for (const machine of cluster.running) {
        await insist(world, machine, {
          ...{ invariant: 'every node serves every key', limit },
          attempt: (running, ended) =>
            workload.request(machine, running, request, REQUEST_TIMEOUT_MS, (operation) =>
              ended(operation.outcome === 'ok' ? undefined : showOperation(operation)),
            ),
        });
      }
    }
  }
  await registers.readAll(limit);
  await lists.listAll(limit);
  await rest();
  isSettled = true;
}

/**
 * How long it takes to move all rows that there are, where few may be moved at a time: once for
 * each machine that joins or leaves after the other, and once to drop them where they were.
 */
function handlingMs({ cluster, options }: Scene): number {
  const keysOn = (disk: SimDisk) => disk.partitions().flatMap((at) => [...disk.rowsOf(at).keys()]);
  const keys = new Set(cluster.machines.flatMap(({ disk }) => keysOn(disk)));
  const times = cluster.machines.length + 1;
  return (1000 * times * keys.size * ROW_BYTES) / options.transferBytesPerSecond;
}

/** Then one owner that holds what is ahead of time keeps a key from all. */
const CLOCKS_SET: readonly FaultKind[] = ['clocksForth', 'clocksBack', 'clockAhead'];

function needsMostToWrite(
  { replicas, machines, writeQuorum }: Options,
  isOneDead: boolean,
): boolean {
  const owners = Math.min(replicas, machines);
  const left = isOneDead ? owners - 1 : owners;
  return writeQuorum >= left || writeQuorum > majority(owners);
}

async function pollUntil(world: World, limit: number, isReached: () => boolean): Promise<void> {
  while (world.now < limit && !world.violation) {
    await world.run(world.now + POLL_MS);
    if (isReached()) return;
  }
}
