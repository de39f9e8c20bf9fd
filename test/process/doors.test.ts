/** What may come in through the HTTP door of a node, and what it says to it. */
import * as assert from 'uvu/assert';
import { eventually } from '../support/eventually.js';
import { assertProblem } from '../support/http/assert-problem.js';
import { HttpClient } from '../support/http/http-client.js';
import { RawConnection } from '../support/http/raw-connection.js';
import type { NodeProcess } from '../support/processes/node-process.js';
import { ProcessCluster } from '../support/processes/process-cluster.js';
import { suite } from '../support/runner/suite.js';

const MAX_VALUE_BYTES = 1 << 20;
/** More than sockets buffer, and far more than a refused body may cost the server. */
const HUGE_BYTES = 100 << 20;
const CHUNK = Buffer.alloc(64 << 10, 'x');

const test = suite('doors');
let cluster: ProcessCluster;
let node: NodeProcess;
let client: HttpClient;

test.before(async () => {
  cluster = await ProcessCluster.start(1);
  node = cluster.nodes[0]!;
  client = node.client;
});

/** Whatever came in, the node is well, and still the same process. */
test.after.each(async () => {
  assert.ok(node.isRunning, node.output);
  assert.is((await client.get('/health/live')).status, 200);
  assert.is(node.child.stderr, '');
});

test.after(async () => {
  await cluster?.close();
});

/** [target behind /kv/, other spellings of the same key] */
const GOOD_KEYS: readonly (readonly string[])[] = [
  ['..', '%2e%2E'],
  ['.', '%2e'],
  ['a/b', 'a%2Fb', 'a%2fb'],
  ['a//b/', 'a%2F%2Fb%2F'],
  ['__proto__', '%5F_proto__'],
  ['constructor'],
  ['a%3Fb'],
  ['a+b', 'a%2Bb'],
  ['%25zz'],
  ['%00'],
  ['%F0%9F%98%80', '%f0%9f%98%80'],
  ['e%CC%81'],
  ['%C3%A9'],
  ['k'.repeat(1024), '%6B'.repeat(1024)],
];

for (const [index, spellings] of GOOD_KEYS.entries()) {
  const [first] = spellings;
  test(`key ${shown(first!)} -> one key in each of its spellings`, async () => {
    const value = `value ${index}`;
    assert.is((await client.put(`/kv/${first}`, value)).status, 204);
    for (const spelling of spellings) {
      const read = await client.get(`/kv/${spelling}`);
      assert.is(read.text, value, `read as ${shown(spelling)}`);
    }
  });
}

test('keys that look alike -> none was stored in the place of another', async () => {
  for (const [index, [first]] of GOOD_KEYS.entries()) {
    assert.is((await client.get(`/kv/${first}`)).text, `value ${index}`);
  }
  assert.is(({} as { polluted?: unknown }).polluted, undefined);
});

/** [name, target behind /kv/] */
const BAD_KEYS: readonly (readonly [string, string])[] = [
  ['empty', ''],
  ['of 1,025 bytes', 'k'.repeat(1025)],
  ['of 1,025 escaped bytes', '%6B'.repeat(1025)],
  ['%', '%'],
  ['%z', '%z'],
  ['%zz', '%zz'],
  ['of invalid UTF-8', '%ff'],
  ['of half a character', '%C3'],
  ['with a surrogate', '%ED%A0%80'],
];

for (const [name, target] of BAD_KEYS) {
  test(`key ${name} -> 400 key_invalid, whatever the method`, async () => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const body = method === 'PUT' ? { body: 'x' } : {};
      assertProblem(await client.send(method, `/kv/${target}`, body), 400, 'key_invalid');
    }
  });
}

test('a key with an emoji that is not escaped -> 400, and how to send it', async () => {
  // One character for each byte, as curl sends what is typed.
  const answer = await client.get(`/kv/${Buffer.from('😀').toString('latin1')}`);
  assertProblem(answer, 400, 'bad_request');
  assert.match(answer.text, /percent-escaped/);
});

