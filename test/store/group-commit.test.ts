/** What is asked for while a batch is under way goes out together when that is answered. */
import * as assert from 'uvu/assert';
import { BatchReader } from '../../src/store/batch.js';
import { type Batch, GroupCommit } from '../../src/store/group-commit.js';
import { OPERATIONS } from '../../src/store/operations.js';
import { suite } from '../support/runner/suite.js';

const test = suite('group commit');

/** Keeps what is sent, as the list of the payloads of each batch. */
function makeGroup() {
  const batches: Batch[] = [];
  const sent: string[][] = [];
  const group = new GroupCommit((batch) => {
    const payloads: string[] = [];
    const reader = new BatchReader(batch.pack());
    while (reader.next()) payloads.push(reader.payload.toString());
    batches.push(batch);
    sent.push(payloads);
  });
  const ask = (...texts: string[]) => {
    for (const text of texts) group.add(OPERATIONS.read.tag, Buffer.from(text), () => undefined);
  };
  const settle = () => group.settle(batches.shift()!);
  return { group, sent, ask, settle };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test('idle -> what one turn asks for leaves at its end as one batch', async () => {
  const { sent, ask } = makeGroup();
  ask('a', 'b');
  queueMicrotask(() => ask('c'));
  assert.equal(sent, []);
  await nextTurn();
  assert.equal(sent, [['a', 'b', 'c']]);
});

test('a batch under way -> the rest gathers until it is answered, then leaves', async () => {
  const { group, sent, ask, settle } = makeGroup();
  assert.ok(group.isIdle);
  ask('a');
  await nextTurn();
  for (const text of ['b', 'c', 'd']) {
    ask(text);
    await nextTurn();
  }
  assert.equal(sent, [['a']]);
  settle();
  assert.equal(sent, [['a'], ['b', 'c', 'd']]);
  assert.not.ok(group.isIdle);
  settle();
  assert.ok(group.isIdle);
  ask('e');
  await nextTurn();
  assert.equal(sent[2], ['e']);
});

test('much at once -> batches of bounded count and size, one after the other', async () => {
  const { sent, ask, settle } = makeGroup();
  const texts = Array.from({ length: 600 }, (_, i) => `${i}`);
  ask(...texts);
  const large = 'x'.repeat(3 << 20);
  ask(large, large, large);
  await nextTurn();
  for (let i = 0; i < 10; i++) if (sent.length > i) settle();
  assert.equal(sent.flat().slice(0, 600), texts);
  assert.is(sent.flat().length, 603);
  for (const batch of sent) {
    assert.ok(batch.length <= 256);
    assert.ok(batch.join('').length <= 7 << 20);
  }
});

test('another batch is answered -> nothing leaves for that', async () => {
  const { group, sent, ask } = makeGroup();
  ask('a');
  await nextTurn();
  ask('b');
  const other: Batch[] = [];
  new GroupCommit((batch) => other.push(batch)).add(
    OPERATIONS.read.tag,
    Buffer.from('x'),
    () => undefined,
  );
  await nextTurn();
  group.settle(other[0]!);
  assert.equal(sent, [['a']]);
});

test.run();
