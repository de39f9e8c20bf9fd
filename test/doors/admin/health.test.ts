/** The doors at which load balancers and people ask how a node and its cluster are. */
import * as assert from 'uvu/assert';
import { type ClusterVerdict, verdictOn } from '../../../src/core/verdict.js';
import type { HttpDoor } from '../../../src/doors/http/server.js';
import { codeOf, HttpClient } from '../../support/http/http-client.js';
import { suite } from '../../support/runner/suite.js';
import { idOf, memberOf, openDoor, putBehind, ringOf, StubBackend } from '../stub-backend.js';

const test = suite('health');
const RING = ringOf([1, 2, 3].map((n) => memberOf(n)));

let backend: StubBackend;
let door: HttpDoor;
let client: HttpClient;

test.before(async () => {
  const opened = await openDoor(new StubBackend(RING));
  door = opened.door;
  client = new HttpClient(opened.port);
});

test.before.each(() => {
  backend = new StubBackend(RING);
  putBehind(door, backend);
});

test.after(async () => {
  client.close();
  await door.drain();
});

function verdictWithout(...numbers: number[]): ClusterVerdict {
  return verdictOn({
    ...{ ring: RING, waitsFor: '', hasRoom: () => true, awayForMs: () => 1000 },
    isReachable: (id) => !numbers.map(idOf).includes(id),
  });
}

test('/health/cluster -> 200 while requests go on, 503 else; the verdict first', async () => {
  for (const [away, status, state] of [
    [[], 200, 'healthy'],
    [[2], 200, 'degraded'],
    [[2, 3], 503, 'unavailable'],
  ] as const) {
    backend.judged = verdictWithout(...away);
    const answer = await client.get('/health/cluster');
    assert.is(answer.status, status, answer.text);
    assert.match(answer.headers['content-type'] ?? '', 'application/json');
    const body = JSON.parse(answer.text);
    assert.is(Object.keys(body)[0], 'verdict');
    assert.is(body.verdict.state, state);
    assert.equal(body.verdict, backend.judged);
  }
});

test('/health/cluster to who takes no JSON -> the sentence and the remedy as text', async () => {
  backend.judged = verdictWithout(2, 3);
  const { sentence, remedy } = backend.judged;
  const answer = await client.get('/health/cluster', { Accept: 'text/plain' });
  assert.is(answer.status, 503);
  assert.match(answer.headers['content-type'] ?? '', 'text/plain');
  assert.is(answer.text, `${sentence}\n${remedy}\n`);
  backend.judged = verdictWithout();
  const healthy = await client.get('/health/cluster', { Accept: 'text/plain' });
  assert.is(healthy.text, `${backend.judged.sentence}\n`);
  for (const Accept of ['*/*', 'text/html, application/json;q=0.9', 'application/*']) {
    JSON.parse((await client.get('/health/cluster', { Accept })).text);
  }
});

test('/health/ready?quorum=1 -> 503 with the sentence if a quorum lacks', async () => {
  backend.judged = verdictWithout(2, 3);
  assert.is((await client.get('/health/ready')).status, 200);
  assert.is((await client.get('/health/ready?quorum=0')).status, 200);
  const refused = await client.get('/health/ready?quorum=1');
  assert.is(refused.status, 503);
  assert.is(codeOf(refused), 'quorum_unavailable');
  assert.ok(JSON.parse(refused.text).detail.startsWith(backend.judged.sentence));
  backend.judged = verdictWithout(2);
  assert.is((await client.get('/health/ready?quorum=1')).status, 200);
});

test('a parameter that means nothing -> 400', async () => {
  for (const target of [
    '/health/ready?quorum=yes',
    '/health/ready?quorum=2',
    '/health/ready?x=1',
    '/health/cluster?quorum=1',
    '/health/live?x=1',
  ]) {
    assert.is((await client.get(target)).status, 400, target);
  }
});

test('/admin/status -> is given what the store said', async () => {
  const { store } = JSON.parse((await client.get('/admin/status')).text);
  assert.equal(store, { rows: 0, bytes: 0, walBytes: 0, readOnly: false });
});

test('/health/live -> 200 as long as the process turns, whatever its store does', async () => {
  backend.storeStatus = () => undefined;
  const answer = await client.get('/health/live');
  assert.equal([answer.status, answer.text], [200, 'live']);
});

test.run();
