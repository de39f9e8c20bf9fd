/** One linearizable read against scripted owners: every way it can go. */
import * as assert from 'uvu/assert';
import { ConditionalOperation } from '../../../../actors/coordinator/caspaxos/operation.js';
import { decodeRecord } from '../../../../src/core/data/record.js';
import { NO_VERSION } from '../../../../src/core/data/version.js';
import { suite } from '../../../support/runner/suite.js';
import {
  ABSENT,
  at,
  FAILED,
  holding,
  REGISTER,
  recordOf,
  registerOf,
  STORED,
  value,
  version,
  WALL_MS,
} from './answers.js';

const test = suite('coordinator: linearizable read');

test('a majority agrees -> found in one round trip', () => {
  const read = new ConditionalOperation();
  read.look(REGISTER, WALL_MS);
  assert.is(read.held('a', 1, value(at(5))).next, 'wait');
  assert.equal(read.held('b', 1, version(at(5))), { next: 'found', record: recordOf(at(5)) });
});

test('a majority holds nothing -> absent, whatever the epoch', () => {
  const read = new ConditionalOperation();
  read.look({ ...REGISTER, ownersSince: 7 }, WALL_MS);
  read.held('a', 1, version(NO_VERSION));
  const step = read.held('b', 1, version(NO_VERSION));
  assert.equal(step, { next: 'found', record: undefined });
});

test('the one asked for the value lacks it -> fetched from one that has it', () => {
  const read = new ConditionalOperation();
  read.look(REGISTER, WALL_MS);
  read.held('a', 1, value(at(3)));
  read.held('b', 1, version(at(5)));
  assert.equal(read.held('c', 1, version(at(5))), { next: 'fetch', owner: 'b' });
  assert.is(read.held('b', 1, value(at(5))).next, 'found');
});

test('what was to be fetched is gone -> a round', () => {
  const read = new ConditionalOperation();
  read.look(REGISTER, WALL_MS);
  read.held('a', 1, FAILED);
  read.held('b', 1, version(at(5)));
  assert.is(read.held('c', 1, version(at(5))).next, 'fetch');
  const step = read.held('b', 1, value(at(6)));
  assert.equal(step, { next: 'prepare', above: at(6), contended: false, isHeldByMost: false });
});

const doubted = (time: number) => ({ kind: 'doubted', version: at(time) }) as const;

test('one shows what is doubted -> left out; the others agree', () => {
  const read = new ConditionalOperation();
  read.look(REGISTER, WALL_MS);
  read.held('a', 1, doubted(900));
  read.held('b', 1, value(at(5)));
  assert.is(read.held('c', 1, version(at(5))).next, 'found');
});

test('most show what is doubted -> it is believed, and settled by a round above it', () => {
  const read = new ConditionalOperation();
  read.look(REGISTER, WALL_MS);
  read.held('a', 1, doubted(800));
  const step = read.held('b', 1, doubted(900));
  assert.equal(step, { next: 'prepare', above: at(900), contended: false, isHeldByMost: true });
});

test('one of two shows it, the other lacks it -> a round, and what that one holds', () => {
  const read = new ConditionalOperation();
  const register = registerOf(['a', 'b']);
  read.look(register, WALL_MS);
  assert.is(read.held('a', 1, doubted(900)).next, 'wait');
  assert.is(read.held('b', 1, value(at(5))).next, 'prepare');
  read.prepare(register, at(10), WALL_MS);
  read.promised('a', 2, doubted(900));
  assert.equal(read.promised('b', 2, ABSENT), { next: 'found', record: undefined });
});

test('one shows it, one is away -> unavailable, unless it is of an epoch before', () => {
  for (const epoch of [1, 2]) {
    const read = new ConditionalOperation();
    read.look(REGISTER, WALL_MS);
    read.held('a', 1, FAILED);
    assert.is(read.held('b', 1, doubted(900)).next, 'prepare');
    read.prepare(REGISTER, { ...at(10), epoch }, WALL_MS);
    read.promised('b', 2, { ...doubted(900), record: recordOf(at(900)) });
    const step = read.promised('a', 2, FAILED);
    if (epoch === 1) assert.is(step.next === 'failed' && step.why, 'unavailable');
    else {
      assert.is(step.next, 'wait', 'the third may lack it');
      assert.is(read.promised('c', 2, ABSENT).next, 'store');
    }
  }
});

