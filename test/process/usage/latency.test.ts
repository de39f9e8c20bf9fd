/** `npm run bench:latency`: drives nodes that run already, and says what it found. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { Latencies } from '../../../src/cli/load/drive.js';
import { Child, type Exit } from '../../support/processes/child.js';
import { freePorts } from '../../support/processes/ports.js';
import { ProcessCluster } from '../../support/processes/process-cluster.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('latency');
const cwd = mkdtempSync(join(tmpdir(), 'quorate-latency-'));

test.after(() => rmSync(cwd, { recursive: true, force: true }));

async function run(
  [first, last]: readonly [number | string, number | string],
  ...args: string[]
): Promise<Exit & { stdout: string; stderr: string }> {
  const env = { PORT_RANGE_START: String(first), PORT_RANGE_END: String(last) };
  const child = Child.ofScript('bench/latency/run.js', args, { cwd, env });
  const exit = await child.exited;
  return { ...exit, stdout: child.stdout, stderr: child.stderr };
}

function results(): { nodes: string[]; put: Latencies; get: Latencies } {
  return JSON.parse(readFileSync(join(cwd, 'results.json'), 'utf8'));
}

test('nodes of a range -> all are driven, and the file has the figures', async () => {
  const cluster = await ProcessCluster.start(2);
  try {
    const [first = 0, second = 0] = cluster.ports;
    const { code, stdout, stderr } = await run([first, second], '--requests', '20');
    assert.is(code, 0, stderr);
    assert.match(stdout, /^saved as results\.json$/m);
    const { nodes, put, get } = results();
    assert.equal(nodes, [`http://127.0.0.1:${first}`, `http://127.0.0.1:${second}`]);
    for (const of of [put, get]) {
      assert.equal([of.succeeded, of.successRate, of.failures], [20, 1, {}]);
      const { meanMs, medianMs, p90Ms, p99Ms, maxMs } = of;
      assert.ok(0 < medianMs! && medianMs! <= p90Ms! && p90Ms! <= p99Ms! && p99Ms! <= maxMs!);
      assert.ok(0 < meanMs! && meanMs! <= maxMs! && of.throughputPerSecond > 0);
    }
  } finally {
    await cluster.close();
  }
});

test('requests that fail -> counted by what was said; ports without a node -> named', async () => {
  let asked = 0;
  const server = createServer((request, response) => {
    const isGood = request.url === '/health/ready' || (request.method === 'GET' && asked++ % 2);
    response.writeHead(isGood ? 200 : 503).end();
  });
  const first = await freePorts(2);
  await once(server.listen(first, '127.0.0.1'), 'listening');
  try {
    const args = ['--requests', '10', '--clients', '2'];
    const { code, stdout } = await run([first, first + 1], ...args);
    assert.is(code, 0);
    assert.match(stdout, new RegExp(`^no node serves on port ${first + 1}: ECONNREFUSED$`, 'm'));
    const { put, get } = results();
    assert.equal([put.successRate, put.failures, put.medianMs], [0, { 503: 10 }, null]);
    assert.equal([get.successRate, get.failures], [0.5, { 503: 5 }]);
  } finally {
    server.close();
  }
});

test('--delay -> a client pauses between its requests', async () => {
  const server = createServer((_, response) => response.end());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    assert.is((await run([port, port], '--requests', '3', '--delay', '0.25')).code, 0);
    // Three answers take two pauses, half a second at least.
    assert.ok(results().put.throughputPerSecond < 6.1);
  } finally {
    server.close();
  }
});

test('no node in the range -> exit 1, and how to start some', async () => {
  const first = await freePorts(2);
  const { code, stdout, stderr } = await run([first, first + 1]);
  assert.equal([code, stdout], [1, '']);
  assert.match(stderr, new RegExp(`no node serves on ports ${first} to ${first + 1}; start some`));
  assert.match(stderr, new RegExp(`npm run cluster -- 3 --from ${first}$`, 'm'));
});

test('a range or a pause that makes no sense -> exit 2, one sentence', async () => {
  for (const [range, args, why] of [
    [['x', 8081], [], /^PORT_RANGE_START: "x" is not a port$/m],
    [[8081, 8080], [], /^PORT_RANGE_START is 8081, and PORT_RANGE_END before it: 8080$/m],
    [[8081, 65536], [], /^PORT_RANGE_END: "65536" is not a port$/m],
    [[1, 65535], [], /too many ports$/m],
    [[8080, 8081], ['--delay', '2000'], /^--delay has to be a number of seconds, from 0 to 60$/m],
  ] as const) {
    const { code, stderr } = await run(range, ...args);
    assert.is(code, 2);
    assert.match(stderr, why);
    assert.is(stderr.trimEnd().split('\n').length, 1);
  }
});

test.run();
