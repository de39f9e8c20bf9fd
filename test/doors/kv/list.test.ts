/** Lists at the door: pages and their cursors, lines, counts, and what is refused. */
import { connect } from 'node:net';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { failure } from '../../../src/core/failures.js';
import { cursorOf } from '../../../src/doors/kv/cursor.js';
import { systemClock } from '../../../src/system.js';
import { eventually } from '../../support/eventually.js';
import { assertProblem } from '../../support/http/assert-problem.js';
import type { Answer } from '../../support/http/http-client.js';
import { suite } from '../../support/runner/suite.js';
import { NEW_ETAG } from '../key-door.js';
import { ListDoor, PER_PAGE } from './list-door.js';

const test = suite('lists');
const door = new ListDoor();
const NAMES = ['a', 'a/1', 'a/2', 'a/ü', 'b', 'b+c', 'c', 'é', '🔑'];
const LINES = { Accept: 'application/x-ndjson' };
const BROKEN = failure('quorum_unavailable', 'too few owners of some keys', 'no');

test.before(() => door.open());
test.before.each(() => door.renew(...NAMES));
test.after(() => door.close());

interface Page {
  readonly keys: readonly {
    readonly key: string;
    readonly value?: string;
    readonly base64?: string;
  }[];
  readonly next: string | null;
}

function pageIn(answer: Answer): Page {
  assert.is(answer.status, 200, answer.text);
  return JSON.parse(answer.text) as Page;
}

