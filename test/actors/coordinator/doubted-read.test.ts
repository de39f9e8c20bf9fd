/** One read of which owners show what is too far in the future to be believed at once. */
import * as assert from 'uvu/assert';
import type { ReadAnswer, WriteAnswer } from '../../../actors/coordinator/answers.js';
import { ReadOperation } from '../../../actors/coordinator/read.js';
import { blockingOf } from '../../../src/core/ring/quorum.js';
import { suite } from '../../support/runner/suite.js';
import {
  ABSENT,
  at,
  BLOCKING,
  begun,
  FAILED,
  GROUPS,
  LOST,
  OWNERS,
  recordAt,
  value,
  version,
} from './scripted-owners.js';

const test = suite('coordinator: doubted reads');

const DISBELIEVED: WriteAnswer = { kind: 'refused', reason: 'clockAhead' };
const doubted = (time: number): ReadAnswer => ({ kind: 'doubted', version: at(time) });

test('one owner shows what is doubted -> left out, and the others make the quorum', () => {
  const operation = begun();
  const step = operation.held('a', 1, { ...doubted(900), record: recordAt(900) } as ReadAnswer);
  assert.equal(step, { next: 'wait' });
  assert.equal(operation.held('b', 1, value(5)), { next: 'ask', owners: ['c'], withValue: false });
  assert.equal(operation.held('c', 1, version(5)), { next: 'found', record: recordAt(5) });
});

test('too few others answer -> it may have been acknowledged, and counts', () => {
  const operation = begun();
  operation.held('a', 1, doubted(900));
  assert.equal(operation.held('b', 1, FAILED), { next: 'ask', owners: ['c'], withValue: false });
  const step = operation.held('c', 1, version(5));
  assert.equal(step, { next: 'ask', owners: ['a'], withValue: true });
  const found = { kind: 'doubted', version: at(900), record: recordAt(900) } as const;
  assert.equal(operation.held('a', 1, found), {
    next: 'writeBack',
    owners: ['c'],
    record: recordAt(900),
  });
  assert.is(operation.stored('c', 1, { kind: 'stored' }).next, 'found');
});

test('the last one is late -> what is doubted counts without it', () => {
  const operation = begun();
  operation.held('a', 1, { ...doubted(900), record: recordAt(900) } as ReadAnswer);
  operation.held('b', 1, version(5));
  assert.is(operation.hedge(false), undefined, 'all are asked');
  assert.is(operation.hurry().next, 'writeBack');
  assert.is(operation.hurry().next, 'wait', 'once');
});

test('all show it -> it counts with the second', () => {
  const operation = begun();
  operation.held('a', 1, { ...doubted(900), record: recordAt(900) } as ReadAnswer);
  assert.equal(operation.held('b', 1, doubted(900)), { next: 'found', record: recordAt(900) });
});

test('so many lack it that no majority is left -> never counts, and those are enough', () => {
  const operation = begun(3);
  operation.held('b', 1, value(5));
  operation.held('c', 1, version(5));
  assert.equal(operation.held('a', 1, doubted(900)), { next: 'found', record: recordAt(5) });
});

test('the one other of two owners lacks it -> what that one holds is the answer', () => {
  const operation = new ReadOperation();
  const owners = ['a', 'b'];
  operation.begin([{ owners, needed: 2 }], owners, blockingOf(owners));
  operation.held('a', 1, doubted(900));
  assert.equal(operation.held('b', 1, ABSENT), { next: 'found', record: undefined });
});

/** Of two owners, the one that lacked what the other one shows holds another version by now. */
function overtaken(time: number) {
  const operation = new ReadOperation();
  const owners = ['a', 'b'];
  operation.begin([{ owners, needed: 2 }], owners, blockingOf(owners));
  operation.held('a', 1, doubted(900));
  const step = operation.held('b', 1, version(5));
  assert.equal(step, { next: 'ask', owners: ['b'], withValue: true });
  return { operation, step: operation.held('b', 1, value(time)) };
}

test('the answer is older than what is left out -> its owner is not written to', () => {
  assert.equal(overtaken(800).step, { next: 'found', record: recordAt(800) });
});

test('the answer has become newer than what was left out -> written back there first', () => {
  const { operation, step } = overtaken(950);
  assert.equal(step, { next: 'writeBack', owners: ['a'], record: recordAt(950) });
  assert.is(operation.stored('a', 1, { kind: 'stored' }).next, 'found');
});

