/** Plain writes under an id of the client: what a retry makes of what an earlier try has left. */
import * as assert from 'uvu/assert';
import { OPERATION_BYTES, recordOperation } from '../../../src/core/data/record.js';
import type { Failure, Written } from '../../../src/core/requests.js';
import { record } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import { A, B, C, open } from './coordinating.js';

const test = suite('retried write');

const OPERATION = Buffer.alloc(OPERATION_BYTES, 1);
const VERSION = { epoch: 1, time: 8, node: A };
const VALUE = { value: Buffer.from('v'), contentType: '' };
const FIRST_TRY = record('k', { ...VALUE, version: VERSION, operation: OPERATION });
const HOLDS = { outcome: 'ok', version: VERSION, record: FIRST_TRY };

/** One owner is enough for a read, and a write needs all three. */
function retried(also: Parameters<ReturnType<typeof open>['begin']['write']>[0] = {}) {
  const parts = open({ writeQuorum: 3, readQuorum: 1 });
  parts.begin.write({ operation: OPERATION, ...also });
  return parts;
}

test('a retry finds its first try at one owner -> acknowledged when all hold it', () => {
  const { asked, to, outcomes, missed, stop } = retried();
  asked[0]!.answer(HOLDS);
  assert.equal(
    asked.map(({ type, body }) => [type, body.record]),
    [A, B, C].map(() => ['replica.write', FIRST_TRY]),
  );
  to(A).answer({ outcome: 'ok' });
  to(B).answer({ outcome: 'ok' });
  assert.equal(outcomes, [], 'a read may ask the third alone');
  to(C).answer({ outcome: 'ok' });
  assert.equal([(outcomes[0] as Written).version, missed], [VERSION, []]);
  stop();
});

test('a retry -> looks for its first try at as many owners as any read', () => {
  const { begin, asked, outcomes, stop } = open();
  begin.write({ operation: OPERATION });
  assert.equal(
    asked.map(({ type }) => type),
    ['replica.read', 'replica.read'],
  );
  asked[0]!.answer({ outcome: 'ok' });
  assert.equal(
    asked.map(({ type }) => type),
    ['replica.read'],
    'one that has nothing does not speak for the others',
  );
  asked[0]!.answer(HOLDS);
  while (asked[0]) asked[0].answer(asked[0].type === 'replica.read' ? HOLDS : { outcome: 'ok' });
  assert.equal((outcomes[0] as Written).version, VERSION);
  stop();
});

test('one that a round has stored again -> the ETag of the first try', () => {
  const { asked, outcomes, stop } = retried();
  const version = { epoch: 1, time: 11, node: B };
  const settled = record('k', { ...VALUE, version, origin: VERSION, operation: OPERATION });
  asked[0]!.answer({ outcome: 'ok', version, record: settled });
  while (asked[0]) asked[0].answer({ outcome: 'ok' });
  assert.equal((outcomes[0] as Written).version, VERSION);
  stop();
});

test('something is in its way -> stamped above it, as any write', () => {
  const { asked, to, outcomes, stop } = retried();
  asked[0]!.answer(HOLDS);
  to(B).answer({ outcome: 'promised', version: { epoch: 1, time: 41, node: C } });
  while (asked[0]) asked[0].answer({ outcome: 'ok' });
  assert.is((outcomes[0] as Written).version.time, 42);
  stop();
});

test('it cannot be brought to enough owners, or not be looked for -> nobody can tell', () => {
  const stored = retried();
  stored.asked[0]!.answer(HOLDS);
  while (stored.asked[0]) stored.asked[0].answer('unreachable');
  const unread = retried();
  while (unread.asked[0]) unread.asked[0].answer('unreachable');
  const notFound = retried();
  notFound.asked[0]!.answer({ outcome: 'ok' });
  while (notFound.asked[0]) notFound.asked[0].answer('unreachable');
  for (const { outcomes, stop } of [stored, unread, notFound]) {
    assert.equal([outcomes.length, (outcomes[0] as Failure).applied], [1, 'unknown']);
    stop();
  }
});

test('a try is refused at the door -> the same; without an id certainly not applied', () => {
  const { coordinator, begin, outcomes, stop } = open();
  coordinator.send({ type: 'node.draining' });
  begin.write({ operation: OPERATION });
  begin.write();
  assert.equal(
    outcomes.map((outcome) => [(outcome as Failure).code, (outcome as Failure).applied]),
    [
      ['shutting_down', 'unknown'],
      ['shutting_down', 'no'],
    ],
  );
  stop();
});

test('the first try, if that is known -> not looked for, and a retry finds it', () => {
  const { begin, asked, outcomes, stop } = open();
  begin.write({ operation: OPERATION, isFirstTry: true });
  assert.ok(asked.every(({ type }) => type === 'replica.write') && asked.length === 3);
  const { record: stored } = asked[0]!.body;
  assert.ok(stored && recordOperation(stored)?.equals(OPERATION));
  const answerAll = (to: { [type: string]: object }) => {
    while (asked[0]) asked[0].answer(to[asked[0].type]!);
  };
  answerAll({ 'replica.write': { outcome: 'ok' } });
  const { version } = outcomes[0] as Written;
  begin.write({ operation: OPERATION, isFirstTry: false });
  const holds = { outcome: 'ok', version, record: stored };
  answerAll({ 'replica.read': holds, 'replica.write': { outcome: 'ok' } });
  assert.equal((outcomes[1] as Written).version, version);
  stop();
});

test('the first try, if that is known, is refused -> certainly not applied', () => {
  const { coordinator, begin, outcomes, stop } = open();
  coordinator.send({ type: 'node.draining' });
  begin.write({ operation: OPERATION, isFirstTry: true });
  assert.is((outcomes[0] as Failure).applied, 'no');
  stop();
});

test('something else under the same id -> refused, and nothing is written', () => {
  const { asked, outcomes, stop } = retried({ value: Buffer.from('other') });
  asked[0]!.answer(HOLDS);
  const { code, applied } = outcomes[0] as Failure;
  assert.equal([code, applied, asked], ['operation_reused', 'no', []]);
  stop();
});

test.run();
