/** Conditional requests, levels and explanations at the door: what gets in, and what comes out. */
import type { OutgoingHttpHeaders } from 'node:http';
import * as assert from 'uvu/assert';
import { formatVersion, type Version } from '../../../src/core/data/version.js';
import type { Visible } from '../../../src/core/data/visible.js';
import type { Condition } from '../../../src/core/requests.js';
import { codeOf, HttpClient } from '../../support/http/http-client.js';
import { RawConnection } from '../../support/http/raw-connection.js';
import { suite } from '../../support/runner/suite.js';
import { KeyDoor, NEW, NEW_ETAG, OLD, OLD_ETAG, recordOf, SECRET, WRITES } from '../key-door.js';
import { explained } from '../stub-backend.js';

const test = suite('conditions');

const door = new KeyDoor();

test.before(() => door.open());
test.before.each(() => door.renew());
test.after(() => door.close());

const LONG_LIST = Array.from({ length: 200 }, () => OLD_ETAG).join(', ');

/** [headers, the condition that they make] */
const CONDITIONS: readonly (readonly [OutgoingHttpHeaders, Condition | undefined])[] = [
  [{}, undefined],
  [{ 'If-Match': OLD_ETAG }, { kind: 'matches', versions: [OLD] }],
  [{ 'If-Match': ` ${OLD_ETAG}\t` }, { kind: 'matches', versions: [OLD] }],
  [{ 'If-Match': `${OLD_ETAG},${NEW_ETAG}` }, { kind: 'matches', versions: [OLD, NEW] }],
  [{ 'If-Match': `${NEW_ETAG} ,\t ${OLD_ETAG}` }, { kind: 'matches', versions: [NEW, OLD] }],
  [{ 'If-Match': LONG_LIST }, { kind: 'matches', versions: Array(200).fill(OLD) }],
  [{ 'If-Match': '*' }, { kind: 'present' }],
  [{ 'if-MATCH': ' * ' }, { kind: 'present' }],
  [{ 'If-None-Match': '*' }, { kind: 'absent' }],
  [{ 'If-None-Match': '\t*' }, { kind: 'absent' }],
  [{ 'If-Modified-Since': new Date(0).toUTCString() }, undefined],
];

for (const [headers, condition] of CONDITIONS) {
  test(`writes with ${shown(headers)} -> ${condition?.kind ?? 'no condition'}`, async () => {
    for (const method of WRITES) {
      assert.is((await door.write(method, headers)).status, 204);
      assert.equal(door.backend.writes.pop()!.condition, condition);
    }
  });
}

test('If-Match on two lines -> one list', async () => {
  const raw = await RawConnection.open(door.client.port);
  const etags = [OLD_ETAG, NEW_ETAG].map((etag) => `If-Match: ${etag}\r\n`).join('');
  raw.send(`DELETE /kv/k HTTP/1.1\r\nHost: localhost\r\n${etags}\r\n`);
  assert.is(await raw.status(), 204);
  raw.destroy();
  assert.equal(door.backend.writes[0]!.condition, { kind: 'matches', versions: [OLD, NEW] });
});

const VERSION = formatVersion(OLD);
/** [If-Match, the versions that it names here]: what is weak or foreign matches nothing. */
const LISTS: readonly (readonly [string, readonly Version[]])[] = [
  ['""', []],
  [`W/${OLD_ETAG}`, []],
  ['"*"', []],
  ['"abc"', []],
  ['"1.1.0123456789ABCDEF"', []],
  ['"01.1.0123456789abcdef"', []],
  ['"1.-1.0123456789abcdef"', []],
  ['"1.1.0123456789abcde"', []],
  ['"1.1.0123456789abcdef0"', []],
  ['"1.ffffffffffffff.0123456789abcdef"', []],
  ['"100000000.1.0123456789abcdef"', []],
  ['"__proto__"', []],
  [`"${VERSION}\xe9"`, []],
  [`"${'1.'.repeat(4000)}"`, []],
  [`${OLD_ETAG}, W/${NEW_ETAG}`, [OLD]],
  [`"a,b", W/"x", ${NEW_ETAG}, "c"`, [NEW]],
  [`${OLD_ETAG},`, [OLD]],
  [`, ,\t,${OLD_ETAG},,${NEW_ETAG} ,`, [OLD, NEW]],
];

for (const [value, versions] of LISTS) {
  test(`If-Match: ${shown(value)} -> ${versions.length} of our versions`, async () => {
    for (const method of WRITES) {
      assert.is((await door.write(method, { 'If-Match': value })).status, 204);
      assert.equal(door.backend.writes.pop()!.condition, { kind: 'matches', versions });
    }
  });
}

const BAD_MATCHES = [
  '',
  ',',
  '"',
  VERSION,
  `"${VERSION}`,
  `${VERSION}"`,
  `'${VERSION}'`,
  `w/${OLD_ETAG}`,
  `W/ ${OLD_ETAG}`,
  `${OLD_ETAG} ${NEW_ETAG}`,
  `${OLD_ETAG}, *`,
  '*, *',
  '**',
  `""${VERSION}""`,
  '"'.repeat(8000),
  ','.repeat(8000),
];

