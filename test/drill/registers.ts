/**
 * `npm run registers -- [--seconds n] [--counting n] [--clients n] [--operations n] [--seed n]
 * [--clocks 1]`: linearizable keys on three real nodes, of which again and again one is killed and
 * restarted, or paused for a while. With `--clocks 1` their wall clocks are set as well: one is
 * ahead or behind for a while, or all of them are set back or forth.
 *
 * First clients count together under one key, for so long; then others do all that can be done to
 * a few registers, for so long and until so many operations are recorded. Says whether the counter
 * is right, and whether the operations are those of registers with compare-and-set. One after the
 * other, because everybody who counts wants the same key, and would leave little to the others.
 * Exit codes: 0 all is right; 1 it is not, or it could not be decided; 2 a command line that makes
 * no sense.
 */

import { systemClock as clock } from '../../src/system.js';
import { Stream } from '../sim/world/random.js';
import { optionsOf } from '../support/command-line.js';
import { checkLinearizable } from '../support/linearizability/checker.js';
import { sleep } from '../support/load/drill.js';
import { CountingLoad, RecordedLoad } from '../support/load/register-clients.js';
import type { NodeProcess } from '../support/processes/node-process.js';
import { ProcessCluster } from '../support/processes/process-cluster.js';
import { ShiftedClocks } from '../support/processes/shifted-clocks.js';

const options = optionsOf({
  /** Of each of the two loads, at least. */
  seconds: 30,
  /** Clients that count under one key, with one request at a time each. */
  counting: 32,
  /** Clients whose operations are recorded, with one request at a time each. */
  clients: 32,
  /** Recorded at least. */
  operations: 50_000,
  seed: 1,
  /** 1: wall clocks are set, too. */
  clocks: 0,
});

/** At work on the same keys at a time: enough to meet, and few enough to get on. */
const CLIENTS_PER_KEY = 3;
const CALM_MS = 2000;
const PAUSE_MS = 3000;
const DAY_MS = 86_400_000;
const CLOCKS = ['one clock', 'all clocks'] as const;
/** For the few keys whose order is hard to find. */
const STEPS = 20_000_000;

const violations: string[] = [];
const random = new Stream(options.seed, 'disturbances');

const DISTURBANCES = ['kill -9', 'SIGSTOP', ...(options.clocks ? CLOCKS : [])] as const;

async function disturb(): Promise<(typeof DISTURBANCES)[number]> {
  const node: NodeProcess = random.pick(cluster.nodes);
  const how = random.pick(DISTURBANCES);
  if (how === 'one clock' || how === 'all clocks')
    await setClocks(how, cluster.nodes.indexOf(node));
  else if (how === 'kill -9') {
    await node.kill();
    await sleep(random.between(0, PAUSE_MS));
    await node.start();
  } else {
    node.pause();
    await sleep(random.between(0, 2 * PAUSE_MS));
    node.resume();
  }
  await cluster.stable();
  return how;
}

/** One is right again soon; of all together nobody can tell what is right. */
async function setClocks(which: (typeof CLOCKS)[number], node: number): Promise<void> {
  const byMs = Math.round(random.logarithmic(100, DAY_MS)) * random.pick([1, -1]);
  if (which === 'all clocks') return clocks.setAll(byMs);
  await clocks.set(node, byMs);
  await sleep(random.between(0, 2 * PAUSE_MS));
  await clocks.setAll(0);
}

/** Disturbs one node after the other until it is enough; resolves with how long that took. */
async function disturbed(isEnough: () => boolean): Promise<number> {
  const startedAt = clock.monotonic();
  const elapsed = () => (clock.monotonic() - startedAt) / 1000;
  const disturbances = new Map<string, number>();
  while (elapsed() < options.seconds || !isEnough()) {
    await sleep(CALM_MS);
    const how = await disturb();
    disturbances.set(how, (disturbances.get(how) ?? 0) + 1);
  }
  const events = [...disturbances].map(([how, count]) => `${count} × ${how}`).join(', ');
  console.log(`seed ${options.seed}, ${elapsed().toFixed(1)} s with ${events}`);
  return elapsed();
}

async function run(): Promise<void> {
  const { counting: counters, clients, operations, seed } = options;
  const { ports } = cluster;
  const counting = new CountingLoad('counter', ports, counters);
  const countedSeconds = await disturbed(() => true);
  await counting.clients.stop();
  await judgeCounter(counting, countedSeconds);

  const registers = Math.ceil(clients / CLIENTS_PER_KEY);
  const recorded = new RecordedLoad({ name: 'r', ports, clients, registers, seed });
  const recordedSeconds = await disturbed(() => recorded.history.operations.length >= operations);
  await recorded.clients.stop();
  judgeHistory(recorded, recordedSeconds);
}

function judgeHistory({ history, keys, clients }: RecordedLoad, tookSeconds: number): void {
  const { operations, unknowns } = history;
  const rate = (operations.length / tookSeconds).toFixed(0);
  console.log(
    `recorded: ${options.clients} clients, ${operations.length} operations (${rate}/s) on ` +
      `${keys} keys, ${unknowns} unknown`,
  );
  console.log(`  failed: ${clients.failures.text}`);
  const checkedAt = clock.monotonic();
  const verdict = checkLinearizable(operations, { steps: STEPS });
  const tookMs = (clock.monotonic() - checkedAt).toFixed(0);
  console.log(
    `  ${verdict.verdict === 'not' ? 'NOT linearizable' : verdict.verdict}, ${tookMs} ms`,
  );
  if (verdict.verdict === 'not') violations.push(verdict.explanation);
  if (verdict.verdict === 'undecided') violations.push(`undecided: keys ${verdict.keys.join()}`);
}

async function judgeCounter(load: CountingLoad, tookSeconds: number): Promise<void> {
  const { acknowledged, unknowns, refused, clients } = load;
  const count = acknowledged.size;
  const rate = (count / tookSeconds).toFixed(0);
  console.log(
    `counter: ${options.counting} clients, ${count} increments (${rate}/s), ${unknowns} unknown, ` +
      `${refused} lost a race`,
  );
  console.log(`  failed: ${clients.failures.text}`);
  for (const { client } of cluster.nodes) {
    const { text } = await client.get('/kv/counter?consistency=linearizable');
    violations.push(...load.faults(text).map((fault) => `at port ${client.port}: ${fault}`));
  }
}

const clocks = await ShiftedClocks.of(3);
const cluster = await ProcessCluster.start(3, [], options.clocks ? clocks.places : []);
try {
  await run();
} finally {
  await cluster.close();
  await clocks.close();
}
for (const violation of violations) console.log(`VIOLATION: ${violation}`);
if (violations.length === 0) console.log('every promise was kept');
process.exit(violations.length === 0 ? 0 : 1);
