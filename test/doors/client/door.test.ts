/** `/client` at the door: what programs ask, and what they are answered. */
import * as assert from 'uvu/assert';
import { preconditionFailed } from '../../../src/core/failures.js';
import type { Failure, WriteRequest } from '../../../src/core/requests.js';
import { CLIENT_CLOSE } from '../../../src/core/wire/client/closing.js';
import type { ClientRequest } from '../../../src/core/wire/client/requests.js';
import { eventually } from '../../support/eventually.js';
import { HttpClient } from '../../support/http/http-client.js';
import { suite } from '../../support/runner/suite.js';
import { FOUND, NEW, RING, recordOf, SECRET } from '../key-door.js';
import { get, put, remove } from './program.js';
import { ProgramDoor } from './program-door.js';

const test = suite('the door for programs');
const WINDOW = 256;

const at = new ProgramDoor();

test.before(async () => void (await at.open()));
test.before.each(() => at.renew());
test.after.each(() => at.leave());
test.after(() => at.close());

test('a hello -> a welcome with what has to be kept to, and the ring', async () => {
  assert.equal(await at.program.heardOf('client.welcome'), {
    type: 'client.welcome',
    ...{ version: 1, node: at.backend.id, cluster: RING.clusterId, time: 0 },
    ...{ operations: WINDOW, bytes: 4 << 20 },
    maxValueBytes: 1 << 20,
  });
  const { epoch, members, owners } = await at.program.heardOf('client.ring');
  assert.is(epoch, RING.epoch);
  assert.equal(
    members,
    RING.members.map(({ id, address }) => ({ id, address })),
  );
  assert.equal(owners, RING.layout);
});

test('a get -> the value with its checksum; the request as of REST', async () => {
  at.program.send(get(1, 'k', { level: 2, timeoutMs: 300 }));
  const answer = await at.program.answerTo(1);
  assert.equal(answer, {
    type: 'client.value',
    ...{ call: 1, version: NEW, reached: 'quorum', ttl: undefined, contentType: 'text/plain' },
    // The checksum over the key that was asked for.
    checksum: put(1, 'k', SECRET).checksum,
    value: Buffer.from(SECRET),
  });
  assert.equal(at.backend.reads, [{ key: Buffer.from('k'), level: 2, timeoutMs: 300 }]);
});

test('a value that expires -> says in how many seconds', async () => {
  at.backend.found = { ...FOUND, record: recordOf({ expiresAt: 1500 }) };
  at.program.send(get(1, 'k'));
  const answer = await at.program.answerTo(1);
  assert.is(answer.type === 'client.value' && answer.ttl, 2);
});

test('nothing there -> absent', async () => {
  at.backend.found = { ...FOUND, record: undefined, absent: 'neverWritten' };
  at.program.send(get(1, 'k'));
  assert.equal(await at.program.answerTo(1), { type: 'client.absent', call: 1, reached: 'quorum' });
});

/** [what is sent, what the at.backend gets of it] */
const WRITES: readonly [string, ClientRequest, Partial<WriteRequest>][] = [
  ['a put', put(1, 'k', 'v'), { value: Buffer.from('v'), contentType: 'text/plain' }],
  [
    'without a type',
    put(1, 'k', 'v', { contentType: '' }),
    { contentType: 'application/octet-stream' },
  ],
  ['with a time to live', put(1, 'k', 'v', { ttl: 5 }), { expiresAt: 5000 }],
  [
    'on a condition',
    put(1, 'k', 'v', { condition: { kind: 'absent' } }),
    { condition: { kind: 'absent' } },
  ],
  [
    'with an id, for the first time',
    put(1, 'k', 'v', { operation: { id: 'an id', isRetry: false } }),
    { isFirstTry: true },
  ],
  [
    'with an id, again',
    put(1, 'k', 'v', { operation: { id: 'an id', isRetry: true } }),
    { isFirstTry: false },
  ],
  ['a delete', remove(1, 'k'), { value: undefined, contentType: '' }],
];

