/**
 * What people who come from small stores are used to: every line of `docs/from-small-stores.md`,
 * run with the real curl at a real node, and how they start and stop nodes.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { missing } from '../../support/data/obstacle.js';
import { assertPrinted, tableLines } from '../../support/documented.js';
import { HttpClient } from '../../support/http/http-client.js';
import { Child, runToEnd } from '../../support/processes/child.js';
import { freePorts } from '../../support/processes/ports.js';
import { ProcessCluster } from '../../support/processes/process-cluster.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('small stores');
const USUAL = '127.0.0.1:8080';
const LINES = tableLines(readFileSync('docs/from-small-stores.md', 'utf8'));
const noCurl = missing('curl');
/** Where nodes are started by hand. */
const cwd = mkdtempSync(join(tmpdir(), 'quorate-habits-'));
const CLUSTER = 'src/cli/commands/cluster.js';
let cluster: ProcessCluster | undefined;

test('the document has lines of all stores', () => {
  assert.ok(LINES.length > 25, `${LINES.length} lines`);
});

if (noCurl) {
  test.skip('what the document says', noCurl);
} else {
  test.before(async () => {
    cluster = await ProcessCluster.start(1);
  });
}

test.after(async () => {
  await cluster?.close();
  rmSync(cwd, { recursive: true, force: true });
});

for (const { command, status, answer } of noCurl ? [] : LINES) {
  test(`${command} -> ${status} ${answer}`, async () => {
    const { address } = cluster!.nodes[0]!;
    const line = command.replace('curl ', "curl -sS -w '%{stderr}%{http_code}' ");
    const shell = new Child('sh', ['-c', line.replaceAll(USUAL, address)]);
    assert.is((await shell.exited).code, 0, shell.stderr);
    assert.is(shell.stderr, String(status));
    assertPrinted(shell.stdout, answer.replaceAll(USUAL, address), command);
  });
}

test('a .env in the working directory -> read, and said so', async () => {
  const port = await freePorts(1);
  writeFileSync(join(cwd, '.env'), `NODE_ADDRESS=:${port}\nQUORATE_WEIGHT=2\n`);
  const child = Child.ofScript('src/main.js', [], { cwd, env: { QUORATE_WEIGHT: '3' } });
  await child.said(/^ready in /m);
  assert.match(child.stdout, /^settings NODE_ADDRESS, from \.env$/m);
  assert.match(child.stdout, new RegExp(`^keys     http://127\\.0\\.0\\.1:${port}/`, 'm'));
  child.signal('SIGTERM');
  assert.equal(await child.exited, { code: 0, signal: null });
  writeFileSync(join(cwd, '.env'), 'NODE_ADDRESS\n');
  const refusing = Child.ofScript('src/main.js', [], { cwd });
  assert.equal(await refusing.exited, { code: 2, signal: null });
  assert.match(refusing.stderr, /^quorate: \.env, line 1: /);
  rmSync(join(cwd, '.env'));
});

test('cluster -- 2 --from … --step 10, and exit typed -> as asked, and all stop', async () => {
  const first = await freePorts(11);
  const args = ['2', '--from', String(first), '--step', '10'];
  const script = Child.ofScript(CLUSTER, args, { cwd, hasInput: true });
  await script.said(/^All 2 are up/m);
  script.type('exit\n');
  assert.equal(await script.exited, { code: 0, signal: null }, script.stderr);
  for (const port of [first, first + 10]) {
    assert.ok(script.stdout.includes(`: http://127.0.0.1:${port}, `), script.stdout);
    const client = new HttpClient(port);
    assert.is(await client.get('/health/live').catch(({ code }) => code), 'ECONNREFUSED');
  }
});

test('cluster -- with a first port given twice -> exit 2', async () => {
  const { code, stderr } = await runToEnd(CLUSTER, ['2', '8000', '--from', '8000']);
  assert.is(code, 2);
  assert.match(stderr, /^Usage: npm run cluster/m);
});

test.run();
