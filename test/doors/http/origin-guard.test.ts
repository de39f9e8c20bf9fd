/** Whom a node on loopback serves: not the pages of other sites, whatever way they come. */
import * as assert from 'uvu/assert';
import type { HttpDoor } from '../../../src/doors/http/server.js';
import { codeOf, HttpClient } from '../../support/http/http-client.js';
import { RawConnection } from '../../support/http/raw-connection.js';
import { suite } from '../../support/runner/suite.js';
import { memberOf, openDoor, ringOf, StubBackend } from '../stub-backend.js';

const test = suite('sites');

let door: HttpDoor;
let client: HttpClient;
/** The bytes behind the head of each request that became a peer's. */
let peers: string[];

test.before(async () => {
  const opened = await openDoor(new StubBackend(ringOf([memberOf(1)])));
  door = opened.door;
  client = new HttpClient(opened.port);
  door.onUpgrade('/peer', (_request, socket, head) => {
    peers.push(head.toString());
    socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n');
  });
});

test.before.each(() => {
  peers = [];
});

test.after(async () => {
  client.close();
  await door.drain();
});

for (const host of [
  'evil.example',
  'evil.example:8080',
  '127.0.0.1.evil.example',
  'localhost.evil.example:80',
  '10.0.0.1',
  '0.0.0.0',
  '[::2]:8080',
  'evil.example:127.0.0.1',
]) {
  test(`Host: ${host} on loopback -> 403, even from a page of that very site`, async () => {
    for (const origin of [{}, { Origin: `http://${host}` }]) {
      const answer = await client.get('/admin/status', { Host: host, ...origin });
      assert.is(answer.status, 403);
      assert.is(codeOf(answer), 'host_refused');
      assert.match(answer.text, /loopback name or by db\.example/);
    }
  });
}

for (const host of [
  'localhost',
  'LOCALHOST:1',
  '127.0.0.1',
  '127.8.9.10:65535',
  '[::1]',
  '[::1]:80',
  'db.example',
  'DB.example:443',
]) {
  test(`Host: ${host} on loopback -> served`, async () => {
    assert.is((await client.get('/admin/status', { Host: host })).status, 200);
  });
}

test('HTTP/1.0 without a host -> served: no browser sends that', async () => {
  const raw = await RawConnection.open(client.port);
  raw.send('GET /health/live HTTP/1.0\r\n\r\n');
  assert.is(await raw.status(), 200);
  await raw.ended();
});

function upgrade(path: string, protocol: string, rest: string): string {
  const head = `Host: localhost\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n`;
  return `GET ${path} HTTP/1.1\r\n${head}${rest}\r\n`;
}

for (const origin of ['http://evil.example', 'null', 'http://localhost', '']) {
  test(`an upgrade to a peer with Origin: ${origin} -> 403, and no peer`, async () => {
    const raw = await RawConnection.open(client.port);
    raw.send(upgrade('/peer', 'websocket', `Origin: ${origin}\r\n`));
    assert.is(await raw.status(), 403);
    await raw.ended();
    assert.match(raw.received, /"code":"origin_refused"/);
    assert.equal(peers, []);
  });
}

test('an upgrade to a peer without an origin -> handed over with what follows', async () => {
  for (const path of ['/peer', '/peer?x']) {
    const raw = await RawConnection.open(client.port);
    raw.send(`${upgrade(path, 'websocket', '')}first frame`);
    assert.is(await raw.end().then(() => raw.received.slice(0, 12)), 'HTTP/1.1 101');
  }
  assert.equal(peers, ['first frame', 'first frame']);
});

const H2C = { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABk' };
const WEBSOCKET = { Upgrade: 'websocket', Connection: 'upgrade', 'Sec-WebSocket-Version': '13' };

for (const offer of [H2C, WEBSOCKET, { Upgrade: 'TLS/1.0', Connection: 'Upgrade' }]) {
  test(`a request that offers ${offer.Upgrade} -> answered as any other`, async () => {
    const one = new HttpClient(client.port, 1);
    for (const [method, target, status] of [
      ['GET', '/health/live', 200],
      ['HEAD', '/health/live', 200],
      ['GET', '/nothing', 404],
      ['GET', '/peer/x', 404],
      ['GET', '/x?/peer', 404],
      ['POST', '/admin/leave', 202],
    ] as const) {
      const answer = await one.send(method, target, { headers: offer });
      assert.is(answer.status, status, `${method} ${target}`);
      assert.is.not(answer.headers['content-length'], '0');
    }
    one.close();
    assert.equal(peers, []);
  });
}

test('a body behind an offer to upgrade -> read, and the next request too', async () => {
  const raw = await RawConnection.open(client.port);
  const body = 'x'.repeat(9000);
  const head = 'Host: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n';
  raw.send(`POST /admin/leave HTTP/1.1\r\n${head}Content-Length: ${body.length}\r\n\r\n${body}`);
  assert.is(await raw.status(), 413);
  raw.send('GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  await raw.ended();
  assert.match(raw.received, /HTTP\/1\.1 404 [\s\S]*route_unknown/);
});

test.run();
