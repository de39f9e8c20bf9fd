/** The time that a value has left: how it is said, and how it is prolonged without the value. */
import * as assert from 'uvu/assert';
import { type DataRecord, originOf } from '../../../src/core/data/record.js';
import { formatVersion, type Version } from '../../../src/core/data/version.js';
import { visible } from '../../../src/core/data/visible.js';
import { failure, preconditionFailed } from '../../../src/core/failures.js';
import type { Failure, WriteRequest } from '../../../src/core/requests.js';
import type { Backend } from '../../../src/doors/context.js';
import type { HttpDoor } from '../../../src/doors/http/server.js';
import { systemClock } from '../../../src/system.js';
import { assertProblem } from '../../support/http/assert-problem.js';
import { HttpClient } from '../../support/http/http-client.js';
import { suite } from '../../support/runner/suite.js';
import { FOUND, NEW, NEW_ETAG, OLD_ETAG, recordOf, SECRET } from '../key-door.js';
import { explained, memberOf, openDoor, putBehind, ringOf, StubBackend } from '../stub-backend.js';

const test = suite('touch');
const HOUR_MS = 3_600_000;
const NOW_MS = systemClock.now();
/** Its wall clock stands still. */
const CLOCK = { ...systemClock, now: () => NOW_MS };

/** One register with compare-and-set, and whoever comes in between. */
class Register extends StubBackend {
  kept: DataRecord | undefined = recordOf({ expiresAt: NOW_MS + HOUR_MS });
  readonly writes: WriteRequest[] = [];
  beforeWrite: () => void = () => undefined;
  readFailure: Failure | undefined;
  /** So many writes are made, and nobody is told. */
  unknown = 0;

  override readonly read: Backend['read'] = (request, done) => {
    const told = request.explain && { explanation: explained('read') };
    const seen = visible(this.kept, NOW_MS);
    setImmediate(() => done(this.readFailure ?? { ...FOUND, ...seen, ...told }));
  };

  override readonly write: Backend['write'] = (request, done) => {
    this.beforeWrite();
    this.writes.push(request);
    const present = this.kept && originOf(this.kept);
    const { condition, value, contentType, expiresAt } = request;
    const wanted = condition?.kind === 'matches' ? condition.versions : [];
    const isMet = present && wanted.some((each) => formatVersion(each) === formatVersion(present));
    if (!isMet) return void setImmediate(() => done(preconditionFailed(present, 'no')));
    this.put({ value: value!, contentType, expiresAt });
    if (this.unknown-- > 0) {
      return void setImmediate(() => done(failure('outcome_unknown', 'late', 'unknown')));
    }
    this.unknown = 0;
    const version = originOf(this.kept!);
    const told = request.explain && { explanation: explained('write') };
    setImmediate(() => done({ ok: true, version, epoch: 2, reached: 'linearizable', ...told }));
  };

  put(fields: Partial<DataRecord>): void {
    const { time = 0 } = this.kept?.version ?? {};
    const version: Version = { ...NEW, time: time + 2 };
    this.kept = recordOf({ version, ...fields });
  }

  get etag(): string {
    return `"${formatVersion(this.kept!.version)}"`;
  }
}

let door: HttpDoor;
let client: HttpClient;
let register: Register;

test.before(async () => {
  const opened = await openDoor(new Register(ringOf([memberOf(1)])));
  door = opened.door;
  client = new HttpClient(opened.port);
});

test.before.each(() => {
  register = new Register(ringOf([memberOf(1)]));
  putBehind(door, register, CLOCK);
});

test.after(async () => {
  client.close();
  await door.drain();
});

test('POST ?ttl= -> the same value for so long, under a new ETag', async () => {
  const before = register.kept!;
  const answer = await client.send('POST', '/kv/k?ttl=60');
  assert.is(answer.status, 204);
  assert.is(answer.headers.etag, register.etag);
  assert.is.not(answer.headers.etag, NEW_ETAG);
  assert.is(answer.headers['x-quorate-ttl'], '60');
  assert.is(answer.headers['x-quorate-consistency'], 'linearizable');
  const { value, contentType, expiresAt } = register.kept!;
  assert.is(Buffer.from(value).toString(), SECRET);
  assert.is(contentType, before.contentType);
  assert.is(expiresAt, NOW_MS + 60_000);
});

test('fractions of a second -> to the millisecond', async () => {
  for (const [ttl, ms] of [
    ['1.1', 1100],
    ['0.001', 1],
    ['0.2504', 250],
    ['315360000', 315_360_000_000],
  ] as const) {
    assert.is((await client.send('POST', `/kv/k?ttl=${ttl}`)).status, 204, ttl);
    assert.is(register.kept!.expiresAt, NOW_MS + ms);
  }
});

test('somebody writes meanwhile -> theirs is prolonged, not undone', async () => {
  let others = 3;
  register.beforeWrite = () => {
    if (others-- > 0) register.put({ value: Buffer.from(`theirs ${others}`) });
  };
  assert.is((await client.send('POST', '/kv/k?ttl=60')).status, 204);
  assert.is(register.writes.length, 4);
  assert.is(Buffer.from(register.kept!.value).toString(), 'theirs 0');
});

test('somebody deletes meanwhile -> 404, and it stays deleted', async () => {
  register.beforeWrite = () => register.put({ tombstone: true, value: Buffer.alloc(0) });
  assertProblem(await client.send('POST', '/kv/k?ttl=60'), 404, 'not_found');
  assert.ok(register.kept!.tombstone);
});

