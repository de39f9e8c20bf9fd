/**
 * What clients as people have them get from a real node: curl as it is typed, netcat that closes
 * its half, browsers with their pages.
 */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { missing } from '../support/data/obstacle.js';
import type { HttpClient } from '../support/http/http-client.js';
import { RawConnection } from '../support/http/raw-connection.js';
import { Child } from '../support/processes/child.js';
import type { NodeProcess } from '../support/processes/node-process.js';
import { ProcessCluster } from '../support/processes/process-cluster.js';
import { suite } from '../support/runner/suite.js';

const PAGE = 'https://app.example';
const test = suite('clients');
const noCurl = missing('curl');
let cluster: ProcessCluster;
let node: NodeProcess;
let client: HttpClient;

test.before(async () => {
  cluster = await ProcessCluster.start(1, ['--cors-origin', PAGE]);
  node = cluster.nodes[0]!;
  client = node.client;
});

test.after(async () => {
  await cluster?.close();
});

/** What curl prints. */
async function curl(...args: string[]): Promise<string> {
  const child = new Child('curl', ['--silent', '--show-error', ...args]);
  assert.equal(await child.exited, { code: 0, signal: null }, child.stderr);
  return child.stdout;
}

function at(key: string): string {
  return `http://${node.address}/kv/${key}`;
}

/** A test of the real curl, where there is one. */
function withCurl(name: string, run: () => Promise<void>): void {
  if (noCurl) test.skip(name, noCurl);
  else test(name, run);
}

withCurl("the README's first lines -> the value as it was typed, as text", async () => {
  const [, lines = ''] = /```sh\n(curl -X PUT [\s\S]*?)```/.exec(
    readFileSync('README.md', 'utf8'),
  )!;
  const commands = lines.trim().split('\n');
  assert.is(commands.length, 2);
  let printed = '';
  for (const command of commands) {
    const shell = new Child('sh', ['-c', command.replace('127.0.0.1:8080', node.address)]);
    assert.is((await shell.exited).code, 0, shell.stderr);
    printed += shell.stdout;
  }
  assert.is(printed, 'hello');
  assert.is((await client.get('/kv/greeting')).headers['content-type'], 'text/plain');
});

withCurl('curl -T -> the bytes of the file, without a type of their own', async () => {
  await curl('-T', 'package.json', at('file'));
  const read = await client.get('/kv/file');
  assert.is(read.text, readFileSync('package.json', 'utf8'));
  assert.is(read.headers['content-type'], 'application/octet-stream');
});

withCurl('curl --data -> with the type that it names', async () => {
  await curl('-X', 'PUT', '--data', 'a=b', at('form'));
  const read = await client.get('/kv/form');
  assert.equal(
    [read.text, read.headers['content-type']],
    ['a=b', 'application/x-www-form-urlencoded'],
  );
});

withCurl('keys with dots, written as the README says -> those keys', async () => {
  for (const [key, ...spelling] of [
    ['a/../b', '--path-as-is', at('a/../b')],
    ['a/../b', at('a%2F..%2Fb')],
    ['..', at('%2E%2E')],
  ] as const) {
    await curl('-T', 'package.json', ...spelling);
    const { text } = await client.get(`/s/key?key=${key}`);
    assert.is(JSON.parse(text).key, key);
    await client.delete(`/s/key?key=${key}`);
  }
});

test('+ in a query -> a space, everywhere; in a path -> itself', async () => {
  await client.put('/kv/a%20b', 'space');
  await client.put('/kv/a+b', 'plus');
  for (const [spelling, value] of [
    ['a+b', 'space'],
    ['a%20b', 'space'],
    ['a%2Bb', 'plus'],
  ]) {
    assert.is(JSON.parse((await client.get(`/s/key?key=${spelling}`)).text).value, value);
    const located = JSON.parse((await client.get(`/admin/locate?key=${spelling}`)).text);
    assert.is(located.key, value === 'space' ? 'a b' : 'a+b');
  }
  assert.is((await client.delete('/s/key?key=a+b')).text, 'OK');
  assert.is((await client.get('/kv/a%20b')).status, 404);
  assert.is((await client.get('/kv/a+b')).text, 'plus');
});

