/** What the client tries again, where, and when; and what it does not. */
import * as assert from 'uvu/assert';
import { OutcomeUnknown, Unavailable, type WriteOptions } from '../../src/client/connect.js';
import { eventually } from '../support/eventually.js';
import { suite } from '../support/runner/suite.js';
import { type Asked, type Behaviour, clientOf, failure, found } from './fake-node.js';
import { errorOf, keyIn, TwoNodes } from './two-nodes.js';

const test = suite('tries of the client');

const at = new TwoNodes();

test.before.each(() => at.start());
test.after.each(() => at.stop());

/** What one node says of every write and read until it is told otherwise. */
const PASSING = ['overloaded', 'not_ready', 'shutting_down', 'quorum_unavailable', 'contention'];

for (const code of PASSING) {
  test(`${code} -> asked again elsewhere, a write as a retry`, async () => {
    const to = await at.connected();
    at.first.behaviour = (asked) => failure(asked, { code, applied: 'no' });
    await to.put(keyIn(0), 'v');
    assert.is((await to.get(keyIn(0)))?.text(), 'v');
    const [again] = at.second.asked;
    assert.ok(again?.type === 'client.put');
    assert.is(again.operation?.isRetry, true);
    const [before] = at.first.asked;
    assert.is(before?.type === 'client.put' && before.operation?.id, again.operation?.id);
  });
}

test('a value that does not fit its checksum -> asked for elsewhere, never given', async () => {
  const to = await at.connected();
  at.first.behaviour = (asked) => ({ ...found(asked), value: Buffer.from('w') });
  assert.is((await to.get(keyIn(0)))?.text(), 'v');
  assert.is(at.second.asked.length, 1);
  at.second.behaviour = at.first.behaviour;
  const error = await errorOf(to.get(keyIn(0), { deadlineMs: 100 }));
  assert.equal([error.code, error.applied], ['checksum_mismatch', undefined]);
});

test('a value of another key -> does not fit', async () => {
  const to = await at.connected({ deadlineMs: 100 });
  const ofAnother: Behaviour = (asked) => ({
    ...found({ ...asked, key: Buffer.from('another') }),
  });
  at.first.behaviour = ofAnother;
  at.second.behaviour = ofAnother;
  assert.is((await errorOf(to.get(keyIn(0)))).code, 'checksum_mismatch');
});

const cut: Behaviour = (_, socket) => void socket.terminate();

test('the connection breaks -> a read is asked for elsewhere', async () => {
  const to = await at.connected();
  at.first.behaviour = cut;
  assert.is((await to.get(keyIn(0)))?.text(), 'v');
  assert.is(at.second.asked.length, 1);
});

test('the connection breaks, no other node is open -> asked again when it is back', async () => {
  at.second.stop();
  at.client = await clientOf([at.first]);
  at.first.behaviour = (asked, socket) => {
    at.first.behaviour = (again) => found(again);
    return cut(asked, socket);
  };
  assert.is((await at.client.get('k'))?.text(), 'v');
  assert.is(at.first.asked.length, 2);
});

test('the connection breaks for good -> operations and closing end in time', async () => {
  at.second.stop();
  at.client = await clientOf([at.first]);
  at.first.behaviour = () => void at.first.stop();
  const asked = Array.from({ length: 300 }, (_, i) =>
    errorOf(at.client!.get(`k${i}`, { deadlineMs: 300 })),
  );
  for (const { code } of await Promise.all(asked)) assert.is(code, 'unreachable');
  await at.client.close();
});

test('no answer in its share of the time -> a read is asked for elsewhere', async () => {
  const to = await at.connected();
  at.first.behaviour = () => undefined;
  assert.is((await to.get(keyIn(0), { deadlineMs: 1500 }))?.text(), 'v');
  assert.is(at.second.asked.length, 1);
});

test('the connection breaks -> a write over one version goes elsewhere', async () => {
  const to = await at.connected();
  at.first.behaviour = cut;
  const begun = performance.now();
  await to.put(keyIn(0), 'v', { ifMatch: '"1.1000.00000000000000a1"' });
  assert.ok(performance.now() - begun < 1000);
  const [again] = at.second.asked;
  assert.is(again?.type === 'client.put' && again.operation?.isRetry, true);
});

