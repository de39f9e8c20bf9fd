/** One conditional write against scripted owners: every way it can go. */
import * as assert from 'uvu/assert';
import type { PromiseAnswer } from '../../../../actors/coordinator/answers.js';
import { ConditionalOperation } from '../../../../actors/coordinator/caspaxos/operation.js';
import type { ConditionalChange } from '../../../../actors/coordinator/caspaxos/steps.js';
import { decodeRecord } from '../../../../src/core/data/record.js';
import { NO_VERSION } from '../../../../src/core/data/version.js';
import { majorityOf } from '../../../../src/core/ring/quorum.js';
import { suite } from '../../../support/runner/suite.js';
import {
  ABSENT,
  ALWAYS,
  at,
  FAILED,
  holding,
  IF_ABSENT,
  ifMatch,
  LOST,
  REGISTER,
  recordOf,
  registerOf,
  STORED,
  superseded,
  UNREACHABLE,
  WALL_MS,
} from './answers.js';

const test = suite('coordinator: conditional');

const FAILED_WITH = { next: 'preconditionFailed', applied: 'no' } as const;

/** A write whose first round has begun with ballot 10. */
function begun(change: ConditionalChange, register = REGISTER): ConditionalOperation {
  const operation = new ConditionalOperation(change);
  operation.prepare(register, at(10, register.ownersSince), WALL_MS);
  return operation;
}

/** A write that has sent its record for storing, after a and b promised: its condition was met. */
function storing(change = ALWAYS): ConditionalOperation {
  const operation = begun(change);
  const { condition } = change;
  const held = condition.kind === 'matches' ? holding(condition.versions[0]!) : ABSENT;
  operation.promised('a', 1, held);
  assert.is(operation.promised('b', 1, held).next, 'store');
  return operation;
}

/** The same in its second round, after b and c refused: it may be stored by a. */
function perhapsStored(change = ALWAYS): ConditionalOperation {
  const operation = storing(change);
  operation.stored('b', 1, superseded(at(12)));
  assert.is(operation.stored('c', 1, superseded(at(12))).next, 'prepare');
  operation.stored('a', 1, LOST);
  operation.prepare(REGISTER, at(20), WALL_MS);
  return operation;
}

test('a majority is more than half, of even numbers too', () => {
  const needed = [1, 2, 3, 4, 5].map((count) => majorityOf(Array(count).fill('a')).needed);
  assert.equal(needed, [1, 2, 2, 3, 3]);
});

test('two of three promise, two store -> applied under the ballot', () => {
  const operation = begun(ALWAYS);
  assert.equal(operation.owners, ['a', 'b', 'c']);
  assert.is(operation.promised('a', 1, ABSENT).next, 'wait');
  const step = operation.promised('c', 1, holding(at(5)));
  assert.is(step.next, 'store');
  const record = step.next === 'store' ? decodeRecord(step.record) : undefined;
  assert.equal(record?.version, at(10));
  assert.is(Buffer.from(record!.value).toString(), 'new');
  assert.is(operation.promised('b', 1, ABSENT).next, 'wait', 'too late to matter');
  assert.is(operation.stored('b', 1, STORED).next, 'wait');
  assert.equal(operation.stored('a', 1, STORED), { next: 'applied', version: at(10) });
  assert.is(operation.phase, 'settled');
});

test('the newest accepted version counts, whoever reports it first', () => {
  for (const order of [['a', 'b'] as const, ['b', 'a'] as const]) {
    const operation = begun(ifMatch(at(7)));
    const answers = { a: holding(at(7)), b: holding(at(3)) };
    operation.promised(order[0], 1, answers[order[0]]);
    assert.is(operation.promised(order[1], 1, answers[order[1]]).next, 'store');
  }
});

