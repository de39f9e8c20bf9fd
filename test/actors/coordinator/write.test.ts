/** One write against scripted owners: every way it can end. */
import * as assert from 'uvu/assert';
import type { WriteAnswer } from '../../../actors/coordinator/answers.js';
import { WriteOperation } from '../../../actors/coordinator/write.js';
import type { Version } from '../../../src/core/data/version.js';
import type { QuorumGroup } from '../../../src/core/ring/quorum.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('coordinator: write');

const at = (time: number) => ({ epoch: 1, time, node: '00000000000000aa' });
const GROUP = [{ owners: ['a', 'b', 'c'], needed: 2 }];
const STORED: WriteAnswer = { kind: 'stored' };
const LOST: WriteAnswer = { kind: 'lost', reason: 'timeout' };
const REFUSED: WriteAnswer = { kind: 'refused', reason: 'unreachable' };
const superseded = (time: number): WriteAnswer => ({ kind: 'superseded', version: at(time) });

function begun(groups: readonly QuorumGroup[], version: Version): WriteOperation {
  const write = new WriteOperation();
  write.begin(groups);
  write.stamped(version);
  return write;
}

test('two of three stored -> applied with the second', () => {
  const write = begun(GROUP, at(5));
  assert.is(write.stored('a', 1, STORED).next, 'wait');
  assert.is(write.stored('b', 1, STORED).next, 'applied');
  assert.is(write.stored('c', 1, REFUSED).next, 'wait');
});

test('two refuse before anyone stores -> failed, but the third may still store it', () => {
  const write = begun(GROUP, at(5));
  write.stored('a', 1, REFUSED);
  const step = write.stored('b', 1, REFUSED);
  assert.equal(step, {
    next: 'failed',
    applied: 'unknown',
    needed: 2,
    got: 0,
    reasons: ['unreachable'],
  });
});

test('all refuse -> certainly not applied', () => {
  const write = begun([{ owners: ['a'], needed: 1 }], at(5));
  const step = write.stored('a', 1, REFUSED);
  assert.is(step.next === 'failed' && step.applied, 'no');
});

test('an answer got lost -> unknown, never "no"', () => {
  const write = begun([{ owners: ['a', 'b'], needed: 2 }], at(5));
  const step = write.stored('a', 1, LOST);
  assert.is(step.next === 'failed' && step.applied, 'unknown');
});

test('one has stored it, or may have, and all others refuse -> nobody can tell', () => {
  for (const answer of [STORED, LOST]) {
    const write = begun(GROUP, at(5));
    write.stored('a', 1, answer);
    for (const owner of ['b', 'c']) write.stored(owner, 1, REFUSED);
    assert.equal([write.phase, write.applied], ['settled', 'unknown'], answer.kind);
  }
});

test('superseded -> stamped above what was shown, and only the new attempt counts', () => {
  const write = begun(GROUP, at(5));
  assert.is(write.stored('a', 1, STORED).next, 'wait');
  assert.equal(write.stored('b', 1, superseded(9)), {
    next: 'restamp',
    above: at(9),
    isHeldByMost: false,
  });
  write.stamped(at(10));
  assert.is(write.stored('c', 1, STORED).next, 'wait', 'an earlier attempt does not count');
  assert.is(write.stored('b', 2, STORED).next, 'wait');
  assert.is(write.stored('c', 2, STORED).next, 'applied');
});

const doubted = (time: number): WriteAnswer => ({ kind: 'doubted', version: at(time) });

test('one owner shows what is doubted -> it has refused, and the stamp is not moved', () => {
  const write = begun(GROUP, at(5));
  assert.is(write.stored('a', 1, doubted(900)).next, 'wait');
  assert.is(write.stored('b', 1, STORED).next, 'wait');
  assert.is(write.stored('c', 1, STORED).next, 'applied');
});

