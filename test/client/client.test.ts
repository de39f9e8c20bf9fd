/** The client against nodes that do what a test says: routing, results, errors, windows. */
import * as assert from 'uvu/assert';
import {
  Client,
  type ConnectOptions,
  connect,
  InvalidRequest,
  OutcomeUnknown,
  PreconditionFailed,
  type QuorateError,
  Unavailable,
} from '../../src/client/connect.js';
import { partitionOf } from '../../src/core/ring/key-owners.js';
import { systemRandom } from '../../src/system.js';
import { ManualClock } from '../peers/manual-clock.js';
import { eventually } from '../support/eventually.js';
import { suite } from '../support/runner/suite.js';
import { type Asked, clientOf, FakeNode, failure, found, ringOf, written } from './fake-node.js';
import { errorOf, keyIn, TwoNodes } from './two-nodes.js';

const test = suite('client');

const at = new TwoNodes();

test.before.each(() => at.start());
test.after.each(() => at.stop());

test('keys -> to the first of their owners; what one turn asks in one frame', async () => {
  const to = await at.connected();
  const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
  await Promise.all(keys.map((key) => to.get(key)));
  for (const [index, node] of [at.first, at.second].entries()) {
    const expected = keys.filter((key) => partitionOf(Buffer.from(key), 2) === index);
    assert.equal(
      node.asked.map(({ key }) => key.toString()),
      expected,
    );
    assert.equal(node.frames, [expected.length]);
  }
});

test('what is read -> value, type, ETag, time to live, level; or nothing', async () => {
  const to = await at.connected();
  at.first.behaviour = (asked) => ({ ...found(asked, 'hé'), ttl: 7 });
  const it = await to.get(keyIn(0));
  assert.is(it?.text(), 'hé');
  assert.equal(it?.value, Buffer.from('hé'));
  const { contentType, ttl, level, etag } = it!;
  assert.equal(
    [contentType, ttl, level, etag],
    ['text/plain', 7, 'quorum', '"1.1000.00000000000000a1"'],
  );
  at.first.behaviour = ({ call }) => ({ type: 'client.absent', call, reached: 'quorum' });
  assert.is(await to.get(keyIn(0)), undefined);
});

test('what is written -> as it was said', async () => {
  const to = await at.connected();
  const key = keyIn(0);
  const { etag } = await to.put(key, 'text');
  await to.put(key, Uint8Array.of(1, 2), { ttl: 5, level: 'all', ifMatch: etag });
  await to.put(key, 'x', { ifAbsent: true, idempotencyKey: 'mine', contentType: 'a/b' });
  await to.delete(key, { ifMatch: '*', level: 1 });
  const [text, bytes, own, gone] = at.first.asked as [Asked, Asked, Asked, Asked];
  assert.ok(text.type === 'client.put' && bytes.type === 'client.put' && own.type === 'client.put');
  assert.is(text.contentType, 'text/plain; charset=utf-8');
  assert.match(text.operation?.id ?? '', /^[0-9a-f]{16}-/);
  assert.is(text.operation?.isRetry, false);
  assert.is(bytes.contentType, 'application/octet-stream');
  assert.equal([bytes.ttl, bytes.level, bytes.value], [5, 'all', Buffer.from([1, 2])]);
  assert.is(bytes.condition?.kind, 'matches');
  assert.equal(
    [own.condition, own.operation, own.contentType],
    // What the program itself has named may have been sent before.
    [{ kind: 'absent' }, { id: 'mine', isRetry: true }, 'a/b'],
  );
  assert.ok(gone.type === 'client.delete');
  // At such a level no node finds again what it has stored.
  assert.equal([gone.condition, gone.operation, gone.level], [{ kind: 'present' }, undefined, 1]);
});

/** As of a program that has read nothing, and takes that for its condition. */
const LOST = { ifMatch: undefined };

/** [what is asked, the code] */
const WRONG: readonly [string, (to: Client) => Promise<unknown>, string][] = [
  ['no key', (to) => to.get(''), 'key_invalid'],
  ['a long key', (to) => to.get('k'.repeat(1025)), 'key_invalid'],
  ['a key that is no text', (to) => to.put(Uint8Array.of(0xff), 'v'), 'key_invalid'],
  ['half a letter', (to) => to.get('\ud800'), 'key_invalid'],
  ['part of a second', (to) => to.put('k', 'v', { ttl: 0.5 }), 'bad_request'],
  ['no time to live', (to) => to.put('k', 'v', { ttl: 0 }), 'bad_request'],
  ['no owners', (to) => to.get('k', { level: 0 }), 'bad_request'],
  ['more owners than there can be', (to) => to.put('k', 'v', { level: 17 }), 'bad_request'],
  ['level any of a read', (to) => to.get('k', { level: 'any' as 'one' }), 'bad_request'],
  ['no deadline', (to) => to.get('k', { deadlineMs: Number.NaN }), 'bad_request'],
  ['a long id', (to) => to.put('k', 'v', { idempotencyKey: 'x'.repeat(256) }), 'bad_request'],
  ['an id in no ASCII', (to) => to.put('k', 'v', { idempotencyKey: 'é' }), 'bad_request'],
  ['a type that is no header', (to) => to.put('k', 'v', { contentType: 'ŝ' }), 'bad_request'],
  ['many ETags', (to) => to.put('k', 'v', { ifMatch: Array(101).fill('"1.2.3"') }), 'bad_request'],
  ['no ETag', (to) => to.put('k', 'v', { ifMatch: [] }), 'bad_request'],
  ['a condition that got lost', (to) => to.put('k', 'v', LOST as object), 'bad_request'],
  ['both conditions', (to) => to.put('k', 'v', { ifAbsent: true, ifMatch: '*' }), 'bad_request'],
];

