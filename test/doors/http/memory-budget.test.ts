/** What the door holds for clients that are slow, or ask for more than they take. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import * as assert from 'uvu/assert';
import type { Backend } from '../../../src/doors/context.js';
import type { DoorLimits, HttpDoor } from '../../../src/doors/http/server.js';
import { eventually } from '../../support/eventually.js';
import { type Answer, codeOf, HttpClient } from '../../support/http/http-client.js';
import { RawConnection } from '../../support/http/raw-connection.js';
import { suite } from '../../support/runner/suite.js';
import { FOUND, NEW, recordOf } from '../key-door.js';
import { memberOf, openDoor, ringOf, StubBackend } from '../stub-backend.js';

const LARGEST = Buffer.alloc(1 << 20, 'v');
/** Room for one value of the largest size, and not for two. */
const MAX_HELD_BYTES = 1.5 * LARGEST.length;
/** Of its answers the buffers of the system take only some, and it may wait for its turns. */
const MANY = 80;
const SOON_MS = 100;
const NEVER_MS = 600_000;

const test = suite('held bytes');

/** Answers at once, or one by one when it is told to. */
class SlowBackend extends StubBackend {
  isQuick = false;
  value: Buffer | undefined = LARGEST;
  readonly reads: string[] = [];
  readonly writes: string[] = [];
  readonly #pending: (() => void)[] = [];
  inFlight = 0;
  mostInFlight = 0;

  override readonly read: Backend['read'] = ({ key }, done) => {
    this.reads.push(key.toString());
    const value = this.value ?? key;
    this.#ask(() => done({ ...FOUND, record: recordOf({ value }) }));
  };

  override readonly write: Backend['write'] = ({ value }, done) => {
    this.writes.push(value!.toString());
    this.#ask(() => done({ ok: true, version: NEW, epoch: 2, reached: 'quorum' }));
  };

  #ask(answer: () => void): void {
    this.inFlight++;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    this.#pending.push(answer);
    if (this.isQuick) queueMicrotask(() => this.answer());
  }

  answer(): void {
    this.inFlight--;
    this.#pending.shift()!();
  }
}

let backend: SlowBackend;
let door: HttpDoor;
let client: HttpClient;

async function open(limits: Partial<DoorLimits> = {}): Promise<void> {
  backend = new SlowBackend(ringOf([memberOf(1)]));
  const rest = { maxHeldBytes: MAX_HELD_BYTES, stallMs: NEVER_MS };
  const opened = await openDoor(backend, 0, { ...rest, ...limits });
  door = opened.door;
  client = new HttpClient(opened.port);
}

test.after.each(async () => {
  client.close();
  await door.drain();
});

const GET = request('GET', 'k');

function request(method: string, key: string, body?: string): string {
  const length = body === undefined ? '' : `Content-Length: ${body.length}\r\n`;
  return `${method} /kv/${key} HTTP/1.1\r\nHost: localhost\r\n${length}\r\n${body ?? ''}`;
}

function declare(bytes: number): string {
  return `PUT /kv/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${bytes}\r\n\r\n`;
}

