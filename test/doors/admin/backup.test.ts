/** The doors of a backup: what a node gives away as a stream, and what it takes of one. */
import * as assert from 'uvu/assert';
import { failure } from '../../../src/core/failures.js';
import type { BackupPage } from '../../../src/core/requests.js';
import {
  encodeBlock,
  encodeEnd,
  type Part,
  type PartEnd,
} from '../../../src/core/wire/backup-stream.js';
import type { Backend } from '../../../src/doors/context.js';
import type { HttpDoor } from '../../../src/doors/http/server.js';
import { record } from '../../support/data/records.js';
import { assertProblem } from '../../support/http/assert-problem.js';
import { HttpClient } from '../../support/http/http-client.js';
import { suite } from '../../support/runner/suite.js';
import { memberOf, openDoor, putBehind, ringOf, StubBackend } from '../stub-backend.js';

const test = suite('backup doors');
const RING = ringOf([memberOf(1)]);
const FULL = failure('read_only', 'the disk of an owner is full', 'unknown');
const CHANGING = failure('change_refused', 'the owners are changing', 'no');

class BackupBackend extends StubBackend {
  pages: readonly BackupPage[] = [];
  outcome: Parameters<Parameters<Backend['restore']>[1]>[0] = { ok: true, epoch: 7 };
  restored: Buffer[] = [];

  override readonly backup: Backend['backup'] = (part: Part) => {
    this.asked.push(part);
    const pages = this.pages.values();
    return { next: (done) => void setImmediate(() => done(pages.next().value as BackupPage)) };
  };

  override readonly restore: Backend['restore'] = (records, done) => {
    this.restored.push(...records);
    setImmediate(done, this.outcome);
  };
}

let backend: BackupBackend;
let door: HttpDoor;
let client: HttpClient;

test.before(async () => {
  const opened = await openDoor(new BackupBackend(RING));
  door = opened.door;
  client = new HttpClient(opened.port);
});
test.before.each(() => {
  backend = new BackupBackend(RING);
  putBehind(door, backend);
});
test.after(async () => {
  client.close();
  await door.drain();
});

const END: PartEnd = {
  ...{ part: 'rows', node: 'a'.repeat(16), clusterId: RING.clusterId },
  ...{ epoch: 1, records: 3, unreadable: 0, latest: 9 },
};
const PAGES = [[record('k')], [], [record('l'), record('m', { value: Buffer.alloc(1 << 20) })]];

test('backup -> pages as blocks, none for what is empty, and the end', async () => {
  backend.pages = [...PAGES.map((records) => ({ records })), END];
  const { status, body, headers } = await client.send('POST', '/admin/backup?part=rows');
  assert.equal([status, headers['content-type']], [200, 'application/octet-stream']);
  const blocks = [PAGES[0]!, PAGES[2]!].map(encodeBlock);
  assert.ok(body.equals(Buffer.concat([...blocks, encodeEnd(END)])));
  assert.equal(backend.asked, ['rows']);
  assert.is(door.held.held, 0);
});

test('it fails at once -> a problem; later -> an end that says why', async () => {
  backend.pages = [CHANGING];
  assertProblem(await client.send('POST', '/admin/backup?part=hints'), 409, 'change_refused');
  backend.pages = [{ records: PAGES[0]! }, CHANGING];
  const { status, body } = await client.send('POST', '/admin/backup?part=hints');
  assert.is(status, 200);
  const failed = encodeEnd({ failure: 'the owners are changing' });
  assert.ok(body.equals(Buffer.concat([encodeBlock(PAGES[0]!), failed])));
});

test('no part, another one, or GET -> refused, and nobody heard of it', async () => {
  for (const query of ['', '?part=', '?part=meta', '?part=rows&part=rows', '?part=rows&a=1']) {
    assertProblem(await client.send('POST', `/admin/backup${query}`), 400, 'bad_request');
  }
  assertProblem(await client.get('/admin/backup?part=rows'), 405, 'method_not_allowed');
  assert.equal(backend.asked, []);
});

test('restore -> the records of the body, in one piece', async () => {
  const records = PAGES.flat();
  const answer = await client.send('POST', '/admin/restore', { body: Buffer.concat(records) });
  assert.equal(JSON.parse(answer.text), { records: 3, epoch: 7 });
  assert.equal(backend.restored, records);
});

test('restore begins, ends -> the node is told, and is not ready meanwhile', async () => {
  const began = await client.send('POST', '/admin/restore?state=begun');
  assert.equal(JSON.parse(began.text), { state: 'begun' });
  const ready = await client.get('/health/ready');
  assertProblem(ready, 503, 'not_ready');
  assert.match(JSON.parse(ready.text).detail, /began at 1970-01-01T00.*keys may be missing/);
  assert.is((await client.send('POST', '/admin/restore?state=ended')).status, 200);
  assert.is((await client.get('/health/ready')).status, 200);
  for (const query of ['state=', 'state=over', 'state=begun&state=begun', 'x=1']) {
    assertProblem(await client.send('POST', `/admin/restore?${query}`), 400, 'bad_request');
  }
});

test('restore of what is none, or too many -> refused as a whole', async () => {
  const small = record('k');
  for (const body of [
    Buffer.from('x'),
    small.subarray(0, -1),
    Buffer.concat([small, Buffer.alloc(1)]),
    Buffer.concat(Array(1001).fill(small)),
  ]) {
    assertProblem(await client.send('POST', '/admin/restore', { body }), 400, 'bad_request');
  }
  assert.equal(backend.restored, []);
});

test('restore that is not done -> the problem, as of a write', async () => {
  backend.outcome = FULL;
  const answer = await client.send('POST', '/admin/restore', { body: record('k') });
  assertProblem(answer, 507, 'read_only');
  assert.is(JSON.parse(answer.text).applied, 'unknown');
});

test.run();