test('what makes no sense -> InvalidRequest, and nobody is asked', async () => {
  const to = await at.connected();
  for (const [what, ask, code] of WRONG) {
    const error = await errorOf(ask(to));
    assert.instance(error, InvalidRequest);
    assert.equal([error.code, error.applied], [code, 'no'], what);
  }
  assert.equal([at.first.asked, at.second.asked], [[], []]);
});

/** [the answer, the class, whether the write was applied] */
const REFUSALS: readonly [Parameters<typeof failure>[1], unknown, string | undefined][] = [
  [
    { code: 'precondition_failed', status: 412, applied: 'no', current: '"1.2.3"' },
    PreconditionFailed,
    'no',
  ],
  [{ code: 'operation_reused', status: 422, applied: 'no' }, InvalidRequest, 'no'],
  [{ code: 'level_impossible', applied: 'no' }, Unavailable, 'no'],
  [{ code: 'read_only', status: 507, applied: 'unknown' }, OutcomeUnknown, 'unknown'],
];

for (const [answer, type, applied] of REFUSALS) {
  test(`${answer.code} -> its class and code, after one try`, async () => {
    const to = await at.connected();
    at.first.behaviour = (asked) => failure(asked, { ...answer, needed: 2, got: 1 });
    const error = await errorOf(to.put(keyIn(0), 'v'));
    assert.instance(error, type as typeof QuorateError);
    const { code, needed, got } = error;
    assert.equal([code, error.applied, needed, got], [answer.code, applied, 2, 1]);
    assert.is(at.first.asked.length, 1);
    if (error instanceof PreconditionFailed) assert.is(error.current, '"1.2.3"');
  });
}

test('a value larger than the node takes -> refused, and the connection stays', async () => {
  const to = await at.connected();
  const ended = to.put(keyIn(0), 'v');
  const error = await errorOf(to.put(keyIn(0), Buffer.alloc((1 << 20) + 1)));
  assert.instance(error, InvalidRequest);
  assert.equal([error.code, error.status, error.applied], ['value_too_large', 413, 'no']);
  await ended;
  assert.is(at.first.asked.length, 1);
});

test('no more in flight than the welcome says; the rest waits its turn', async () => {
  at.first.window = { operations: 4, bytes: 1000 };
  at.first.ring = ringOf(1, at.first);
  at.second.stop();
  at.client = await clientOf([at.first]);
  let inFlight = 0;
  let most = 0;
  at.first.behaviour = (asked, socket) => {
    most = Math.max(most, ++inFlight);
    setImmediate(() => {
      inFlight--;
      at.first.say(socket, written(asked));
    });
    return undefined;
  };
  await Promise.all(Array.from({ length: 50 }, (_, i) => at.client!.put(`k${i}`, 'v')));
  assert.is(most, 4);
  most = 0;
  await Promise.all(Array.from({ length: 10 }, (_, i) => at.client!.put(`k${i}`, 'v'.repeat(600))));
  assert.is(most, 1, 'by their bytes');
});

test('more under way than may be -> queue_full, not sent', async () => {
  const to = await at.connected({ maxPending: 3 });
  const all = Array.from({ length: 4 }, () => to.put(keyIn(0), 'v'));
  const error = await errorOf(all[3]!);
  assert.instance(error, Unavailable);
  assert.equal([error.code, error.applied], ['queue_full', 'no']);
  await Promise.all(all.slice(0, 3));
  await to.put(keyIn(0), 'v');
});

test('another ring -> its owners are asked, and of two the later one holds', async () => {
  const to = await at.connected();
  at.first.sayToAll(ringOf(3, at.second));
  await eventually(() => to.epoch === 3);
  at.first.sayToAll(ringOf(2, at.first));
  await to.get(keyIn(0));
  assert.is(to.epoch, 3);
  assert.equal([at.first.asked.length, at.second.asked.length], [0, 1]);
});