test('a target in absolute form -> the same key', async () => {
  await client.put('/kv/absolute', 'x');
  assert.is((await client.get('http://elsewhere:1/kv/absolute')).text, 'x');
});

test('values of 0 bytes and of the limit -> stored as they are', async () => {
  for (const size of [0, MAX_VALUE_BYTES]) {
    const value = Buffer.alloc(size, 'v');
    assert.is((await client.put(`/kv/size-${size}`, value)).status, 204);
    assert.ok((await client.get(`/kv/size-${size}`)).body.equals(value));
  }
});

test('a value one byte over the limit -> 413, and the connection still works', async () => {
  const one = new HttpClient(node.port, 1);
  const answer = await one.put('/kv/over', Buffer.alloc(MAX_VALUE_BYTES + 1));
  assertProblem(answer, 413, 'value_too_large');
  assertProblem(await one.get('/kv/over'), 404, 'not_found');
  one.close();
});

test('100 MB are declared -> 413 before they are sent, and they are not read', async () => {
  const raw = await RawConnection.open(node.port);
  raw.send(
    `PUT /kv/huge HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${HUGE_BYTES}\r\n\r\nlittle`,
  );
  assert.is(await raw.status(), 413);
  const took = await raw.sendUntilClosed(CHUNK, HUGE_BYTES);
  assert.ok(took < HUGE_BYTES / 2, `the server took ${took} bytes`);
  assertProblem(await client.get('/kv/huge'), 404, 'not_found');
});

test('chunks without end -> 413 when they are too many, and the rest is not read', async () => {
  const raw = await RawConnection.open(node.port);
  raw.send('PUT /kv/chunks HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n');
  const chunk = Buffer.from(`${CHUNK.length.toString(16)}\r\n${CHUNK}\r\n`);
  const took = await raw.sendUntilClosed(chunk, HUGE_BYTES);
  assert.ok(took < HUGE_BYTES / 2, `the server took ${took} bytes`);
  assert.match(raw.received, /^HTTP\/1\.1 413 /);
  assertProblem(await client.get('/kv/chunks'), 404, 'not_found');
});

test('chunks that fit -> stored', async () => {
  const raw = await RawConnection.open(node.port);
  raw.send('PUT /kv/few HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n');
  raw.send('3\r\nabc\r\n');
  raw.send('2\r\nde\r\n0\r\n\r\n');
  assert.is(await raw.status(), 204);
  raw.destroy();
  assert.is((await client.get('/kv/few')).text, 'abcde');
});

test('Expect: 100-continue with too much -> 413 and no 100', async () => {
  const raw = await RawConnection.open(node.port);
  const head = `PUT /kv/expect HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${HUGE_BYTES}\r\n`;
  raw.send(`${head}Expect: 100-continue\r\n\r\n`);
  assert.is(await raw.status(), 413);
  assert.not.match(raw.received, /HTTP\/1\.1 100/);
  raw.destroy();
});

test('Expect: 100-continue with a bad key -> 400 and no 100', async () => {
  const raw = await RawConnection.open(node.port);
  raw.send(
    'PUT /kv/%zz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n',
  );
  assert.is(await raw.status(), 400);
  assert.not.match(raw.received, /HTTP\/1\.1 100/);
  raw.destroy();
});

test('Expect: 100-continue with what fits -> 100, then stored', async () => {
  const raw = await RawConnection.open(node.port);
  raw.send('PUT /kv/fits HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n');
  raw.send('Expect: 100-continue\r\n\r\n');
  await eventually(() => raw.received.startsWith('HTTP/1.1 100 '));
  raw.send('body');
  assert.is(await raw.status(), 204);
  raw.destroy();
  assert.is((await client.get('/kv/fits')).text, 'body');
});

