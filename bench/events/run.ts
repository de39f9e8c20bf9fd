/**
 * `npm run bench:events -- [options]`: what it costs three nodes under load that somebody watches.
 *
 * Each round measures every way of watching once, in an order that turns from round to round, and
 * compares with the same round's figures with nobody watching: machines have good and bad minutes,
 * and so both get them. The processor time of the nodes for each request is the truer figure where
 * clients, watchers and nodes share the processors.
 */

import { summarize } from '../../src/cli/load/statistics.js';
import { optionsOf, refuse } from '../../test/support/command-line.js';
import { sleep } from '../../test/support/load/drill.js';
import { Child } from '../../test/support/processes/child.js';
import { cpuMicros } from '../load/cpu.js';
import { once } from '../load/drive.js';
import { getting, putting } from '../load/jobs.js';
import { measure, type Target, withLanes } from '../load/measure.js';
import { useScratch } from '../scratch.js';
import { QUORATE_REST, startQuorate } from '../systems/quorate.js';
import { WATCHINGS } from './watching.js';

const options = optionsOf({
  rounds: 10,
  /** Of PUTs, of GETs and of rest each, for each way of watching in each round. */
  seconds: 2,
  /** Seconds of each, before. */
  warmup: 5,
  clients: 32,
  keys: 2000,
  'value-bytes': { fallback: 100, least: 0 },
  /** Names in `WATCHINGS`; `nobody` among them. */
  ways: Object.keys(WATCHINGS).join(),
});
if (process.platform !== 'linux') refuse('processor time is read from /proc: this needs Linux');

const { rounds, seconds, clients, keys, warmup, 'value-bytes': valueBytes } = options;
const space = { keys, valueBytes };
const JOBS = { put: putting(space), get: getting(space) };
const KINDS = ['put', 'get'] as const;
const NAMES = options.ways.split(',');
if (!NAMES.includes('nobody') || !NAMES.every((name) => WATCHINGS[name])) {
  refuse(`--ways has to name some of ${Object.keys(WATCHINGS)}, and nobody among them`);
}

interface Figures {
  readonly perSecond: number;
  readonly cpuMicros: number;
}
type Round = { readonly [kind in (typeof KINDS)[number]]: Figures } & {
  /** Without requests: what watching costs, and what nodes do of themselves; ms each second. */
  readonly restMs: number;
};

async function measureWatched(name: string, target: Target): Promise<Round> {
  const ports = target.cluster.ports.map(String);
  const watchers = Child.ofScript('bench/events/watchers.js', [name, ...ports]);
  try {
    await watchers.said(/ready/);
    const put = await measurePhase('put', target);
    const get = await measurePhase('get', target);
    return { put, get, restMs: await measureRest(target) };
  } finally {
    watchers.signal('SIGKILL');
    await watchers.exited;
  }
}

async function measurePhase(kind: 'put' | 'get', target: Target): Promise<Figures> {
  const load = { lanes: clients, seconds, warmupSeconds: 0 };
  const { perSecond, serverMicros } = await measure(target, JOBS[kind], load);
  return { perSecond, cpuMicros: serverMicros };
}

async function measureRest({ cluster: { pids } }: Target): Promise<number> {
  const [before, startedAt] = [cpuMicros(pids), performance.now()];
  await sleep(seconds * 1000);
  return (cpuMicros(pids) - before) / (performance.now() - startedAt);
}

function print(measured: ReadonlyMap<string, readonly Round[]>): void {
  const unwatched = measured.get('nobody')!;
  for (const kind of KINDS) {
    console.log(
      `\n${kind.toUpperCase().padEnd(44)}   req/s       to nobody   CPU µs       to nobody`,
    );
    for (const [name, all] of measured) {
      const cells = (['perSecond', 'cpuMicros'] as const).map((figure) => {
        const { p50 } = summarize(all.map((round) => round[kind][figure]));
        const ratios = all.map(
          (round, index) => round[kind][figure] / unwatched[index]![kind][figure],
        );
        const ratio = summarize(ratios);
        const spread = `${ratio.p50.toFixed(3)} ± ${ratio.standardError.toFixed(3)}`;
        return `${p50.toFixed(0).padStart(8)}${spread.padStart(16)}`;
      });
      console.log(`${WATCHINGS[name]!.what.padEnd(44)}${cells.join('')}`);
    }
  }
  console.log('\nwithout requests                            CPU ms each second, of three nodes');
  for (const [name, all] of measured) {
    const { p50, standardError } = summarize(all.map(({ restMs }) => restMs));
    const figures = `${p50.toFixed(1).padStart(8)} ± ${standardError.toFixed(1)}`;
    console.log(`${WATCHINGS[name]!.what.padEnd(44)}${figures}`);
  }
}

console.log(`${clients} clients, ${keys} keys, values of ${valueBytes} bytes, three nodes`);
console.log(`${rounds} rounds; medians, of ratios within a round with their standard error`);
useScratch();
const cluster = await startQuorate();
const measured = new Map<string, Round[]>(NAMES.map((name) => [name, []]));
try {
  const target = { system: QUORATE_REST, cluster };
  await withLanes(target, clients, (lanes) => once(lanes, JOBS.put, keys));
  // The machine code gets warm.
  for (const kind of KINDS) {
    await measure(target, JOBS[kind], { lanes: clients, seconds: 1, warmupSeconds: warmup });
  }
  for (let round = 0; round < rounds; round++) {
    for (const index of NAMES.keys()) {
      const name = NAMES[(index + round) % NAMES.length]!;
      measured.get(name)!.push(await measureWatched(name, target));
    }
  }
} finally {
  await cluster.close();
}
print(measured);
