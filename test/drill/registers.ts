/**
 * `npm run registers -- [--seconds n] [--clients n] [--operations n] [--seed n]`: linearizable keys
 * on three real nodes, of which again and again one is killed and restarted, or paused for a while.
 *
 * Goes on for so long, and until so many operations are recorded; then says whether they are those
 * of registers with compare-and-set. Exit codes: 0 they are; 1 they are not, or it could not be
 * decided; 2 a command line that makes no sense.
 */
import { parseArgs } from 'node:util';
import { systemClock as clock } from '../../src/system.js';
import { Stream } from '../sim/random.js';
import { checkLinearizable } from '../support/linearizability/checker.js';
import type { NodeProcess } from '../support/node-process.js';
import { ProcessCluster } from '../support/process-cluster.js';
import { CountingLoad, RecordedLoad } from '../support/register-clients.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    /** With one request at a time each. */
    clients: { type: 'string', default: '32' },
    /** Recorded at least. */
    operations: { type: 'string', default: '50000' },
    seed: { type: 'string', default: '1' },
  },
});

/** An integer option of at least 1. */
function integer(name: keyof typeof values): number {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= 1) return value;
  console.error(`--${name} has to be an integer of at least 1`);
  return process.exit(2);
}

/** At work on the same keys at a time: enough to meet, and few enough to get on. */
const CLIENTS_PER_KEY = 3;
/** Clients that count under one key all the while. */
const COUNTING = 3;
const CALM_MS = 2000;
const PAUSE_MS = 3000;
/** For the few keys whose order is hard to find. */
const STEPS = 20_000_000;

const sleep = (ms: number) => new Promise<void>((resolve) => void clock.setTimeout(resolve, ms));
const violations: string[] = [];

async function disturb(cluster: ProcessCluster, random: Stream): Promise<'kill -9' | 'SIGSTOP'> {
  const node: NodeProcess = random.pick(cluster.nodes);
  const how = random.pick(['kill -9', 'SIGSTOP'] as const);
  if (how === 'kill -9') {
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

async function run(cluster: ProcessCluster): Promise<void> {
  const [seconds, clients, wanted, seed] = [
    integer('seconds'),
    integer('clients'),
    integer('operations'),
    integer('seed'),
  ];
  const ports = cluster.nodes.map(({ port }) => port);
  const registers = Math.ceil(clients / CLIENTS_PER_KEY);
  const recorded = new RecordedLoad({ name: 'r', ports, clients, registers, seed });
  const counting = new CountingLoad('counter', ports, COUNTING);
  const random = new Stream(seed, 'disturbances');
  const startedAt = clock.monotonic();
  const elapsed = () => (clock.monotonic() - startedAt) / 1000;
  const disturbances = new Map<string, number>();
  while (elapsed() < seconds || recorded.history.operations.length < wanted) {
    await sleep(CALM_MS);
    const how = await disturb(cluster, random);
    disturbances.set(how, (disturbances.get(how) ?? 0) + 1);
  }
  await Promise.all([recorded.clients.stop(), counting.clients.stop()]);
  const tookSeconds = elapsed();

  const events = [...disturbances].map(([how, count]) => `${count} × ${how}`).join(', ');
  console.log(`seed ${seed}, ${clients} clients, ${tookSeconds.toFixed(1)} s with ${events}`);
  judgeHistory(recorded, tookSeconds);
  await judgeCounter(counting, cluster, tookSeconds);
}

function judgeHistory({ history, keys, clients }: RecordedLoad, tookSeconds: number): void {
  const { operations, unknowns } = history;
  const rate = (operations.length / tookSeconds).toFixed(0);
  console.log(
    `recorded: ${operations.length} operations (${rate}/s) on ${keys} keys, ${unknowns} unknown`,
  );
  console.log(`  failed: ${clients.failuresText}`);
  const checkedAt = clock.monotonic();
  const verdict = checkLinearizable(operations, { steps: STEPS });
  const tookMs = (clock.monotonic() - checkedAt).toFixed(0);
  console.log(
    `  ${verdict.verdict === 'not' ? 'NOT linearizable' : verdict.verdict}, ${tookMs} ms`,
  );
  if (verdict.verdict === 'not') violations.push(verdict.explanation);
  if (verdict.verdict === 'undecided') violations.push(`undecided: keys ${verdict.keys.join()}`);
}

async function judgeCounter(
  load: CountingLoad,
  { nodes }: ProcessCluster,
  tookSeconds: number,
): Promise<void> {
  const { acknowledged, unknowns, refused, clients } = load;
  const count = acknowledged.size;
  const rate = (count / tookSeconds).toFixed(0);
  console.log(
    `counter: ${count} increments (${rate}/s), ${unknowns} unknown, ${refused} lost a race`,
  );
  console.log(`  failed: ${clients.failuresText}`);
  for (const { client } of nodes) {
    const { text } = await client.get('/kv/counter?consistency=linearizable');
    violations.push(...load.faults(text).map((fault) => `at port ${client.port}: ${fault}`));
  }
}

for (const name of Object.keys(values)) integer(name as keyof typeof values);
const cluster = await ProcessCluster.start(3);
try {
  await run(cluster);
} finally {
  await cluster.close();
}
for (const violation of violations) console.log(`VIOLATION: ${violation}`);
if (violations.length === 0) console.log('every promise was kept');
process.exit(violations.length === 0 ? 0 : 1);
