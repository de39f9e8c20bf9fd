/** What OPTIONS says, and how pages of other sites come in if they were named. */
import * as assert from 'uvu/assert';
import type { HttpDoor } from '../../../src/doors/http/server.js';
import { assertProblem } from '../../support/http/assert-problem.js';
import { type Answer, HttpClient } from '../../support/http/http-client.js';
import { suite } from '../../support/runner/suite.js';
import { memberOf, openDoor, ringOf, StubBackend } from '../stub-backend.js';

const test = suite('cors');
const NAMED = 'https://app.example';
const FOREIGN = 'https://evil.example';

let shut: HttpDoor;
let open: HttpDoor;
/** Of a door that names no origin. */
let client: HttpClient;
/** Of one that names two. */
let sharing: HttpClient;

test.before(async () => {
  const backend = new StubBackend(ringOf([memberOf(1)]));
  const one = await openDoor(backend);
  const two = await openDoor(backend, 0, {}, [NAMED, 'http://localhost:3000']);
  [shut, open] = [one.door, two.door];
  [client, sharing] = [new HttpClient(one.port), new HttpClient(two.port)];
});

test.after(async () => {
  client.close();
  sharing.close();
  await Promise.all([shut.drain(), open.drain()]);
});

/** [target, what can be done there] */
const ALLOWED: readonly (readonly [string, string])[] = [
  ['*', 'GET, HEAD, PUT, POST, DELETE, OPTIONS'],
  ['/kv/a', 'GET, HEAD, PUT, POST, DELETE, OPTIONS'],
  ['/s/key', 'GET, HEAD, POST, DELETE, OPTIONS'],
  ['/health/live', 'GET, HEAD, OPTIONS'],
  ['/admin/leave', 'POST, OPTIONS'],
];

for (const [target, allow] of ALLOWED) {
  test(`OPTIONS ${target} -> 204, and what is possible`, async () => {
    const answer = await client.send('OPTIONS', target);
    assert.is(answer.status, 204);
    assert.is(answer.headers.allow, allow);
    assert.equal(crossOrigin(answer), []);
  });
}

test('a page of a site that is named -> served, and its browser is told so', async () => {
  for (const origin of [NAMED, 'http://localhost:3000']) {
    for (const target of ['/admin/status', '/nothing']) {
      const answer = await sharing.get(target, { Origin: origin });
      assert.is(answer.status, target === '/nothing' ? 404 : 200);
      assert.is(answer.headers['access-control-allow-origin'], origin);
      assert.match(answer.headers['access-control-expose-headers']!, /ETag.*X-Quorate-TTL/);
      assert.is(answer.headers.vary, 'Origin');
    }
  }
});

test('its question beforehand -> what it may do and send', async () => {
  const asks = { Origin: NAMED, 'Access-Control-Request-Method': 'PUT' };
  const answer = await sharing.send('OPTIONS', '/kv/a', {
    headers: { ...asks, 'Access-Control-Request-Headers': 'if-match,content-type' },
  });
  assert.is(answer.status, 204);
  assert.is(answer.headers['access-control-allow-origin'], NAMED);
  assert.match(String(answer.headers['access-control-allow-methods']), /PUT, POST, DELETE/);
  assert.match(String(answer.headers['access-control-allow-headers']), /Content-Type.*If-Match/);
  assert.is(answer.headers['access-control-max-age'], '600');
});

test('a page of any other site -> 403, and its browser keeps it out', async () => {
  const asks = { 'Access-Control-Request-Method': 'PUT' };
  for (const origin of [FOREIGN, `${NAMED}.evil.example`, `${NAMED}:444`, 'null', '']) {
    const headers = { Origin: origin };
    for (const answer of [
      await sharing.get('/admin/status', headers),
      await sharing.send('OPTIONS', '/kv/a', { headers: { ...headers, ...asks } }),
    ]) {
      assertProblem(answer, 403, 'origin_refused');
      assert.equal(crossOrigin(answer), []);
    }
  }
  assertProblem(await client.get('/admin/status', { Origin: NAMED }), 403, 'origin_refused');
});

test('no origin, or its own -> served as ever; what is kept of it is for nobody else', async () => {
  for (const headers of [{}, { Origin: `http://127.0.0.1:${sharing.port}` }]) {
    const answer = await sharing.get('/admin/status', headers);
    assert.is(answer.status, 200);
    assert.equal(crossOrigin(answer), []);
    assert.is(answer.headers.vary, 'Origin');
  }
  assert.is((await client.get('/admin/status')).headers.vary, undefined);
});

test('what is quoted of a request -> escaped once', async () => {
  const answer = await client.get('/health/live?a%22%5Cb=1');
  assert.is(JSON.parse(answer.text).detail, `unknown query parameter 'a"\\b'`);
});

function crossOrigin({ headers }: Answer): string[] {
  return Object.keys(headers).filter((name) => name.startsWith('access-control-'));
}

test.run();