test('owners change -> majorities of both groups promise, and store', () => {
  const operation = begun(ALWAYS, registerOf(['a', 'b', 'c'], ['c', 'd', 'e']));
  assert.equal(operation.owners, ['a', 'b', 'c', 'd', 'e']);
  operation.promised('a', 1, ABSENT);
  operation.promised('b', 1, ABSENT);
  assert.is(operation.promised('c', 1, ABSENT).next, 'wait', 'the coming owners are one short');
  assert.is(operation.promised('e', 1, ABSENT).next, 'store');
  operation.stored('d', 1, STORED);
  operation.stored('e', 1, STORED);
  assert.is(operation.stored('a', 1, STORED).next, 'wait', 'the present owners are one short');
  assert.is(operation.stored('c', 1, STORED).next, 'applied');
});

test('plain writes need more than a majority -> so does what a round acknowledges', () => {
  const register = { ...REGISTER, storing: [{ owners: ['a', 'b', 'c'], needed: 3 }] };
  const write = begun(ALWAYS, register);
  write.promised('a', 1, ABSENT);
  assert.is(write.promised('b', 1, ABSENT).next, 'store');
  write.stored('a', 1, STORED);
  assert.is(write.stored('b', 1, STORED).next, 'wait', 'a read may ask c alone');
  assert.is(write.stored('c', 1, STORED).next, 'applied');
  const failing = begun(IF_ABSENT, register);
  failing.promised('a', 1, ABSENT);
  assert.is(failing.promised('b', 1, holding(at(5))).next, 'store');
  failing.stored('a', 1, STORED);
  assert.is(failing.stored('b', 1, STORED).next, 'preconditionFailed');
});

const CONDITIONS: readonly [string, ConditionalChange, PromiseAnswer, boolean][] = [
  ['If-None-Match of a key never written', IF_ABSENT, ABSENT, true],
  ['If-None-Match of a live key', IF_ABSENT, holding(at(5)), false],
  ['If-None-Match of a deleted key', IF_ABSENT, holding(at(5), { tombstone: true }), true],
  ['If-None-Match of an expired key', IF_ABSENT, holding(at(5), { expiresAt: WALL_MS }), true],
  ['If-None-Match before it expires', IF_ABSENT, holding(at(5), { expiresAt: WALL_MS + 1 }), false],
  ['If-Match of the version', ifMatch(at(5)), holding(at(5)), true],
  ['If-Match of another version', ifMatch(at(4)), holding(at(5)), false],
  ['If-Match of the origin', ifMatch(at(5)), holding(at(9), { origin: at(5) }), true],
  ['If-Match of a copy of it', ifMatch(at(9)), holding(at(9), { origin: at(5) }), false],
  ['If-Match of a key never written', ifMatch(at(5)), ABSENT, false],
  ['If-Match of no version', ifMatch(NO_VERSION), ABSENT, false],
  ['If-Match of a tombstone', ifMatch(at(5)), holding(at(5), { tombstone: true }), false],
];

for (const [name, change, held, isMet] of CONDITIONS) {
  test(`${name} -> ${isMet ? 'met' : 'failed'}`, () => {
    const operation = begun(change);
    operation.promised('a', 1, held);
    const step = operation.promised('b', 1, held);
    assert.is(step.next, isMet ? 'store' : 'preconditionFailed');
  });
}

test('a condition fails on what is settled -> answered with it, nothing is stored', () => {
  const operation = begun(IF_ABSENT);
  operation.promised('a', 1, holding(at(5)));
  const step = operation.promised('b', 1, holding(at(5)));
  assert.equal(step, { ...FAILED_WITH, record: recordOf(at(5)), current: at(5) });
});

test('a condition fails as the value has expired -> that is deleted first', () => {
  const operation = begun(ifMatch(at(5)));
  const expiring = holding(at(5), { expiresAt: WALL_MS });
  operation.promised('a', 1, expiring);
  const step = operation.promised('b', 1, expiring);
  const record = step.next === 'store' ? decodeRecord(step.record) : undefined;
  assert.equal([record?.tombstone, record?.predecessor], [true, at(5)]);
  operation.stored('a', 1, STORED);
  const end = operation.stored('b', 1, STORED);
  assert.equal(end.next === 'preconditionFailed' && end.current, undefined);
});

