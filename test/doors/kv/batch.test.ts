/** `POST /kv/batch`: a line for a line, whatever the lines are and however they come. */
import { connect } from 'node:net';
import * as assert from 'uvu/assert';
import { visible } from '../../../src/core/data/visible.js';
import { failure, preconditionFailed } from '../../../src/core/failures.js';
import type { Failure, ReadRequest, WriteRequest } from '../../../src/core/requests.js';
import type { Backend } from '../../../src/doors/context.js';
import type { HttpDoor } from '../../../src/doors/http/server.js';
import { systemClock } from '../../../src/system.js';
import { eventually } from '../../support/eventually.js';
import { assertProblem } from '../../support/http/assert-problem.js';
import { type Answer, HttpClient } from '../../support/http/http-client.js';
import { suite } from '../../support/runner/suite.js';
import { FOUND, NEW, NEW_ETAG, recordOf } from '../key-door.js';
import { memberOf, openDoor, putBehind, ringOf, StubBackend } from '../stub-backend.js';

const test = suite('batches');

/** A store whose requests end in their turn, or when the test says so. */
class Store extends StubBackend {
  readonly values = new Map<string, WriteRequest>();
  readonly writes: WriteRequest[] = [];
  readonly reads: ReadRequest[] = [];
  failure: Failure | undefined;
  underWay = 0;
  mostUnderWay = 0;
  /** Ends those that are under way; undefined: they end by themselves. */
  held: (() => void)[] | undefined;

  override readonly write: Backend['write'] = (request, done) => {
    this.writes.push(request);
    this.#answer(() => {
      if (this.failure) return done(this.failure);
      if (request.condition) return done(preconditionFailed(NEW, 'no'));
      if (request.value) this.values.set(request.key.toString(), request);
      else this.values.delete(request.key.toString());
      done({ ok: true, version: NEW, epoch: 2, reached: 'quorum' });
    });
  };

  override readonly read: Backend['read'] = (request, done) => {
    this.reads.push(request);
    this.#answer(() => {
      const held = this.values.get(request.key.toString());
      const { value, contentType = '', expiresAt = 0 } = held ?? {};
      const record = value && recordOf({ value, contentType, expiresAt });
      done({ ...FOUND, ...visible(record, 0) });
    });
  };

  #answer(end: () => void): void {
    this.underWay++;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    const ended = () => {
      this.underWay--;
      end();
    };
    if (this.held) this.held.push(ended);
    else setImmediate(ended);
  }
}

let store: Store;
let door: HttpDoor;
let client: HttpClient;

test.before(async () => {
  const opened = await openDoor(new Store(ringOf([memberOf(1)])));
  door = opened.door;
  client = new HttpClient(opened.port);
});
test.before.each(() => {
  store = new Store(ringOf([memberOf(1)]));
  putBehind(door, store);
});
test.after(async () => {
  client.close();
  await door.drain();
});

type Line = { readonly [name: string]: unknown };