/** Made behind their retry they would overwrite, or make again, what others have undone. */
const CONDITIONS: readonly [string, WriteOptions][] = [
  ['a plain write', {}],
  ['one where there is nothing', { ifAbsent: true }],
  ['one over any value', { ifMatch: '*' }],
];

for (const [what, options] of CONDITIONS) {
  test(`the connection breaks -> ${what} waits until its try has had its time`, async () => {
    const to = await at.connected({ deadlineMs: 1800 });
    at.first.behaviour = cut;
    const begun = performance.now();
    await to.put(keyIn(0), 'v', options);
    const [try_] = at.first.asked;
    const tookMs = performance.now() - begun;
    assert.ok(try_ && try_.timeoutMs <= 600, 'a third of the time');
    assert.ok(tookMs >= try_.timeoutMs, `${tookMs} ms`);
  });
}

test('the connection breaks -> of a write without an id nobody can tell', async () => {
  const to = await at.connected({ idempotentWrites: false });
  at.first.behaviour = cut;
  const error = await errorOf(to.put(keyIn(0), 'v'));
  assert.instance(error, OutcomeUnknown);
  assert.equal([error.code, error.applied], ['outcome_unknown', 'unknown']);
  assert.is(at.second.asked.length, 0);
});

test('outcome_unknown -> a write with an id is sent again', async () => {
  const to = await at.connected();
  at.first.behaviour = (asked) =>
    failure(asked, { code: 'outcome_unknown', status: 504, applied: 'unknown' });
  await to.put(keyIn(0), 'v');
  assert.is(at.second.asked.length, 1);
});

test('an unknown try, then no other -> unknown, whatever the last one says', async () => {
  const to = await at.connected({ deadlineMs: 400 });
  at.first.behaviour = (asked) => failure(asked, { code: 'outcome_unknown', applied: 'unknown' });
  at.second.behaviour = (asked) => failure(asked, { code: 'overloaded', applied: 'no' });
  const error = await errorOf(to.put(keyIn(0), 'v'));
  assert.instance(error, OutcomeUnknown);
  assert.is(error.applied, 'unknown');
});

test('no answer -> deadline of a read, outcome_unknown of a write', async () => {
  const to = await at.connected();
  at.first.behaviour = () => undefined;
  at.second.behaviour = () => undefined;
  const [read, write] = await Promise.all([
    errorOf(to.get(keyIn(0), { deadlineMs: 100 })),
    errorOf(to.put(keyIn(0), 'v', { deadlineMs: 100 })),
  ]);
  assert.instance(read, Unavailable);
  assert.equal([read.code, read.applied], ['deadline', undefined]);
  assert.instance(write, OutcomeUnknown);
  assert.is(write.code, 'outcome_unknown');
  assert.ok(at.first.asked.every(({ timeoutMs }) => timeoutMs > 0 && timeoutMs <= 100));
});

test('an answer behind its time -> is nobody’s, and the connection goes on', async () => {
  const to = await at.connected();
  let late: Asked | undefined;
  at.first.behaviour = (asked) => {
    late = asked;
    return undefined;
  };
  await errorOf(to.get(keyIn(0), { deadlineMs: 50 }));
  at.first.behaviour = (asked) => found(asked, 'in time');
  at.first.sayToAll(found(late!));
  assert.is((await to.get(keyIn(0)))?.text(), 'in time');
  assert.is(at.first.sockets.size, 1);
});

test('an answer to nothing, or no message -> another connection', async () => {
  const to = await at.connected();
  at.first.sayToAll({ type: 'client.absent', call: 99_999, reached: 'one' });
  assert.is((await to.get(keyIn(0)))?.text(), 'v');
  await eventually(() => at.first.sockets.size === 1);
  for (const socket of at.first.sockets) socket.send('text');
  assert.is((await to.get(keyIn(0)))?.text(), 'v');
});

test.run();
