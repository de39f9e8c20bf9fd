/**
 * `npm run drill -- [--keys n] [--clients n] [--value-bytes n]`: real nodes with much data, of
 * which some join, leave, die amid it, are replaced and are evicted while clients work.
 *
 * Says of each change how fast data moved, how much of it had to, and what the clients noticed; and
 * in the end whether every promise was kept. Exit codes: 0 all were; 1 one was not; 2 a command
 * line that makes no sense.
 */
import { rm } from 'node:fs/promises';
import { systemClock as clock } from '../../src/system.js';
import { optionsOf } from '../support/command-line.js';
import { eventually } from '../support/eventually.js';
import { percentile, seconds, sleep, Verdicts } from '../support/load/drill.js';
import { presentKeys, rowsOf, writeKeys, wrongKeys } from '../support/load/key-set.js';
import { RegisterLoad } from '../support/load/register-load.js';
import {
  idAt,
  imbalanceOf,
  joinSteps,
  MovedRows,
  plannedRows,
  type Rows,
  statusOf,
} from '../support/processes/changes.js';
import { Child } from '../support/processes/child.js';
import { NodeProcess } from '../support/processes/node-process.js';
import { ProcessCluster } from '../support/processes/process-cluster.js';

const options = optionsOf({
  /** Written beforehand. */
  keys: 200_000,
  /** That work all the while, each with one request at a time. */
  clients: 16,
  'value-bytes': 100,
});

const REPLICAS = 3;
const FLAGS = ['--evict-after-ms', '10000', '--compare-every-ms', '10000'];
/** Moved at most, relative to the fewest rows that the change can do with. */
const MOVED_LIMIT = 1.1;
/** Of the load alone, before a change and after it. */
const CALM_MS = 5000;
const CHANGE_WITHIN_MS = 600_000;
const LOOK_EVERY_MS = 100;

const promises = new Verdicts();
const moved = new MovedRows();
let cluster: ProcessCluster;
let load: RegisterLoad;

const clients = () => cluster.nodes.map(({ client }) => client);

