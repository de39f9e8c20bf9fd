/** One read against scripted owners: agreement, repair, and every way it can fail. */
import * as assert from 'uvu/assert';
import { CORRUPT } from '../../../actors/coordinator/answers.js';
import { ReadOperation } from '../../../actors/coordinator/read.js';
import { blockingOf } from '../../../src/core/ring/quorum.js';
import { suite } from '../../support/runner/suite.js';
import {
  ABSENT,
  at,
  BLOCKING,
  begun,
  DAMAGED,
  FAILED,
  GROUPS,
  LOST,
  OWNERS,
  recordAt,
  STORED,
  value,
  version,
} from './scripted-owners.js';

const test = suite('coordinator: read');

/** A read that has learnt of b and c that they hold 5, while a, asked for the value, is silent. */
function withSilentValueOwner(): ReadOperation {
  const operation = begun();
  assert.is(operation.hedge(false), 'c');
  operation.held('b', 1, version(5));
  const ask = operation.held('c', 1, version(5));
  assert.equal(ask, { next: 'ask', owners: ['b'], withValue: true });
  return operation;
}

test('two agree -> found after one round, the third is never asked', () => {
  const operation = new ReadOperation();
  assert.equal(operation.begin(GROUPS, OWNERS, BLOCKING), ['a', 'b']);
  assert.is(operation.held('a', 1, value(5)).next, 'wait');
  assert.equal(operation.held('b', 1, version(5)), { next: 'found', record: recordAt(5) });
});

test('nobody holds it -> absent', () => {
  const operation = begun();
  operation.held('a', 1, ABSENT);
  assert.equal(operation.held('b', 1, ABSENT), { next: 'found', record: undefined });
});

test('the value owner is stale -> the newest is fetched and written back, then answered', () => {
  const operation = begun();
  operation.held('a', 1, value(5));
  const ask = operation.held('b', 1, version(7));
  assert.equal(ask, { next: 'ask', owners: ['b'], withValue: true });
  const back = operation.held('b', 1, value(7));
  assert.equal(back, { next: 'writeBack', owners: ['a'], record: recordAt(7) });
  assert.equal(operation.stored('a', 1, STORED), { next: 'found', record: recordAt(7) });
});

test('the other owner is stale -> it is repaired with the value at hand', () => {
  const operation = begun();
  operation.held('a', 1, value(5));
  const back = operation.held('b', 1, ABSENT);
  assert.equal(back, { next: 'writeBack', owners: ['b'], record: recordAt(5) });
});

test('the stale owner does not take the write-back -> an owner never asked gets it', () => {
  const operation = begun();
  operation.held('a', 1, value(5));
  operation.held('b', 1, ABSENT);
  const other = operation.stored('b', 1, LOST);
  assert.equal(other, { next: 'writeBack', owners: ['c'], record: recordAt(5) });
  assert.equal(operation.stored('c', 1, STORED), { next: 'found', record: recordAt(5) });
});

test('nobody takes the write-back -> failed, not answered with what may vanish', () => {
  const operation = begun();
  operation.held('a', 1, value(5));
  operation.held('b', 1, ABSENT);
  operation.stored('b', 1, LOST);
  const step = operation.stored('c', 1, LOST);
  assert.equal(step, { next: 'failed', needed: 2, got: 1, reasons: ['lost'] });
});

test('all must take the write-back, one does not -> failed at once', () => {
  const operation = begun(3);
  operation.held('a', 1, value(5));
  operation.held('b', 1, ABSENT);
  assert.is(operation.held('c', 1, ABSENT).next, 'writeBack');
  assert.is(operation.stored('b', 1, LOST).next, 'failed', 'c is not waited for');
  assert.is(operation.stored('c', 1, STORED).next, 'wait');
});

test('an owner fails -> the next one is asked; two fail -> failed at once', () => {
  const operation = begun();
  operation.held('a', 1, value(5));
  assert.equal(operation.held('b', 1, FAILED), { next: 'ask', owners: ['c'], withValue: false });
  assert.is(operation.held('c', 1, FAILED).next, 'failed');
});

test('the value owner fails -> the value is fetched from an owner that agreed', () => {
  const operation = begun();
  operation.held('a', 1, FAILED);
  operation.held('b', 1, version(5));
  const ask = operation.held('c', 1, version(5));
  assert.equal(ask, { next: 'ask', owners: ['b'], withValue: true });
  assert.equal(operation.held('b', 1, value(5)), { next: 'found', record: recordAt(5) });
});

test('the only holder of the newest dies while it is fetched -> the others must agree', () => {
  const operation = begun();
  operation.held('a', 1, value(5));
  operation.held('b', 1, version(7));
  assert.equal(operation.held('b', 1, FAILED), { next: 'ask', owners: ['c'], withValue: false });
  const ask = operation.held('c', 1, version(5));
  assert.equal(ask, { next: 'ask', owners: ['a'], withValue: true });
  assert.equal(operation.held('a', 1, value(5)), { next: 'found', record: recordAt(5) });
});

