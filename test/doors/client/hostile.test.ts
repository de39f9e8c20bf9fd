/**
 * Whatever a program does at `/client`, it costs that program its socket, with a code and a
 * sentence, and nobody else anything.
 */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { MemoryBudget } from '../../../src/core/memory-budget.js';
import type { Found } from '../../../src/core/requests.js';
import { CLIENT_CLOSE } from '../../../src/core/wire/client/closing.js';
import { eventually } from '../../support/eventually.js';
import { HttpClient } from '../../support/http/http-client.js';
import { suite } from '../../support/runner/suite.js';
import { FOUND, recordOf } from '../key-door.js';
import { frameOf, get, HELLO, Program, put } from './program.js';
import { ProgramDoor } from './program-door.js';

const test = suite('hostile programs');
const WINDOW = 256;

const at = new ProgramDoor();

test.before(async () => void (await at.open()));
test.before.each(() => at.renew());
test.after.each(() => at.leave());
test.after(() => at.close());

/** [what is said, the code, what the reason has to say]; of a at.program that was welcomed. */
const OFFENCES: readonly [string, (to: Program) => void, number, RegExp][] = [
  ['a second hello', (to) => to.send(HELLO), CLIENT_CLOSE.malformed, /second hello/],
  ['a text frame', (to) => to.socket.send('hello'), CLIENT_CLOSE.malformed, /text frame/],
  [
    'an unknown tag',
    (to) => to.socket.send(Buffer.alloc(9, 255)),
    CLIENT_CLOSE.malformed,
    /unknown message tag/,
  ],
  [
    'a message of a peer',
    (to) => to.socket.send(Buffer.from([15, 0, 0, 0, 1])),
    CLIENT_CLOSE.malformed,
    /unknown message tag/,
  ],
  [
    'a frame cut short',
    (to) => to.socket.send(frameOf(get(1, 'k')).subarray(0, 9)),
    CLIENT_CLOSE.malformed,
    /ends in a field/,
  ],
  ['a call twice', (to) => to.send(get(7, 'k'), get(7, 'k')), CLIENT_CLOSE.order, /call 7/],
  ['a lower call', (to) => to.send(get(7, 'k'), get(6, 'k')), CLIENT_CLOSE.order, /call 6/],
  [
    'a frame larger than any',
    (to) => to.socket.send(Buffer.alloc((2 << 20) + 1)),
    1009,
    /payload/i,
  ],
];

for (const [what, offend, code, reason] of OFFENCES) {
  test(`${what} -> closed with ${code} and a sentence, counted, others are served`, async () => {
    const other = await Program.welcomed(at.port);
    offend(at.program);
    const end = await at.program.ended;
    assert.is(end.code, code);
    if (code !== 1009) assert.match(end.reason, reason);
    await eventually(() => at.counted('bad_request') === 1);
    other.send(get(1, 'k'));
    assert.is((await other.answerTo(1)).type, 'client.value');
    other.socket.terminate();
  });
}

test('numbers that begin again at 0 -> are later ones', async () => {
  at.program.send(get(0x7fffffff, 'k'), get(0xfffffffe, 'k'), get(0xffffffff, 'k'), get(0, 'k'));
  assert.is((await at.program.answerTo(0)).type, 'client.value');
});

test('more in flight than the welcome allows -> closed', async () => {
  at.backend.holds = true;
  at.program.send(...Array.from({ length: WINDOW }, (_, i) => put(i + 1, 'k', 'v')));
  await eventually(() => at.backend.waiting.length === WINDOW);
  at.program.send(put(WINDOW + 1, 'k', 'v'));
  assert.is((await at.program.ended).code, CLIENT_CLOSE.window);
  // Whoever still answers does so to nobody.
  for (const answer of at.backend.waiting) answer();
});

test('more bytes in flight than that -> closed; one operation may have any', async () => {
  at.backend.holds = true;
  const large = 'x'.repeat(1 << 20);
  for (let call = 1; call <= 3; call++) at.program.send(put(call, 'k', large));
  await eventually(() => at.backend.waiting.length === 3);
  assert.ok(at.door.held.held > 3 << 20);
  for (const call of [4, 5]) at.program.send(put(call, 'k', large));
  assert.is((await at.program.ended).code, CLIENT_CLOSE.window);
  await eventually(() => at.door.held.held === 0);
});

