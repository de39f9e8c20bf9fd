/** What a comparison has found: for people, and as plots. */
import type { Measurement } from '../load/measure.js';
import type { System, What } from '../systems/system.js';
import { save } from './machine.js';
import { type Line, svgOf } from './plot.js';
import { median, type Ratio, ratioOf, ratioText } from './ratios.js';

/** By kind of operation and system, one for each round. */
export type Rounds = ReadonlyMap<What, ReadonlyMap<string, readonly Measurement[]>>;

const [NAME_WIDTH, CELL_WIDTH] = [17, 12];

const TITLES: { readonly [kind in What]: string } = {
  put: 'PUT',
  get: 'GET',
  swap: 'PUT on the condition that nothing has changed',
  count: 'increments of one number by all clients',
};

interface Column {
  readonly title: string;
  readonly read: (each: Measurement) => number | undefined;
  readonly decimals?: number;
}

const perSecond: Column = { title: 'op/s', read: (each) => each.perSecond };
const p50: Column = { title: 'p50 ms', read: (each) => each.p50Ms, decimals: 2 };
const p99: Column = { title: 'p99 ms', read: (each) => each.p99Ms, decimals: 2 };

const CLOSED: readonly Column[] = [
  perSecond,
  p50,
  p99,
  { title: 'nodes µs', read: (each) => each.serverMicros },
  { title: 'client µs', read: (each) => each.clientMicros, decimals: 1 },
  { title: 'client %', read: (each) => each.clientShare * 100 },
  { title: 'others %', read: (each) => each.othersShare * 100 },
  { title: 'syncs/s', read: (each) => each.syncsPerSecond },
  { title: 'group', read: (each) => each.requestsPerSync, decimals: 1 },
  { title: 'lag ms', read: (each) => each.lagP99Ms },
];

const OPEN: readonly Column[] = [
  perSecond,
  p50,
  p99,
  { title: 'p99.9 ms', read: (each) => each.p999Ms, decimals: 2 },
  { title: 'unsent', read: (each) => each.unsent },
  { title: 'client late', read: (each) => each.lateP99Ms, decimals: 2 },
];

const LEGEND = `
nodes µs, client µs: processor time for each operation. client %: of one core, as the client has
one thread; below 80 it is not what limits. others %: of the machine, what neither nodes nor client
have used; where that is much, only ratios mean something. syncs/s: of all nodes; group: requests
to a store for each. lag: 99 of 100 timers of nodes were not later.`;

export function printSystems(systems: readonly System[]): void {
  console.log('system       a put is acknowledged when it is');
  for (const { name, durability, reads } of systems) {
    console.log(`${name.padEnd(12)} ${durability}\n${''.padEnd(12)} a get: ${reads}`);
  }
}

export function printClosed(all: Rounds): void {
  for (const [kind, systems] of all) {
    const [first] = systems;
    if (!first) continue;
    console.log(`\n${TITLES[kind]}, closed loop: medians, and ratios of ${first[0]} to others`);
    console.log(`${head(CLOSED)}  ${first[0]} / it`);
    for (const [name, measurements] of systems) {
      const ratio = name === first[0] ? '' : ratioText(ratioTo(first[1], measurements));
      console.log(`${name.padEnd(NAME_WIDTH)}${row(CLOSED, measurements)}  ${ratio}`);
    }
  }
  console.log(LEGEND);
}

export function printOpen(all: Rounds, percents: readonly number[]): void {
  for (const [kind, systems] of all) {
    console.log(`\n${TITLES[kind]}, open loop: medians at a share of what the closed loop did`);
    console.log(head(OPEN));
    for (const [name, measurements] of systems) {
      for (const [index, percent] of percents.entries()) {
        const some = atLoad(measurements, index, percents.length);
        console.log(`${`${name} ${percent} %`.padEnd(NAME_WIDTH)}${row(OPEN, some)}`);
      }
    }
  }
  console.log('\nclient late: how late the client began, 99 in 100; a part of the latencies.');
}

function head(columns: readonly Column[]): string {
  return ''.padEnd(NAME_WIDTH) + columns.map(({ title }) => title.padStart(CELL_WIDTH)).join('');
}

function row(columns: readonly Column[], measurements: readonly Measurement[]): string {
  const cells = columns.map((column) => {
    const value = medianOf(measurements, column);
    return (Number.isNaN(value) ? '-' : value.toFixed(column.decimals ?? 0)).padStart(CELL_WIDTH);
  });
  return cells.join('');
}

/** By kind, of the first system to each other one. */
export function ratiosOf(all: Rounds): object {
  const kinds = [...all].map(([kind, systems]) => {
    const [first, ...others] = systems;
    const ratios = others.map(([name, some]) => [name, ratioTo(first![1], some)] as const);
    return [kind, Object.fromEntries(ratios)];
  });
  return Object.fromEntries(kinds);
}

/** Of what the open loop has found; returns their paths. */
export function plotsOf(name: string, all: Rounds): string[] {
  return [...all].map(([kind, systems]) => {
    const lines: Line[] = [...systems].map(([system, measurements]) => {
      const loads = [...groups(measurements).values()];
      const points = loads.map((some) => [medianOf(some, perSecond), medianOf(some, p99)] as const);
      return { name: system, points };
    });
    const title = `${TITLES[kind]}: p99 from the intended start, in ms`;
    return save(
      `${name}-${kind}.svg`,
      svgOf({ title, x: 'operations per second', y: 'ms', lines }),
    );
  });
}

/** By the load that was offered, which is the same in each round. */
function groups(measurements: readonly Measurement[]): Map<number, Measurement[]> {
  const all = new Map<number, Measurement[]>();
  for (const each of measurements) {
    const some = all.get(each.offered ?? 0) ?? [];
    all.set(each.offered ?? 0, [...some, each]);
  }
  return all;
}

function medianOf(some: readonly Measurement[], { read }: Column): number {
  return median(some.map((each) => read(each) ?? Number.NaN));
}

/** Each round has one measurement for each load, in their order. */
function atLoad(all: readonly Measurement[], index: number, loads: number): Measurement[] {
  return all.filter((_, at) => at % loads === index);
}

function ratioTo(ours: readonly Measurement[], theirs: readonly Measurement[]): Ratio {
  const figures = (some: readonly Measurement[]) => some.map((each) => each.perSecond);
  return ratioOf(figures(ours), figures(theirs));
}