function linesIn(answer: Answer): { key?: string; next?: string | null; problem?: object }[] {
  assert.is(answer.status, 200, answer.text);
  assert.ok(answer.text.endsWith('\n'));
  return answer.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

async function allPages(query: string, from?: string): Promise<string[]> {
  const names: string[] = [];
  for (let cursor = from; ; ) {
    const goOn = cursor ? `&cursor=${cursor}` : '';
    const page = pageIn(await door.client.get(`/kv?${query}${goOn}`));
    names.push(...page.keys.map(({ key }) => key));
    if (page.next === null) return names;
    cursor = page.next;
  }
}

test('pages -> every key once, in byte order, either way', async () => {
  for (const limit of ['', '&limit=1', '&limit=2', '&limit=1000']) {
    assert.equal(await allPages(limit), NAMES);
    assert.equal(await allPages(`reverse=1${limit}`), [...NAMES].reverse());
  }
});

test('prefix, after and before -> the keys between', async () => {
  assert.equal(await allPages('prefix=a/'), ['a/1', 'a/2', 'a/ü']);
  assert.equal(await allPages('prefix=a/&reverse=1&limit=2'), ['a/ü', 'a/2', 'a/1']);
  assert.equal(await allPages('after=b&before=%C3%A9'), ['b+c', 'c']);
  assert.equal(await allPages('prefix=a&after=a/1'), ['a/2', 'a/ü']);
  assert.equal(await allPages('prefix=b%2B'), ['b+c']);
  assert.equal(await allPages('prefix=b&before=a'), []);
});

test('a key -> ETag and size, and the value if it is wanted, as text or in base 64', async () => {
  door.backend.values.clear();
  door.backend.values.set('bytes', Buffer.from([0xff, 0])).set('text', 'é');
  const [bytes, text] = pageIn(await door.client.get('/kv')).keys;
  assert.equal(bytes, { key: 'bytes', etag: NEW_ETAG, size: 2 });
  assert.equal(text, { key: 'text', etag: NEW_ETAG, size: 2 });
  const { keys } = pageIn(await door.client.get('/kv?values=1'));
  const also = { etag: NEW_ETAG, size: 2, contentType: 'text/plain' };
  assert.equal(keys, [
    { key: 'bytes', ...also, base64: '/wA=' },
    { key: 'text', ...also, value: 'é' },
  ]);
});

test('a key that expires -> when, beside its value, as a put of a batch takes it', async () => {
  const [expiresAt, nowMs] = [4e12, systemClock.now()];
  door.backend.expiresAt = expiresAt;
  const listed = async (query: string) => pageIn(await door.client.get(`/kv?${query}`)).keys[0];
  const { ttl, ...others } = (await listed('values=1')) as { ttl?: number; expiresAt?: number };
  assert.is(others.expiresAt, expiresAt);
  assert.ok(Math.abs(Number(ttl) - (expiresAt - nowMs) / 1000) < 60, `${ttl} s`);
  assert.is(Object.hasOwn((await listed(''))!, 'expiresAt'), false);
});

test('a page that is not the last -> a link to the next one', async () => {
  const answer = await door.client.get('/kv?prefix=a&limit=2');
  const [, target] = /^<(.*)>; rel="next"$/.exec(answer.headers.link as string) ?? [];
  assert.equal(
    pageIn(await door.client.get(target!)).keys.map(({ key }) => key),
    ['a/2', 'a/ü'],
  );
  assert.is((await door.client.get('/kv?prefix=b')).headers.link, undefined);
});

test('explain -> said beside the keys', async () => {
  const answer = JSON.parse((await door.client.get('/kv?explain=1')).text);
  assert.is(answer.steps[0].what, 'everybody');
});

test('level and time -> as they were asked for', async () => {
  await door.client.get('/kv?consistency=one&timeout=77');
  const [list] = door.backend.lists;
  assert.equal([list?.level, list?.timeoutMs, list?.limit], ['one', 77, 100]);
  await door.client.get('/kv?r=2&limit=5');
  assert.equal([door.backend.lists[1]?.level, door.backend.lists[1]?.limit], [2, 5]);
});

test('a cursor of another list, cut short, changed or made up -> refused', async () => {
  const { next } = pageIn(await door.client.get('/kv?prefix=a&limit=1'));
  assert.ok(next);
  const others = ['prefix=b', 'prefix=a&reverse=1', 'prefix=a&after=a', 'prefix=a&before=b', ''];
  const changed = `${next.startsWith('A') ? 'B' : 'A'}${next.slice(1)}`;
  const wrong = [next.slice(1), next.slice(0, -1), `${next}A`, changed, '', 'null', '%00', '..'];
  const queries = [
    ...others.map((query) => `${query}&cursor=${next}`),
    ...wrong.map((cursor) => `prefix=a&cursor=${cursor}`),
  ];
  for (const query of queries) {
    assertProblem(await door.client.get(`/kv?${query}`), 400, 'bad_request');
  }
  assert.is(door.backend.lists.length, 1);
});

test('a cursor that somebody made for a key outside -> no key outside is listed', async () => {
  const common = { prefix: Buffer.from('a/'), after: undefined, before: undefined };
  for (const reverse of [false, true]) {
    const behind = (key: string) =>
      allPages(
        `prefix=a/&reverse=${Number(reverse)}`,
        cursorOf({ ...common, reverse }, Buffer.from(key)),
      );
    const inside = ['a/1', 'a/2', 'a/ü'];
    assert.equal(await behind('A'), reverse ? [] : inside);
    assert.equal(await behind('z'), reverse ? inside.reverse() : []);
  }
});

test('any text for a cursor -> refused with a sentence', async () => {
  const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.base64String({ maxLength: 3000 }));
  const property = fc.asyncProperty(texts, async (text) => {
    const answer = await door.client.get(`/kv?cursor=${encodeURIComponent(text)}`);
    assertProblem(answer, 400, 'bad_request');
    assert.ok(answer.text.length < 1000, 'what was sent is not sent back');
  });
  await fc.assert(property, { numRuns: 100 });
});