test('most owners show it -> stamped above the newest of them, and begun anew', () => {
  const write = begun(GROUP, at(5));
  write.stored('a', 1, doubted(800));
  const step = write.stored('b', 1, doubted(900));
  assert.equal(step, { next: 'restamp', above: at(900), isHeldByMost: true });
  write.stamped(at(901));
  assert.is(write.stored('c', 1, STORED).next, 'wait', 'an earlier round');
  write.stored('a', 2, STORED);
  assert.is(write.stored('b', 2, STORED).next, 'applied');
});

test('most owners showed it -> late answers to an earlier round do not count', () => {
  const write = begun(GROUP, at(5));
  for (const owner of ['a', 'b']) write.stored(owner, 1, doubted(900));
  write.stamped(at(901));
  write.stored('c', 1, STORED);
  assert.is(write.stored('c', 2, superseded(950)).next, 'restamp');
});

test('one owner shows it under each stamp -> not most of them at any time', () => {
  const write = begun(GROUP, at(5));
  write.stored('a', 1, doubted(900));
  write.stored('b', 1, superseded(9));
  write.stamped(at(10));
  write.stored('b', 2, doubted(900));
  assert.is(write.stored('c', 2, REFUSED).next, 'failed');
});

test('most owners show it -> stamped again as long as there are stamps', () => {
  for (const [superseding, ends] of [
    [['a', 'b'], 'restamp'],
    [['a', 'b', 'c'], 'failed'],
  ] as const) {
    const write = begun(GROUP, at(1));
    for (const [index, owner] of superseding.entries()) {
      write.stored(owner, write.round, superseded(10 * (index + 1)));
      write.stamped(at(10 * (index + 1) + 1));
    }
    write.stored('a', write.round, doubted(900));
    assert.is(write.stored('b', write.round, doubted(900)).next, ends);
  }
});

test('one shows it and one is away -> too few: failed, and nothing is believed', () => {
  const write = begun(GROUP, at(5));
  write.stored('c', 1, REFUSED);
  const step = write.stored('a', 1, doubted(900));
  assert.is(step.next, 'failed');
  if (step.next === 'failed') assert.equal(step.reasons, ['unreachable', 'clockAhead']);
});

test('superseded again by what came meanwhile -> counts as stored and overwritten', () => {
  const write = begun(GROUP, at(5));
  write.stored('a', 1, superseded(9));
  write.stamped(at(10));
  assert.is(write.stored('a', 2, superseded(20)).next, 'wait');
  assert.is(write.stored('b', 2, STORED).next, 'applied');
});

test('stored, then superseded under the next stamp -> that came meanwhile', () => {
  const write = begun(GROUP, at(5));
  write.stored('a', 1, STORED);
  assert.is(write.stored('b', 1, superseded(9)).next, 'restamp');
  write.stamped(at(10));
  assert.is(write.stored('a', 2, superseded(20)).next, 'wait', 'counts as stored');
  assert.is(write.stored('c', 2, STORED).next, 'applied');
});

test('superseded in a later attempt by an owner not heard before -> stamped again', () => {
  const write = begun(GROUP, at(5));
  write.stored('a', 1, superseded(9));
  write.stamped(at(10));
  assert.equal(write.stored('c', 2, superseded(30)), {
    next: 'restamp',
    above: at(30),
    isHeldByMost: false,
  });
});

test('a late answer to an earlier attempt shows something newer than the present stamp', () => {
  const write = begun(GROUP, at(5));
  write.stored('a', 1, superseded(9));
  write.stamped(at(10));
  assert.equal(write.stored('b', 1, superseded(40)), {
    next: 'restamp',
    above: at(40),
    isHeldByMost: false,
  });
});

test('a late answer, below the present stamp -> tells what was held', () => {
  const write = begun(GROUP, at(5));
  write.stored('a', 1, superseded(9));
  write.stamped(at(10));
  assert.is(write.stored('b', 1, superseded(8)).next, 'wait');
  assert.is(write.stored('b', 2, superseded(20)).next, 'wait', 'overwritten by what came since');
  assert.is(write.stored('c', 2, STORED).next, 'applied');
});