test('a condition fails on what only some hold -> it is stored under the ballot first', () => {
  const operation = begun(IF_ABSENT);
  operation.promised('a', 1, ABSENT);
  const step = operation.promised('b', 1, holding(at(5), { contentType: 'text/plain' }));
  const record = { contentType: 'text/plain', value: Buffer.from('value 5'), origin: at(5) };
  const restamped = recordOf(at(10), record);
  assert.equal(step, { next: 'store', record: restamped });
  operation.stored('a', 1, STORED);
  const end = operation.stored('b', 1, STORED);
  assert.equal(end, { ...FAILED_WITH, record: restamped, current: at(5) });
});

test('a condition fails on copies of an earlier epoch -> they are stored anew', () => {
  const operation = begun(IF_ABSENT, { ...REGISTER, ownersSince: 3 });
  operation.promised('a', 1, holding(at(5, 2)));
  assert.is(operation.promised('b', 1, holding(at(5, 2))).next, 'store');
});

test('prepare refused -> again above what was shown, after a pause', () => {
  const operation = begun(ALWAYS);
  operation.promised('a', 1, superseded(at(30)));
  operation.promised('b', 1, ABSENT);
  const step = operation.promised('c', 1, superseded(at(40)));
  assert.equal(step, { next: 'prepare', above: at(40), contended: true, isHeldByMost: false });
  assert.is(operation.phase, 'awaitingBallot');
  operation.prepare(REGISTER, at(41), WALL_MS);
  assert.is(operation.promised('b', 1, ABSENT).next, 'wait', 'an answer to the earlier round');
  operation.promised('b', 2, ABSENT);
  assert.is(operation.promised('c', 2, ABSENT).next, 'store');
});

test('most are ahead of all that is believed -> again above them, with nothing concluded', () => {
  const operation = begun(ALWAYS);
  const doubted = { kind: 'doubted', version: at(900) } as const;
  operation.promised('a', 1, doubted);
  const step = operation.promised('b', 1, doubted);
  assert.equal(step, { next: 'prepare', above: at(900), contended: false, isHeldByMost: true });
  operation.prepare(REGISTER, at(901), WALL_MS);
  operation.promised('a', 2, holding(at(900)));
  assert.is(operation.promised('b', 2, holding(at(900))).next, 'store');
});

test('one is ahead in each round -> not most of them in any', () => {
  const operation = begun(ALWAYS);
  operation.promised('a', 1, { kind: 'doubted', version: at(900) });
  assert.is(operation.promised('b', 1, superseded(at(12))).next, 'prepare');
  operation.prepare(REGISTER, at(20), WALL_MS);
  operation.promised('b', 2, { kind: 'doubted', version: at(900) });
  const step = operation.promised('c', 2, FAILED);
  assert.is(step.next === 'failed' && step.why, 'unavailable');
});

test('one of two is ahead, the other lacks that -> it goes on as if the first held nothing', () => {
  const operation = begun(ALWAYS, registerOf(['a', 'b']));
  const step = operation.promised('a', 1, { kind: 'doubted', version: at(900) });
  assert.is(step.next, 'wait', 'the other may hold it');
  assert.is(operation.promised('b', 1, ABSENT).next, 'store');
});

test('one of two is ahead, and the other fails -> unavailable', () => {
  const operation = begun(ALWAYS, registerOf(['a', 'b']));
  operation.promised('a', 1, { kind: 'doubted', version: at(900) });
  const step = operation.promised('b', 1, FAILED);
  assert.is(step.next === 'failed' && step.why, 'unavailable');
});

test('one refuses, a majority promises -> it goes on', () => {
  const operation = begun(ALWAYS);
  operation.promised('a', 1, superseded(at(30)));
  operation.promised('b', 1, ABSENT);
  assert.is(operation.promised('c', 1, ABSENT).next, 'store');
});

