/** The door of the metrics, and how problems are counted that are answered at any. */
import * as assert from 'uvu/assert';
import type { HttpDoor } from '../../../src/doors/http/server.js';
import { assertProblem } from '../../support/http/assert-problem.js';
import { HttpClient } from '../../support/http/http-client.js';
import { suite } from '../../support/runner/suite.js';
import { memberOf, openDoor, ringOf, SCRAPE, StubBackend } from '../stub-backend.js';

const test = suite('door of metrics');

let door: HttpDoor;
let client: HttpClient;

test.before(async () => {
  const opened = await openDoor(new StubBackend(ringOf([memberOf(1)])));
  door = opened.door;
  client = new HttpClient(opened.port);
});

test.after(async () => {
  client.close();
  await door.drain();
});

test('GET, HEAD -> what is scraped, as Prometheus wants it, or only how long it is', async () => {
  for (const method of ['GET', 'HEAD']) {
    const answer = await client.send(method, '/metrics');
    assert.is(answer.status, 200);
    assert.match(answer.headers['content-type']!, /^text\/plain; version=0\.0\.4/);
    assert.is(answer.headers['content-length'], String(SCRAPE.length));
    assert.is(answer.text, method === 'GET' ? SCRAPE : '');
  }
});

test('anything else -> refused, and every problem is counted under its code', async () => {
  const before = { ...door.problems };
  assertProblem(await client.send('POST', '/metrics'), 405, 'method_not_allowed');
  assertProblem(await client.get('/metrics?name=x'), 400, 'bad_request');
  assertProblem(await client.get('/metrics/'), 404, 'route_unknown');
  assertProblem(await client.get('/nowhere'), 404, 'route_unknown');
  const more = Object.entries(door.problems).map(([code, count]) => {
    return [code, count - before[code as keyof typeof before]] as const;
  });
  assert.equal(Object.fromEntries(more.filter(([, count]) => count > 0)), {
    bad_request: 1,
    route_unknown: 2,
    method_not_allowed: 1,
  });
});

test.run();
