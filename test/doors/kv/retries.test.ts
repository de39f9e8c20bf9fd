/** Retries at the door: how a write says which it is, and what a client sees of it. */
import * as assert from 'uvu/assert';
import { OPERATION_BYTES } from '../../../src/core/data/record.js';
import { codeOf } from '../../support/http/http-client.js';
import { suite } from '../../support/runner/suite.js';
import { FOUND, KeyDoor, OLD, OLD_ETAG, recordOf, WRITES } from '../key-door.js';

const test = suite('retries');
const door = new KeyDoor();

test.before(() => door.open());
test.before.each(() => door.renew());
test.after(() => door.close());

test('Idempotency-Key -> an id of the write, the same for the same text', async () => {
  const ids: string[] = [];
  for (const key of ['"a"', 'a', ' a', '"b"', `"${'x'.repeat(255)}"`, 'f3:/+=~._-']) {
    for (const method of WRITES) {
      assert.is((await door.write(method, { 'Idempotency-Key': key })).status, 204);
      const { operation } = door.backend.writes.pop()!;
      assert.is(operation!.length, OPERATION_BYTES);
      ids.push(Buffer.from(operation!).toString('hex'));
    }
  }
  assert.is(new Set(ids).size, 4);
  assert.is(new Set(ids.slice(0, 6)).size, 1);
});

test('Idempotency-Key that is none, or given twice -> 400', async () => {
  for (const key of ['', '""', '"', 'a b', 'a, b', '"a" "b"', '"\\"', 'ü', 'x'.repeat(256)]) {
    for (const method of WRITES)
      door.assertRefused(await door.write(method, { 'Idempotency-Key': key }));
  }
  door.assertRefused(await door.write('PUT', { 'Idempotency-Key': ['a', 'b'] }));
});

test('Idempotency-Key at a level that may not find the first try -> 400', async () => {
  const headers = { 'Idempotency-Key': 'a' };
  for (const query of ['?consistency=one', '?consistency=any', '?w=1', '?w=2']) {
    for (const method of WRITES) door.assertRefused(await door.write(method, headers, query));
  }
  for (const query of [
    '',
    '?consistency=quorum',
    '?consistency=all',
    '?consistency=linearizable',
  ]) {
    assert.is((await door.write('PUT', headers, query)).status, 204);
  }
});

test('the id of another write -> 422', async () => {
  door.backend.written = {
    ok: false,
    code: 'operation_reused',
    detail: 'it differs',
    applied: 'no',
  };
  const answer = await door.write('PUT', { 'Idempotency-Key': 'a' });
  assert.is(answer.status, 422);
  assert.is(codeOf(answer), 'operation_reused');
});

test('a value that a round stored again -> the ETag and date of its first version', async () => {
  door.backend.found = { ...FOUND, record: recordOf({ origin: OLD }) };
  const answer = await door.client.get('/kv/k');
  assert.is(answer.headers.etag, OLD_ETAG);
  const first = await door.client.get('/kv/k', { 'If-None-Match': OLD_ETAG });
  assert.is(first.status, 304);
});

test.run();