test('the present stamp came before an earlier one -> it is not superseded by itself', () => {
  const write = begun(GROUP, at(5));
  write.stored('a', 1, superseded(9));
  write.stamped(at(10));
  assert.is(write.stored('b', 1, superseded(10)).next, 'wait');
  assert.is(write.stored('c', 1, superseded(11)).next, 'restamp');
});

test('a late answer: stored, or refused -> tells what was held before, or nothing', () => {
  for (const [late, then] of [
    [STORED, 'wait'],
    [REFUSED, 'restamp'],
  ] as const) {
    const write = begun(GROUP, at(5));
    write.stored('a', 1, superseded(9));
    write.stamped(at(10));
    write.stored('b', 1, late);
    assert.is(write.stored('b', 2, superseded(20)).next, then, late.kind);
  }
});

test('a late answer shows something newer, the last stamp is left -> it is used for that', () => {
  const write = begun([{ owners: ['a', 'b', 'c'], needed: 3 }], at(1));
  for (const [owner, time] of [
    ['a', 10],
    ['b', 20],
  ] as const) {
    write.stored(owner, write.round, superseded(time));
    write.stamped(at(time + 1));
  }
  assert.is(write.stored('c', 1, superseded(200)).next, 'restamp');
});

test('owners never stop superseding -> it ends, and says that nobody can tell', () => {
  const write = begun([{ owners: ['a', 'b', 'c', 'd', 'e'], needed: 5 }], at(1));
  for (const [index, owner] of ['a', 'b', 'c'].entries()) {
    const step = write.stored(owner, write.round, superseded(10 * (index + 1)));
    assert.is(step.next, 'restamp');
    write.stamped(at(10 * (index + 1) + 1));
  }
  assert.is(write.stored('e', 1, superseded(200)).next, 'wait', 'no stamp is left for that');
  const step = write.stored('d', write.round, superseded(99));
  assert.is(step.next === 'failed' && step.applied, 'unknown');
});

test('present and coming owners -> a quorum of each is needed', () => {
  const write = begun(
    [
      { owners: ['a', 'b', 'c'], needed: 2 },
      { owners: ['b', 'c', 'd'], needed: 2 },
    ],
    at(5),
  );
  assert.equal(write.owners, ['a', 'b', 'c', 'd']);
  write.stored('a', 1, STORED);
  assert.is(write.stored('b', 1, STORED).next, 'wait', 'the coming owners have one of two');
  assert.is(write.stored('d', 1, STORED).next, 'applied');
});

test('superseded by a round -> begins anew above it, whatever was answered before', () => {
  const write = begun(GROUP, at(5));
  write.stored('a', 1, STORED);
  const step = write.stored('b', 1, { kind: 'superseded', version: at(9), by: 'promise' });
  assert.equal(step, { next: 'restamp', above: at(9), isHeldByMost: false });
  write.stamped(at(10));
  assert.is(write.stored('c', 1, superseded(30)).next, 'wait', 'earlier rounds say nothing');
  assert.is(write.stored('a', 2, superseded(20)).next, 'restamp', 'not seen below the new stamp');
});

test('fenced -> waits for the ring, once, and begins with its owners', () => {
  const write = begun(GROUP, at(5));
  assert.is(write.stored('a', 1, STORED).next, 'wait');
  assert.is(write.fenced('b', 1), true);
  assert.is(write.phase, 'awaitingRing');
  assert.is(write.fenced('c', 1), false, 'it waits already');
  write.begin([{ owners: ['c', 'd'], needed: 2 }]);
  assert.equal(write.owners, ['c', 'd']);
  write.stamped({ ...at(6), epoch: 2 });
  assert.is(write.stored('c', 2, STORED).next, 'wait');
  assert.is(write.stored('d', 2, STORED).next, 'applied');
});