test('a client that closes its half behind its request (nc -N) -> its answer', async () => {
  for (const request of [
    'PUT /kv/half HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nhalf',
    'GET /kv/half HTTP/1.1\r\nHost: localhost\r\n\r\n',
    'GET /kv/half HTTP/1.0\r\n\r\n',
  ]) {
    const raw = await RawConnection.open(node.port);
    raw.send(request);
    raw.halfClose();
    await raw.ended();
    assert.equal(raw.statuses, [request.startsWith('PUT') ? 204 : 200]);
  }
  assert.is((await client.get('/kv/half')).text, 'half');
});

/** [what follows a whole PUT in its segment, its answer] */
const BEHIND: readonly (readonly [name: string, bytes: string, status: number])[] = [
  ['two bytes more', '\xa9\xc3', 400],
  ['a bad header', 'GET / HTTP/1.1\r\nHost: localhost\r\nbad header\r\n\r\n', 400],
  ['a header of 20 kB', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ['raw UTF-8 in a target', 'GET /kv/\xc3\xa9 HTTP/1.1\r\nHost: localhost\r\n\r\n', 400],
];

for (const [name, bytes, status] of BEHIND) {
  test(`a PUT with ${name} in its segment -> 204, then ${status}`, async () => {
    const raw = await RawConnection.open(node.port);
    const put = 'PUT /kv/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nh\xc3\xa9h';
    raw.send(Buffer.from(put + bytes, 'latin1'));
    await raw.ended();
    assert.equal(raw.statuses, [204, status]);
    assert.is((await client.get('/kv/k')).text, 'héh');
  });
}

/** [header of a PUT, its answer] */
const FORMS: readonly (readonly [name: string, value: string, status: number])[] = [
  ['Content-Range', 'bytes 0-2/5', 400],
  ['Content-Encoding', 'gzip', 415],
];

for (const [name, value, status] of FORMS) {
  test(`PUT with ${name}: ${value} -> ${status}, and the value is kept`, async () => {
    await client.put('/kv/whole', 'whole');
    assert.is((await client.put('/kv/whole', 'abc', { [name]: value })).status, status);
    const headers = { 'Content-Type': 'application/json', [name]: value };
    const seed = { headers, body: '{"key":"whole","value":"abc"}' };
    assert.is((await client.send('POST', '/s/key', seed)).status, status);
    assert.is((await client.get('/kv/whole')).text, 'whole');
  });
}

for (const coding of ['gzip', 'gzip, chunked']) {
  test(`PUT with Transfer-Encoding: ${coding} -> 501, and the value is kept`, async () => {
    await client.put('/kv/coded', 'whole');
    const raw = await RawConnection.open(node.port);
    raw.send('PUT /kv/coded HTTP/1.1\r\nHost: localhost\r\n');
    raw.send(`Transfer-Encoding: ${coding}\r\n\r\n3\r\nabc\r\n0\r\n\r\n`);
    await raw.ended();
    assert.equal(raw.statuses, [501]);
    assert.is((await client.get('/kv/coded')).text, 'whole');
  });
}

test('text/html in a value -> kept, and run by no browser', async () => {
  await client.put('/kv/page', '<script>1</script>', { 'Content-Type': 'text/html' });
  const read = await client.get('/kv/page');
  assert.is(read.headers['content-type'], 'text/html');
  assert.is(read.headers['x-content-type-options'], 'nosniff');
  assert.match(String(read.headers['content-security-policy']), /\bsandbox\b/);
});

test('a page that --cors-origin names -> asks, writes, reads; any other is refused', async () => {
  const headers = { Origin: PAGE };
  const asks = { ...headers, 'Access-Control-Request-Method': 'PUT' };
  const asked = await client.send('OPTIONS', '/kv/shared', { headers: asks });
  assert.is(asked.status, 204);
  assert.is(asked.headers['access-control-allow-origin'], PAGE);
  assert.is((await client.put('/kv/shared', 'by a page', headers)).status, 204);
  assert.is((await client.get('/kv/shared', headers)).headers['access-control-allow-origin'], PAGE);
  assert.is((await client.put('/kv/shared', 'x', { Origin: 'https://evil.example' })).status, 403);
  assert.is((await client.get('/kv/shared')).text, 'by a page');
});

test.run();