for (const value of BAD_MATCHES) {
  test(`If-Match: ${shown(value)} -> 400, and no write`, async () => {
    for (const method of WRITES)
      door.assertRefused(await door.write(method, { 'If-Match': value }));
  });
}

for (const value of [
  '',
  OLD_ETAG!,
  `W/${OLD_ETAG}`,
  `*, ${OLD_ETAG}`,
  '*,*',
  '"*"',
  'x'.repeat(8000),
]) {
  test(`If-None-Match: ${shown(value)} on a write -> 400`, async () => {
    for (const method of WRITES)
      door.assertRefused(await door.write(method, { 'If-None-Match': value }));
  });
}

test('both conditions -> 400, even if one is empty', async () => {
  for (const method of WRITES) {
    door.assertRefused(await door.write(method, { 'If-Match': OLD_ETAG, 'If-None-Match': '*' }));
    door.assertRefused(await door.write(method, { 'If-Match': '*', 'If-None-Match': '' }));
    door.assertRefused(await door.write(method, { 'If-Match': '', 'If-None-Match': '*' }));
  }
});

test('a date as the only condition of a write -> 400; beside If-Match it is none', async () => {
  const since = { 'If-Unmodified-Since': new Date(0).toUTCString() };
  for (const method of WRITES) {
    door.assertRefused(await door.write(method, since));
    assert.is((await door.write(method, { ...since, 'If-Match': OLD_ETAG })).status, 204);
    assert.equal(door.backend.writes.pop()!.condition, { kind: 'matches', versions: [OLD] });
  }
});

test('conditions on the seed API -> 400, not a write whatever is there', async () => {
  const body = '{"key":"k","value":"v"}';
  for (const headers of [
    { 'If-Match': OLD_ETAG },
    { 'If-None-Match': '*' },
    { 'Idempotency-Key': 'k' },
  ]) {
    door.assertRefused(await door.client.send('POST', '/s/key', { headers, body }));
    door.assertRefused(await door.client.send('DELETE', '/s/key?key=k', { headers }));
  }
  for (const headers of [{ 'If-Match': OLD_ETAG }, { 'If-None-Match': OLD_ETAG }]) {
    door.assertRefused(await door.client.get('/s/key?key=k', headers));
  }
});

test('a condition with another level than its own -> 400', async () => {
  for (const headers of [{ 'If-Match': OLD_ETAG }, { 'If-Match': '*' }, { 'If-None-Match': '*' }]) {
    for (const query of ['?consistency=one', '?consistency=all', '?consistency=any', '?w=2']) {
      for (const method of WRITES) door.assertRefused(await door.write(method, headers, query));
    }
    for (const query of ['?consistency=quorum', '?consistency=linearizable']) {
      for (const method of WRITES)
        assert.is((await door.write(method, headers, query)).status, 204);
    }
    door.backend.writes.splice(0);
  }
});

test('levels -> as asked for; any is none of a read', async () => {
  for (const level of ['one', 'quorum', 'all', 'linearizable']) {
    await door.client.get(`/kv/k?consistency=${level}`);
    assert.is(door.backend.reads.pop()!.level, level);
    await door.write('PUT', {}, `?consistency=${level}`);
    assert.is(door.backend.writes.pop()!.level, level);
  }
  for (const query of ['any', 'Linearizable', 'linearizable%20', '__proto__', 'strong', '']) {
    door.assertRefused(await door.client.get(`/kv/k?consistency=${query}`));
  }
});

test('what was reached -> in a header of every answer about the key', async () => {
  const reached = 'linearizable';
  door.backend.written = { ok: true, version: NEW, epoch: 2, reached };
  door.backend.found = { ok: true, epoch: 2, reached, record: recordOf({}) };
  const answers = [
    await door.write('PUT', {}),
    await door.write('DELETE', {}),
    await door.client.get('/kv/k'),
    await door.client.send('HEAD', '/kv/k'),
    await door.client.get('/kv/k', { 'If-None-Match': NEW_ETAG }),
  ];
  door.backend.found = { ok: true, epoch: 2, reached, record: undefined, absent: 'neverWritten' };
  answers.push(await door.client.get('/kv/k'));
  assert.equal(
    answers.map(({ status }) => status),
    [204, 204, 200, 200, 304, 404],
  );
  for (const { headers } of answers) assert.is(headers['x-quorate-consistency'], reached);
});