const REFUSED: readonly [string, string][] = [
  ['limit=0', 'bad_request'],
  ['limit=1001', 'bad_request'],
  ['limit=x', 'bad_request'],
  ['limit=', 'bad_request'],
  ['limit=-1', 'bad_request'],
  ['limit=1e3', 'bad_request'],
  ['limit=0x10', 'bad_request'],
  ['limit=%2B5', 'bad_request'],
  ['limit=2.5', 'bad_request'],
  [`limit=${'9'.repeat(400)}`, 'bad_request'],
  ['limit=5&limit=5', 'bad_request'],
  ['reverse=', 'bad_request'],
  ['reverse=2', 'bad_request'],
  ['values=yes', 'bad_request'],
  ['count=2', 'bad_request'],
  ['count=1&limit=3', 'bad_request'],
  ['after=', 'key_invalid'],
  [`before=${'k'.repeat(1025)}`, 'key_invalid'],
  [`prefix=${'k'.repeat(1025)}`, 'bad_request'],
  ['prefix=a&prefix=b', 'bad_request'],
  ['prefix=%FF', 'bad_request'],
  ['prefix=%', 'bad_request'],
  ['prefix=%zz', 'bad_request'],
  ['prefix=a%2', 'bad_request'],
  ['prefix=%C3', 'bad_request'],
  ['prefix=%ED%A0%80', 'bad_request'],
  ['%FF=a', 'bad_request'],
  ['__proto__=a', 'bad_request'],
  ['Prefix=a', 'bad_request'],
  ['after=%C3', 'bad_request'],
  [`before=${'%00'.repeat(1025)}`, 'key_invalid'],
  ['count=1&cursor=x', 'bad_request'],
  ['consistency=any', 'bad_request'],
  ['consistency=linearizable', 'bad_request'],
  ['w=1', 'bad_request'],
  ['page=2', 'bad_request'],
];

for (const [query, code] of REFUSED) {
  test(`?${query.slice(0, 40)} -> refused, and nobody was asked`, async () => {
    const answer = await door.client.get(`/kv?${query}`);
    assertProblem(answer, 400, code);
    assert.ok(answer.text.length < 1000, 'what was sent is not sent back');
    assert.equal(door.backend.lists, []);
  });
}

test('lines or a count by what makes no sense -> refused before they begin', async () => {
  const { next } = pageIn(await door.client.get('/kv?prefix=a&limit=1'));
  for (const query of [
    'limit=0',
    'limit=9007199254740992',
    `prefix=b&cursor=${next}`,
    'explain=1',
  ]) {
    assertProblem(await door.client.get(`/kv?${query}`, LINES), 400, 'bad_request');
  }
  for (const query of ['limit=5', 'prefix=%FF', 'prefix=a&prefix=b']) {
    const { status, text } = await door.client.send('HEAD', `/kv?${query}`);
    assert.equal([status, text], [400, '']);
  }
  assert.is(door.backend.lists.length, 1);
});

test('unusual, and sense all the same -> what it says', async () => {
  assert.equal(await allPages('prefix='), NAMES);
  assert.equal(await allPages('prefix=%00'), []);
  assert.equal(await allPages(`prefix=${'k'.repeat(1024)}`), []);
  assert.equal(await allPages('after=b&before=b'), []);
  assert.equal(await allPages('limit=007'), NAMES);
  assert.equal(await allPages('prefix=%F0%9F%94%91'), ['🔑']);
  // In a query, a plus is a space.
  assert.equal(await allPages('prefix=b+c'), []);
});

test('any query -> a list, or refused with a sentence', async () => {
  const names = ['prefix', 'after', 'before', 'reverse', 'cursor', 'limit', 'values', 'count', 'r'];
  const text = fc.string({ unit: fc.constantFrom(...'%%%0FfCc3&=+-.9a/\\~') });
  const parameter = fc.tuple(fc.constantFrom(...names), text).map((pair) => pair.join('='));
  const queries = fc.array(parameter, { maxLength: 3 }).map((parts) => parts.join('&'));
  let refused = 0;
  const property = fc.asyncProperty(queries, async (query) => {
    const answer = await door.client.get(`/kv?${query}`);
    if (answer.status === 200) return void pageIn(answer);
    refused++;
    assert.is(answer.status, 400, answer.text);
    assert.is(answer.headers['content-type'], 'application/problem+json');
    assert.ok(answer.text.length < 1000, 'what was sent is not sent back');
  });
  const runs = 300;
  await fc.assert(property, { numRuns: runs });
  assert.ok(refused > 0 && refused < runs, `${refused} were refused`);
});

test('another method -> refused, with what is possible', async () => {
  const answer = await door.client.put('/kv', 'x');
  assertProblem(answer, 405, 'method_not_allowed');
  assert.is(answer.headers.allow, 'GET, HEAD, DELETE, OPTIONS');
});