for (const [what, request, expected] of WRITES) {
  test(`${what} -> written so`, async () => {
    at.program.send(request);
    const { type } = await at.program.answerTo(1);
    assert.is(type, 'client.written');
    const [written] = at.backend.writes;
    for (const [name, value] of Object.entries(expected)) {
      assert.equal(written?.[name as keyof WriteRequest], value, name);
    }
  });
}

test('an id of a write -> known as under Idempotency-Key', async () => {
  at.program.send(put(1, 'k', 'v', { operation: { id: 'an id', isRetry: true } }));
  await at.program.answerTo(1);
  const client = new HttpClient(at.port);
  await client.send('PUT', '/kv/k', { body: 'v', headers: { 'Idempotency-Key': '"an id"' } });
  client.close();
  const [here, there] = at.backend.writes;
  assert.equal(here?.operation, there?.operation);
  assert.is(here?.operation?.length, 16);
});

const REFUSALS: readonly (Failure & { status: number; etag?: string })[] = [
  { ...preconditionFailed(NEW, 'no'), status: 412 },
  {
    ok: false,
    code: 'quorum_unavailable',
    detail: 'd',
    needed: 2,
    got: 1,
    applied: 'no',
    status: 503,
  },
  { ok: false, code: 'outcome_unknown', detail: 'd', applied: 'unknown', status: 504 },
  { ok: false, code: 'overloaded', detail: 'd', applied: 'no', status: 503 },
];

for (const { status, ...failure } of REFUSALS) {
  test(`${failure.code} -> what the problem document of REST says`, async () => {
    at.backend.written = failure;
    at.program.send(put(1, 'k', 'v'));
    const answer = await at.program.failure(1);
    const client = new HttpClient(at.port);
    const rest = await client.put('/kv/k', 'v');
    client.close();
    const document = JSON.parse(rest.text);
    const { code, detail, applied, needed, got, current, retryAfterMs } = answer;
    assert.is(answer.status, status);
    for (const [name, value] of Object.entries({ code, detail, applied, needed, got })) {
      assert.is(value, document[name], name);
    }
    assert.is(current, document.current ?? '');
    assert.is(retryAfterMs / 1000, Number(rest.headers['retry-after'] ?? 0));
    assert.is(at.counted(failure.code), 2, 'both are counted');
  });
}

/** [what is wrong, the request, its code] */
const WRONG: readonly [string, ClientRequest, string][] = [
  ['a checksum of something else', put(1, 'k', 'v', { checksum: 1 }), 'checksum_mismatch'],
  ['a changed key', get(1, 'k', { checksum: 1 }), 'checksum_mismatch'],
  ['level any of a read', get(1, 'k', { level: 'any' }), 'bad_request'],
  ['too long a time', get(1, 'k', { timeoutMs: 60_001 }), 'bad_request'],
  ['too long a life', put(1, 'k', 'v', { ttl: 0xffffffff }), 'bad_request'],
  ['a type that is no header', put(1, 'k', 'v', { contentType: 'a\nb' }), 'bad_request'],
  ['no id', put(1, 'k', 'v', { operation: { id: 'é', isRetry: false } }), 'bad_request'],
  [
    'a condition at another level',
    put(1, 'k', 'v', { condition: { kind: 'present' }, level: 'one' }),
    'bad_request',
  ],
  [
    'an id at another level',
    put(1, 'k', 'v', { operation: { id: 'x', isRetry: true }, level: 'any' }),
    'bad_request',
  ],
  ['too large a value', put(1, 'k', 'x'.repeat((1 << 20) + 1)), 'value_too_large'],
];

for (const [what, request, code] of WRONG) {
  test(`${what} -> ${code}, not passed on; the next is answered`, async () => {
    at.program.send(request, get(2, 'k'));
    assert.is((await at.program.failure(1)).code, code);
    assert.is((await at.program.answerTo(2)).type, 'client.value');
    assert.is(at.backend.writes.length, 0);
    assert.is(at.backend.reads.length, 1);
  });
}