test('answers that are not read -> nothing more is begun, and in the end closed', async () => {
  const value = Buffer.alloc(1 << 20, 'v');
  at.backend.found = { ...FOUND, record: recordOf({ value }) } as Found;
  at.program.socket.pause();
  const asked = 100;
  at.program.send(...Array.from({ length: asked }, (_, i) => get(i + 1, 'k')));
  await eventually(() => at.door.held.held >= 1 << 20);
  await eventually(async () => {
    await at.look();
    return at.counted('request_timeout') === 1;
  });
  assert.ok(at.backend.reads.length < asked, `${at.backend.reads.length} reads were begun`);
  at.program.socket.resume();
  await at.program.ended;
});

test('large values of one turn -> only so many are begun; the rest is held', async () => {
  const value = Buffer.alloc(1 << 20, 'v');
  at.backend.found = { ...FOUND, record: recordOf({ value }) } as Found;
  at.backend.holds = true;
  const key = 'k'.repeat(1000);
  at.program.send(...Array.from({ length: WINDOW }, (_, i) => get(i + 1, key)));
  await eventually(() => at.backend.waiting.length === 4);
  await new Promise(setImmediate);
  assert.is(at.backend.reads.length, 4);
  assert.ok(at.door.held.held > (WINDOW - 10) * 1000, 'requests that wait are counted');
  // All are answered in the end.
  await eventually(() => {
    for (const answer of at.backend.waiting.splice(0)) answer();
    return at.backend.reads.length === WINDOW;
  });
  for (const answer of at.backend.waiting.splice(0)) answer();
  await at.program.answerTo(WINDOW);
});

test('small values -> as many are begun at a time as the window allows', async () => {
  for (let call = 1; call <= 400; call++) {
    at.program.send(get(call, 'k'));
    if (call % 100 === 0) await at.program.answerTo(call);
  }
  at.backend.holds = true;
  at.program.send(...Array.from({ length: WINDOW }, (_, i) => get(i + 401, 'k')));
  await eventually(() => at.backend.waiting.length === WINDOW);
  for (const answer of at.backend.waiting) answer();
});

test('answers that are no values, and are not read -> are counted', async () => {
  at.program.socket.pause();
  at.backend.holds = true;
  const detail = 'd'.repeat(500);
  at.backend.written = { ok: false, code: 'overloaded', detail, applied: 'no' };
  at.program.send(...Array.from({ length: 100 }, (_, i) => put(i + 1, 'k', 'v')));
  await eventually(() => at.backend.waiting.length === 100);
  const before = at.door.held.held;
  for (const answer of at.backend.waiting) answer();
  assert.ok(at.door.held.held > before + 50_000 - 200, `${at.door.held.held} bytes`);
  at.program.socket.resume();
  await eventually(() => at.door.held.held === 0);
});

test('a hello of other versions -> closed, and says which there is', async () => {
  const other = new Program(at.port);
  await once(other.socket, 'open');
  other.send({ ...HELLO, least: 2, most: 7 } as typeof HELLO);
  const { code, reason } = await other.ended;
  assert.is(code, CLIENT_CLOSE.protocolVersion);
  assert.match(reason, /version 1, the client 2 to 7/);
});

test('an operation before the hello -> closed', async () => {
  const other = new Program(at.port);
  await once(other.socket, 'open');
  other.send(get(1, 'k'));
  assert.is((await other.ended).code, CLIENT_CLOSE.malformed);
  assert.is(at.backend.reads.length, 0);
});

test('no hello -> closed after a while', async () => {
  const other = new Program(at.port);
  await once(other.socket, 'open');
  at.clock.advance(5000);
  at.clock.advance(5000);
  assert.is((await other.ended).code, CLIENT_CLOSE.late);
});

test('a frame that stops in the middle -> what has come is held; in the end closed', async () => {
  const masked = Buffer.alloc(14 + (100 << 10));
  masked.writeUInt16BE(0x82ff);
  masked.writeUInt32BE(1 << 20, 6);
  const { _socket: raw } = at.program.socket as unknown as { _socket: Socket };
  raw.write(masked);
  await eventually(async () => {
    await at.look();
    return at.door.held.held > 100 << 10;
  });
  await eventually(async () => {
    await at.look();
    return at.counted('request_timeout') === 1;
  });
  assert.is((await at.program.ended).code, CLIENT_CLOSE.late);
});

/** However often is looked. */
const IN_TIME = { sentAt: 1_000_000 };

/** The beginning of a frame with such a payload; and what is missing of it. */
function inTwoParts(payload: Buffer): [Buffer, Buffer] {
  const frame = Buffer.alloc(14 + payload.length);
  frame.writeUInt16BE(0x82ff);
  frame.writeUInt32BE(payload.length, 6);
  payload.copy(frame, 14);
  return [frame.subarray(0, 100 << 10), frame.subarray(100 << 10)];
}

