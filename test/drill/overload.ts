/**
 * `npm run overload -- [--seconds n] [--capacity n] [--late-ms n] [--parts a,b]`: three real nodes
 * that get more than they can carry, a peer that is paused, and an owner whose answers are late.
 *
 * Says what is served before, during and after, and how much memory the nodes take. Exit codes:
 * 0 every aim was reached; 1 one was missed; 2 a command line that makes no sense. The figures are
 * those of this machine as it is now: clients and nodes share it, with whatever else it does.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock as clock } from '../../src/system.js';
import { Stream } from '../sim/world/random.js';
import { optionsOf, refuse } from '../support/command-line.js';
import { eventually } from '../support/eventually.js';
import { SlowProxy } from '../support/http/slow-proxy.js';
import { LEAST_P99_MS, sleep, Verdicts } from '../support/load/drill.js';
import { type Job, jobOf, OpenLoad, Outcomes } from '../support/load/open-load.js';
import { NodeProcess } from '../support/processes/node-process.js';
import { freePorts } from '../support/processes/ports.js';

const PARTS = ['overload', 'paused', 'late'];
const options = optionsOf({
  /** Of three times the load that they can carry. */
  seconds: 60,
  /** Of one owner's answers, there and back. */
  'late-ms': 500,
  /** Requests a second that they can carry; measured beforehand if it is not given. */
  capacity: 0,
  /** `overload`, `paused`, `late`: what to do of it. */
  parts: PARTS.join(),
});

const NODES = 3;
const KEYS = 10_000;
const VALUE = 'v'.repeat(100);
const CLIENTS = 64;
const CLIENT_TIMEOUT_MS = 3000;
const MAX_CONNECTIONS = 6000;
const MEASURE_SECONDS = 10;
const RECOVERED = 0.95;
const RECOVER_SECONDS = 10;
const PAUSE_SECONDS = 20;
/** Of the rate at saturation, for what is no overload. */
const CALM = 0.3;
const MAX_GROWTH_MIB = 256;
const MAX_PAUSE_GROWTH_MIB = 160;
const MAX_LATE_FACTOR = 2;
const LATE_TURNS = 3;
const LATE_SECONDS = 8;
/** In which the nodes learn who is slow. */
const LEARN_MS = 2000;

const aims = new Verdicts({
  good: 'reached ',
  bad: 'MISSED  ',
  all: 'every aim was reached',
  some: 'missed',
});
const random = new Stream(1, 'overload');

function jobs(): Job {
  const target = `/kv/key-${random.whole(0, KEYS - 1)}`;
  return random.chance(0.5) ? jobOf('GET', target) : jobOf('PUT', target, VALUE);
}

