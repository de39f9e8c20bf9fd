/** `DELETE /kv`: what it takes to be asked, and what it says that it did. */
import * as assert from 'uvu/assert';
import { failure } from '../../../src/core/failures.js';
import { assertProblem } from '../../support/http/assert-problem.js';
import { suite } from '../../support/runner/suite.js';
import { ListDoor } from './list-door.js';

const test = suite('deleting by prefix');
const door = new ListDoor();

test.before(() => door.open());
test.before.each(() => {
  door.renew('a', 'b/1', 'b/2', 'b/3', 'b/4', 'c');
  door.backend.perPage = 1000;
});
test.after(() => door.close());

const REFUSED = [
  '',
  'prefix=b/',
  'prefix=b/&confirm=b',
  'prefix=&confirm=',
  'confirm=b/',
  'prefix=b/&confirm=b/&limit=0',
  'prefix=b/&confirm=b/&limit=1001',
  'prefix=b/&confirm=b/&cursor=x',
  'prefix=b/&confirm=b/&ttl=3',
];

for (const query of REFUSED) {
  test(`?${query} -> refused, and nothing is deleted`, async () => {
    assertProblem(await door.client.delete(`/kv?${query}`), 400, 'bad_request');
    assert.equal([door.backend.lists, door.backend.writes], [[], []]);
  });
}

test('a condition -> refused: it could not hold of many keys', async () => {
  const answer = await door.client.delete('/kv?prefix=b/&confirm=b/', { 'If-Match': '"x"' });
  assertProblem(answer, 400, 'bad_request');
});

test('a prefix, twice -> its keys are deleted, and no others', async () => {
  const answer = await door.client.delete('/kv?prefix=b/&confirm=b/&consistency=all');
  assert.equal(JSON.parse(answer.text), { deleted: 4, failed: 0, next: null });
  assert.equal([...door.backend.values.keys()], ['a', 'c']);
  assert.ok(door.backend.writes.every(({ level }) => level === 'all'));
  const again = await door.client.delete('/kv?prefix=b/&confirm=b/');
  assert.equal(JSON.parse(again.text), { deleted: 0, failed: 0, next: null });
});

test('more than one request does -> so many, and where to go on', async () => {
  const query = 'prefix=b/&confirm=b/&limit=3';
  const { next, ...first } = JSON.parse((await door.client.delete(`/kv?${query}`)).text);
  assert.equal(first, { deleted: 3, failed: 0 });
  const rest = await door.client.delete(`/kv?${query}&cursor=${next}`);
  assert.equal(JSON.parse(rest.text), { deleted: 1, failed: 0, next: null });
});

test('some cannot be deleted -> how many, which, and why; the others are', async () => {
  door.backend.stuck.add('b/2');
  const answer = await door.client.delete('/kv?prefix=b/&confirm=b/');
  assert.equal(JSON.parse(answer.text), {
    ...{ deleted: 3, failed: 1 },
    failures: [{ key: 'b/2', code: 'read_only', detail: 'the disk is full', applied: 'no' }],
    next: null,
  });
  assert.equal([...door.backend.values.keys()], ['a', 'b/2', 'c']);
});

test('many cannot be deleted -> ten are named, and the rest is behind all of them', async () => {
  const names = Array.from({ length: 15 }, (_, index) => `b/${index + 10}`);
  door.renew(...names);
  door.backend.perPage = 1000;
  for (const name of names.slice(0, 12)) door.backend.stuck.add(name);
  const query = 'prefix=b/&confirm=b/&limit=14';
  const answer = JSON.parse((await door.client.delete(`/kv?${query}`)).text);
  assert.equal([answer.deleted, answer.failed, answer.failures.length], [2, 12, 10]);
  const rest = await door.client.delete(`/kv?${query}&cursor=${answer.next}`);
  assert.equal(JSON.parse(rest.text), { deleted: 1, failed: 0, next: null });
});

test('they cannot be listed -> the problem, and nothing is deleted', async () => {
  door.backend.failures = { 0: failure('quorum_unavailable', 'too few', 'no') };
  const answer = await door.client.delete('/kv?prefix=b/&confirm=b/');
  assertProblem(answer, 503, 'quorum_unavailable');
  assert.equal(door.backend.writes, []);
});

test.run();