test('at each look another frame is under way -> fast enough', async () => {
  const { _socket: raw } = at.program.socket as unknown as { _socket: Socket };
  let rest: Buffer = Buffer.alloc(0);
  for (let call = 1; call <= 5; call++) {
    const [begin, end] = inTwoParts(frameOf(put(call, 'k', 'x'.repeat(500 << 10), IN_TIME)));
    raw.write(Buffer.concat([rest, begin]));
    rest = end;
    if (call > 1) await at.program.answerTo(call - 1);
    await eventually(async () => {
      await new Promise(setImmediate);
      return at.backend.writes.length === call - 1;
    });
    await at.look();
  }
  raw.write(rest);
  await at.program.answerTo(5);
});

test('no room for what comes -> it waits for room; too long: closed', async () => {
  const { _socket: raw } = at.program.socket as unknown as { _socket: Socket };
  const room = fill(at.door.held);
  const [begin, end] = inTwoParts(frameOf(put(1, 'k', 'x'.repeat(500 << 10), IN_TIME)));
  raw.write(begin);
  await eventually(async () => {
    await new Promise(setImmediate);
    return at.door.held.held > 0;
  });
  await at.look();
  assert.is(at.counted('request_timeout'), 0);
  at.door.held.release(room);
  raw.write(end);
  await at.look();
  assert.is((await at.program.answerTo(1)).type, 'client.written');
  const again = fill(at.door.held);
  raw.write(begin);
  await eventually(async () => {
    await at.look();
    return at.counted('request_timeout') === 1;
  });
  at.door.held.release(again);
  await at.program.ended;
});

/** Takes all the room that there is; how much that was. */
function fill(held: MemoryBudget): number {
  let taken = 0;
  for (let bytes = 1 << 30; bytes >= 1; bytes /= 2) while (held.take(bytes)) taken += bytes;
  return taken;
}

test('a message in fragments -> closed', async () => {
  at.program.socket.send(frameOf(get(1, 'k')).subarray(0, 5), { fin: false });
  at.program.socket.send(frameOf(get(1, 'k')).subarray(5), { fin: true });
  assert.is((await at.program.ended).code, 1008);
});

test('a client that has vanished -> asked, then given up', async () => {
  at.program.socket.pause();
  let looks = 0;
  await eventually(async () => {
    looks++;
    await at.look();
    return at.counted('request_timeout') === 1;
  });
  assert.ok(looks >= 3, `${looks} looks`);
});

test('a page of another site -> refused with 403', async () => {
  const other = new Program(at.port, { Origin: 'https://evil.example' });
  const [, response] = await once(other.socket, 'unexpected-response');
  assert.is(response.statusCode, 403);
  assert.is(at.counted('origin_refused'), 1);
  other.socket.terminate();
});

test('/client without an upgrade -> there is nothing', async () => {
  const client = new HttpClient(at.port);
  assert.is((await client.get('/client')).status, 404);
  client.close();
});

const bytes = (maxLength: number) =>
  fc.uint8Array({ minLength: 1, maxLength }).map((array) => Buffer.from(array));

test('any frames of any bytes, before or behind the hello -> others are served', async () => {
  const frame = fc.oneof(bytes(300), fc.string({ minLength: 1 }));
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(frame, { minLength: 1, maxLength: 4 }), attack),
    { numRuns: 100 },
  );
});

test('good frames with a few bytes changed -> an answer, or closed', async () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(changes, async (list) => {
      const frame = frameOf(get(1, 'k'), put(2, 'k', 'v'), get(3, 'k'));
      for (const [where, byte] of list) frame[where % frame.length] = byte;
      await attack(true, [frame]);
    }),
    { numRuns: 100 },
  );
});

let calls = 0;

async function attack(isWelcome: boolean, frames: readonly (Buffer | string)[]): Promise<void> {
  const intruder = isWelcome ? await Program.welcomed(at.port) : new Program(at.port);
  if (!isWelcome) await once(intruder.socket, 'open');
  for (const frame of frames) intruder.socket.send(frame);
  intruder.socket.close();
  const { code } = await intruder.ended;
  assert.ok([1005, ...Object.values(CLIENT_CLOSE)].includes(code), `${code}`);
  const call = ++calls;
  at.program.send(get(call, 'k'));
  assert.is((await at.program.answerTo(call)).type, 'client.value');
}

test.run();