function outcomesIn(answer: Answer): Line[] {
  assert.is(answer.status, 200, answer.text);
  assert.is(answer.headers['content-type'], 'application/x-ndjson');
  return answer.text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

async function send(lines: readonly (object | string)[], query = ''): Promise<Line[]> {
  const texts = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
  const answer = await client.send('POST', `/kv/batch${query}`, { body: texts.join('\n') });
  return outcomesIn(answer);
}

test('puts, gets and deletes -> an outcome each, in order, as of single requests', async () => {
  const outcomes = await send([
    { op: 'put', key: 'a', value: 'é', ttl: 59.5 },
    { op: 'put', key: 'b', base64: '/wA=', contentType: 'image/png' },
    { op: 'get', key: 'a' },
    { op: 'get', key: 'b' },
    { op: 'delete', key: 'b' },
    { op: 'get', key: 'b' },
    { op: 'put', key: 'c', value: '' },
  ]);
  const put = { status: 204, etag: NEW_ETAG };
  const found = { status: 200, etag: NEW_ETAG };
  assert.equal(outcomes, [
    { line: 1, key: 'a', ...put, ttl: 60 },
    { line: 2, key: 'b', ...put },
    { ...{ line: 3, key: 'a' }, ...found, ttl: outcomes[2]?.ttl, ...text('é') },
    { line: 4, key: 'b', ...found, contentType: 'image/png', base64: '/wA=' },
    { line: 5, key: 'b', ...put },
    { ...{ line: 6, key: 'b', status: 404 }, code: 'not_found', detail: outcomes[5]?.detail },
    { line: 7, key: 'c', ...put },
  ]);
});

test('expiresAt -> that moment, also one that has passed: then there is no value', async () => {
  const future = systemClock.now() + 3_600_000;
  const [kept, gone] = await send([
    { op: 'put', key: 'a', value: 'x', expiresAt: future },
    { op: 'put', key: 'b', value: 'x', expiresAt: 1_600_000_000_000 },
  ]);
  const moments = store.writes.map(({ expiresAt }) => expiresAt);
  assert.equal(moments, [future, 1_600_000_000_000]);
  assert.ok(Number(kept?.ttl) > 3500 && Number(kept?.ttl) <= 3600, `${kept?.ttl} s`);
  assert.equal([gone?.status, gone?.ttl], [204, 0]);
});

function text(value: string): object {
  return { contentType: 'text/plain; charset=utf-8', value };
}

test('conditions and names of retries -> of their line, as if in headers', async () => {
  const id = { idempotencyKey: 'order 7' };
  const outcomes = await send([
    { op: 'put', key: 'a', value: 'x', ifNoneMatch: '*' },
    { op: 'delete', key: 'b', ifMatch: NEW_ETAG },
    { op: 'put', key: 'c', value: 'x', ...id },
  ]);
  assert.equal(
    outcomes.map(({ status, code }) => code ?? status),
    ['precondition_failed', 'precondition_failed', 204],
  );
  assert.is(outcomes[0]?.current, NEW_ETAG);
  const [absent, matches, named] = store.writes;
  assert.equal(absent?.condition, { kind: 'absent' });
  assert.equal(matches?.condition, { kind: 'matches', versions: [NEW] });
  assert.is(named?.operation?.length, 16);
});

test('level and time -> of the whole batch', async () => {
  await send(
    [
      { op: 'put', key: 'a', value: 'x' },
      { op: 'get', key: 'a' },
    ],
    '?w=3&r=1&timeout=77',
  );
  const [[write], [read]] = [store.writes, store.reads];
  assert.equal([write?.level, write?.timeoutMs], [3, 77]);
  assert.equal([read?.level, read?.timeoutMs], [1, 77]);
});

/** [a line, the code of its outcome] */
const BAD: readonly [object | string, string][] = [
  ['not json', 'bad_request'],
  ['[]', 'bad_request'],
  ['null', 'bad_request'],
  ['{"op":"get","key":"a"} {"op":"get","key":"b"}', 'bad_request'],
  [{ key: 'a' }, 'bad_request'],
  [{ op: 'touch', key: 'a' }, 'bad_request'],
  [{ op: 'get' }, 'key_invalid'],
  [{ op: 'get', key: '' }, 'key_invalid'],
  [{ op: 'get', key: 7 }, 'bad_request'],
  [{ op: 'get', key: 'k'.repeat(1025) }, 'key_invalid'],
  ['{"op":"get","key":"\\ud800"}', 'bad_request'],
  [{ op: 'get', key: 'a', ttl: 1 }, 'bad_request'],
  [{ op: 'delete', key: 'a', value: 'x' }, 'bad_request'],
  [{ op: 'put', key: 'a' }, 'bad_request'],
  [{ op: 'put', key: 'a', value: 'x', base64: 'eA==' }, 'bad_request'],
  [{ op: 'put', key: 'a', value: 7 }, 'bad_request'],
  [{ op: 'put', key: 'a', base64: 'e A=' }, 'bad_request'],
  [{ op: 'put', key: 'a', value: 'x', ttl: 0 }, 'bad_request'],
  [{ op: 'put', key: 'a', value: 'x', ttl: 0.0009 }, 'bad_request'],
  [{ op: 'put', key: 'a', value: 'x', ttl: 4e8 }, 'bad_request'],
  [{ op: 'put', key: 'a', value: 'x', ttl: '5' }, 'bad_request'],
  [{ op: 'put', key: 'a', value: 'x', ttl: 5, expiresAt: 4e12 }, 'bad_request'],
  [{ op: 'put', key: 'a', value: 'x', expiresAt: 1_900_000_000 }, 'bad_request'],
  [{ op: 'put', key: 'a', value: 'x', expiresAt: 9e15 }, 'bad_request'],
  [{ op: 'put', key: 'a', value: 'x', expiresAt: '4e12' }, 'bad_request'],
  [{ op: 'put', key: 'a', value: 'x', contentType: 'a\nb' }, 'bad_request'],
  [{ op: 'put', key: 'a', value: 'x', contentType: '🔑' }, 'bad_request'],
  [{ op: 'put', key: 'a', value: 'x', contentType: 'x'.repeat(256) }, 'bad_request'],
  [{ op: 'put', key: 'a', value: 'x', ifMatch: 'no tag' }, 'bad_request'],
  [{ op: 'put', key: 'a', value: 'x', ifMatch: '*', ifNoneMatch: '*' }, 'bad_request'],
  [{ op: 'put', key: 'a', value: 'x', idempotencyKey: '' }, 'bad_request'],
  [{ op: 'put', key: 'a', value: 'x'.repeat((1 << 20) + 1) }, 'value_too_large'],
  ['x'.repeat(7 << 20), 'value_too_large'],
  ['{"op":"get","key":"a","__proto__":{"x":1}}', 'bad_request'],
];

for (const [line, code] of BAD) {
  test(`${JSON.stringify(line).slice(0, 60)} -> ${code}, of that line alone`, async () => {
    const good = { op: 'put', key: 'good', value: 'x' };
    const outcomes = await send([good, line, '', good]);
    assert.equal(
      outcomes.map((each) => each.code ?? each.status),
      [204, code, 204],
    );
    assert.equal(
      outcomes.map((each) => each.line),
      [1, 2, 3],
    );
    assert.ok(JSON.stringify(outcomes[1]).length < 1000, 'what was sent is not sent back');
    assert.is(store.writes.length, 2);
  });
}

const REFUSED: readonly [string, object][] = [
  ['?consistency=most', {}],
  ['?r=0', {}],
  ['?explain=1', {}],
  ['', { 'If-Match': '*' }],
  ['', { 'Idempotency-Key': 'x' }],
  ['', { 'Content-Encoding': 'gzip' }],
];

for (const [query, headers] of REFUSED) {
  test(`a batch with ${query}${JSON.stringify(headers)} -> refused as a whole`, async () => {
    const body = JSON.stringify({ op: 'put', key: 'a', value: 'x' });
    const answer = await client.send('POST', `/kv/batch${query}`, {
      body,
      headers: { ...headers },
    });
    const isCoding = 'Content-Encoding' in headers;
    const code = isCoding ? 'content_coding_unsupported' : 'bad_request';
    assertProblem(answer, isCoding ? 415 : 400, code);
    assert.equal(store.writes, []);
  });
}

test('no lines -> none', async () => {
  assert.equal(await send([]), []);
  assert.equal(await send(['', ' ', '\r']), []);
});

test('a failure -> of its line, with whether it was applied', async () => {
  store.failure = failure('outcome_unknown', 'nobody can tell', 'unknown');
  const [outcome] = await send([{ op: 'delete', key: 'a' }]);
  assert.equal(outcome, {
    ...{ line: 1, key: 'a', status: 504, code: 'outcome_unknown' },
    ...{ detail: 'nobody can tell', applied: 'unknown' },
  });
});

test('with ttl= -> about the key of that name', async () => {
  const answer = await client.send('POST', '/kv/batch?ttl=5');
  assertProblem(answer, 404, 'not_found');
  assert.is(store.reads[0]?.key.toString(), 'batch');
});

test('many lines -> a bounded number under way; those about one key never together', async () => {
  const many = Array.from({ length: 2000 }, (_, index) => ({ op: 'get', key: `key ${index}` }));
  assert.is((await send(many)).length, 2000);
  assert.ok(store.mostUnderWay > 10 && store.mostUnderWay <= 64, `${store.mostUnderWay}`);
  store.mostUnderWay = 0;
  await send(many.map(() => ({ op: 'get', key: 'the same' })));
  assert.is(store.mostUnderWay, 1);
});

test('more lines than may be -> the first ones are done, and where it stopped', async () => {
  const lines = Array.from({ length: 10_050 }, () => '{"op":"get","key":"a"}');
  const outcomes = await send(lines);
  assert.is(outcomes.length, 10_001);
  assert.equal([outcomes.at(-1)?.code, outcomes.at(-1)?.line], ['value_too_large', 10_001]);
  assert.is(store.reads.length, 10_000);
});

test('given up while lines wait -> the rest is read, so that it can be sent', async () => {
  const { held } = Object.assign(store, { held: [] as (() => void)[] });
  const lines = Buffer.from(`{"op":"get","key":"a"}\n${'x\n'.repeat(10_100)}`);
  const rest = Buffer.alloc(7 << 20, 'x');
  const socket = connect(client.port, '127.0.0.1');
  const total = lines.length + rest.length;
  socket.write(`POST /kv/batch HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${total}\r\n\r\n`);
  socket.write(lines);
  await new Promise((sent) => socket.write(rest, sent));
  let text = '';
  socket.on('data', (piece) => {
    text += piece.toString();
  });
  held[0]!();
  await new Promise((resolve) => socket.once('end', resolve));
  socket.destroy();
  assert.match(text, /"line":1,"key":"a","status":404/);
  assert.match(text, /"line":10001,"status":413,"code":"value_too_large"/);
});

test('nothing ends -> no more is read than is under way, and all of it is held', async () => {
  store.held = [];
  const line = `${JSON.stringify({ op: 'put', key: 'k', value: 'v'.repeat(100_000) })}\n`;
  const socket = connect(client.port, '127.0.0.1');
  socket.on('data', () => undefined);
  const total = 1000 * line.length;
  socket.write(`POST /kv/batch HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${total}\r\n\r\n`);
  for (let index = 0; index < 1000; index++) {
    socket.write(line.replace('"k"', `"k${String(index).padStart(3, '0')}"`));
  }
  await eventually(() => store.writes.length > 30 && socket.writableLength > 0);
  assert.ok(store.writes.length <= 64, `${store.writes.length} are under way`);
  assert.ok(door.held.held < 16 << 20, `${door.held.held} bytes are held`);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.destroy();
  await closed;
  // What had come by then is still read, and done.
  await eventually(() => {
    for (const end of store.held?.splice(0) ?? []) end();
    return door.held.held === 0;
  });
});

test('a slow first line -> few others are begun meanwhile, their answers are held', async () => {
  const value = Buffer.alloc(100_000, 'v');
  const lines = Array.from({ length: 1000 }, (_, index) => ({ op: 'get', key: `key ${index}` }));
  for (const { key } of lines) store.values.set(key, { value } as unknown as WriteRequest);
  store.held = [];
  const { held } = store;
  const answered = send(lines);
  await eventually(() => held.length === 64);
  // No room for the answer of the second line, nor to begin another one.
  let taken = 0;
  while (door.held.take(value.length / 2)) taken += value.length / 2;
  held.splice(1, 1)[0]!();
  door.held.release(taken);
  while (held.length > 1) for (const end of held.splice(1)) end();
  assert.ok(store.reads.length < 150, `${store.reads.length} lines were begun`);
  assert.ok(door.held.held > 62 * value.length, `${door.held.held} bytes are held`);
  store.held = undefined;
  held[0]!();
  const outcomes = await answered;
  assert.equal(
    outcomes.map(({ line }) => line),
    lines.map((_, index) => index + 1),
  );
  assert.equal(
    outcomes.filter(({ status }) => status !== 200).map(({ line, code }) => [line, code]),
    [
      [2, 'overloaded'],
      [65, 'overloaded'],
    ],
  );
  await eventually(() => door.held.held === 0);
});

test('the node shuts down -> what had come is done, and the last line says so', async () => {
  const closing = await openDoor(store);
  const { held } = Object.assign(store, { held: [] as (() => void)[] });
  const socket = connect(closing.port, '127.0.0.1');
  let text = '';
  socket.on('data', (piece) => {
    text += piece.toString();
  });
  socket.write('POST /kv/batch HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n');
  socket.write('{"op":"get","key":"a"}\n{"op":"delete","key":"a"}\n{"op":');
  await eventually(() => held.length === 1);
  const drained = closing.door.drain();
  store.held = undefined;
  held[0]!();
  await new Promise((resolve) => socket.once('end', resolve));
  socket.destroy();
  await drained;
  assert.match(text, /"line":1,"key":"a","status":404/);
  assert.match(text, /"line":2,"key":"a","status":204/);
  assert.match(text, /"line":3,"status":503,"code":"shutting_down"/);
  assert.is(store.writes.length, 1);
});

test('a body that breaks off -> what had come is done, and the last line says so', async () => {
  const socket = connect(client.port, '127.0.0.1');
  let text = '';
  socket.on('data', (piece) => {
    text += piece.toString();
  });
  const line = '{"op":"put","key":"a","value":"x"}\n';
  socket.write(
    `POST /kv/batch HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n` +
      `${line.length.toString(16)}\r\n${line}\r\nno chunk\r\n`,
  );
  await new Promise((resolve) => socket.once('end', resolve));
  socket.destroy();
  assert.match(text, /"line":1,"key":"a","status":204/);
  assert.match(text, /"line":2,"status":400,"code":"bad_request"/);
  assert.is(store.writes.length, 1);
});

test.run();
