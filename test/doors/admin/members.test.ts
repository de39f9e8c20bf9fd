/** The doors through which members are changed: what gets in, and what is said of the rest. */
import * as assert from 'uvu/assert';
import type { HttpDoor } from '../../../src/doors/http/server.js';
import { type Answer, codeOf, HttpClient } from '../../support/http/http-client.js';
import { suite } from '../../support/runner/suite.js';
import { idOf, memberOf, openDoor, putBehind, ringOf, StubBackend } from '../stub-backend.js';

const test = suite('changes');
const RING = ringOf([1, 2, 3, 4].map((n) => memberOf(n)));
const [A, B, C] = [idOf(1), idOf(2), idOf(3)] as const;

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

function post(target: string, options: Parameters<HttpClient['send']>[2] = {}): Promise<Answer> {
  return client.send('POST', target, options);
}

function detailOf(answer: Answer): string {
  return (JSON.parse(answer.text) as { detail: string }).detail;
}

/** Refused with one sentence, and nobody behind the door heard of it. */
function assertRefused(answer: Answer, status: number, code: string): void {
  assert.is(answer.status, status, answer.text);
  assert.is(answer.headers['content-type'], 'application/problem+json');
  assert.is(codeOf(answer), code, answer.text);
  assert.not.match(answer.text, /\n\s+at /);
  assert.equal(backend.asked, []);
}

test('plan=join -> one member like any other, unless more is said', async () => {
  await client.get('/admin/ring?plan=join');
  await client.get('/admin/ring?plan=join&count=2&weight=3&zone=b%20%C3%A9');
  await client.get('/admin/ring?plan=join&zone=');
  assert.equal(backend.asked, [
    { kind: 'join', count: 1, weight: 1, zone: 'default' },
    { kind: 'join', count: 2, weight: 3, zone: 'b é' },
    { kind: 'join', count: 1, weight: 1, zone: '' },
  ]);
});

test('plan=leave, remove, replace -> the members by id, several by commas', async () => {
  for (const kind of ['leave', 'remove', 'replace']) {
    assert.is((await client.get(`/admin/ring?plan=${kind}&id=${A}`)).status, 200);
    assert.is((await client.get(`/admin/ring?plan=${kind}&id=${B},${A}`)).status, 200);
    assert.equal(backend.asked.splice(0), [
      { kind, ids: [A] },
      { kind, ids: [B, A] },
    ]);
  }
});

test('a plan -> its numbers and sentences, with long lists cut short', async () => {
  const answer = await client.get(`/admin/ring?plan=leave&id=${A}`);
  const plan = JSON.parse(answer.text);
  assert.equal(plan.plan, { kind: 'leave', ids: [A] });
  assert.equal(plan.unanswered, [B]);
  assert.not(plan.canFinish);
  assert.ok(plan.stuck.count > plan.stuck.first.length);
  assert.is(plan.stuck.first.length, 20);
  assert.is(plan.nodes.length, 4);
  for (const name of ['fetches', 'fewestMoves', 'now', 'during', 'afterwards', 'obstacles']) {
    assert.ok(name in plan, name);
  }
});

test('a node that cannot plan -> its problem', async () => {
  backend.planned = { ok: false, code: 'not_ready', detail: 'no ring' };
  const answer = await client.get('/admin/ring?plan=join');
  assert.is(answer.status, 503);
  assert.is(codeOf(answer), 'not_ready');
});

test('a word that is no plan -> 400 with the nearest one', async () => {
  const answer = await client.get('/admin/ring?plan=leaf');
  assertRefused(answer, 400, 'bad_request');
  assert.match(detailOf(answer), /one of join, leave, remove, replace; did you mean leave\?/);
});

test('an id that nobody has -> 400 with those that there are', async () => {
  const answer = await client.get('/admin/ring?plan=leave&id=ffffffffffffffff');
  assertRefused(answer, 400, 'bad_request');
  for (const { id } of RING.members) assert.match(detailOf(answer), id);
});

test('another epoch -> begun, with the words of what it does; or why not', async () => {
  const answer = await post('/admin/epoch');
  assert.is(answer.status, 202);
  const { epoch, next, effect, watch } = JSON.parse(answer.text);
  assert.equal([epoch, next, watch], [RING.epoch, RING.epoch + 1, '/admin/status']);
  assert.match(effect, /wins over all that was written before/);
  assert.equal(backend.asked.splice(0), ['epoch']);
  const far = await post('/admin/epoch?above=900');
  assert.equal([far.status, JSON.parse(far.text).next], [202, 901]);
  assert.equal(backend.asked.splice(0), ['epoch above 900']);
  backend.refusal = 'this node does not serve';
  assert.is(codeOf(await post('/admin/epoch')), 'change_refused');
  backend.asked.splice(0);
  for (const query of ['id=1', 'above=', 'above=-1', 'above=1073741824', 'above=1e3']) {
    assertRefused(await post(`/admin/epoch?${query}`), 400, 'bad_request');
  }
});