test('refused for ever, nothing sent for storing -> contention, certainly not applied', () => {
  const operation = new ConditionalOperation(ALWAYS);
  for (let round = 1; ; round++) {
    operation.prepare(REGISTER, at(2 * round), WALL_MS);
    operation.promised('a', round, superseded(at(2 * round + 1)));
    const step = operation.promised('b', round, superseded(at(2 * round + 1)));
    if (step.next === 'prepare') continue;
    assert.is(round, 10);
    const shortfall = { needed: 2, got: 0, reasons: ['superseded'] };
    assert.equal(step, { next: 'failed', why: 'contention', applied: 'no', ...shortfall });
    return;
  }
});

test('owners do not answer prepare -> unavailable, certainly not applied', () => {
  const operation = begun(ALWAYS);
  operation.promised('a', 1, FAILED);
  const step = operation.promised('b', 1, FAILED);
  assert.ok(step.next === 'failed' && step.why === 'unavailable' && step.applied === 'no');
});

test('owners do not answer store -> unknown', () => {
  const operation = storing();
  operation.stored('a', 1, LOST);
  const step = operation.stored('b', 1, LOST);
  assert.ok(step.next === 'failed' && step.why === 'unavailable' && step.applied === 'unknown');
});

test('all refuse to store -> certainly not stored, and tried anew like a first round', () => {
  const operation = storing(IF_ABSENT);
  operation.stored('a', 1, UNREACHABLE);
  assert.is(operation.stored('b', 1, superseded(at(12))).next, 'prepare');
  operation.stored('c', 1, superseded(at(12)));
  operation.prepare(REGISTER, at(20), WALL_MS);
  operation.promised('b', 2, holding(at(12)));
  assert.is(operation.promised('c', 2, holding(at(12))).next, 'preconditionFailed');
});

test('the last refusal comes late -> it still counts as one', () => {
  const operation = storing(IF_ABSENT);
  operation.stored('b', 1, superseded(at(12)));
  assert.is(operation.stored('c', 1, superseded(at(12))).next, 'prepare');
  operation.prepare(REGISTER, at(20), WALL_MS);
  operation.promised('b', 2, holding(at(12)));
  operation.stored('a', 1, superseded(at(12)));
  assert.is(operation.promised('c', 2, holding(at(12))).next, 'preconditionFailed');
});

test('our own value is found -> it is settled, and applied under its first ballot', () => {
  const operation = perhapsStored(IF_ABSENT);
  operation.promised('a', 2, holding(at(10)));
  const step = operation.promised('b', 2, ABSENT);
  assert.equal(step, {
    next: 'store',
    record: recordOf(at(20), { value: Buffer.from('value 10'), origin: at(10) }),
  });
  operation.stored('a', 2, STORED);
  assert.equal(operation.stored('b', 2, STORED), { next: 'applied', version: at(10) });
});

test('our own value is found, stored again by another round -> as if by us', () => {
  const operation = perhapsStored(IF_ABSENT);
  const held = holding(at(15), { value: Buffer.from('new'), origin: at(10) });
  operation.promised('b', 2, held);
  const step = operation.promised('c', 2, held);
  const value = Buffer.from('new');
  assert.equal(step, { next: 'store', record: recordOf(at(20), { value, origin: at(10) }) });
  operation.stored('b', 2, STORED);
  assert.equal(operation.stored('c', 2, STORED), { next: 'applied', version: at(10) });
});

test('our own value is found, but cannot be settled -> unknown', () => {
  const operation = perhapsStored();
  operation.promised('a', 2, holding(at(10)));
  operation.promised('b', 2, ABSENT);
  operation.stored('a', 2, UNREACHABLE);
  const step = operation.stored('b', 2, UNREACHABLE);
  assert.is(step.next === 'failed' && step.applied, 'unknown');
});

test('something newer than ours is found -> nobody can tell whether ours came before it', () => {
  const operation = perhapsStored();
  operation.promised('b', 2, holding(at(12)));
  const step = operation.promised('c', 2, holding(at(12)));
  assert.ok(step.next === 'failed' && step.why === 'overtaken' && step.applied === 'unknown');
});