test('a goodbye -> the others are asked; what is in flight is answered', async () => {
  const to = await at.connected();
  let flying: Asked | undefined;
  at.first.behaviour = (asked) => {
    flying = asked;
    return undefined;
  };
  const ended = to.put(keyIn(0), 'v');
  await eventually(() => flying);
  at.first.sayToAll({ type: 'client.goodbye', reason: 'bye' });
  await eventually(async () => {
    await to.get(keyIn(0));
    return at.second.asked.length > 0;
  });
  at.first.sayToAll(written(flying!));
  await ended;
});

test('a node is gone, and comes back -> it is asked again', async () => {
  const to = await at.connected();
  at.first.stop();
  assert.is((await to.get(keyIn(0)))?.text(), 'v');
  const back = new FakeNode(1);
  back.port = at.first.port;
  back.ring = at.second.ring;
  at.first = await back.start();
  await eventually(async () => {
    await to.get(keyIn(0));
    return at.first.asked.length > 0;
  });
});

test('a member that has moved -> asked where it is now', async () => {
  const to = await at.connected();
  const moved = new FakeNode(1);
  moved.ring = ringOf(2, moved, at.second);
  await moved.start();
  moved.ring = ringOf(2, moved, at.second);
  // Where it was, another one is now.
  at.first.stop();
  at.second.sayToAll(moved.ring);
  await eventually(async () => {
    await to.get(keyIn(0));
    return moved.asked.length > 0;
  });
  assert.is(to.epoch, 2);
  await to.close();
  moved.stop();
});

test('a node of another cluster -> is not asked', async () => {
  at.second.cluster = 'd'.repeat(32);
  at.client = await clientOf([at.first]);
  at.first.ring = ringOf(1, at.first, at.second);
  at.first.sayToAll(at.first.ring);
  await eventually(() => at.second.upgrades > 1 || at.client!.get(keyIn(1)).then(() => false));
  assert.equal(at.second.asked, []);
});

test('a node that says no welcome -> given up', async () => {
  at.first.isMute = true;
  const clock = new ManualClock();
  const to = new Client({ nodes: [at.first.address] }, clock, systemRandom);
  await eventually(() => at.first.hellos === 1);
  clock.advance(3000);
  await eventually(() => at.first.sockets.size === 0);
  await to.close();
});

test('messages -> say when they were sent, by the time of the node', async () => {
  at.first.time = 0xfffffff0;
  at.client = await clientOf([at.first]);
  await at.client.get('k');
  const [asked] = at.first.asked;
  const ahead = (asked!.sentAt - at.first.time) | 0;
  assert.ok(ahead >= 0 && ahead < 10_000, `${ahead} ms`);
});

/** [what is no option, the options] */
const NO_OPTIONS: readonly [string, Partial<ConnectOptions>][] = [
  ['no node', { nodes: [] }],
  ['no address', { nodes: ['127.0.0.1:1', 'bad host'] }],
  ['no port', { nodes: ['localhost'] }],
  ['no deadline', { deadlineMs: 0 }],
  ['a long name', { program: 'x'.repeat(201) }],
];

test('what is no option -> InvalidRequest, and nobody is dialled', async () => {
  for (const [what, options] of NO_OPTIONS) {
    const error = await errorOf(connect({ nodes: [at.first.address], ...options }));
    assert.instance(error, InvalidRequest, what);
  }
  assert.is(at.first.upgrades, 0);
});

test('closed twice, at a node that has stopped -> both end, and soon', async () => {
  const to = await at.connected();
  for (const socket of at.first.sockets) socket.pause();
  const begun = performance.now();
  await Promise.all([to.close(), to.close()]);
  assert.ok(performance.now() - begun < 5000);
  for (const socket of at.first.sockets) socket.resume();
});

test('no node -> connecting is given up with a reason', async () => {
  at.first.stop();
  at.second.stop();
  const error = await errorOf(connect({ nodes: [at.first.address], connectTimeoutMs: 100 }));
  assert.instance(error, Unavailable);
  assert.is(error.code, 'unreachable');
});

test('all nodes gone -> a write that was never sent is certainly not applied', async () => {
  const to = await at.connected();
  at.first.stop();
  at.second.stop();
  await eventually(() => at.first.sockets.size + at.second.sockets.size === 0);
  const error = await errorOf(to.put(keyIn(0), 'v', { deadlineMs: 200 }));
  assert.equal([error.code, error.applied], ['unreachable', 'no']);
});

test('closing -> what is under way ends, nothing more is taken, nothing stays open', async () => {
  const to = await at.connected();
  const ended = to.put(keyIn(0), 'v');
  const closed = to.close();
  const error = await errorOf(to.get(keyIn(0)));
  assert.is(error.code, 'closed');
  await ended;
  await closed;
  await eventually(() => at.first.sockets.size + at.second.sockets.size === 0);
});

test.run();
