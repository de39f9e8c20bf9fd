/**
 * `npm run bench:scale`: what becomes of this store with more keys, more nodes, larger values and
 * many idle connections; and what nodes take that have nothing to do, and that hold a million keys.
 */
import { once as eventOnce } from 'node:events';
import { connect, type Socket } from 'node:net';
import { pause, systemClock } from '../../src/system.js';
import { optionsOf, refuse } from '../../test/support/command-line.js';
import { fill, whileStopped } from '../filling.js';
import { cpuMicros, residentBytes } from '../load/cpu.js';
import { once } from '../load/drive.js';
import { getting, putting } from '../load/jobs.js';
import { type Measurement, measure, withLanes } from '../load/measure.js';
import { machineFacts, saveJson } from '../report/machine.js';
import { median, type Ratio, ratioOf, ratioText } from '../report/ratios.js';
import { useScratch } from '../scratch.js';
import {
  QUORATE_CLIENT,
  QUORATE_REST,
  type QuorateCluster,
  startQuorate,
} from '../systems/quorate.js';

const PARTS = { keys, nodes, values, connections, rest };
const DOORS = { rest: QUORATE_REST, client: QUORATE_CLIENT };
const KINDS = ['put', 'get'] as const;
const MIB = 2 ** 20;
const IDLE_SECONDS = 60;
/** Until V8 has compiled what an idle node does. */
const SETTLE_SECONDS = 90;
const PROBE_EVERY_MS = 200;

const options = optionsOf({
  /** Of what is measured. */
  parts: Object.keys(PARTS).join(),
  rounds: 3,
  /** Of each measurement. */
  seconds: 3,
  warmup: { fallback: 1, least: 0 },
  lanes: 64,
  /** Held by each node, beside 10,000. */
  keys: 1_000_000,
  /** Sizes of clusters. */
  nodes: '3,5,9',
  /** Bytes. */
  values: '1024,65536,1048576',
  /** A node takes 10,000, and those that are measured are some of them. */
  connections: 9900,
  /** That operations come in by: rest, or client, which asks the owners of the keys. */
  door: 'rest',
  /** Given to each node, such as `--store-cache-mb 256`. */
  flags: '',
  /** Of the file with results. */
  name: 'scale',
});
if (process.platform !== 'linux') refuse('processor time is read from /proc: this needs Linux');
const chosen = options.parts.split(',') as (keyof typeof PARTS)[];
if (!chosen.every((part) => part in PARTS)) refuse(`--parts are of ${Object.keys(PARTS)}`);
const flags = options.flags.split(' ').filter(Boolean);
const { rounds, seconds, warmup: warmupSeconds, lanes } = options;
if (!Object.hasOwn(DOORS, options.door)) refuse(`--door is one of ${Object.keys(DOORS)}`);
const system = DOORS[options.door as keyof typeof DOORS];

interface Variant {
  readonly name: string;
  readonly cluster: QuorateCluster;
  readonly keys: number;
  readonly valueBytes: number;
  readonly lanes?: number;
}

useScratch();
const machine = machineFacts();
const clusters: QuorateCluster[] = [];
const found: { [part: string]: object } = {};
for (const part of chosen) {
  console.log(`\n${part}`);
  found[part] = await PARTS[part]();
  await Promise.all(clusters.splice(0).map((cluster) => cluster.close()));
}
const { name, parts: _, ...work } = options;
console.log(
  `\nsaved as ${saveJson(name, { date: new Date().toISOString(), machine, work, found })}`,
);
process.exit();

async function started(count = 3): Promise<QuorateCluster> {
  const cluster = await startQuorate(count, flags);
  clusters.push(cluster);
  return cluster;
}

async function filled(count: number): Promise<QuorateCluster> {
  const cluster = await started();
  const dataDirs = cluster.processes.nodes.map(({ dataDir }) => dataDir);
  const filling = { keys: count, valueBytes: 100 };
  await whileStopped(cluster.processes, (epoch) => fill(dataDirs, epoch, filling));
  return cluster;
}

/** The same nodes with few keys and with many. */
async function keys(): Promise<object> {
  const variants: Variant[] = [];
  for (const count of [10_000, options.keys]) {
    const cluster = await filled(count);
    variants.push({ name: `${count} keys`, cluster, keys: count, valueBytes: 100 });
  }
  return compare(variants, (each) => each.perSecond, 'op/s');
}

/** More nodes on the same machine: each operation still has three owners. */
async function nodes(): Promise<object> {
  const variants: Variant[] = [];
  const counts = options.nodes.split(',').map(Number);
  for (const count of counts) {
    const cluster = await started(count);
    const variant = { name: `${count} nodes`, cluster, keys: 10_000, valueBytes: 100 };
    await put(variant);
    // As many for each node.
    variants.push({ ...variant, lanes: Math.round((lanes * count) / counts[0]!) });
  }
  return compare(variants, (each) => each.serverMicros, 'µs of all nodes for each operation');
}

async function values(): Promise<object> {
  const cluster = await started();
  const results: { [name: string]: object } = {};
  for (const valueBytes of options.values.split(',').map(Number)) {
    const few = Math.max(4, Math.min(lanes, Math.round((16 * MIB) / valueBytes)));
    const variant = { name: `${valueBytes} bytes`, cluster, keys: 499, valueBytes, lanes: few };
    await put(variant);
    for (const kind of KINDS) {
      const probes: number[] = [];
      const watching = watchProbes(cluster, probes);
      const each = await measured(variant, kind);
      await watching();
      const mbPerSecond = (each.perSecond * valueBytes) / 1e6;
      const [p50, most] = [median(probes), Math.max(...probes)];
      console.log(
        `${kind} of ${variant.name}, ${few} at a time: ${mbPerSecond.toFixed(0)} MB/s, ` +
          `probes ${p50.toFixed(1)} ms (most ${most.toFixed(1)}), p99 ${each.p99Ms.toFixed(0)} ms`,
      );
      results[`${kind} ${variant.name}`] = { mbPerSecond, probeP50Ms: p50, probeMostMs: most };
    }
  }
  return results;
}

