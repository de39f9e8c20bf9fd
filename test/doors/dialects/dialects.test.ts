/** The lines of small stores, where they are not as the document shows them: at their edges. */
import * as assert from 'uvu/assert';
import type { WriteRequest } from '../../../src/core/requests.js';
import { systemClock } from '../../../src/system.js';
import { assertProblem } from '../../support/http/assert-problem.js';
import type { Answer } from '../../support/http/http-client.js';
import { suite } from '../../support/runner/suite.js';
import { FOUND, KeyDoor, recordOf } from '../key-door.js';
import { memberOf, ringOf } from '../stub-backend.js';

const test = suite('dialects');
const door = new KeyDoor();

test.before(() => door.open());
test.before.each(() => door.renew());
test.after(() => door.close());

const PAIR = '{"key":"k","value":"v"}';
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
const READS = ['/s/key?key=k', '/get?key=k', '/get/k', '/get/key=k', '/kvstore?key=k'];
const WITH_BODY = ['POST /s/key', 'POST /put', 'PUT /put', 'POST /kvstore', 'PUT /kvstore'];
const DELETES = ['/s/key?key=k', '/delete?key=k', '/delete/k', '/kvstore?key=k'];
const UNAVAILABLE = { ok: false, code: 'quorum_unavailable', detail: 'too few' } as const;

function send(line: string, body?: string): Promise<Answer> {
  const [method = '', target = ''] = line.split(' ');
  return door.client.send(method, target, { headers: FORM, ...(body !== undefined && { body }) });
}

function written(): WriteRequest {
  return door.backend.writes.at(-1)!;
}

test('a body of the type that curl -d names -> read as JSON by every line', async () => {
  for (const line of WITH_BODY) {
    assert.ok((await send(line, PAIR)).status < 300, line);
    const { key, value, contentType } = written();
    assert.equal([`${key}`, `${value}`, contentType], ['k', 'v', 'text/plain; charset=utf-8']);
  }
});

test('a body that is no pair of texts -> 400, whatever the line', async () => {
  const bad = ['', 'key=k', '[]', 'null', '{"key":"k"}', '{"key":"k","value":1}'];
  for (const body of [...bad, '{"key":"k","value":"v","ttl":"1"}', '{"key":"","value":"v"}']) {
    for (const line of WITH_BODY) assert.is((await send(line, body)).status, 400, line);
  }
  assert.equal(door.backend.writes, []);
});

test('no quorum, or too much to do -> a problem with its status, and no "not found"', async () => {
  for (const [code, status] of [
    ['quorum_unavailable', 503],
    ['overloaded', 503],
    ['outcome_unknown', 504],
  ] as const) {
    door.backend.written = { ...UNAVAILABLE, code, applied: 'unknown' };
    for (const line of WITH_BODY) assertProblem(await send(line, PAIR), status, code);
    assertProblem(await send('POST /set/k/v'), status, code);
    for (const target of DELETES) assertProblem(await door.client.delete(target), status, code);
    door.backend.found = { ...UNAVAILABLE, code };
    for (const target of READS) assertProblem(await door.client.get(target), status, code);
    door.renew();
  }
});

test('DELETE that cannot look -> says that nothing was removed, and removes nothing', async () => {
  door.backend.found = UNAVAILABLE;
  for (const target of ['/delete?key=k', '/delete/k']) {
    const answer = await door.client.delete(target);
    assertProblem(answer, 503, 'quorum_unavailable');
    assert.is(JSON.parse(answer.text).applied, 'no');
  }
  assert.equal(door.backend.writes, []);
});

test('DELETE of what is not there -> 404, and nothing is written', async () => {
  const tombstone = recordOf({ tombstone: true, value: Buffer.alloc(0) });
  door.backend.found = { ...FOUND, record: tombstone, absent: 'deleted' };
  assert.is((await door.client.delete('/delete?key=k')).status, 404);
  assert.equal(door.backend.writes, []);
});

test('DELETE that looked for long -> only the rest of the time is left to remove', async () => {
  let nowMs = 0;
  door.renew({ ...systemClock, monotonic: () => nowMs });
  const { backend } = door;
  const { read } = backend;
  Object.assign(backend, {
    read(...asked: Parameters<typeof read>) {
      nowMs += 1500;
      read(...asked);
    },
  });
  await door.client.delete('/delete?key=k');
  assert.equal([backend.reads[0]!.timeoutMs, written().timeoutMs], [2000, 500]);
});