test('somebody writes all the time -> 503 when the time is up, certainly not applied', async () => {
  register.beforeWrite = () => register.put({ value: Buffer.from('theirs') });
  const answer = await client.send('POST', '/kv/k?ttl=60&timeout=50');
  assertProblem(answer, 503, 'contention');
  assert.is(JSON.parse(answer.text).applied, 'no');
});

test('an unknown outcome -> tried again, or said if there is no time for that', async () => {
  register.unknown = 2;
  assert.is((await client.send('POST', '/kv/k?ttl=60')).status, 204);
  assert.is(register.writes.length, 3);
  register.unknown = Number.POSITIVE_INFINITY;
  const answer = await client.send('POST', '/kv/k?ttl=60&timeout=20');
  assertProblem(answer, 504, 'outcome_unknown');
  assert.is(JSON.parse(answer.text).applied, 'unknown');
  register.unknown = 1;
  register.beforeWrite = () => {
    if (register.unknown === 0) register.put({ value: Buffer.from('theirs') });
  };
  const mixed = await client.send('POST', '/kv/k?ttl=60&timeout=50');
  assertProblem(mixed, 504, 'outcome_unknown');
});

test('an unknown outcome under a condition -> said so: it may fail by itself', async () => {
  register.unknown = 1;
  const headers = { 'If-Match': register.etag };
  assertProblem(await client.send('POST', '/kv/k?ttl=60', { headers }), 504, 'outcome_unknown');
  assert.is(register.writes.length, 1);
});

test('nothing there, or no more -> 404', async () => {
  const records = [undefined, recordOf({ tombstone: true }), recordOf({ expiresAt: 1 })];
  for (const record of records) {
    register.kept = record;
    const answer = await client.send('POST', '/kv/k?ttl=60');
    assertProblem(answer, 404, 'not_found');
    assert.is(answer.headers['x-quorate-consistency'], 'quorum');
  }
  assert.equal(register.writes, []);
});

test('If-Match -> only of that value', async () => {
  const post = (etag: string) =>
    client.send('POST', '/kv/k?ttl=60', { headers: { 'If-Match': etag } });
  const answer = await post(OLD_ETAG!);
  assertProblem(answer, 412, 'precondition_failed');
  assert.is(answer.headers.etag, NEW_ETAG);
  assert.equal(register.writes, []);
  for (const etag of [NEW_ETAG!, '*']) assert.is((await post(etag)).status, 204);
  register.beforeWrite = () => register.put({ value: Buffer.from('theirs') });
  assertProblem(await post(register.etag), 412, 'precondition_failed');
});

test('the read fails -> so does the request, certainly not applied', async () => {
  register.readFailure = failure('quorum_unavailable', 'no', 'unknown');
  const answer = await client.send('POST', '/kv/k?ttl=60');
  assertProblem(answer, 503, 'quorum_unavailable');
  assert.is(JSON.parse(answer.text).applied, 'no');
});

/** [query, headers, body] */
const REFUSED: readonly (readonly [string, { [name: string]: string }, string?])[] = [
  ['', {}],
  ['?ttl=0', {}],
  ['?ttl=', {}],
  ['?ttl=-1', {}],
  ['?ttl=0.0', {}],
  ['?ttl=0.0004', {}],
  ['?ttl=.5', {}],
  ['?ttl=5.', {}],
  ['?ttl=1e3', {}],
  ['?ttl=315360001', {}],
  ['?ttl=Infinity', {}],
  ['?ttl=60', {}, 'a value'],
  ['', {}, 'a value'],
  ['?ttl=60&consistency=one', {}],
  ['?ttl=60&w=2', {}],
  ['?ttl=60', { 'Idempotency-Key': 'a' }],
  ['?ttl=60', { 'If-None-Match': '*' }],
];

for (const [query, headers, body] of REFUSED) {
  const what = `${query} ${JSON.stringify(headers)} ${body ?? ''}`;
  test(`POST ${what} -> 400, and nothing is written`, async () => {
    const options = { headers, ...(body !== undefined && { body }) };
    assertProblem(await client.send('POST', `/kv/k${query}`, options), 400, 'bad_request');
    assert.equal(register.writes, []);
  });
}

test('explain=1 -> what the read asked, and what the write did', async () => {
  const answer = await client.send('POST', '/kv/k?ttl=60&explain=1');
  assert.equal(JSON.parse(answer.text), {
    etag: register.etag,
    ttl: 60,
    read: explained('read'),
    reached: 'linearizable',
    ...explained('write'),
  });
});

test('a read -> says how many seconds are left, begun ones whole', async () => {
  for (const [leftMs, ttl] of [
    [HOUR_MS, '3600'],
    [HOUR_MS - 900, '3600'],
    [undefined, undefined],
  ] as const) {
    register.put({ expiresAt: leftMs === undefined ? 0 : NOW_MS + leftMs });
    for (const [method, headers, status] of [
      ['GET', {}, 200],
      ['HEAD', {}, 200],
      ['GET', { 'If-None-Match': '*' }, 304],
    ] as const) {
      const answer = await client.send(method, '/kv/k', { headers });
      assert.is(answer.status, status);
      assert.is(answer.headers['x-quorate-ttl'], ttl);
    }
    const { ttl: toldTtl } = JSON.parse((await client.get('/kv/k?explain=1')).text);
    assert.is(toldTtl, ttl === undefined ? undefined : Number(ttl));
  }
});

test.run();