/** Notes how long probes of all nodes took; returns how to end that. */
function watchProbes({ processes }: QuorateCluster, into: number[]): () => Promise<void> {
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      for (const { client } of processes.nodes) {
        const { text } = await client.get('/metrics');
        const found = text.matchAll(/^quorate_peer_probe_seconds\{.*\} (\S+)$/gm);
        for (const [, probe] of found) into.push(Number(probe) * 1000);
      }
      await pause(PROBE_EVERY_MS);
    }
  })();
  return () => {
    isOver = true;
    return watching;
  };
}

/** Half of the rounds beside connections that say nothing. */
async function connections(): Promise<object> {
  const cluster = await started();
  const variant = { name: 'idle connections', cluster, keys: 10_000, valueBytes: 100 };
  await put(variant);
  const [node] = cluster.processes.nodes;
  const before = residentBytes(node!.child.pid);
  const without: Measurement[] = [];
  const beside: Measurement[] = [];
  let idle: Socket[] = [];
  let bytes = 0;
  for (let round = 0; round < rounds; round++) {
    without.push(await measured(variant, 'get'));
    idle = await openIdle(node!.port, options.connections);
    bytes = residentBytes(node!.child.pid) - before;
    beside.push(await measured(variant, 'get'));
    for (const socket of idle) socket.destroy();
    await pause(1000);
  }
  const speed = (some: readonly Measurement[]) => some.map((each) => each.perSecond);
  const ratio = ratioOf(speed(beside), speed(without));
  const kib = bytes / idle.length / 1024;
  console.log(
    `${idle.length} idle connections to one node: GET ${ratioText(ratio)} of without, ` +
      `${kib.toFixed(1)} KiB each`,
  );
  return { connections: idle.length, ratio, kib };
}

/** As many as there may be. */
async function openIdle(port: number, count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const some = Array.from({ length: Math.min(200, count - sockets.length) }, async () => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => socket.destroy());
      await Promise.race([eventOnce(socket, 'connect'), eventOnce(socket, 'close')]);
      return socket;
    });
    const opened = (await Promise.all(some)).filter((socket) => !socket.destroyed);
    sockets.push(...opened);
    if (opened.length < some.length) return sockets;
  }
  return sockets;
}

/** Memory and processor time of nodes without work: empty, full, and after work. */
async function rest(): Promise<object> {
  const empty = await started();
  const emptyMib = memoryOf(empty);
  const idleEmpty = await idlePercent(empty);
  console.log(`empty: ${text(emptyMib)} MiB, ${text(idleEmpty)} % of a core`);
  const full = await filled(options.keys);
  const startedMib = memoryOf(full);
  const variant = { name: 'full', cluster: full, keys: options.keys, valueBytes: 100 };
  for (const kind of KINDS)
    for (let round = 0; round < rounds; round++) await measured(variant, kind);
  const workedMib = memoryOf(full);
  const idleFull = await idlePercent(full);
  console.log(
    `${options.keys} keys: ${text(startedMib)} MiB at first, ${text(workedMib)} MiB after work, ` +
      `${text(idleFull)} % of a core`,
  );
  return { emptyMib, idleEmpty, startedMib, workedMib, idleFull };
}

function memoryOf({ pids }: QuorateCluster): number[] {
  return pids.map((pid) => residentBytes(pid) / MIB);
}

/** Of a core, each node. */
async function idlePercent({ pids }: QuorateCluster): Promise<number[]> {
  await pause(SETTLE_SECONDS * 1000);
  const since = systemClock.monotonic();
  const before = pids.map((pid) => cpuMicros([pid]));
  await pause(IDLE_SECONDS * 1000);
  const micros = (systemClock.monotonic() - since) * 1000;
  return pids.map((pid, index) => ((cpuMicros([pid]) - before[index]!) / micros) * 100);
}

function text(values: readonly number[]): string {
  return values.map((value) => value.toFixed(value < 10 ? 2 : 0)).join(', ');
}

async function put({ cluster, keys: count, valueBytes, lanes: few = lanes }: Variant) {
  const job = putting({ keys: count, valueBytes });
  await withLanes({ system, cluster }, few, (all) => once(all, job, count));
}

function measured(variant: Variant, kind: 'put' | 'get'): Promise<Measurement> {
  const { cluster, lanes: few = lanes } = variant;
  const job = kind === 'put' ? putting(variant) : getting(variant);
  return measure({ system, cluster }, job, { lanes: few, warmupSeconds, seconds });
}

/** In rounds; ratios are to the first variant. */
async function compare(
  variants: readonly Variant[],
  read: (each: Measurement) => number,
  unit: string,
): Promise<object> {
  const results: { [name: string]: { median: number; ratio: Ratio } } = {};
  for (const kind of KINDS) {
    const all = variants.map((): number[] => []);
    for (let round = 0; round < rounds; round++) {
      for (const index of variants.keys()) {
        const at = (index + round) % variants.length;
        all[at]!.push(read(await measured(variants[at]!, kind)));
      }
    }
    for (const [index, figures] of all.entries()) {
      const what = `${kind} with ${variants[index]!.name}`;
      const ratio = ratioOf(figures, all[0]!);
      console.log(
        `${what}: ${median(figures).toFixed(0)} ${unit}, ${ratioText(ratio)} of the first`,
      );
      results[what] = { median: median(figures), ratio };
    }
  }
  return results;
}