test('fenced -> what owners said before says nothing, and it may be stamped as often again', () => {
  const write = begun(GROUP, at(1));
  for (const [owner, time] of [
    ['a', 10],
    ['b', 20],
    ['c', 30],
  ] as const) {
    assert.is(write.stored(owner, write.round, superseded(time)).next, 'restamp');
    write.stamped(at(time + 1));
  }
  const before = write.round;
  assert.is(write.fenced('b', before), true);
  write.begin(GROUP);
  assert.throws(() => write.stamped(at(31)), /above the last/);
  write.stamped({ ...at(6), epoch: 2 });
  assert.is(write.stored('c', before, superseded(99)).next, 'wait', 'to an earlier ring');
  const newer: WriteAnswer = { kind: 'superseded', version: { ...at(40), epoch: 2 } };
  assert.is(write.stored('a', write.round, newer).next, 'restamp', 'it may have held that before');
});

test('fenced -> what answers to the earlier ring say late is not what was held before', () => {
  const write = begun(GROUP, at(5));
  write.fenced('a', 1);
  write.begin(GROUP);
  write.stamped({ ...at(6), epoch: 2 });
  assert.is(write.stored('c', 1, STORED).next, 'wait');
  const newer: WriteAnswer = { kind: 'superseded', version: { ...at(40), epoch: 2 } };
  assert.is(write.stored('c', 2, newer).next, 'restamp');
});

test('fenced after it ended -> nothing follows', () => {
  const write = begun(GROUP, at(5));
  write.stored('a', 1, STORED);
  assert.is(write.stored('b', 1, STORED).next, 'applied');
  assert.is(write.fenced('c', 1), false);
  assert.is(write.phase, 'settled');
});

test('fenced by all -> certainly not applied; by some -> nobody can tell', () => {
  const all = begun(GROUP, at(5));
  for (const owner of ['a', 'b', 'c']) all.fenced(owner, 1);
  assert.equal(all.giveUp('late'), {
    next: 'failed',
    applied: 'no',
    needed: 2,
    got: 0,
    reasons: ['late'],
  });
  const some = begun(GROUP, at(5));
  some.fenced('a', 1);
  assert.is(some.giveUp('late').applied, 'unknown');
});

test('refused under its second stamp, the first still on its way -> nobody can tell', () => {
  const answered = begun([{ owners: ['a'], needed: 1 }], at(5));
  answered.stored('a', 1, superseded(9));
  answered.stamped(at(10));
  const step = answered.stored('a', 2, REFUSED);
  assert.is(step.next === 'failed' && step.applied, 'no', 'its only owner has refused both');
  const open = begun([{ owners: ['a', 'b'], needed: 1 }], at(5));
  open.stored('a', 1, superseded(9));
  open.stamped(at(10));
  open.stored('a', 2, REFUSED);
  const end = open.stored('b', 2, REFUSED);
  assert.is(end.next === 'failed' && end.applied, 'unknown', 'b may store the first');
});

test('superseded, then overtaken there and refused elsewhere -> nobody can tell', () => {
  const write = begun(GROUP, at(5));
  write.stored('a', 1, superseded(9));
  write.stamped(at(10));
  const refused: WriteAnswer = { kind: 'refused', reason: 'clockAhead' };
  assert.is(write.stored('a', 2, superseded(20)).next, 'wait', 'stored, and overwritten');
  write.stored('b', 2, refused);
  const end = write.stored('c', 2, refused);
  assert.is(end.next === 'failed' && end.applied, 'unknown', 'b and c may store the first');
});

test('it cannot be stamped -> certainly not applied, as nothing was sent', () => {
  const write = new WriteOperation();
  write.begin(GROUP);
  const { needed } = GROUP[0]!;
  const reasons = ['the clock'];
  assert.equal(write.giveUp('the clock'), {
    next: 'failed',
    applied: 'no',
    needed,
    got: 0,
    reasons,
  });
  assert.throws(() => write.giveUp('again'), /has ended/);
});

test('stamps that do not grow, answers that were not asked for -> a broken invariant', () => {
  const write = begun(GROUP, at(5));
  assert.throws(() => write.stored('z', 1, STORED), /was sent it/);
  write.stored('a', 1, superseded(9));
  assert.throws(() => write.stamped(at(5)), /above the last/);
  assert.throws(() => write.stamped(at(9)), /what beat it/);
});

test.run();