test('one shows it, of an epoch before, and two lack it -> left out', () => {
  const read = new ConditionalOperation();
  read.look(REGISTER, WALL_MS);
  for (const owner of ['a', 'b']) read.held(owner, 1, doubted(900));
  read.prepare(REGISTER, { ...at(10), epoch: 2 }, WALL_MS);
  read.promised('a', 2, { ...doubted(900), record: recordOf(at(900)) });
  read.promised('b', 2, ABSENT);
  assert.equal(read.promised('c', 2, ABSENT), { next: 'found', record: undefined });
});

test('no majority for the newest -> a round that settles it', () => {
  const read = new ConditionalOperation();
  read.look(REGISTER, WALL_MS);
  read.held('a', 1, value(at(5)));
  assert.is(read.held('b', 1, version(at(3))).next, 'wait', 'the third may agree');
  const step = read.held('c', 1, version(at(3)));
  assert.equal(step, { next: 'prepare', above: at(5), contended: false, isHeldByMost: false });
  read.prepare(REGISTER, at(10), WALL_MS);
  read.promised('a', 2, holding(at(5)));
  assert.is(read.promised('b', 2, holding(at(3))).next, 'store');
  read.stored('b', 2, STORED);
  const end = read.stored('c', 2, STORED);
  const restamped = recordOf(at(10), { value: Buffer.from('value 5'), origin: at(5) });
  assert.equal(end, { next: 'found', record: restamped });
});

test('the third is slow -> it is not waited for', () => {
  const read = new ConditionalOperation();
  read.look(REGISTER, WALL_MS);
  assert.is(read.hurry().next, 'wait', 'without a majority nothing can be done');
  read.held('a', 1, value(at(5)));
  read.held('b', 1, version(at(3)));
  assert.is(read.hurry().next, 'prepare');
  assert.is(read.held('c', 1, version(at(5))).next, 'wait');
});

test('a majority of copies of an earlier epoch -> a round', () => {
  const read = new ConditionalOperation();
  read.look({ ...REGISTER, ownersSince: 2 }, WALL_MS);
  read.held('a', 1, value(at(5)));
  assert.is(read.held('b', 1, version(at(5))).next, 'prepare');
});

test('what is settled has expired -> a round deletes it, lest another clock find it alive', () => {
  const read = new ConditionalOperation();
  read.look(REGISTER, WALL_MS);
  const expired = { expiresAt: WALL_MS };
  read.held('a', 1, value(at(5), expired));
  assert.equal(read.held('b', 1, version(at(5))), {
    ...{ next: 'prepare', above: at(5), contended: false, isHeldByMost: false },
  });
  read.prepare(REGISTER, at(10), WALL_MS);
  read.promised('a', 2, holding(at(5), expired));
  const step = read.promised('b', 2, holding(at(5), expired));
  const record = step.next === 'store' ? decodeRecord(step.record) : undefined;
  assert.ok(record?.tombstone && record.value.length === 0);
  assert.equal([record.version, record.predecessor], [at(10), at(5)]);
  read.stored('a', 2, STORED);
  assert.is(read.stored('b', 2, STORED).next, 'found');
  const later = new ConditionalOperation();
  later.look(REGISTER, WALL_MS - 1);
  later.held('a', 1, value(at(5), expired));
  assert.is(later.held('b', 1, version(at(5))).next, 'found', 'a millisecond before');
});

test('both groups have to agree', () => {
  const read = new ConditionalOperation();
  read.look(registerOf(['a', 'b', 'c'], ['d']), WALL_MS);
  read.held('a', 1, value(at(5)));
  assert.is(read.held('b', 1, version(at(5))).next, 'wait');
  assert.is(read.held('d', 1, version(NO_VERSION)).next, 'prepare');
});

test('too few answer -> unavailable', () => {
  const read = new ConditionalOperation();
  read.look(REGISTER, WALL_MS);
  read.held('a', 1, FAILED);
  const step = read.held('b', 1, FAILED);
  assert.ok(step.next === 'failed' && step.why === 'unavailable');
  assert.equal([step.needed, step.got, step.reasons], [2, 0, ['timeout']]);
});

test.run();
