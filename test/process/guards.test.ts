/** Whom a node does not trust at its door: pages of other sites, and clients that ask too much. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import * as assert from 'uvu/assert';
import { assertProblem } from '../support/http/assert-problem.js';
import type { HttpClient } from '../support/http/http-client.js';
import { RawConnection } from '../support/http/raw-connection.js';
import type { NodeProcess } from '../support/processes/node-process.js';
import { ProcessCluster } from '../support/processes/process-cluster.js';
import { suite } from '../support/runner/suite.js';

const MAX_VALUE_BYTES = 1 << 20;

const test = suite('guards');
let cluster: ProcessCluster;
let node: NodeProcess;
let client: HttpClient;

test.before(async () => {
  cluster = await ProcessCluster.start(1);
  node = cluster.nodes[0]!;
  client = node.client;
});

test.after(async () => {
  await cluster?.close();
});

test('requests of a page of another site -> refused, of our own -> served', async () => {
  const body = '{"key":"crossed","value":"b"}';
  for (const origin of ['http://evil.example', 'null', 'http://127.0.0.1:1', 'nonsense']) {
    const headers = { Origin: origin };
    for (const [method, target] of [
      ['POST', '/s/key'],
      ['PUT', '/kv/crossed'],
    ] as const) {
      assertProblem(await client.send(method, target, { headers, body }), 403, 'origin_refused');
    }
  }
  assertProblem(await client.get('/kv/crossed'), 404, 'not_found');
  const own = { Origin: `http://127.0.0.1:${node.port}` };
  assert.is((await client.send('POST', '/s/key', { headers: own, body })).text, 'OK');
});

test('an upgrade to a peer: without its handshake -> refused; of a page -> refused', async () => {
  const head =
    'GET /peer HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';
  const key = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
  for (const [rest, status] of [
    ['', 400],
    [`${key}Origin: http://localhost:${node.port}\r\n`, 403],
    [`${key}Origin: http://evil.example\r\n`, 403],
  ] as const) {
    const raw = await RawConnection.open(node.port);
    raw.send(`${head}${rest}\r\n`);
    assert.is(await raw.status(), status);
    await raw.ended();
  }
});

test('a client that offers HTTP/2 with each request -> reads and writes all the same', async () => {
  const headers = { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': '' };
  const value = Buffer.alloc(MAX_VALUE_BYTES, 'v');
  assert.is((await client.put('/kv/offered', value, headers)).status, 204);
  assert.ok((await client.get('/kv/offered', headers)).body.equals(value));
});

test('a site whose name leads to the loopback -> refused, though it is of one origin', async () => {
  const host = `evil.example:${node.port}`;
  const headers = { Host: host, Origin: `http://${host}` };
  assertProblem(await client.put('/kv/rebound', 'x', headers), 403, 'host_refused');
  assertProblem(await client.get('/admin/status', { Host: host }), 403, 'host_refused');
  assertProblem(await client.get('/kv/rebound'), 404, 'not_found');
});

const NOT_TAKEN = 'values that are asked for and not taken -> little memory, others are served';
if (process.platform !== 'linux') test.skip(NOT_TAKEN, 'there is no /proc to ask for memory');
else {
  test(NOT_TAKEN, async () => {
    await client.put('/kv/large', Buffer.alloc(MAX_VALUE_BYTES, 'v'));
    const before = memoryOf(node);
    const sockets = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const socket = connect(node.port, '127.0.0.1');
        await once(socket, 'connect');
        socket.write('GET /kv/large HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(1000));
        return socket;
      }),
    );
    for (let i = 0; i < 200; i++) assert.is((await client.get('/kv/large')).status, 200);
    const grown = memoryOf(node) - before;
    for (const socket of sockets) socket.destroy();
    assert.ok(grown < 200 << 20, `${grown >> 20} MiB more`);
  });
}

/** Resident, in bytes. */
function memoryOf({ child }: NodeProcess): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))!;
  return Number(kib) * 1024;
}

test.run();
