/**
 * Real nodes that leave: one after the other, at once, and stopped on the way. What is printed are
 * measurements; what is asserted are promises.
 */
import * as assert from 'uvu/assert';
import { eventually } from '../../support/eventually.js';
import { codeOf } from '../../support/http/http-client.js';
import { writeKeys, wrongKeys } from '../../support/load/key-set.js';
import { detailOf, idAt, imbalanceOf, statusOf } from '../../support/processes/changes.js';
import { Child, runToEnd } from '../../support/processes/child.js';
import { NodeProcess } from '../../support/processes/node-process.js';
import { ProcessCluster } from '../../support/processes/process-cluster.js';
import { suite } from '../../support/runner/suite.js';

const DATA_DIR = 3;
const KEYS = 1500;
const VALUE_BYTES = 1000;
/** Slow enough to be met on the way. */
const FLAGS = ['--transfer-mib-per-second', '1'];
const STOPPED = { code: 0, signal: null };

const test = suite('leaving', { limitMs: 60_000 });
let cluster: ProcessCluster;
let keys: string[];

test.before(async () => {
  cluster = await ProcessCluster.start(1, FLAGS);
});

test.after(async () => {
  await cluster?.close();
});

const askToLeave = ({ client }: NodeProcess) => client.send('POST', '/admin/leave');
const leaveScript = ({ port }: NodeProcess) =>
  Child.ofScript('src/cli/commands/leave.js', [String(port)]);

test('the last member is asked to leave -> refused, and it serves on', async () => {
  const [only] = cluster.nodes as [NodeProcess];
  const refused = await askToLeave(only);
  assert.is(refused.status, 409, refused.text);
  assert.is(codeOf(refused), 'change_refused');
  assert.is(detailOf(refused), 'this node is the last member');
  const script = await runToEnd('src/cli/commands/leave.js', [String(only.port)]);
  assert.is(script.code, 1);
  assert.match(script.stderr, /does not leave: this node is the last member/);
  keys = await writeKeys(cluster.clients, 'key', KEYS, VALUE_BYTES);
});

test('asked twice, amid a join, and stopped on the way -> started again, it goes on', async () => {
  await cluster.add(2);
  await cluster.stable();
  const [first, second] = cluster.nodes as [NodeProcess, NodeProcess];
  await cluster.add();
  const joining = await eventually(async () => {
    const ring = await second.ring();
    return ring?.transition && ring;
  });
  for (const answer of [await askToLeave(first), await askToLeave(first)]) {
    assert.is(answer.status, 202, answer.text);
  }
  await eventually(async () => (await statusOf(first)).states.node === 'leaving');
  assert.equal(await first.stop(), STOPPED, first.output);
  assert.ok(idAt((await second.ring())!, first), 'it has left too soon for this test');

  const startedAt = performance.now();
  await first.start();
  assert.equal(await first.child.exited, STOPPED, first.output);
  assert.match(first.child.stdout, /node\.left/);
  cluster.nodes.shift();
  const ring = await cluster.stable();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`stopped while leaving: gone ${seconds} s after it was started again`);
  assert.is(idAt(ring, first), undefined);
  assert.ok(imbalanceOf(ring) <= 1);
  assert.equal(await wrongKeys(cluster.clients, keys, VALUE_BYTES), []);

  first.launch();
  assert.equal(await first.child.exited, { code: DATA_DIR, signal: null }, first.output);
  assert.match(first.child.stderr, /has left its cluster: --join brings it back/);
  const back = new NodeProcess(first.port, first.dataDir, [second.address, ...FLAGS]);
  cluster.nodes.push(back);
  await back.start();
  assert.not(idAt(await cluster.stable(), back) === idAt(joining, first));
});

test('two leave at once -> both have left, the others have every key', async () => {
  const [first, second, ...others] = cluster.nodes as [NodeProcess, NodeProcess, ...NodeProcess[]];
  const startedAt = performance.now();
  for (const script of [leaveScript(first), leaveScript(second)]) {
    assert.equal(await script.exited, STOPPED, script.stdout + script.stderr);
    assert.match(script.stdout, /^node [0-9a-f]+ has left$/m);
  }
  for (const { child } of [first, second]) assert.equal(await child.exited, STOPPED);
  cluster.nodes.splice(0, 2);
  assert.is((await cluster.stable()).members.length, others.length);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`two leave at once: ${seconds} s`);
  assert.equal(await wrongKeys(cluster.clients, keys, VALUE_BYTES), []);
});

test.run();