test('that one does not believe it either -> what it holds is the answer', () => {
  const { operation } = overtaken(950);
  const step = operation.stored('a', 1, DISBELIEVED);
  assert.equal(step, { next: 'ask', owners: ['a'], withValue: true });
  const fetched = { ...doubted(900), record: recordAt(900) } as ReadAnswer;
  assert.equal(operation.held('a', operation.round, fetched), {
    next: 'found',
    record: recordAt(900),
  });
});

test('it is lacked, but fewer others answer than the level asks for -> failed', () => {
  const operation = new ReadOperation();
  const owners = ['a', 'b', 'c', 'd'];
  operation.begin([{ owners, needed: 4 }], owners, blockingOf(owners));
  operation.held('a', 1, doubted(900));
  operation.held('b', 1, value(5));
  operation.held('c', 1, version(5));
  assert.is(operation.held('d', 1, FAILED).next, 'failed');
});

test('it is lacked while owners change -> both sets have to answer', () => {
  const operation = new ReadOperation();
  const groups = [OWNERS, ['b', 'c', 'd']].map((owners) => ({ owners, needed: 3 }));
  operation.begin(groups, ['a', 'b', 'c', 'd'], BLOCKING);
  for (const owner of ['b', 'c', 'd']) operation.held(owner, 1, version(5));
  assert.is(operation.held('a', 1, doubted(900)).next, 'failed');
});

test('we alone believe the newest -> the others take no repair, and what they hold counts', () => {
  const operation = begun();
  operation.held('a', 1, value(900));
  assert.is(operation.held('b', 1, version(5)).next, 'writeBack');
  const other = operation.stored('b', 1, DISBELIEVED);
  assert.equal(other, { next: 'writeBack', owners: ['c'], record: recordAt(900) });
  const step = operation.stored('c', 1, DISBELIEVED);
  assert.equal(step, { next: 'ask', owners: ['c'], withValue: false });
  assert.equal(operation.held('c', operation.round, version(5)), {
    next: 'ask',
    owners: ['b'],
    withValue: true,
  });
  const found = operation.held('b', operation.round, value(5));
  assert.equal(found, { next: 'found', record: recordAt(5) });
});

test('we alone believe the newest, and too few say what they hold -> failed, not for ever', () => {
  const operation = begun();
  operation.held('a', 1, value(900));
  operation.held('b', 1, version(5));
  operation.stored('b', 1, DISBELIEVED);
  operation.stored('c', 1, DISBELIEVED);
  assert.is(operation.held('c', operation.round, FAILED).next, 'failed');
});

test('one does not believe the newest, one is lost -> a round, which has its own stamp', () => {
  const operation = begun();
  operation.held('a', 1, value(900));
  operation.held('b', 1, version(5));
  operation.stored('b', 1, DISBELIEVED);
  assert.is(operation.stored('c', 1, LOST).next, 'round');
});

test('the others hold it without a doubt -> they do not lack it', () => {
  const operation = begun(3);
  operation.held('b', 1, { ...version(900), record: recordAt(900) } as ReadAnswer);
  operation.held('c', 1, version(900));
  assert.equal(operation.held('a', 1, doubted(900)), { next: 'found', record: recordAt(900) });
});

test('believed because the last one is late -> believed when its value is fetched', () => {
  const operation = begun();
  operation.held('a', 1, doubted(900));
  operation.held('b', 1, version(5));
  assert.equal(operation.hurry(), { next: 'ask', owners: ['a'], withValue: true });
  const fetched = { ...doubted(900), record: recordAt(900) } as ReadAnswer;
  assert.equal(operation.held('a', 1, fetched).next, 'writeBack');
});

test('believed, and gone when its value is fetched -> it does not count once more', () => {
  const operation = begun();
  operation.held('a', 1, doubted(900));
  operation.held('b', 1, FAILED);
  operation.held('c', 1, version(5));
  assert.is(operation.held('a', 1, FAILED).next, 'failed');
});

test('shown before the ring has changed -> counts for nothing after that', () => {
  const operation = begun();
  operation.held('a', 1, { ...doubted(900), record: recordAt(900) } as ReadAnswer);
  operation.fenced('b', 1);
  operation.begin(GROUPS, OWNERS, BLOCKING);
  operation.held('b', 2, version(5));
  assert.is(operation.hurry().next, 'wait');
});

test.run();