async function askAndReadNothing(): Promise<Socket> {
  const socket = connect(client.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  socket.write(GET.repeat(MANY));
  return socket;
}

/** Nothing else is held: there is room for the largest value again. */
async function assertFree(): Promise<void> {
  backend.isQuick = true;
  backend.value = LARGEST;
  const answer = await eventually(async () => {
    const read = await client.get('/kv/k');
    return read.status === 200 && read;
  });
  assert.ok(answer.body.equals(LARGEST));
}

function assertOverloaded(answer: Answer, applied = 'no'): void {
  assert.is(answer.status, 503, answer.text);
  assert.is(codeOf(answer), 'overloaded');
  assert.is(answer.headers['retry-after'], '1');
  assert.is(JSON.parse(answer.text).applied, applied);
}

test('writes and reads that are sent ahead -> one after the other, in their order', async () => {
  await open();
  backend.value = undefined;
  const raw = await RawConnection.open(client.port);
  raw.send(request('PUT', 'a', '1') + request('PUT', 'a', '2') + GET);
  raw.send(declare(5));
  raw.send('thr');
  for (const [writes, reads] of [
    [['1'], []],
    [['1', '2'], []],
    [['1', '2'], ['k']],
  ] as const) {
    await eventually(() => backend.inFlight === 1);
    // Another client's request is a proof that the next one was not only late.
    assert.is((await client.get('/health/live')).status, 200);
    assert.equal([backend.writes, backend.reads], [writes, reads]);
    backend.answer();
  }
  await eventually(() => raw.received.endsWith('\r\n\r\nk'));
  raw.send(`ee${GET}`);
  await eventually(() => backend.inFlight === 1);
  assert.equal(backend.writes, ['1', '2', 'three']);
  backend.isQuick = true;
  backend.answer();
  await eventually(() => backend.reads.length === 2);
  raw.destroy();
  await assertFree();
});

test('thousands of requests at once -> each answered, and never two at a time', async () => {
  await open({ maxHeldBytes: 64 << 20 });
  backend.isQuick = true;
  backend.value = undefined;
  const raw = await RawConnection.open(client.port);
  const keys = Array.from({ length: 5000 }, (_, i) => `key-${i}`);
  raw.send(keys.map((key) => request('GET', key)).join(''));
  await eventually(() => raw.received.endsWith(keys.at(-1)!));
  raw.destroy();
  assert.equal(raw.received.match(/^key-\d+/gm), keys);
  assert.equal(backend.reads, keys);
  assert.is(backend.mostInFlight, 1);
});

test('many reads of 1 MiB, no answer is taken -> few are made, the client is cut off', async () => {
  await open({ stallMs: SOON_MS });
  backend.isQuick = true;
  const socket = await askAndReadNothing();
  // Nobody reads, and so nobody would be told of the end.
  await eventually(async () => {
    const { length } = backend.reads;
    await assertFree();
    return backend.reads.length === length + 1;
  });
  assert.ok(backend.reads.length < MANY / 2, `${backend.reads.length} reads`);
  socket.destroy();
});

test('answers that are not taken -> no read is begun that might find no room', async () => {
  await open();
  backend.isQuick = true;
  const socket = await askAndReadNothing();
  // The system's own buffers take a few.
  await eventually(async () => (await client.get('/kv/k')).status === 503);
  const before = backend.reads.length;
  assertOverloaded(await client.get('/kv/k'));
  assertOverloaded(await client.get('/s/key?key=k'));
  assert.is(backend.reads.length, before);
  assert.is((await client.put('/kv/k', 'small')).status, 204);
  assert.is((await client.get('/admin/status')).status, 200);
  socket.destroy();
  await assertFree();
});

test('two values at once and room for one -> one is sent, the other is refused', async () => {
  await open();
  const answers = [client.get('/kv/a'), client.get('/kv/b')];
  await eventually(() => backend.inFlight === 2);
  backend.answer();
  backend.answer();
  const [first, second] = (await Promise.all(answers)).sort((a, b) => a.status - b.status);
  assert.is(first!.status, 200);
  assertOverloaded(second!);
  await assertFree();
});

test('bodies that are announced and do not come -> count nothing', async () => {
  await open();
  backend.isQuick = true;
  const announced = await Promise.all(
    Array.from({ length: 50 }, async () => {
      const raw = await RawConnection.open(client.port);
      raw.send(`${declare(LARGEST.length)}little`);
      return raw;
    }),
  );
  await eventually(() => door.held.held >= 50 * 'little'.length);
  assert.is((await client.put('/kv/k', LARGEST)).status, 204);
  assert.is((await client.get('/kv/k')).status, 200);
  for (const raw of announced) raw.destroy();
  await eventually(() => door.held.held === 0);
});

test('bodies that stall -> what has come counts; one more is refused beforehand', async () => {
  await open();
  const stalled = await RawConnection.open(client.port);
  stalled.send(declare(LARGEST.length));
  stalled.send(LARGEST.subarray(1));
  const expecting = await eventually(async () => {
    const raw = await RawConnection.open(client.port);
    const [head] = declare(LARGEST.length).split(/(?=\r\n$)/);
    raw.send(`${head}Expect: 100-continue\r\n\r\n`);
    await eventually(() => raw.received !== '');
    const isRefused = raw.received.startsWith('HTTP/1.1 503 ');
    raw.destroy();
    return isRefused;
  });
  assert.ok(expecting);
  assertOverloaded(await client.put('/kv/k', LARGEST));
  const named = await client.put('/kv/k', LARGEST, { 'Idempotency-Key': '"a"' });
  assertOverloaded(named, 'unknown');
  const seed = JSON.stringify({ key: 'k', value: LARGEST.toString() });
  assertOverloaded(await client.send('POST', '/s/key', { body: seed }));
  assert.equal(backend.writes, []);
  stalled.destroy();
  await assertFree();
});

test('a body in small pieces -> held in one piece that is not much larger', async () => {
  await open();
  const raw = await RawConnection.open(client.port);
  raw.send(declare(LARGEST.length));
  let sent = 0;
  for (const size of [1, 10, 1000, 70_000, 100_000, 200_000]) {
    raw.send(LARGEST.subarray(0, size));
    sent += size;
    await eventually(() => door.held.held >= sent);
    assert.ok(door.held.held <= 2 * sent, `${door.held.held} are held for ${sent}`);
  }
  raw.send(LARGEST.subarray(sent));
  await eventually(() => backend.writes.length === 1);
  assert.is(door.held.held, LARGEST.length);
  assert.is(backend.writes[0], LARGEST.toString());
  backend.answer();
  assert.is(await raw.status(), 204);
  raw.destroy();
  await eventually(() => door.held.held === 0);
});

test('a body that stops -> 408, and its share is free, though nobody reads or closes', async () => {
  await open({ uploadLookMs: SOON_MS });
  const stopped = connect(client.port, '127.0.0.1');
  await once(stopped, 'connect');
  stopped.write(declare(LARGEST.length));
  stopped.write(LARGEST.subarray(1));
  await eventually(() => door.held.held > 0);
  await eventually(() => door.held.held === 0);
  const answer = await new Promise<string>((resolve) => {
    stopped.setEncoding('latin1').once('data', resolve);
  });
  assert.match(answer, /^HTTP\/1\.1 408 /);
  assert.match(answer, /the body came too slowly/);
  stopped.destroy();
  await assertFree();
});

test('nothing is left for clients -> operators have their answers', async () => {
  await open();
  const stalled = await RawConnection.open(client.port);
  stalled.send(declare(LARGEST.length));
  stalled.send(LARGEST.subarray(1));
  const other = await RawConnection.open(client.port);
  const rest = MAX_HELD_BYTES - LARGEST.length + 1;
  other.send(declare(LARGEST.length));
  other.send(LARGEST.subarray(0, rest));
  await eventually(() => door.held.held >= LARGEST.length);
  await eventually(async () => (await client.get('/kv/k')).status === 503);
  for (const path of ['/health/live', '/health/ready', '/metrics', '/admin/status']) {
    const answer = await client.get(path);
    assert.is(answer.status, 200, `${path}: ${answer.text}`);
  }
  stalled.destroy();
  other.destroy();
  await assertFree();
});

test('chunks -> counted as they come', async () => {
  await open();
  backend.isQuick = true;
  const stalled = await RawConnection.open(client.port);
  stalled.send('PUT /kv/k HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n');
  const chunk = LARGEST.subarray(0, 1000 * 1000);
  stalled.send(`${chunk.length.toString(16)}\r\n${chunk}\r\n`);
  const answer = await eventually(async () => {
    const read = await client.get('/kv/k');
    return read.status === 503 && read;
  });
  assertOverloaded(answer);
  stalled.destroy();
  await assertFree();
});

test('chunks of one byte -> one value', async () => {
  await open();
  const raw = await RawConnection.open(client.port);
  const value = Array.from({ length: 5000 }, (_, i) => String(i % 10)).join('');
  const chunks = value.replace(/./g, '1\r\n$&\r\n');
  const head = 'PUT /kv/k HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n';
  raw.send(`${head}${chunks}0\r\n\r\n`);
  await eventually(() => backend.writes.length === 1);
  backend.answer();
  assert.is(await raw.status(), 204);
  raw.destroy();
  assert.equal(backend.writes, [value]);
});

test('more requests ahead than there is memory for -> cut, and the others are served', async () => {
  await open();
  const raw = await RawConnection.open(client.port);
  raw.send(GET.repeat(1000));
  await raw.ended();
  assert.ok(backend.reads.length <= 1);
  backend.answer();
  await assertFree();
});

test('an answer that is long in coming -> not taken for one that nobody takes', async () => {
  await open({ stallMs: SOON_MS });
  const patient = client.get('/kv/k');
  await eventually(() => backend.inFlight === 1);
  const [early, late] = [
    await RawConnection.open(client.port),
    await RawConnection.open(client.port),
  ];
  // They ask nothing, and are cut when the time is over: it is over for the patient one too.
  await Promise.all([early.ended(), late.ended()]);
  backend.answer();
  assert.is((await patient).status, 200);
});

test.run();