const LONG = 'x'.repeat(8000);
const BAD_PLANS = [
  'plan=',
  'plan=__proto__',
  'plan=constructor',
  'plan=Join',
  `plan=${LONG}`,
  'plan=%ff',
  'plan=join&plan=leave',
  'plan=join&id=0000000000000001',
  'plan=join&weight=0',
  'plan=join&weight=1001',
  'plan=join&weight=-1',
  'plan=join&weight=1.5',
  'plan=join&weight=heavy',
  'plan=join&weight=',
  'plan=join&count=0',
  'plan=join&count=101',
  'plan=join&count=1e9',
  'plan=join&zone=%00',
  'plan=join&zone=%ff',
  `plan=join&zone=${'z'.repeat(101)}`,
  'plan=leave',
  'plan=leave&id=',
  'plan=leave&id=,',
  `plan=leave&id=${A},`,
  `plan=leave&id=${A},${A}`,
  `plan=leave&id=${A}&id=${B}`,
  `plan=leave&id=${A}&weight=1`,
  `plan=leave&id=${A.toUpperCase()}f`,
  `plan=leave&id=%20${A}`,
  'plan=leave&id=__proto__',
  `plan=remove&id=${LONG}`,
  `plan=remove&id=${RING.members.map(({ id }) => id).join(',')}`,
  'weight=1',
];

for (const query of BAD_PLANS) {
  test(`?${query.length > 60 ? `${query.slice(0, 60)}…` : query} -> 400`, async () => {
    const answer = await client.get(`/admin/ring?${query}`);
    assertRefused(answer, 400, 'bad_request');
    assert.ok(answer.text.length < 1000, 'what was sent is not sent back');
  });
}

test('a change is under way -> ids are those of the ring it leads to', async () => {
  const { members, layout } = ringOf([2, 3, 4, 5].map((n) => memberOf(n)));
  backend.current = { ...RING, transition: { members, layout } };
  assertRefused(await client.get(`/admin/ring?plan=leave&id=${A}`), 400, 'bad_request');
  assert.is((await client.get(`/admin/ring?plan=leave&id=${idOf(5)}`)).status, 200);
});

test('no ring yet -> 503 for plans and removals', async () => {
  backend.current = undefined;
  assertRefused(await client.get('/admin/ring?plan=join'), 503, 'not_ready');
  assertRefused(await post(`/admin/remove?id=${B}`), 503, 'not_ready');
});

test('leave -> 202, and again', async () => {
  for (let time = 0; time < 2; time++) {
    const answer = await post('/admin/leave', { body: time === 0 ? '' : '{"ignored": true}' });
    assert.is(answer.status, 202);
    assert.equal(JSON.parse(answer.text), { leaving: A, watch: '/admin/status' });
  }
  assert.equal(backend.asked, [A, A]);
});

test('leave?id= -> another member is asked; only one, and only a member', async () => {
  const answer = await post(`/admin/leave?id=${B}`);
  assert.is(answer.status, 202);
  assert.equal(JSON.parse(answer.text), { leaving: B, watch: '/admin/status' });
  assert.equal(backend.asked, [B]);
});

test('leave of several, or of nobody that is known -> refused, and nobody leaves', async () => {
  assertRefused(await post(`/admin/leave?id=${B},${C}`), 400, 'bad_request');
  assertRefused(await post('/admin/leave?id='), 404, 'not_found');
  assertRefused(await post('/admin/leave?id=ffffffffffffffff'), 404, 'not_found');
});

test('leave is refused by the node -> 409 with its sentence', async () => {
  backend.refusal = 'this is the last member';
  const answer = await post('/admin/leave');
  assert.is(answer.status, 409);
  assert.is(codeOf(answer), 'change_refused');
  assert.is(detailOf(answer), 'this is the last member');
});

test('remove -> 202 with what is removed', async () => {
  backend.removal = { ok: true, removing: [B, C], forced: false, lost: [], incomplete: [] };
  const answer = await post(`/admin/remove?id=${B},${C}`);
  assert.is(answer.status, 202);
  const watch = '/admin/status';
  assert.equal(JSON.parse(answer.text), { removing: [B, C], forced: false, watch });
  assert.equal(backend.asked, [{ ids: [B, C], force: false }]);
});