/** Nodes that all reach each other by proxies. */
class Cluster {
  readonly nodes: NodeProcess[] = [];
  readonly proxies: SlowProxy[] = [];
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  static async start(): Promise<Cluster> {
    const cluster = new Cluster(await mkdtemp(join(tmpdir(), 'quorate-overload-')));
    const firstPort = await freePorts(NODES);
    for (let port = firstPort; port < firstPort + NODES; port++) {
      const proxy = await SlowProxy.open(port);
      const introducer = cluster.proxies[0] ? [cluster.proxies[0].address] : [];
      const args = [...introducer, '--advertise', proxy.address];
      const node = new NodeProcess(port, join(cluster.#folder, String(port)), args);
      cluster.proxies.push(proxy);
      cluster.nodes.push(node);
      await node.start();
    }
    await cluster.stable();
    return cluster;
  }

  async stable(): Promise<void> {
    await eventually(async () => {
      const rings = await Promise.all(this.nodes.map((node) => node.ring()));
      const reached = await Promise.all(this.nodes.map((node) => node.reachable()));
      const isWhole = rings.every((ring) => ring?.members.length === NODES && !ring.transition);
      return isWhole && reached.every((addresses) => addresses.length === NODES);
    }, 60_000);
  }

  get ports(): number[] {
    return this.nodes.map(({ port }) => port);
  }

  /** Resident memory in MiB, by node. */
  get residentMib(): number[] {
    return this.nodes.map(({ child }) => {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024);
    });
  }

  async close(): Promise<void> {
    for (const node of this.nodes) {
      if (node.isRunning) node.resume();
      await node.close();
    }
    for (const proxy of this.proxies) proxy.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

interface Watched {
  /** Of each second. */
  readonly seconds: Outcomes[];
  readonly peakMib: number;
}

/** Lets the load go on, and prints every few seconds how it goes. */
async function watch(what: string, load: OpenLoad, seconds: number): Promise<Watched> {
  const outcomes: Outcomes[] = [];
  let peakMib = 0;
  load.take();
  const startedAt = clock.monotonic();
  const every = Math.max(1, Math.round(seconds / 6));
  for (let second = 1; second <= seconds; second++) {
    await sleep(startedAt + second * 1000 - clock.monotonic());
    const outcome = load.take();
    outcomes.push(outcome);
    const mib = cluster.residentMib;
    peakMib = Math.max(peakMib, ...mib);
    if (second % every !== 0) continue;
    const p99 = ['GET', 'PUT'].map((kind) => outcome.percentileMs(kind, 0.99).toFixed(0));
    console.log(
      `  ${what}, second ${second}: ${outcome.good}/s good; p99 of GET ${p99[0]} ms, of PUT ` +
        `${p99[1]} ms; resident ${mib.join(', ')} MiB; failed: ${outcome.badText}`,
    );
  }
  return { seconds: outcomes, peakMib };
}

interface Capacity {
  readonly perSecond: number;
  readonly peakMib: number;
}

function goodPerSecond(seconds: readonly Outcomes[]): number {
  return Math.round(seconds.reduce((sum, { good }) => sum + good, 0) / seconds.length);
}

async function saturated(load: OpenLoad): Promise<Capacity> {
  load.byClients(CLIENTS);
  await watch('warming up', load, 5);
  const { seconds, peakMib } = await watch('saturated', load, MEASURE_SECONDS);
  const measured = goodPerSecond(seconds);
  const perSecond = options.capacity || measured;
  console.log(`\nsaturated by ${CLIENTS} clients: ${measured}/s; taken for it: ${perSecond}/s\n`);
  return { perSecond, peakMib };
}

async function overloaded(load: OpenLoad, { perSecond, peakMib }: Capacity): Promise<void> {
  load.atRate(0.7 * perSecond);
  const before = await watch('at 0.7', load, MEASURE_SECONDS);
  load.atRate(3 * perSecond);
  const during = await watch('at 3.0', load, options.seconds);
  load.atRate(0.7 * perSecond);
  const after = await watch('at 0.7 again', load, RECOVER_SECONDS + MEASURE_SECONDS);

  const [usual, worst, recovered] = [
    goodPerSecond(before.seconds),
    goodPerSecond(during.seconds),
    goodPerSecond(after.seconds.slice(RECOVER_SECONDS)),
  ];
  const again = after.seconds.findIndex(({ good }) => good >= RECOVERED * usual) + 1;
  console.log(`\ngood at 0.7: ${usual}/s; at 3.0: ${worst}/s; at 0.7 again: ${recovered}/s`);
  const percent = ((100 * recovered) / usual).toFixed(1);
  aims.say(recovered >= RECOVERED * usual, `${percent} % of before; first in second ${again}`);
  const growth = during.peakMib - peakMib;
  aims.say(
    growth <= MAX_GROWTH_MIB,
    `memory grows by ${growth} MiB at most, to ${during.peakMib}\n`,
  );
}

async function paused(load: OpenLoad, perSecond: number): Promise<void> {
  const [, , third] = cluster.nodes as [NodeProcess, NodeProcess, NodeProcess];
  load.atRate(perSecond);
  const before = await watch('healthy', load, MEASURE_SECONDS);
  third.pause();
  const during = await watch('one is paused', load, PAUSE_SECONDS);
  third.resume();
  await watch('it is back', load, MEASURE_SECONDS);
  const growth = during.peakMib - before.peakMib;
  console.log(`\na peer is paused for ${PAUSE_SECONDS} s at ${Math.round(perSecond)}/s`);
  aims.say(growth <= MAX_PAUSE_GROWTH_MIB, `memory grows by ${growth} MiB at most\n`);
  await cluster.stable();
}

/** Of two members the one with the smaller id dials: all others reach the last one by its proxy. */
async function lateOwner(): Promise<number> {
  const ids = (await cluster.nodes[0]!.ring())!.members;
  const last = [...ids].sort((a, b) => (a.id < b.id ? 1 : -1))[0]!;
  for (const proxy of cluster.proxies) proxy.cut();
  await cluster.stable();
  return cluster.proxies.findIndex(({ address }) => address === last.address);
}

/** Turn and turn about, so that whatever else the machine does meets both alike. */
async function late(perSecond: number): Promise<void> {
  const index = await lateOwner();
  const ports = cluster.ports.filter((_, at) => at !== index);
  const load = new OpenLoad({ ports, jobs, ...LIMITS });
  const lateMs = options['late-ms'];
  const healthy: Outcomes[] = [];
  const slow: Outcomes[] = [];
  load.atRate(perSecond);
  for (let turn = 0; turn < LATE_TURNS; turn++) {
    for (const [delayMs, what, outcomes] of [
      [0, 'healthy', healthy],
      [lateMs / 2, 'one is late', slow],
    ] as const) {
      cluster.proxies[index]!.delayMs = delayMs;
      await sleep(LEARN_MS);
      outcomes.push(...(await watch(what, load, LATE_SECONDS)).seconds);
    }
  }
  load.close();
  console.log(`\none owner answers ${lateMs} ms late at ${Math.round(perSecond)}/s`);
  for (const kind of ['GET', 'PUT']) {
    const [usual, now] = [healthy, slow].map((outcomes) =>
      Outcomes.of(outcomes).percentileMs(kind, 0.99),
    ) as [number, number];
    const text = `p99 of ${kind} ${usual.toFixed(1)} ms, then ${now.toFixed(1)} ms`;
    aims.say(now <= MAX_LATE_FACTOR * Math.max(usual, LEAST_P99_MS), text);
  }
}

const LIMITS = { maxConnections: MAX_CONNECTIONS, timeoutMs: CLIENT_TIMEOUT_MS };
const parts = options.parts.split(',');
const unknown = parts.find((part) => !PARTS.includes(part));
if (unknown !== undefined) refuse(`--parts: ${unknown} is none of ${PARTS.join(', ')}`);
const cluster = await Cluster.start();
try {
  const load = new OpenLoad({ ports: cluster.ports, jobs, ...LIMITS });
  const capacity = await saturated(load);
  if (parts.includes('overload')) await overloaded(load, capacity);
  if (parts.includes('paused')) await paused(load, CALM * capacity.perSecond);
  load.close();
  if (parts.includes('late')) await late(CALM * capacity.perSecond);
} finally {
  await cluster.close();
}
aims.end();