test('a count -> of all pages; HEAD says it in a header', async () => {
  const counted = await door.client.get('/kv?count=1&prefix=a');
  assert.equal(JSON.parse(counted.text), { count: 4 });
  assert.ok(door.backend.lists.length > 1 && door.backend.lists.every(({ isCount }) => isCount));
  const head = await door.client.send('HEAD', '/kv');
  assert.equal([head.status, head.headers['x-quorate-count']], [200, String(NAMES.length)]);
});

test('a list or a count that fails -> the problem', async () => {
  for (const query of ['', '?count=1']) {
    door.backend.failures = { [door.backend.lists.length]: BROKEN };
    assertProblem(await door.client.get(`/kv${query}`), 503, 'quorum_unavailable');
  }
});

test('lines -> all keys, however many pages that takes, and the end', async () => {
  const answer = await door.client.get('/kv', LINES);
  assert.is(answer.headers['content-type'], 'application/x-ndjson');
  const lines = linesIn(answer);
  assert.equal(
    lines.slice(0, -1).map(({ key }) => key),
    NAMES,
  );
  assert.equal(lines.at(-1), { next: null });
  assert.ok(door.backend.lists.length >= NAMES.length / PER_PAGE);
});

test('lines up to a limit -> so many, and the cursor to go on with', async () => {
  const lines = linesIn(await door.client.get('/kv?limit=4', LINES));
  assert.is(lines.length, 5);
  const rest = linesIn(await door.client.get(`/kv?cursor=${lines[4]?.next}`, LINES));
  assert.equal(
    rest.slice(0, -1).map(({ key }) => key),
    NAMES.slice(4),
  );
});

/** Behind the first page, for this reason; by its last line all the others come. */
async function assertCutOff(lines: ReturnType<typeof linesIn>, code: string): Promise<void> {
  const last = lines.at(-1) as { next: string; problem: { code: string } };
  assert.equal([lines.length, last.problem.code], [PER_PAGE + 1, code]);
  const rest = linesIn(await door.client.get(`/kv?cursor=${last.next}`, LINES));
  assert.equal(
    rest.slice(0, -1).map(({ key }) => key),
    NAMES.slice(PER_PAGE),
  );
}

test('lines that break off -> why, and the cursor to go on with', async () => {
  door.backend.failures = { 1: BROKEN };
  const lines = linesIn(await door.client.get('/kv', LINES));
  await assertCutOff(lines, 'quorum_unavailable');
  door.backend.failures = { [door.backend.lists.length]: BROKEN };
  assertProblem(await door.client.get('/kv', LINES), 503, 'quorum_unavailable');
});

test('the node shuts down meanwhile -> the last line says so, and where to go on', async () => {
  const closing = new ListDoor();
  await closing.open();
  closing.renew(...NAMES);
  let drained: Promise<void> | undefined;
  closing.backend.onList = (list) => {
    if (list === 1) drained = closing.drain();
  };
  const lines = linesIn(await closing.client.get('/kv', LINES));
  await drained;
  closing.client.close();
  await assertCutOff(lines, 'shutting_down');
});

test('a client that takes no lines -> no more are made, until it is gone', async () => {
  const value = 'v'.repeat(50_000);
  for (let index = 0; index < 3000; index++) door.backend.values.set(`key ${index}`, value);
  door.backend.perPage = 20;
  const socket = connect(door.port, '127.0.0.1');
  socket.write(
    'GET /kv?values=1 HTTP/1.1\r\nHost: localhost\r\nAccept: application/x-ndjson\r\n\r\n',
  );
  let asked = -1;
  // Until no more is made: the network's buffers have taken what they can.
  while (asked < door.backend.lists.length) {
    asked = door.backend.lists.length;
    await new Promise<void>((resolve) => void systemClock.setTimeout(resolve, 300));
  }
  assert.ok(asked > 0 && asked < 100, `${asked} of 150 pages were made`);
  assert.ok(door.held > 0 && door.held < 4 << 20, `${door.held} bytes are held`);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.destroy();
  await closed;
  await eventually(() => door.held === 0, 10_000);
});

test.run();
