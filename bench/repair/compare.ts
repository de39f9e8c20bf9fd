/**
 * What owners spend on finding out whether they hold the same, and on bringing what one has missed.
 * Trees are built before anything counts.
 */
import { VERIFY_EVERY } from '../../actors/stabilizer/anti-entropy.js';
import { pause, systemClock } from '../../src/system.js';
import { Stream } from '../../test/sim/world/random.js';
import { PacedLoad } from '../../test/support/load/paced-load.js';
import type { ProcessCluster } from '../../test/support/processes/process-cluster.js';
import { type Filling, fill } from '../filling.js';
import { cpuMicros } from '../load/cpu.js';
import { keyText, valueText } from '../work.js';
import { dataDirsOf, metric, type Part, peerBytes, startWith, stop, withNodes } from './work.js';

const SECONDS = 20;
/** A round over all partitions; as long as much is measured. */
const ONCE = ['--compare-every-ms', String(SECONDS * 1000)];
/** A day: nobody compares anything meanwhile. */
const NEVER = ['--compare-every-ms', '86400000'];
const EQUAL_WITHIN_MS = 900_000;
const POLL_MS = 1000;
const TWO = ['--write-quorum', '2', '--read-quorum', '1'];
/** After a start. */
const SETTLE_MS = 15_000;

interface Spent {
  readonly cpuMs: number;
  readonly bytes: number;
}

/** Of all nodes, each second. */
async function spent({ nodes }: ProcessCluster, seconds: number): Promise<Spent> {
  const pids = nodes.map(({ child }) => child.pid);
  const before = { cpu: cpuMicros(pids), bytes: peerBytes(nodes), at: systemClock.monotonic() };
  await pause(seconds * 1000);
  const took = (systemClock.monotonic() - before.at) / 1000;
  return {
    cpuMs: (cpuMicros(pids) - before.cpu) / 1000 / took,
    bytes: (peerBytes(nodes) - before.bytes) / took,
  };
}

/** Two owners hold the same: what one comparison of all of it costs both, beside being idle. */
export const equalOwners: Part = ({ keys, valueBytes }, aims) =>
  withNodes(2, TWO, async (cluster) => {
    const { epoch } = await cluster.stable();
    await stop(cluster);
    fill(dataDirsOf(cluster), epoch, { keys, valueBytes });
    await startWith(cluster, ...NEVER);
    await pause(SETTLE_MS);
    const idle = await spent(cluster, SECONDS);
    await stop(cluster);
    await startWith(cluster, ...ONCE);
    // The trees are built in the first rounds, which that makes longer.
    await pause(4 * SECONDS * 1000);
    // With one partition verified at each of them, as after so many rounds.
    const compared = await spent(cluster, VERIFY_EVERY * SECONDS);
    const what = `comparing ${keys} equal keys, both ways`;
    const cpuMs = (compared.cpuMs - idle.cpuMs) * SECONDS;
    const kib = ((compared.bytes - idle.bytes) * SECONDS) / 1024;
    aims.note(`${what}: CPU of both owners`, cpuMs, 100, 'ms');
    aims.note(`${what}: bytes between them`, kib, 64, 'KiB');
  });

/** One of two owners lacks some keys of many: the bytes that bring them, to the bytes of these. */
export const fewDiffer: Part = ({ keys, few, valueBytes }, aims) =>
  withNodes(2, TWO, async (cluster) => {
    const filling = { keys: keys - few, valueBytes };
    await fillUnevenly(cluster, filling, few);
    await startWith(cluster, ...NEVER);
    await pause(SETTLE_MS);
    const idle = await spent(cluster, SECONDS);
    await stop(cluster);
    const since = systemClock.monotonic();
    await startWith(cluster, '--compare-every-ms', '10000');
    const before = peerBytes(cluster.nodes);
    await equal(cluster, keys);
    const seconds = (systemClock.monotonic() - since) / 1000;
    const brought = await metric(cluster.nodes, 'quorate_antientropy_bytes_total');
    const bytes = peerBytes(cluster.nodes) - before - idle.bytes * seconds;
    console.log(`  all there after ${seconds.toFixed(1)} s; ${(brought / 1024).toFixed(0)} KiB`);
    const ratio = bytes / brought;
    aims.note(`bringing ${few} of ${keys} keys: all that the owners said, to that`, ratio, 3, '×');
  });

/** The same with many of them, and a load that must not notice. */
export const manyDiffer: Part = ({ keys, many, valueBytes, rate }, aims) =>
  withNodes(3, [], async (cluster) => {
    await fillUnevenly(cluster, { keys: keys - many, valueBytes }, many);
    await startWith(cluster, ...NEVER);
    const random = new Stream(1, 'repair');
    const { ports } = cluster;
    const load = new PacedLoad({ ports, clients: 32, keys: 1000, valueBytes, random });
    await load.fill();
    load.atRate(rate, ports);
    await pause(SECONDS * 2000);
    const usual = load.take();
    await load.pause();
    await stop(cluster);
    // As usual: each partition once a minute.
    await startWith(cluster);
    const since = systemClock.monotonic();
    load.atRate(rate, ports);
    await equal(cluster, keys + load.keys.length);
    const seconds = (systemClock.monotonic() - since) / 1000;
    const meanwhile = load.take();
    await load.pause();
    const wrong = await load.wrong(cluster.clients);
    load.close();
    if (wrong.length > 0) throw new Error(wrong.slice(0, 5).join('\n'));
    aims.note(`${many} of ${keys} keys brought by comparison alone`, seconds, 120, 's');
    for (const kind of ['PUT', 'GET']) {
      const [was, is] = [usual, meanwhile].map((each) => each.percentileMs(kind, 0.99));
      const what = `p99 of ${kind} meanwhile, ${is!.toFixed(1)} ms, to the usual`;
      aims.note(what, is! / was!, 2, '×');
    }
    await readSome(cluster, keys - many, many, valueBytes);
  });

/** Leaves the nodes stopped: the last one holds less than the others. */
async function fillUnevenly(cluster: ProcessCluster, filling: Filling, more: number) {
  const { epoch } = await cluster.stable();
  await stop(cluster);
  fill(dataDirsOf(cluster), epoch, filling);
  const others = dataDirsOf(cluster).slice(0, -1);
  fill(others, epoch, { ...filling, from: filling.keys, keys: more });
}

/** Resolves when every node holds so many rows. Asks seldom: it is not to be measured. */
async function equal({ nodes }: ProcessCluster, rows: number): Promise<void> {
  const until = systemClock.monotonic() + EQUAL_WITHIN_MS;
  while ((await metric(nodes, 'quorate_store_rows')) < rows * nodes.length) {
    if (systemClock.monotonic() > until) throw new Error('the owners do not become equal');
    await pause(POLL_MS);
  }
}

/** At the node that had missed them, alone. Throws if one is wrong. */
async function readSome(
  { nodes }: ProcessCluster,
  from: number,
  count: number,
  valueBytes: number,
): Promise<void> {
  const { client } = nodes.at(-1)!;
  for (let index = from; index < from + count; index += Math.ceil(count / 1000)) {
    const { status, text } = await client.get(`/kv/${keyText(index)}?consistency=one`);
    if (status !== 200 || text !== valueText(index, valueBytes)) {
      throw new Error(`${keyText(index)}: ${status} ${text}`);
    }
  }
}
