/**
 * `npm run bench -- [options]`: this store and others side by side, three nodes each on this
 * machine. See `README.md` here for what is measured, how, and what is to be believed.
 */
import { optionsOf, refuse } from '../test/support/command-line.js';
import { once } from './load/drive.js';
import { Counting, getting, type Job, putting, Swapping } from './load/jobs.js';
import { type Measurement, measure, type Target, withLanes } from './load/measure.js';
import { machineFacts, saveJson } from './report/machine.js';
import { median } from './report/ratios.js';
import { plotsOf, printClosed, printOpen, printSystems, ratiosOf } from './report/tables.js';
import { useScratch } from './scratch.js';
import { SYSTEMS } from './systems/all.js';
import type { Cluster, Program, System, What } from './systems/system.js';

const QUICK = { rounds: 1, seconds: 1, warmup: 0, keys: 1000, loads: '50' };

const options = optionsOf({
  /** Names of what is compared; the first is what the others are compared with. */
  systems: SYSTEMS.map(({ name }) => name).join(),
  /** Kinds of operations. */
  what: 'put,get,swap,count',
  rounds: 5,
  /** Of each measurement; before each, `warmup` seconds of the same. */
  seconds: 3,
  warmup: { fallback: 1, least: 0 },
  keys: 100_000,
  'value-bytes': { fallback: 100, least: 0 },
  /** Operations under way at a time; on one connection each, if the protocol has no more. */
  lanes: 64,
  /** Those that want the same key. */
  counters: 32,
  /** Of the open loop, in percent of what the same system does in a closed one; none: ''. */
  loads: '20,40,60,70,80,90',
  /** Of the files with results. */
  name: 'local',
  /** Whether it works at all, in little time; nothing is saved. */
  quick: false,
});
if (process.platform !== 'linux') refuse('processor time is read from /proc: this needs Linux');
const { lanes, counters, 'value-bytes': valueBytes } = options;
const {
  rounds,
  seconds,
  warmup: warmupSeconds,
  keys,
  loads,
} = options.quick ? { ...options, ...QUICK } : options;
const KINDS = ['put', 'get', 'swap', 'count'] as const satisfies readonly What[];
const kinds = KINDS.filter((kind) => options.what.split(',').includes(kind));
const percents = loads.split(',').filter(Boolean).map(Number);
if (!percents.every((percent) => percent >= 1)) refuse('--loads are percents, from 1 up');
const systems = options.systems.split(',').map((name) => {
  const found = SYSTEMS.find((system) => system.name === name);
  return found ?? refuse(`there is no ${name}: ${SYSTEMS.map((each) => each.name).join(', ')}`);
});

type Rounds = Map<What, Map<string, Measurement[]>>;

useScratch();
const installed = systems.filter(({ name, program }) => {
  const isThere = program.version() !== undefined;
  if (!isThere) console.log(`${name} is skipped: ${program.name} is not installed`);
  return isThere;
});
const versions = Object.fromEntries(
  installed.map(({ program }) => [program.name, program.version()]),
);
const machine = machineFacts(versions);
printSystems(installed);
console.log(
  `\n${rounds} rounds of ${seconds} s each, ${keys} keys, values of ${valueBytes} bytes, ` +
    `${lanes} operations at a time`,
);

const clusters = new Map<Program, Cluster>();
const targets: Target[] = [];
try {
  for (const system of installed) await prepare(system);
  const closed: Rounds = new Map();
  for (let round = 0; round < rounds; round++) {
    for (const kind of kinds) {
      for (const target of turned(targets, round)) {
        if (target.system.does.includes(kind))
          note(closed, kind, target, await inLoop(target, kind));
      }
    }
    console.log(`round ${round + 1} of ${rounds} is done`);
  }
  printClosed(closed);
  const open: Rounds = new Map();
  for (let round = 0; round < (percents.length > 0 ? rounds : 0); round++) {
    for (const percent of percents) {
      for (const kind of kinds) {
        if (kind !== 'put' && kind !== 'get') continue;
        for (const target of turned(targets, round)) {
          const alone = closed.get(kind)?.get(target.system.name) ?? [];
          const perSecond = (median(alone.map((each) => each.perSecond)) * percent) / 100;
          const load = { lanes, warmupSeconds: Math.min(1, warmupSeconds), seconds, perSecond };
          note(open, kind, target, await measure(target, jobOf(kind), load));
        }
      }
    }
    console.log(`round ${round + 1} of ${rounds} in the open loop is done`);
  }
  if (percents.length > 0) printOpen(open, percents);
  if (!options.quick) {
    const report = {
      date: new Date().toISOString(),
      machine,
      work: { rounds, seconds, warmupSeconds, keys, valueBytes, lanes, counters, percents },
      systems: installed.map(({ name, durability, reads }) => ({ name, durability, reads })),
      ratios: ratiosOf(closed),
      closed: plain(closed),
      open: plain(open),
    };
    console.log(`saved as ${saveJson(options.name, report)}`);
    for (const file of plotsOf(options.name, open)) console.log(`saved as ${file}`);
  }
} finally {
  await Promise.all([...clusters.values()].map((cluster) => cluster.close()));
}
process.exit();

async function prepare(system: System): Promise<void> {
  const { program } = system;
  const isFirst = !clusters.has(program);
  const cluster = clusters.get(program) ?? (await program.start());
  clusters.set(program, cluster);
  const target = { system, cluster };
  targets.push(target);
  if (!isFirst) return;
  const put = putting({ keys, valueBytes });
  await withLanes(target, lanes, (channels) => once(channels, put, keys));
}

/** From round to round another one is the first. */
function turned<T>(all: readonly T[], by: number): T[] {
  return all.map((_, index) => all[(index + by) % all.length]!);
}

async function inLoop(target: Target, kind: What): Promise<Measurement> {
  if (kind === 'put' || kind === 'get') {
    return measure(target, jobOf(kind), { lanes, warmupSeconds, seconds });
  }
  if (kind === 'swap') {
    const swapping = new Swapping({ keys, valueBytes }, lanes);
    await withLanes(target, lanes, (all) => once(all, swapping.learn, swapping.keys));
    return measure(target, swapping.job, { lanes, warmupSeconds, seconds });
  }
  const counting = new Counting();
  await withLanes(target, 1, ([channel]) => counting.reset(channel!));
  const how = { lanes: counters, warmupSeconds, seconds };
  const measurement = await measure(target, counting.job, how);
  await withLanes(target, 1, ([channel]) => counting.check(channel!));
  return measurement;
}

function jobOf(kind: 'put' | 'get'): Job {
  const space = { keys, valueBytes };
  return kind === 'put' ? putting(space) : getting(space);
}

function note(all: Rounds, kind: What, { system }: Target, measurement: Measurement): void {
  const systemsOf = all.get(kind) ?? new Map<string, Measurement[]>();
  all.set(kind, systemsOf);
  systemsOf.set(system.name, [...(systemsOf.get(system.name) ?? []), measurement]);
}

function plain(all: Rounds): object {
  return Object.fromEntries([...all].map(([kind, some]) => [kind, Object.fromEntries(some)]));
}
