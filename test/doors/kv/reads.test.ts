/** Conditions of reads at the door, and what else it says of a value (RFC 9110, section 13). */
import type { OutgoingHttpHeaders } from 'node:http';
import * as assert from 'uvu/assert';
import { readingOf } from '../../../src/core/data/hybrid-clock.js';
import { formatVersion, type Version } from '../../../src/core/data/version.js';
import { suite } from '../../support/runner/suite.js';
import { FOUND, KeyDoor, NEW, NEW_ETAG, OLD_ETAG, recordOf } from '../key-door.js';

const test = suite('reads');

const door = new KeyDoor();

test.before(() => door.open());
test.before.each(() => door.renew());
test.after(() => door.close());

/** Of the value that the reads below find. */
const FOUND_AT_MS = Date.UTC(2024, 10, 6, 8, 49, 37, 250);
const THERE: Version = { epoch: 2, time: readingOf(FOUND_AT_MS), node: NEW.node };
const TAG = formatVersion(THERE);
const SAME_SECOND = new Date(FOUND_AT_MS).toUTCString();
const BEFORE = new Date(FOUND_AT_MS - 1000).toUTCString();

/** [headers, the answer to a read] */
const READS: readonly (readonly [OutgoingHttpHeaders, number])[] = [
  [{ 'If-None-Match': `"${TAG}"` }, 304],
  [{ 'If-None-Match': `W/"${TAG}"` }, 304],
  [{ 'If-None-Match': `"abc", W/"x,y" ,"${TAG}"` }, 304],
  [{ 'If-None-Match': '*' }, 304],
  [{ 'If-None-Match': `"abc", "x,${TAG}"` }, 200],
  [{ 'If-None-Match': TAG }, 200],
  [{ 'If-None-Match': OLD_ETAG }, 200],
  [{ 'If-None-Match': '' }, 200],
  [{ 'If-Match': `"${TAG}"` }, 200],
  [{ 'If-Match': `"abc", "${TAG}"` }, 200],
  [{ 'If-Match': '*' }, 200],
  [{ 'If-Match': `W/"${TAG}"` }, 412],
  [{ 'If-Match': '"abc"' }, 412],
  [{ 'If-Match': `"${TAG}"`, 'If-None-Match': `"${TAG}"` }, 304],
  [{ 'If-Match': '"abc"', 'If-None-Match': `"${TAG}"` }, 412],
  [{ 'If-Modified-Since': SAME_SECOND }, 304],
  [{ 'If-Modified-Since': 'Wednesday, 06-Nov-24 08:49:37 GMT' }, 304],
  [{ 'If-Modified-Since': 'Wed Nov  6 08:49:37 2024' }, 304],
  [{ 'If-Modified-Since': BEFORE }, 200],
  [{ 'If-Modified-Since': '2999-01-01' }, 200],
  [{ 'If-Modified-Since': 'Xyz, 99 Abc 2999 08:49:37 GMT' }, 200],
  [{ 'If-Modified-Since': SAME_SECOND, 'If-None-Match': '"abc"' }, 200],
  [{ 'If-Unmodified-Since': SAME_SECOND }, 200],
  [{ 'If-Unmodified-Since': BEFORE }, 412],
  [{ 'If-Unmodified-Since': BEFORE, 'If-Match': '*' }, 200],
];

for (const [headers, status] of READS) {
  test(`a read with ${JSON.stringify(headers)} -> ${status}`, async () => {
    const found = recordOf({ version: THERE });
    door.backend.found = { ...FOUND, record: found };
    for (const method of ['GET', 'HEAD']) {
      const answer = await door.client.send(method, '/kv/k', { headers });
      assert.is(answer.status, status, answer.text);
      assert.is(answer.headers.etag, `"${TAG}"`);
      if (status !== 412) assert.is(answer.headers['last-modified'], SAME_SECOND);
    }
    const gone = { record: undefined, absent: 'neverWritten' } as const;
    door.backend.found = { ...FOUND, ...gone };
    assert.is((await door.client.get('/kv/k', headers)).status, 404);
  });
}

test('a read with an If-Match that is no list -> 400, and nobody is asked', async () => {
  for (const value of ['', 'abc', `${OLD_ETAG} ${NEW_ETAG}`]) {
    door.assertRefused(await door.client.get('/kv/k', { 'If-Match': value }));
  }
});

test('a value of the future, by a clock that is ahead -> modified now at most', async () => {
  const time = readingOf(Date.now() + 60_000);
  const record = recordOf({ version: { ...THERE, time } });
  door.backend.found = { ...FOUND, record };
  const { headers } = await door.client.get('/kv/k');
  assert.ok(Date.parse(headers['last-modified']!) <= Date.parse(headers.date!));
});

test('a value -> is shown by no browser as a page of the node', async () => {
  for (const target of ['/kv/k', '/s/key?key=k']) {
    const { headers } = await door.client.get(target);
    assert.is(headers['x-content-type-options'], 'nosniff');
    assert.match(String(headers['content-security-policy']), /^sandbox; default-src 'none';/);
  }
});

test('no content type, or an empty one -> none, which is bytes', async () => {
  for (const type of ['', ' ']) {
    await door.write('PUT', { 'Content-Type': type });
    assert.is(door.backend.writes.pop()!.contentType, 'application/octet-stream');
  }
});

test.run();