const BAD_SEEDS: readonly (readonly [string, string | Buffer, string])[] = [
  ['no body', '', 'bad_request'],
  ['half an object', '{"key":"a"', 'bad_request'],
  ['a form', 'key=a&value=b', 'bad_request'],
  ['null', 'null', 'bad_request'],
  ['an array', '["key","value"]', 'bad_request'],
  ['a number for a key', '{"key":1,"value":"b"}', 'bad_request'],
  ['an object for a value', '{"key":"a","value":{}}', 'bad_request'],
  ['no value', '{"key":"a"}', 'bad_request'],
  ['a field that means nothing', '{"key":"a","value":"b","ttl":1}', 'bad_request'],
  ['keys of __proto__', '{"__proto__":{"key":"a","value":"b"}}', 'bad_request'],
  ['a value with half a character', '{"key":"a","value":"\\ud800"}', 'bad_request'],
  ['invalid UTF-8', Buffer.from('{"key":"a","value":"\xff"}', 'latin1'), 'bad_request'],
  ['an empty key', '{"key":"","value":"b"}', 'key_invalid'],
  ['a long key', `{"key":"${'k'.repeat(1025)}","value":"b"}`, 'key_invalid'],
  ['a key with half a character', '{"key":"\\ud800","value":"b"}', 'key_invalid'],
];

for (const [name, body, code] of BAD_SEEDS) {
  test(`POST /s/key with ${name} -> 400 ${code}`, async () => {
    assertProblem(await client.send('POST', '/s/key', { body }), 400, code);
  });
}

test('POST /s/key with a value over the limit -> 413', async () => {
  const body = JSON.stringify({ key: 'a', value: 'v'.repeat(MAX_VALUE_BYTES + 1) });
  assertProblem(await client.send('POST', '/s/key', { body }), 413, 'value_too_large');
});

test('POST /s/key as curl -d sends it -> stored', async () => {
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const answer = await client.send('POST', '/s/key', { body: '{"key":"a","value":"b"}', headers });
  assert.is(answer.text, 'OK');
  assert.is((await client.get('/kv/a')).text, 'b');
});

const BAD_REQUESTS: readonly (readonly [string, string, number, string])[] = [
  ['GET', '/nothing', 404, 'route_unknown'],
  ['GET', '/kvx', 404, 'route_unknown'],
  ['GET', '/__proto__', 404, 'route_unknown'],
  ['GET', '/s/key/', 404, 'route_unknown'],
  ['GET', '*', 404, 'route_unknown'],
  ['OPTIONS', '/nothing', 404, 'route_unknown'],
  ['PATCH', '/kv/a', 405, 'method_not_allowed'],
  ['PUT', '/s/key', 405, 'method_not_allowed'],
  ['POST', '/health/live', 405, 'method_not_allowed'],
  ['DELETE', '/admin/ring', 405, 'method_not_allowed'],
  ['GET', '/kv/a?consistancy=one', 400, 'bad_request'],
  ['GET', '/kv/a?w=2', 400, 'bad_request'],
  ['PUT', '/kv/a?r=2', 400, 'bad_request'],
  ['GET', '/kv/a?ttl=1', 400, 'bad_request'],
  ['GET', '/s/key?key=a&x=1', 400, 'bad_request'],
  ['GET', '/health/live?x=1', 400, 'bad_request'],
  ['GET', '/health/ready?x=1', 400, 'bad_request'],
  ['GET', '/s/key', 400, 'key_invalid'],
  ['GET', '/s/key?key=', 400, 'key_invalid'],
  ['GET', '/s/key?key=%ff', 400, 'bad_request'],
  ['DELETE', '/s/key?key=%ff', 400, 'bad_request'],
  ['GET', '/s/key?key=%', 400, 'bad_request'],
  ['GET', '/s/key?key=a&key=b', 400, 'bad_request'],
  ['GET', '/admin/locate?key=', 400, 'key_invalid'],
  ['GET', '/kv/a?timeout=0', 400, 'bad_request'],
  ['GET', '/kv/a?timeout=soon', 400, 'bad_request'],
  ['GET', '/kv/a?timeout=1e3', 400, 'bad_request'],
  ['GET', '/kv/a?timeout=999999999', 400, 'bad_request'],
  ['PUT', '/kv/a?ttl=0', 400, 'bad_request'],
  ['PUT', '/kv/a?ttl=-1', 400, 'bad_request'],
  ['PUT', '/kv/a?ttl=0.0001', 400, 'bad_request'],
  ['GET', '/kv/a?consistency=strong', 400, 'bad_request'],
  ['GET', '/kv/a?consistency=', 400, 'bad_request'],
  ['GET', '/kv/a?r=0', 400, 'bad_request'],
  ['GET', '/kv/a?consistency=one&r=1', 400, 'bad_request'],
  ['GET', '/kv/a?timeout=100&timeout=200', 400, 'bad_request'],
  ['GET', '/kv/a?r=9', 503, 'level_impossible'],
];

