/**
 * `npm run hints -- [--down-seconds n] [--clients n] [--keys n] [--rate n]`: one of three real
 * nodes is killed under a steady load, is down for so long, and comes back.
 *
 * Says what was kept for it and how quickly it got that, what the clients noticed, and whether in
 * the end every owner holds the same bytes and no acknowledged write is lost. Exit codes: 0 every
 * promise was kept; 1 one was not; 2 a command line that makes no sense. The latencies are those of
 * this machine as it is now: clients and nodes share it, with whatever else it does.
 */

import { systemClock as clock } from '../../src/system.js';
import { Stream } from '../sim/world/random.js';
import { optionsOf } from '../support/command-line.js';
import { LEAST_P99_MS, seconds, sleep, Verdicts } from '../support/load/drill.js';
import { differingKeys } from '../support/load/key-set.js';
import type { Outcomes } from '../support/load/open-load.js';
import { PacedLoad } from '../support/load/paced-load.js';
import { idAt, statusOf } from '../support/processes/changes.js';
import type { NodeProcess } from '../support/processes/node-process.js';
import { ProcessCluster } from '../support/processes/process-cluster.js';
import { compareOwners, storedHints } from '../support/processes/stored-rows.js';

const options = optionsOf({
  'down-seconds': 600,
  /** Requests under way at a time, at most, at each node: there are more only if it is slow. */
  clients: 64,
  keys: 20_000,
  /** Requests a second, all nodes together; half of them write. */
  rate: 400,
});

const VALUE_BYTES = 100;
const CALM_MS = 20_000;
const LOOK_EVERY_MS = 250;
/** From when it answers ready again until every owner holds the same. */
const EQUAL_WITHIN_MS = 60_000;
/** Looks no longer than that: what is not as it has to be by then is told in the end. */
const GIVE_UP_MS = 5 * EQUAL_WITHIN_MS;
const MAX_P99_FACTOR = 2;
/** Of the keys that it missed, about: as many as are looked at in about a second. */
const SAMPLE = 1000;
/** Dead for longer than that, it would lose its place before it is back. */
const FLAGS = ['--evict-after-ms', '0'];

const promises = new Verdicts();
const random = new Stream(1, 'hints');
const KINDS = ['GET', 'PUT'];

interface Kept {
  readonly rows: number;
  readonly bytes: number;
}

/** What is kept for a node, at all others together. */
async function keptFor(id: string, holders: readonly NodeProcess[]): Promise<Kept> {
  const kept = { rows: 0, bytes: 0 };
  for (const { hints } of await Promise.all(holders.map(statusOf))) {
    for (const { rows, bytes } of hints.filter(({ target }) => target === id)) {
      kept.rows += rows;
      kept.bytes += bytes;
    }
  }
  return kept;
}

function show({ rows, bytes }: Kept): string {
  return `${rows} rows, ${(bytes / 1e6).toFixed(1)} MB`;
}

/** Prints how the load went since the last call. */
function report(when: string, load: PacedLoad): Outcomes {
  const outcomes = load.take();
  const parts = KINDS.map((kind) => {
    const [p50, p99] = [0.5, 0.99].map((part) => outcomes.percentileMs(kind, part).toFixed(1));
    return `${kind} p50 ${p50} ms, p99 ${p99} ms`;
  });
  console.log(
    `load ${when.padEnd(10)} ${parts.join('; ')}; ${outcomes.good} good; ` +
      `failed: ${outcomes.badText}`,
  );
  return outcomes;
}

/** Looks again and again. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = clock.monotonic() + GIVE_UP_MS;
  while (!(await isSo()) && clock.monotonic() < deadline) await sleep(LOOK_EVERY_MS);
}

/** The owners of each of the keys have held the same once. */
async function equal(keys: readonly string[], nodes: readonly NodeProcess[]): Promise<void> {
  const clients = nodes.map(({ client }) => client);
  let differing = keys;
  await until(async () => {
    differing = await differingKeys(clients, differing);
    return differing.length === 0;
  });
}