test('something older than ours is found -> ours is void once this round stores', () => {
  const operation = perhapsStored(ifMatch(at(5)));
  operation.promised('b', 2, holding(at(5)));
  const step = operation.promised('c', 2, holding(at(5)));
  const record = step.next === 'store' ? decodeRecord(step.record) : undefined;
  assert.is(Buffer.from(record!.value).toString(), 'new');
});

test('the condition fails while ours may be stored -> answered only when that is ended', () => {
  const operation = perhapsStored(ifMatch(at(4)));
  operation.promised('b', 2, holding(at(5)));
  const step = operation.promised('c', 2, holding(at(5)));
  assert.is(step.next, 'store', 'although a majority holds the same');
  operation.stored('b', 2, STORED);
  assert.is(operation.stored('c', 2, STORED).next, 'preconditionFailed');
});

test('absence is ended by a tombstone', () => {
  const operation = perhapsStored(ifMatch(at(4)));
  operation.promised('b', 2, ABSENT);
  const step = operation.promised('c', 2, ABSENT);
  const record = step.next === 'store' ? decodeRecord(step.record) : undefined;
  assert.ok(record?.tombstone && record.value.length === 0);
  assert.equal(record.version, at(20));
});

test('fenced while storing -> waits for the ring, and still knows what it issued', () => {
  const operation = storing();
  operation.stored('a', 1, STORED);
  assert.is(operation.fenced('b', 1, 'store'), true);
  assert.is(operation.phase, 'awaitingRing');
  assert.is(operation.fenced('c', 1, 'store'), false, 'it waits already');
  assert.is(operation.stored('c', 1, STORED).next, 'wait', 'the round is over');
  operation.prepare(registerOf(['a', 'b', 'c'], ['d']), at(1, 2), WALL_MS);
  assert.equal(operation.owners, ['a', 'b', 'c', 'd']);
  operation.promised('a', 2, holding(at(10)));
  operation.promised('b', 2, ABSENT);
  assert.is(operation.promised('d', 2, ABSENT).next, 'store');
  for (const owner of ['a', 'b']) operation.stored(owner, 2, STORED);
  assert.equal(operation.stored('d', 2, STORED), { next: 'applied', version: at(10) });
});

test('fenced by all when storing -> certainly not stored', () => {
  const operation = storing();
  for (const owner of ['a', 'b', 'c']) operation.fenced(owner, 1, 'store');
  assert.is(operation.giveUp('the ring did not come').applied, 'no');
});

test('a prepare that is fenced late says nothing of what was stored since', () => {
  const operation = storing();
  for (const owner of ['a', 'b', 'c']) operation.fenced(owner, 1, 'prepare');
  assert.is(operation.giveUp('the ring did not come').applied, 'unknown');
});

test('time is up -> unknown once anything was sent for storing', () => {
  assert.is(begun(ALWAYS).giveUp('late').applied, 'no');
  const step = storing().giveUp('late');
  assert.is(step.applied, 'unknown');
  assert.equal(step.reasons, ['late']);
});

/** What a round stores that finds `found`, with a copy that a promise kept away from an owner. */
function settled(found: PromiseAnswer, copy: Buffer) {
  const operation = new ConditionalOperation(undefined, copy);
  operation.prepare({ ...REGISTER, ownersSince: Number.POSITIVE_INFINITY }, at(20), WALL_MS);
  operation.promised('a', 1, found);
  const step = operation.promised('b', 1, found);
  assert.is(step.next, 'store');
  return step.next === 'store' ? decodeRecord(step.record).origin : undefined;
}

test('a copy that a promise kept away -> stored, unless what is found came after it', () => {
  assert.equal(settled(ABSENT, recordOf(at(6))), at(6));
  assert.equal(settled(holding(at(4)), recordOf(at(6))), at(6));
  assert.equal(settled(holding(at(8)), recordOf(at(6))), at(8));
  const again = { origin: at(4) };
  assert.equal(settled(holding(at(9), again), recordOf(at(6))), at(6), 'older, stored again');
  assert.equal(settled(holding(at(9), again), recordOf(at(7))), at(4), 'it was settled without');
});

test.run();