test('a failed condition -> 412 with the ETag of what is there', async () => {
  const failed = { ok: false, code: 'precondition_failed', detail: 'no', applied: 'no' } as const;
  door.backend.written = { ...failed, current: NEW };
  for (const method of WRITES) {
    const answer = await door.write(method, { 'If-Match': OLD_ETAG });
    assert.is(answer.status, 412);
    assert.is(answer.headers['content-type'], 'application/problem+json');
    assert.is(answer.headers.etag, NEW_ETAG);
    const { code, current, applied, title } = JSON.parse(answer.text);
    assert.equal(
      [code, current, applied, title],
      ['precondition_failed', NEW_ETAG, 'no', 'Precondition Failed'],
    );
  }
  door.backend.written = failed;
  const absent = await door.write('PUT', { 'If-Match': '*' });
  assert.is(absent.status, 412);
  assert.is(absent.headers.etag, undefined);
  assert.not('current' in JSON.parse(absent.text));
});

test('contention -> 503, certainly not applied, and when to try again', async () => {
  const detail = 'too many';
  door.backend.written = {
    ok: false,
    code: 'contention',
    detail,
    applied: 'no',
    needed: 2,
    got: 1,
  };
  const answer = await door.write('PUT', { 'If-Match': OLD_ETAG });
  assert.is(answer.status, 503);
  assert.is(codeOf(answer), 'contention');
  assert.is(answer.headers['retry-after'], '1');
  assert.is(JSON.parse(answer.text).applied, 'no');
});

test('an unknown outcome -> 504, and nothing invites to repeat the condition', async () => {
  door.backend.written = { ok: false, code: 'outcome_unknown', detail: 'late', applied: 'unknown' };
  const answer = await door.write('PUT', { 'If-Match': OLD_ETAG });
  assert.is(answer.status, 504);
  assert.is(answer.headers['retry-after'], undefined);
  assert.is(JSON.parse(answer.text).applied, 'unknown');
});

const EXPLANATION = explained('x');

test('explain=1 -> JSON with what happened, and not the value', async () => {
  door.backend.written = {
    ok: true,
    version: NEW,
    epoch: 2,
    reached: 'all',
    explanation: EXPLANATION,
  };
  const record = recordOf({});
  door.backend.found = { ok: true, epoch: 2, reached: 'all', explanation: EXPLANATION, record };
  const answers = [
    await door.client.get('/kv/k?explain=1'),
    await door.write('PUT', {}, '?explain=1'),
    await door.write('DELETE', { 'If-Match': '*' }, '?explain=1'),
  ];
  for (const answer of answers) {
    assert.is(answer.status, 200);
    assert.is(answer.headers['content-type'], 'application/json; charset=utf-8');
    assert.equal(JSON.parse(answer.text), { etag: NEW_ETAG, reached: 'all', ...EXPLANATION });
    assert.not.match(answer.text, SECRET);
  }
  assert.is(door.backend.reads[0]!.explain, true);
  assert.equal(
    door.backend.writes.map(({ explain }) => explain),
    [true, true],
  );
});

test('explain=1 of what is not there -> says how', async () => {
  const gone = async (seen: Visible): Promise<object> => {
    door.backend.found = { ok: true, epoch: 2, reached: 'one', ...seen };
    assert.is((await door.client.get('/kv/k')).status, 404);
    return JSON.parse((await door.client.get('/kv/k?explain=1')).text) as object;
  };
  const etag = NEW_ETAG;
  const never = { record: undefined, absent: 'neverWritten' } as const;
  assert.equal(await gone(never), { etag: null, reached: 'one' });
  const deleted = { record: recordOf({ tombstone: true }), absent: 'deleted' } as const;
  assert.equal(await gone(deleted), { etag, deleted: true, reached: 'one' });
  const expired = { record: recordOf({ expiresAt: 1 }), absent: 'expired' } as const;
  assert.equal(await gone(expired), { etag, expired: true, reached: 'one' });
});

test('explain=1 of a failure -> its problem, with what happened', async () => {
  const failed = { ok: false, detail: 'no', explanation: EXPLANATION } as const;
  door.backend.written = { ...failed, code: 'contention', applied: 'no' };
  door.backend.found = { ...failed, code: 'quorum_unavailable' };
  for (const answer of [
    await door.client.get('/kv/k?explain=1'),
    await door.write('PUT', { 'If-None-Match': '*' }, '?explain=1'),
  ]) {
    assert.is(answer.status, 503);
    assert.equal(JSON.parse(answer.text).explanation, EXPLANATION);
  }
});

test('explain that is neither 0 nor 1 -> 400', async () => {
  for (const value of ['2', '-1', 'true', 'yes', '', '1.0', '%31%30', '0x1']) {
    door.assertRefused(await door.client.get(`/kv/k?explain=${value}`));
    for (const method of WRITES)
      door.assertRefused(await door.write(method, {}, `?explain=${value}`));
  }
  await door.client.get('/kv/k?explain=0');
  assert.is(door.backend.reads[0]!.explain, undefined);
});

test('a bad condition on a large body -> 400, and the connection goes on', async () => {
  const one = new HttpClient(door.client.port, 1);
  const headers = { 'If-Match': 'nonsense' };
  door.assertRefused(await one.put('/kv/k', Buffer.alloc(1 << 20), headers));
  assert.is((await one.get('/kv/k')).text, SECRET);
  one.close();
});

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 50)}… (${text.length})` : text;
}

test.run();