for (const [method, target, status, code] of BAD_REQUESTS) {
  test(`${method} ${target} -> ${status} ${code}`, async () => {
    const answer = await client.send(method, target, method === 'PUT' ? { body: 'x' } : {});
    assertProblem(answer, status, code);
    if (status === 405) assert.match(answer.headers.allow!, /^[A-Z]+(, [A-Z]+)*$/);
  });
}

const CONDITIONS = { 'If-Match': '"1.1.0123456789abcdef"', 'If-None-Match': '*' } as const;

for (const [name, condition] of Object.entries(CONDITIONS)) {
  test(`${name} on a write that must fail -> 412, and nothing is written`, async () => {
    await client.put('/kv/conditional', 'first');
    for (const method of ['PUT', 'DELETE']) {
      const headers = { [name]: condition };
      const body = method === 'PUT' ? { body: 'second' } : {};
      // Deleting what is there on the condition that nothing is.
      const answer = await client.send(method, '/kv/conditional', { headers, ...body });
      assertProblem(answer, 412, 'precondition_failed');
      assert.is((await client.get('/kv/conditional')).text, 'first');
    }
  });
}

test('half a body and gone -> nothing stored', async () => {
  const polite = await RawConnection.open(node.port);
  const rude = await RawConnection.open(node.port);
  for (const raw of [polite, rude]) {
    raw.send('PUT /kv/half HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf ');
  }
  rude.destroy();
  await polite.end();
  assert.not.match(polite.received, /^HTTP\/1\.1 2/);
  assertProblem(await client.get('/kv/half'), 404, 'not_found');
});

test('garbage on the port -> 400 and closed', async () => {
  for (const garbage of ['\x00\x01\x02\x03\r\n\r\n', 'GET\r\n\r\n', '\x16\x03\x01\x02\x00\x01']) {
    const raw = await RawConnection.open(node.port);
    raw.send(Buffer.from(garbage, 'latin1'));
    assert.is(await raw.status(), 400);
    await raw.ended();
    assert.match(raw.received, /"detail":"this is no HTTP request/);
  }
});

test('two lengths for one body -> 400 and nothing stored', async () => {
  const raw = await RawConnection.open(node.port);
  raw.send('PUT /kv/smuggled HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n');
  raw.send('Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n');
  assert.is(await raw.status(), 400);
  await raw.ended();
  assertProblem(await client.get('/kv/smuggled'), 404, 'not_found');
});

test('headers of 100 KB -> 431', async () => {
  const answer = await client.get('/kv/a', { 'X-Long': 'x'.repeat(100_000) });
  assertProblem(answer, 431, 'headers_too_large');
});

function shown(key: string): string {
  return JSON.stringify(key.length > 24 ? `${key.slice(0, 6)}… (${key.length})` : key);
}

test.run();