test('an owner is slow -> one more is asked, and two answers are enough', () => {
  const operation = begun();
  operation.held('a', 1, value(5));
  assert.is(operation.hedge(false), 'c');
  assert.is(operation.hedge(false), undefined);
  assert.is(operation.held('c', 1, version(5)).next, 'found');
  assert.is(operation.held('b', 1, version(9)).next, 'wait', 'too late to matter');
});

test('the value is late, no owner is left to ask -> fetched from an owner that agreed', () => {
  const operation = withSilentValueOwner();
  assert.equal(operation.held('b', 1, value(5)), { next: 'found', record: recordAt(5) });
});

test('the fetched value is late, too -> another holder is asked for it, each once', () => {
  const operation = withSilentValueOwner();
  assert.is(operation.hedge(false), undefined, 'who only said a version is waited for no more');
  assert.is(operation.hedge(true), 'c');
  assert.is(operation.hedge(true), undefined);
  assert.equal(operation.held('c', 1, value(5)), { next: 'found', record: recordAt(5) });
});

test('the value is late, who is asked instead fails -> the others are asked, then failed', () => {
  const operation = withSilentValueOwner();
  assert.is(operation.held('b', 1, FAILED).next, 'wait', 'a may still answer');
  const ask = operation.held('a', 1, version(5));
  assert.equal(ask, { next: 'ask', owners: ['c'], withValue: true });
  assert.is(operation.held('c', 1, FAILED).next, 'failed');
});

test('the value is fetched, meanwhile a newer version is found -> the value of that', () => {
  const operation = withSilentValueOwner();
  const ask = operation.held('a', 1, version(7));
  assert.equal(ask, { next: 'ask', owners: ['a'], withValue: true });
  assert.is(operation.held('b', 1, value(5)).next, 'wait', 'no longer the newest');
  const back = operation.held('a', 1, value(7));
  assert.equal(back, { next: 'writeBack', owners: ['b', 'c'], record: recordAt(7) });
});

test('the holder has since lost the newest -> what the others hold', () => {
  const operation = begun();
  operation.held('a', 1, value(5));
  operation.held('b', 1, version(7));
  const ask = operation.held('b', 1, ABSENT);
  assert.equal(ask, { next: 'ask', owners: ['a'], withValue: true });
});

test('an owner is damaged, others agree -> found, and it gets the newest behind the answer', () => {
  const operation = begun();
  assert.is(operation.held('a', 1, DAMAGED).next, 'wait');
  const ask = operation.held('b', 1, version(5));
  assert.equal(ask, { next: 'ask', owners: ['c'], withValue: false });
  operation.held('c', 1, version(5));
  const found = operation.held('b', 1, value(5));
  assert.equal(found, { next: 'found', record: recordAt(5), lackedBy: ['a'] });
  assert.is(operation.stored('a', 1, STORED).next, 'wait', 'it has ended');
});

test('the only holder proves damaged when the value is fetched -> it does not count', () => {
  const operation = begun();
  operation.held('a', 1, ABSENT);
  assert.equal(operation.held('b', 1, version(7)).next, 'ask');
  const ask = operation.held('b', 1, DAMAGED);
  assert.equal(ask, { next: 'ask', owners: ['c'], withValue: false });
  assert.is(operation.held('c', 1, ABSENT).next, 'found');
});

test('all owners are needed, one is damaged -> it counts when it has taken the newest', () => {
  const operation = begun(3);
  operation.held('a', 1, DAMAGED);
  operation.held('b', 1, version(5));
  const ask = operation.held('c', 1, version(5));
  assert.equal(ask, { next: 'ask', owners: ['b'], withValue: true });
  const back = operation.held('b', 1, value(5));
  assert.equal(back, { next: 'writeBack', owners: ['a'], record: recordAt(5) });
  assert.equal(operation.stored('a', 1, STORED), { next: 'found', record: recordAt(5) });
});

test('all are needed, the damaged one holds or promised something newer -> a round', () => {
  for (const by of [undefined, 'promise', 'round'] as const) {
    const operation = begun(3);
    operation.held('a', 1, value(5));
    operation.held('b', 1, DAMAGED);
    assert.is(operation.held('c', 1, version(5)).next, 'writeBack');
    const newer = { kind: 'superseded', version: at(9), ...(by && { by }) } as const;
    assert.equal(operation.stored('b', 1, newer), { next: 'round' });
  }
});

test('all are needed, one is damaged, nobody else has the key -> a round', () => {
  const operation = begun(3);
  operation.held('a', 1, ABSENT);
  operation.held('b', 1, DAMAGED);
  assert.equal(operation.held('c', 1, ABSENT), { next: 'round' });
});