async function run({ nodes }: ProcessCluster, load: PacedLoad): Promise<void> {
  const [first, second, third] = nodes as [NodeProcess, NodeProcess, NodeProcess];
  const holders = [first, second];
  const id = idAt((await first.ring())!, third)!;
  await load.fill();
  console.log(`${options.keys} keys are written; ${options.rate} requests/s from now on\n`);
  load.atRate(options.rate, portsOf(nodes));
  await sleep(CALM_MS);
  const before = report('before', load);

  const killed = third.kill();
  load.atRate(options.rate, portsOf(holders));
  load.takeWritten();
  await killed;
  await sleep(options['down-seconds'] * 1000);
  report('while down', load);
  const kept = await keptFor(id, holders);
  await third.start();
  const readyAt = clock.monotonic();
  const left = await keptFor(id, holders);
  const missed = load.takeWritten();
  report('at start', load);
  load.atRate(options.rate, portsOf(nodes));

  await until(async () => (await keptFor(id, holders)).rows === 0);
  const drainedMs = clock.monotonic() - readyAt;
  const draining = report('draining', load);
  const sample = missed.filter(() => random.chance(SAMPLE / missed.length));
  await equal(sample, nodes);
  const equalMs = clock.monotonic() - readyAt;
  load.take();
  await sleep(CALM_MS);
  report('after', load);

  const perSecond = Math.round(left.rows / (drainedMs / 1000));
  console.log(`\nmissed: ${missed.length} keys; kept for it: ${show(kept)}`);
  console.log(`when it is ready: ${show(left)}; none ${seconds(drainedMs)} later`);
  console.log(`brought to it: ${perSecond} rows/s`);
  const isRefused = holders.some(({ output }) => output.includes(' hint.refused'));
  promises.say(!isRefused && kept.rows > 0, 'there was room for every hint');
  const what = `no hint left, ${sample.length} of the missed keys equal at all owners`;
  promises.say(equalMs <= EQUAL_WITHIN_MS, `${what} after ${seconds(equalMs)}`);
  for (const kind of KINDS) {
    const [usual, now] = [before, draining].map((each) => each.percentileMs(kind, 0.99));
    const text = `p99 of ${kind} ${usual!.toFixed(1)} ms, while draining ${now!.toFixed(1)} ms`;
    promises.say(now! <= MAX_P99_FACTOR * Math.max(usual!, LEAST_P99_MS), text);
  }
}

/** After the load: nothing is lost, and every owner of every key holds the same. */
async function judge(cluster: ProcessCluster, load: PacedLoad): Promise<void> {
  const { nodes } = cluster;
  await load.pause();
  const ring = await cluster.stable();
  await equal(load.keys, nodes);
  const wrong = await load.wrong(nodes.map(({ client }) => client));
  const lost = `${wrong.length} lost writes of ${load.keys.length} keys, read at every node`;
  promises.say(wrong.length === 0, `${lost}${examples(wrong)}; ${load.open} unknown`);
  await Promise.all(nodes.map((node) => node.stop()));
  const { keys, unequal } = compareOwners(ring, nodes);
  const bytes = `${unequal.length} rows differ at the owners of ${keys} keys${examples(unequal)}`;
  promises.say(keys === load.keys.length && unequal.length === 0, bytes);
  const hints = nodes.map(storedHints);
  promises.say(Math.max(...hints) === 0, `hints on the disks: ${hints.join(', ')}`);
}

function portsOf(nodes: readonly NodeProcess[]): number[] {
  return nodes.map(({ port }) => port);
}

function examples(lines: readonly string[]): string {
  return lines.length === 0 ? '' : `: ${lines.slice(0, 3).join('; ')}`;
}

const cluster = await ProcessCluster.start(3, FLAGS);
try {
  const load = new PacedLoad({
    ports: portsOf(cluster.nodes),
    clients: options.clients,
    keys: options.keys,
    valueBytes: VALUE_BYTES,
    random,
  });
  await run(cluster, load);
  await judge(cluster, load);
  load.close();
} finally {
  await cluster.close();
}
promises.end();