test('remove by force -> says what may be lost, and names no more than twenty', async () => {
  const incomplete = Array.from({ length: 30 }, (_, partition) => partition);
  backend.removal = { ok: true, removing: [B], forced: true, lost: [3, 4], incomplete };
  const answer = await post(`/admin/remove?id=${B}&force=${B}`);
  assert.is(answer.status, 202);
  assert.equal(backend.asked, [{ ids: [B], force: true }]);
  const { lost, incomplete: some, warning, forced } = JSON.parse(answer.text);
  assert.ok(forced);
  assert.equal(lost, { count: 2, first: [3, 4] });
  assert.equal(some, { count: 30, first: incomplete.slice(0, 20) });
  assert.match(
    warning,
    /acknowledged writes may be missing from 30 partitions, 2 of which have no/,
  );
});

test('remove is refused by the node -> 409 or 503, as it says', async () => {
  for (const [code, status] of [
    ['change_refused', 409],
    ['no_majority', 503],
  ] as const) {
    backend.removal = { ok: false, code, detail: 'because', needed: 2, got: 1 };
    const answer = await post(`/admin/remove?id=${B}`);
    assert.is(answer.status, status);
    const { code: said, detail, needed, got } = JSON.parse(answer.text);
    assert.equal([said, detail, needed, got], [code, 'because', 2, 1]);
  }
});

test('a member that was coming is dead -> it can be removed, too', async () => {
  const { members, layout } = ringOf([1, 2, 5].map((n) => memberOf(n)));
  backend.current = { ...RING, transition: { members, layout } };
  backend.removal = { ok: true, removing: [idOf(5)], forced: false, lost: [], incomplete: [] };
  assert.is((await post(`/admin/remove?id=${idOf(5)}`)).status, 202);
  assert.is((await post(`/admin/remove?id=${C}`)).status, 202);
});

test('remove of an unknown id -> 404 with those that there are', async () => {
  for (const id of ['ffffffffffffffff', 'nonsense', '', `${B},`, '__proto__', '%00', LONG]) {
    const answer = await post(`/admin/remove?id=${id}`);
    assertRefused(answer, 404, 'not_found');
    assert.match(detailOf(answer), B);
    assert.ok(answer.text.length < 1000);
  }
});

const BAD_REMOVALS = [
  '',
  `id=${B},${B}`,
  `id=${B}&id=${C}`,
  `id=${B}&force=`,
  `id=${B}&force=true`,
  `id=${B}&force=${C}`,
  `id=${B},${C}&force=${B}`,
  `id=${B}&force=${B}&force=${B}`,
  `id=${B}&forced=${B}`,
  `id=${B}&timeout=1`,
  'id=%ff',
];

for (const query of BAD_REMOVALS) {
  test(`POST /admin/remove?${query} -> 400`, async () => {
    assertRefused(await post(`/admin/remove?${query}`), 400, 'bad_request');
  });
}

test('leave with another parameter -> 400, not a node that leaves', async () => {
  assertRefused(await post(`/admin/leave?node=${B}`), 400, 'bad_request');
});

test('any method but POST -> 405, and nobody leaves', async () => {
  for (const path of ['/admin/leave', `/admin/remove?id=${B}`]) {
    for (const method of ['PUT', 'DELETE', 'PATCH', 'GET']) {
      const answer = await client.send(method, path);
      assertRefused(answer, 405, 'method_not_allowed');
      assert.is(answer.headers.allow, 'POST, OPTIONS');
    }
    assert.is((await client.send('HEAD', path)).status, 405);
    assert.equal(backend.asked, []);
  }
});

test('a page of another site -> 403; of our own -> served', async () => {
  for (const target of ['/admin/leave', `/admin/remove?id=${B}`]) {
    for (const origin of ['http://evil.example', 'null', 'http://127.0.0.1:1', 'nonsense']) {
      assertRefused(await post(target, { headers: { Origin: origin } }), 403, 'origin_refused');
    }
  }
  const own = { Origin: `http://127.0.0.1:${client.port}` };
  assert.is((await post('/admin/leave', { headers: own })).status, 202);
});

test('a body beyond all need -> 413, and nothing is done', async () => {
  for (const target of ['/admin/leave', `/admin/remove?id=${B}`]) {
    assertRefused(await post(target, { body: Buffer.alloc(8193) }), 413, 'value_too_large');
    const headers = { 'Transfer-Encoding': 'chunked' };
    const chunked = await post(target, { headers, body: Buffer.alloc(100_000) });
    assertRefused(chunked, 413, 'value_too_large');
  }
  assert.is((await post('/admin/leave', { body: Buffer.alloc(8192) })).status, 202);
});

test.run();