test('all are needed, one is damaged and one fails -> failed', () => {
  const operation = begun(3);
  operation.held('a', 1, value(5));
  operation.held('b', 1, DAMAGED);
  const failed = { next: 'failed', needed: 3, got: 1, reasons: [CORRUPT, 'lost'] };
  assert.equal(operation.held('c', 1, FAILED), failed);
});

test('present and coming owners -> enough of each are asked first', () => {
  const groups = [
    { owners: ['a', 'b', 'c'], needed: 2 },
    { owners: ['b', 'c', 'd'], needed: 2 },
  ];
  const first = new ReadOperation().begin(groups, ['d', 'a', 'b', 'c'], BLOCKING);
  assert.equal(first, ['a', 'b', 'd']);
});

test('a promise is in the way of the write-back -> a round has to end it', () => {
  const operation = begun();
  operation.held('a', 1, value(5));
  operation.held('b', 1, ABSENT);
  const barred = { kind: 'superseded', version: at(9), by: 'promise' } as const;
  assert.is(operation.stored('b', 1, barred).next, 'writeBack');
  assert.equal(operation.stored('c', 1, LOST), { next: 'round' });
  assert.is(operation.phase, 'settled');
  assert.throws(() => operation.giveUp('late'), /has ended/);
});

test('the write-back meets what is newer -> as good as stored', () => {
  for (const by of [undefined, 'round'] as const) {
    const operation = begun();
    operation.held('a', 1, value(5));
    operation.held('b', 1, ABSENT);
    const newer = { kind: 'superseded', version: at(9), ...(by && { by }) } as const;
    assert.equal(operation.stored('b', 1, newer), { next: 'found', record: recordAt(5) });
  }
});

test('fenced -> waits for the ring, once, and counts only what its owners answer', () => {
  const operation = begun();
  operation.held('a', 1, value(5));
  assert.is(operation.fenced('b', 1), true);
  assert.is(operation.phase, 'awaitingRing');
  assert.is(operation.fenced('a', 1), false, 'it waits already');
  assert.is(operation.held('b', 1, version(5)).next, 'wait', 'the round is over');
  const others = { owners: ['c', 'd'], needed: 2 };
  assert.equal(operation.begin([others], ['d', 'c'], blockingOf(others.owners)), ['d', 'c']);
  assert.is(operation.held('d', 1, value(5)).next, 'wait', 'an answer to the earlier round');
  assert.is(operation.held('d', 2, ABSENT).next, 'wait');
  assert.is(operation.fenced('b', 1), false, 'nothing new');
  assert.equal(operation.held('c', 2, ABSENT), { next: 'found', record: undefined });
  assert.is(operation.fenced('d', 2), false, 'it has ended');
});

test('fenced while it writes back -> with the new owners nothing is left of before', () => {
  const operation = begun();
  operation.held('a', 1, DAMAGED);
  operation.held('b', 1, value(9));
  operation.held('c', 1, ABSENT);
  const barred = { kind: 'superseded', version: at(11), by: 'promise' } as const;
  operation.stored('a', 1, barred);
  assert.is(operation.fenced('c', 1), true);
  assert.is(operation.stored('c', 1, STORED).next, 'wait');
  assert.is(operation.hedge(true), undefined);
  const owners = ['a', 'd', 'e'];
  assert.equal(operation.begin([{ owners, needed: 2 }], owners, BLOCKING), ['a', 'd']);
  assert.is(operation.phase, 'awaitingVersions');
  operation.held('a', 2, value(5));
  assert.equal(operation.held('d', 2, FAILED), { next: 'ask', owners: ['e'], withValue: false });
  const back = operation.held('e', 2, ABSENT);
  assert.equal(back, { next: 'writeBack', owners: ['e'], record: recordAt(5) });
  const end = operation.stored('e', 2, LOST);
  assert.equal([end.next, 'got' in end && end.got], ['failed', 1], 'no promise is in its way');
});

test('fenced while it fetches the newest -> fetched from whoever has it now', () => {
  const operation = begun();
  operation.held('a', 1, value(5));
  assert.is(operation.held('b', 1, version(9)).next, 'ask');
  assert.is(operation.fenced('b', 1), true);
  const owners = ['c', 'd'];
  assert.equal(operation.begin([{ owners, needed: 2 }], owners, BLOCKING), owners);
  operation.held('c', 2, version(5));
  const ask = operation.held('d', 2, version(5));
  assert.equal(ask, { next: 'ask', owners: ['c'], withValue: true });
});

test('given up -> failed with the reason', () => {
  const operation = begun();
  operation.held('a', 1, value(5));
  operation.fenced('b', 1);
  const step = operation.giveUp('late');
  assert.equal(step, { next: 'failed', needed: 2, got: 1, reasons: ['late'] });
  assert.throws(() => operation.giveUp('again'), /has ended/);
});

test.run();