/** Of the requests that ended since this was last asked. */
function latencies(): string {
  const latenciesMs = load.takeLatenciesMs();
  const at = (part: number) => percentile(latenciesMs, part).toFixed(1);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, p99.9 ${at(0.999)} ms`;
}

function failures(): string {
  return load.failures.text;
}

/** How long owners were changing, as a node that stays sees it, until `isOver`. */
async function changingMs(watcher: NodeProcess, isOver: () => boolean): Promise<number> {
  let total = 0;
  let lookedAt = clock.monotonic();
  while (!isOver()) {
    const { change } = await statusOf(watcher);
    const now = clock.monotonic();
    if (change.state === 'in transition') total += now - lookedAt;
    lookedAt = now;
    await sleep(LOOK_EVERY_MS);
  }
  return total;
}

/** Makes one change, which resolves with its fewest rows when the ring is stable again. */
async function drill(name: string, watcher: NodeProcess, make: () => Promise<number>) {
  console.log(`\n${name}`);
  await sleep(CALM_MS);
  const before = latencies();
  load.takeLongestGapMs();
  const failedBefore = failures();
  const startedAt = clock.monotonic();
  let isOver = false;
  const watched = changingMs(watcher, () => isOver);
  const fewest = await make().finally(() => {
    isOver = true;
  });
  const tookMs = clock.monotonic() - startedAt;
  const during = latencies();
  const gapMs = load.takeLongestGapMs();
  await sleep(CALM_MS);
  const after = latencies();
  const movingMs = await watched;
  const { rows, bytes } = moved.take(cluster.nodes);
  const rate = (amount: number) => Math.round(amount / (movingMs / 1000));
  console.log(`  time:  ${seconds(tookMs)}, of which owners were changing ${seconds(movingMs)}`);
  console.log(`  moved: ${show({ rows, bytes })}, ${(rows / fewest).toFixed(3)} of the fewest`);
  console.log(`  speed: ${rate(rows)} rows/s, ${(rate(bytes) / 1e6).toFixed(1)} MB/s`);
  console.log(`  load before: ${before}`);
  console.log(`  load during: ${during}; longest gap ${gapMs.toFixed(0)} ms`);
  console.log(`  load after:  ${after}`);
  console.log(`  failed so far: ${failures()}${failures() === failedBefore ? '' : ' (new)'}`);
  promises.say(
    rows <= MOVED_LIMIT * fewest,
    `${rows} rows moved, of at least ${Math.round(fewest)}`,
  );
}

function show({ rows, bytes }: Rows): string {
  return `${rows} rows, ${(bytes / 1e6).toFixed(1)} MB`;
}

/** The ring is stable, without some of the nodes from now on. */
async function settled(without: readonly NodeProcess[] = []): Promise<void> {
  for (const node of without) cluster.nodes.splice(cluster.nodes.indexOf(node), 1);
  await eventually(async () => {
    const states = await Promise.all(cluster.nodes.map(statusOf));
    return states.every(
      ({ change, epoch, states: { node } }) =>
        change.state === 'none' && epoch === states[0]!.epoch && node === 'serving',
    );
  }, CHANGE_WITHIN_MS);
  await cluster.stable();
}

async function fewestTo(change: string, node: NodeProcess, id: string): Promise<number> {
  return (await plannedRows(node, `${change}&id=${id}`)).rows;
}

async function idOf(node: NodeProcess): Promise<string> {
  return idAt((await node.ring())!, node)!;
}

async function run(): Promise<void> {
  const { keys: keyCount, clients: clientCount, 'value-bytes': valueBytes } = options;
  const [first, second, third] = cluster.nodes as [NodeProcess, NodeProcess, NodeProcess];
  const writingAt = clock.monotonic();
  const keys = await writeKeys(clients(), 'known', keyCount, valueBytes);
  console.log(`${keyCount} keys written in ${seconds(clock.monotonic() - writingAt)}`);
  moved.take(cluster.nodes);
  const ports = cluster.nodes.map(({ port }) => port);
  load = new RegisterLoad('drill', ports, clientCount);

  await drill('join of two', second, async () => {
    const { epoch } = (await second.ring())!;
    await cluster.add(2);
    await settled();
    const { share, steps } = joinSteps(second, epoch, 3);
    console.log(`  members: ${steps}`);
    return REPLICAS * (keyCount + load.keys.length) * share;
  });
  const [, , , fourth, fifth] = cluster.nodes as NodeProcess[];
  ports.push(fourth!.port, fifth!.port);

  await drill('leave, with a kill -9 of a node that fetches', second, async () => {
    const fewest = await fewestTo('leave', second, await idOf(first));
    const leave = Child.ofScript('src/cli/commands/leave.js', [String(first.port)]);
    await eventually(async () => (await statusOf(fifth!)).transfer.records > 0, CHANGE_WITHIN_MS);
    await moved.beforeKill(fifth!);
    await fifth!.kill();
    await fifth!.start();
    const { code } = await leave.exited;
    promises.say(code === 0, `npm run leave ends with ${code}`);
    await first.child.exited;
    await settled([first]);
    return fewest;
  });

  await drill('replace with an empty disk', second, async () => {
    const fewest = await fewestTo('replace', second, await idOf(third));
    await third.kill();
    await rm(third.dataDir, { recursive: true });
    const args = [second.address, ...FLAGS];
    const replacement = new NodeProcess(third.port, third.dataDir, args);
    cluster.nodes.push(replacement);
    await replacement.start();
    await settled([third]);
    return fewest;
  });

  await drill('evict one that is dead for good', second, async () => {
    const id = await idOf(fourth!);
    const fewest = await fewestTo('remove', second, id);
    await fourth!.kill();
    await eventually(
      async () => !(await second.ring())!.members.some((member) => member.id === id),
      CHANGE_WITHIN_MS,
    );
    await settled([fourth!]);
    return fewest;
  });

  await load.stop();
  await judge(keys, valueBytes);
}

async function judge(keys: readonly string[], valueBytes: number): Promise<void> {
  console.log(`\n${load.writes} writes and ${load.reads} reads by clients; failed: ${failures()}`);
  const unexpected = [...load.failures.keys()].filter((how) => !how.endsWith(' ECONNRESET'));
  promises.say(
    unexpected.length === 0,
    'nothing failed but what was in flight at a node that was killed',
  );
  const wrong = await wrongKeys(clients(), keys, valueBytes);
  promises.say(
    wrong.length === 0,
    `${wrong.length} of ${keys.length} keys lost: ${wrong.slice(0, 3)}`,
  );
  const checked = await load.check(clients());
  const { violations } = load;
  const lost = `${violations.length} lost writes in ${checked} reads: ${violations.slice(0, 3)}`;
  promises.say(checked > 0 && violations.length === 0, lost);
  const ring = (await cluster.nodes[0]!.ring())!;
  promises.say(
    imbalanceOf(ring) <= 1,
    `members own equally many partitions, +- ${imbalanceOf(ring)}`,
  );

  const written = await presentKeys(clients(), load.keys);
  const wanted = rowsOf(ring, [...keys, ...written]);
  const startedAt = clock.monotonic();
  let extra = '';
  const isClean = await eventually(async () => {
    const held = await Promise.all(cluster.nodes.map(statusOf));
    const differing = held.filter(({ id, store }) => store.rows !== wanted.get(id));
    extra = differing.map(({ id, store }) => ` ${id}: ${store.rows}, not ${wanted.get(id)}`).join();
    return differing.length === 0;
  }, 120_000).catch(() => false);
  promises.say(
    isClean,
    `rows only at owners, after ${seconds(clock.monotonic() - startedAt)}${extra}`,
  );
}

cluster = await ProcessCluster.start(3, FLAGS);
try {
  await run();
} finally {
  await cluster.close();
}
promises.end();
