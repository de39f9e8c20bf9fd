/** What is no request, behind requests that are: their answers come first, each in its turn. */
import * as assert from 'uvu/assert';
import type { WriteRequest, Written } from '../../../src/core/requests.js';
import type { Backend } from '../../../src/doors/context.js';
import { eventually } from '../../support/eventually.js';
import { RawConnection } from '../../support/http/raw-connection.js';
import { suite } from '../../support/runner/suite.js';
import { FOUND, NEW, recordOf } from '../key-door.js';
import { memberOf, openDoor, putBehind, ringOf, StubBackend } from '../stub-backend.js';

const test = suite('malformed');
const WRITTEN: Written = { ok: true, version: NEW, epoch: 1, reached: 'quorum' };

/** Answers writes only when it is told to. */
class SlowBackend extends StubBackend {
  readonly writes: WriteRequest[] = [];
  readonly #waiting: (() => void)[] = [];

  override readonly write: Backend['write'] = (request, done) => {
    this.writes.push(request);
    this.#waiting.push(() => done(WRITTEN));
  };

  override readonly read: Backend['read'] = (_request, done) => {
    done({ ...FOUND, record: recordOf({}) });
  };

  /** Waits for a write, and answers it. */
  async answer(): Promise<void> {
    const next = await eventually(() => this.#waiting.shift());
    next();
  }

  get values(): string[] {
    return this.writes.map(({ value }) => String(value));
  }
}

let backend: SlowBackend;
let opened: Awaited<ReturnType<typeof openDoor>>;

test.before(async () => {
  opened = await openDoor(new SlowBackend(ringOf([memberOf(1)])));
});

test.before.each(() => {
  backend = new SlowBackend(ringOf([memberOf(1)]));
  putBehind(opened.door, backend);
});

test.after(() => opened.door.drain());

function put(body: string, headers = `Content-Length: ${body.length}\r\n`): string {
  return `PUT /kv/k HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n${body}`;
}

const GET = 'GET /kv/k HTTP/1.1\r\nHost: localhost\r\n\r\n';

/** [what stands behind the whole requests, what is answered] */
const GARBAGE: readonly (readonly [name: string, bytes: string, status: number])[] = [
  ['two bytes too many', '\xc3\xa9', 400],
  ['a header without a name', 'GET /kv/k HTTP/1.1\r\nHost: localhost\r\n: x\r\n\r\n', 400],
  ['headers of 20 kB', `GET /kv/k HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ['raw UTF-8 in a target', 'GET /kv/h\xc3\xa9 HTTP/1.1\r\nHost: localhost\r\n\r\n', 400],
  ['a body of two lengths', put('', 'Content-Length: 1\r\nTransfer-Encoding: chunked\r\n'), 400],
];

for (const [name, bytes, status] of GARBAGE) {
  test(`a PUT, then in the same segment ${name} -> 204, then ${status}`, async () => {
    const raw = await RawConnection.open(opened.port);
    raw.send(Buffer.from(put('h\xc3\xa9h') + bytes, 'latin1'));
    await backend.answer();
    await raw.ended();
    assert.equal(raw.statuses, [204, status]);
    assert.equal(backend.values, ['h\u00e9h']);
  });

  test(`two PUTs and a GET that wait for each other, then ${name} -> all in turn`, async () => {
    const raw = await RawConnection.open(opened.port);
    raw.send(Buffer.from(put('first') + put('second') + GET + bytes, 'latin1'));
    await backend.answer();
    await backend.answer();
    await raw.ended();
    assert.equal(raw.statuses, [204, 204, 200, status]);
    assert.equal(backend.values, ['first', 'second']);
  });
}

test('garbage that goes on while an answer is awaited -> one refusal', async () => {
  const raw = await RawConnection.open(opened.port);
  raw.send(`${put('first')}\0\0`);
  await eventually(() => backend.writes.length === 1);
  for (let i = 0; i < 5; i++) {
    raw.send('\0'.repeat(1000));
    await turn();
  }
  assert.equal(raw.statuses, []);
  await backend.answer();
  await raw.ended();
  assert.equal(raw.statuses, [204, 400]);
});

test('garbage without end -> the connection is cut', async () => {
  const raw = await RawConnection.open(opened.port);
  raw.send(`${put('first')}\0\0`);
  await raw.sendUntilClosed(Buffer.alloc(64 << 10), 100 << 20);
  assert.ok(raw.closed);
});

const CHUNKED = 'Transfer-Encoding: chunked\r\n';

test('a chunk of no length -> 400 to its request, and nothing is stored', async () => {
  const raw = await RawConnection.open(opened.port);
  raw.send(`${put('3\r\nabc\r\nzz\r\n', CHUNKED)}`);
  await raw.ended();
  assert.equal(raw.statuses, [400]);
  assert.equal(backend.writes, []);
});

test('the same behind another request -> in turn', async () => {
  const raw = await RawConnection.open(opened.port);
  raw.send(put('first') + put('3\r\nabc\r\nzz\r\n', CHUNKED));
  await backend.answer();
  await raw.ended();
  assert.equal(raw.statuses, [204, 400]);
  assert.equal(backend.values, ['first']);
});

test('a body that breaks off -> 400, and nothing is stored', async () => {
  const raw = await RawConnection.open(opened.port);
  raw.send(put('half', 'Content-Length: 8\r\n'));
  raw.halfClose();
  await raw.ended();
  assert.equal(raw.statuses, [400]);
  assert.match(raw.received, /the request breaks off/);
  assert.equal(backend.writes, []);
});

test('a client that closes its half behind its requests -> gets its answers', async () => {
  const raw = await RawConnection.open(opened.port);
  raw.send(put('first') + put('second') + GET);
  raw.halfClose();
  await backend.answer();
  await backend.answer();
  await raw.ended();
  assert.equal(raw.statuses, [204, 204, 200]);
});

test('a client that closes its half between requests -> closed', async () => {
  const raw = await RawConnection.open(opened.port);
  raw.send(GET);
  assert.is(await raw.status(), 200);
  await raw.end();
  assert.equal(raw.statuses, [200]);
});

test('an upgrade of a foreign origin behind a request -> refused in its turn', async () => {
  opened.door.onUpgrade('/peer', (_request, socket) => socket.destroy());
  const raw = await RawConnection.open(opened.port);
  const offer =
    'Host: localhost\r\nOrigin: http://evil\r\nConnection: Upgrade\r\nUpgrade: websocket';
  raw.send(`${put('first')}GET /peer HTTP/1.1\r\n${offer}\r\n\r\n`);
  await backend.answer();
  await raw.ended();
  assert.equal(raw.statuses, [204, 403]);
});

/** [header lines, status] */
const FORMS: readonly (readonly [string, number])[] = [
  ['Transfer-Encoding: gzip', 501],
  ['Transfer-Encoding: gzip, chunked', 501],
  ['Transfer-Encoding: chunked, gzip', 501],
  ['Transfer-Encoding: identity', 501],
  ['Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked', 501],
  ['Transfer-Encoding:', 501],
  [`${CHUNKED}Content-Range: bytes 0-2/10`, 400],
  [`${CHUNKED}Content-Range: bytes */*`, 400],
  [`${CHUNKED}Content-Encoding: gzip`, 415],
  [`${CHUNKED}Content-Encoding: identity, br`, 415],
];

for (const [headers, status] of FORMS) {
  test(`PUT with ${JSON.stringify(headers)} -> ${status}, and nothing is stored`, async () => {
    const raw = await RawConnection.open(opened.port);
    raw.send(put('3\r\nabc\r\n0\r\n\r\n', `${headers}\r\n`));
    assert.is(await raw.status(), status);
    assert.equal(backend.writes, []);
    if (status === 415) assert.match(raw.received, /\r\nAccept-Encoding: identity\r\n/);
    await raw.end();
    assert.is(raw.statuses[0], status);
  });
}

test('DELETE with a transfer coding -> 501, and nothing is deleted', async () => {
  const raw = await RawConnection.open(opened.port);
  raw.send('DELETE /kv/k HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n');
  await raw.ended();
  assert.equal(raw.statuses, [501]);
  assert.equal(backend.writes, []);
});

for (const headers of [
  'Transfer-Encoding: Chunked',
  'Transfer-Encoding: , chunked',
  `${CHUNKED}Content-Encoding: Identity`,
]) {
  test(`PUT with ${JSON.stringify(headers)} -> stored`, async () => {
    const raw = await RawConnection.open(opened.port);
    raw.send(put('3\r\nabc\r\n0\r\n\r\n', `${headers.trim()}\r\n`));
    await backend.answer();
    assert.is(await raw.status(), 204);
    raw.destroy();
    assert.equal(backend.values, ['abc']);
  });
}

/** What was sent has reached the other side. */
function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

test.run();
