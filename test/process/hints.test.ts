/**
 * A real node that is dead while clients write: what it missed comes by hints alone, for the owners
 * do not compare what they hold. What is printed are measurements; what is asserted are promises.
 */
import * as assert from 'uvu/assert';
import { eventually } from '../support/eventually.js';
import { differingKeys, writeKeys, wrongKeys } from '../support/load/key-set.js';
import { RegisterLoad } from '../support/load/register-load.js';
import { statusOf } from '../support/processes/changes.js';
import type { NodeProcess } from '../support/processes/node-process.js';
import { ProcessCluster } from '../support/processes/process-cluster.js';
import { compareOwners, storedHints } from '../support/processes/stored-rows.js';
import { suite } from '../support/runner/suite.js';

const CLIENTS = 6;
/** Writes by the clients before the node dies, while it is dead, and after it is back. */
const WORK = 200;
/** Written once besides while it is dead: what they come to as hints fills several batches. */
const MISSED = 600;
const WITHIN_MS = 45_000;
const FLAGS = ['--compare-every-ms', '86400000'];

const test = suite('hints', { limitMs: 120_000 });
let cluster: ProcessCluster;
let load: RegisterLoad | undefined;

test.before(async () => {
  cluster = await ProcessCluster.start(3, FLAGS);
});

test.after(async () => {
  await load?.stop();
  await cluster?.close();
});

async function kept(holders: readonly NodeProcess[]): Promise<number> {
  const all = await Promise.all(holders.map(statusOf));
  return all.flatMap(({ hints }) => hints.map(({ rows }) => rows)).reduce((a, b) => a + b, 0);
}

test('kill -9 amid writes, and a restart -> every owner holds the same bytes', async () => {
  const [first, second, third] = cluster.nodes as [NodeProcess, NodeProcess, NodeProcess];
  const holders = [first, second];
  const work = new RegisterLoad(
    'hinted',
    holders.map(({ port }) => port),
    CLIENTS,
  );
  load = work;
  await work.more(WORK);
  await third.kill();
  const survivors = holders.map(({ client }) => client);
  const missed = await writeKeys(survivors, 'missed', MISSED);
  await work.more(WORK);
  const rows = await eventually(async () => {
    const now = await kept(holders);
    return now >= MISSED && now;
  });
  await third.start();
  const startedAt = performance.now();
  await work.more(WORK);
  await work.stop();
  assert.equal([...work.failures], []);

  const ring = await cluster.stable();
  const all = [...missed, ...work.keys];
  await eventually(async () => {
    const differing = await differingKeys(survivors, all);
    return differing.length === 0 && (await kept(holders)) === 0;
  }, WITHIN_MS);
  const tookMs = performance.now() - startedAt;
  console.log(`${rows} hints kept; none left and all equal ${tookMs.toFixed(0)} ms after ready`);
  const { clients } = cluster;
  assert.ok((await work.check(clients)) > 0);
  assert.equal(work.violations, []);
  assert.equal(await wrongKeys([third.client], missed), []);

  for (const node of cluster.nodes) {
    assert.equal(await node.stop(), { code: 0, signal: null }, node.output);
  }
  const { keys, unequal } = compareOwners(ring, cluster.nodes);
  assert.is(keys, all.length);
  assert.equal(unequal, []);
  assert.equal(cluster.nodes.map(storedHints), [0, 0, 0]);
});

test.run();