test('a value beyond the limit, in a body -> 413', async () => {
  const body = JSON.stringify({ key: 'k', value: 'v'.repeat((1 << 20) + 1) });
  for (const line of WITH_BODY) assertProblem(await send(line, body), 413, 'value_too_large');
});

test('conditions and retries, unknown parameters -> refused, not ignored', async () => {
  const headers = { 'If-Match': '*' };
  for (const target of READS) door.assertRefused(await door.client.get(target, headers));
  for (const target of DELETES) door.assertRefused(await door.client.delete(target, headers));
  for (const line of [...WITH_BODY, 'POST /set/k/v']) {
    const [method = '', target = ''] = line.split(' ');
    const retry = { headers: { 'Idempotency-Key': 'a' }, body: line.includes('/set') ? '' : PAIR };
    door.assertRefused(await door.client.send(method, target, retry));
    door.assertRefused(await send(`${line}?ttl=5`, PAIR));
  }
  for (const target of ['/get/k?ttl=5', '/list-nodes?x=1']) {
    door.assertRefused(await door.client.get(target));
  }
});

/** [target, the key and the value that it stands for] */
const SETS: readonly (readonly [target: string, key: string, value: string])[] = [
  ['/set/k/v', 'k', 'v'],
  ['/set/k/', 'k', ''],
  ['/set/k//', 'k', '/'],
  ['/set/a%2Fb/c%2Fd', 'a/b', 'c/d'],
  ['/set/key=k/v+w', 'key=k', 'v+w'],
  ['/set/%F0%9F%98%80/%C3%A9', '😀', 'é'],
];

for (const [target, key, value] of SETS) {
  test(`POST ${target} -> ${key} is ${JSON.stringify(value)}`, async () => {
    assert.is((await send(`POST ${target}`)).text, 'Key-Value pair set successfully');
    assert.equal([`${written().key}`, `${written().value}`], [key, value]);
  });
}

test('POST /set that lacks a part, has bad escapes or a body -> 400', async () => {
  for (const target of ['/set/k', '/set/', '/set//v', '/set/k/%', '/set/k/%FF', '/set/%zz/v']) {
    assert.is((await send(`POST ${target}`)).status, 400, target);
  }
  door.assertRefused(await send('POST /set/k/v', 'w'));
});

test('a key in a path -> read as it is, but for key= in front', async () => {
  for (const [target, key] of [
    ['/get/a/b', 'a/b'],
    ['/get/key=', undefined],
    ['/get/', undefined],
    ['/get/key=key=a', 'key=a'],
    ['/get/key%3Da', 'key=a'],
    ['/get/keys=a', 'keys=a'],
    ['/get/a+b', 'a+b'],
  ] as const) {
    const { status } = await door.client.get(target);
    assert.is(status, key === undefined ? 400 : 200, target);
    if (key !== undefined) assert.is(`${door.backend.reads.at(-1)!.key}`, key);
  }
});

test('values of these lines -> shown by no browser as a page of the node', async () => {
  for (const target of READS) {
    const { headers } = await door.client.get(target);
    assert.is(headers['x-content-type-options'], 'nosniff', target);
    assert.match(String(headers['content-type']), /^application\/json/);
  }
});

test('/list-nodes -> a line for each member; without a ring -> 503', async () => {
  door.backend.current = ringOf([memberOf(1), memberOf(2), memberOf(3)]);
  const lines = 'node: 127.0.0.1:9001\nnode: 127.0.0.1:9002\nnode: 127.0.0.1:9003\n';
  assert.is((await door.client.get('/list-nodes')).text, lines);
  door.backend.current = undefined;
  assertProblem(await door.client.get('/list-nodes'), 503, 'not_ready');
});

test('another method -> 405 with those that there are, of all who share the path', async () => {
  const answer = await door.client.send('PATCH', '/put', { body: PAIR });
  assertProblem(answer, 405, 'method_not_allowed');
  assert.is(answer.headers.allow, 'POST, PUT, OPTIONS');
});

test.run();