test('what has lain for a part of its time -> has less; for all of it: not begun', async () => {
  at.clock.advance(1000);
  const late = { sentAt: 970, timeoutMs: 30 };
  at.program.send(
    get(1, 'k', { sentAt: 970, timeoutMs: 100 }),
    get(2, 'k', { sentAt: 1500, timeoutMs: 100 }),
    get(3, 'k', late),
    put(4, 'k', 'v', { ...late, operation: { id: 'an id', isRetry: false } }),
    put(5, 'k', 'v', { ...late, operation: { id: 'an id', isRetry: true } }),
  );
  const answers = [await at.program.failure(3), await at.program.failure(4)];
  answers.push(await at.program.failure(5));
  assert.equal(
    answers.map(({ code, applied }) => [code, applied]),
    // Nobody has looked whether the earlier try was made.
    [
      ['overloaded', 'no'],
      ['overloaded', 'no'],
      ['overloaded', 'unknown'],
    ],
  );
  assert.equal(
    at.backend.reads.map(({ timeoutMs }) => timeoutMs),
    [70, 100],
  );
  assert.equal(at.backend.writes, []);
});

test('what seems late -> the client is told what time it is here, with the answer', async () => {
  at.clock.advance(1000);
  at.program.send(get(1, 'k', { sentAt: 990 }), get(2, 'k', { sentAt: 900 }));
  await at.program.answerTo(2);
  const said = at.program.heard.filter(({ type }) => type === 'client.time');
  assert.equal(said, [{ type: 'client.time', time: 1000 }]);
});

test('every few seconds -> what time it is at the node', async () => {
  at.clock.advance(5000);
  assert.is((await at.program.heardOf('client.time')).time, 5000);
});

test('answers in another order, of one turn in one frame -> each to its call', async () => {
  at.backend.holds = true;
  at.program.send(get(5, 'a'), get(6, 'b'), put(9, 'c', 'v'));
  await eventually(() => at.backend.waiting.length === 3);
  const framesBefore = at.program.frames;
  for (const answer of at.backend.waiting.reverse()) answer();
  await at.program.answerTo(5);
  const calls = at.program.heard.flatMap((answer) => ('call' in answer ? [answer.call] : []));
  assert.equal(calls, [9, 6, 5]);
  assert.is(at.program.frames, framesBefore + 1);
});

test('another ring -> told with the next answer, or at the next look', async () => {
  at.backend.current = { ...RING, epoch: 5 };
  at.program.send(get(1, 'k'));
  await eventually(() =>
    at.program.heard.some((it) => it.type === 'client.ring' && it.epoch === 5),
  );
  at.backend.current = { ...RING, epoch: 6 };
  at.clock.advance(5000);
  await eventually(() =>
    at.program.heard.some((it) => it.type === 'client.ring' && it.epoch === 6),
  );
});

test('the door closes -> a goodbye; in flight is answered, then the socket ends', async () => {
  const closing = await new ProgramDoor().open();
  await closing.renew();
  const { program, backend, clock, door } = closing;
  backend.holds = true;
  program.send(put(1, 'k', 'v'));
  await eventually(() => backend.waiting.length === 1);
  const drained = door.drain();
  await program.heardOf('client.goodbye');
  clock.advance(600);
  assert.is(program.socket.readyState, program.socket.OPEN);
  backend.waiting[0]?.();
  assert.is((await program.answerTo(1)).type, 'client.written');
  assert.is((await program.ended).code, CLIENT_CLOSE.goingAway);
  clock.advance(1000);
  await drained;
});

test('a node that is shutting down -> its answer, then a goodbye', async () => {
  at.backend.written = { ok: false, code: 'shutting_down', detail: 'd', applied: 'no' };
  at.program.send(put(1, 'k', 'v'));
  assert.is((await at.program.failure(1)).code, 'shutting_down');
  await at.program.heardOf('client.goodbye');
});

test.run();
