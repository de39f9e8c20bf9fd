/**
 * The one driver, with each of its three operations: what it asks, and what it makes of rings that
 * change under a request. Owners answer as the test says.
 */
import * as assert from 'uvu/assert';
import { decodeRecord, recordVersion } from '../../../src/core/data/record.js';
import type { Failure, Found } from '../../../src/core/requests.js';
import { record } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import { A, B, C, D, KEY, open, ringOf, TIMEOUT_MS } from './coordinating.js';

const test = suite('driver');

const KINDS = ['write', 'read', 'linearizable write', 'linearizable read'] as const;
const DONE = { outcome: 'ok' };
const FENCED = { outcome: 'fenced', epoch: 2 };

for (const kind of KINDS) {
  test(`${kind}: owners do as they are asked -> ok, in the epoch of the ring`, () => {
    const { begin, agree, outcomes, coordinator, stop } = open();
    begin[kind]();
    agree();
    assert.equal(
      outcomes.map((outcome) => outcome.ok && outcome.epoch),
      [1],
    );
    assert.is(coordinator.inFlight, 0);
    stop();
  });

  test(`${kind}: fenced -> waits for the ring, and asks its owners anew`, () => {
    const { begin, to, asked, rings, agree, outcomes, stop } = open();
    begin[kind]();
    to(A).answer(FENCED);
    assert.is(rings.waiting.length, 1);
    to(B).answer(FENCED);
    assert.is(rings.waiting.length, 1, 'it waits already');
    const old = [...asked];
    rings.adopt(ringOf(2, [B, C, D]));
    const anew = asked.filter((one) => !old.includes(one));
    assert.ok(anew.length >= 2);
    for (const { to: owner, body } of anew) {
      assert.ok([B, C, D].includes(owner));
      assert.is(body.epoch, 2);
    }
    agree();
    assert.equal(
      outcomes.map((outcome) => outcome.ok && outcome.epoch),
      [2],
    );
    stop();
  });

  test(`${kind}: an owner fences it late -> it has ended, and nothing follows`, () => {
    const { begin, to, asked, rings, outcomes, coordinator, stop } = open();
    begin[kind]();
    // The last of all questions are left open.
    while (outcomes.length === 0)
      to(asked.some((one) => one.to === A) ? A : B).answer({ outcome: 'ok' });
    const late = [...asked];
    for (const { answer } of late) answer(FENCED);
    assert.ok(late.length > 0 || kind === 'read', 'somebody was late');
    assert.equal([outcomes.length, rings.waiting.length, asked.length], [1, 0, 0]);
    assert.is(coordinator.inFlight, 0);
    stop();
  });

  test(`${kind}: the ring does not come -> fails, and says what is known`, () => {
    const { begin, to, rings, outcomes, stop } = open();
    begin[kind]();
    to(A).answer(FENCED);
    rings.neverComes();
    const { ok, code, applied, detail } = outcomes[0] as Failure;
    assert.match(detail, 'the owners changed');
    assert.equal(
      [ok, code, applied],
      kind === 'write'
        ? [false, 'outcome_unknown', 'unknown']
        : [false, 'quorum_unavailable', kind === 'linearizable write' ? 'no' : undefined],
    );
    stop();
  });
}

test('write: fenced by all and the ring does not come -> certainly not applied', () => {
  const { begin, to, rings, outcomes, stop } = open();
  begin.write();
  for (const owner of [A, B, C]) to(owner).answer(FENCED);
  rings.neverComes();
  const { code, applied } = outcomes[0] as Failure;
  assert.equal([code, applied], ['quorum_unavailable', 'no']);
  stop();
});

test('write: superseded -> the same record above it, to all; what is missed is of that', () => {
  const { begin, to, asked, missed, outcomes, stop } = open();
  begin.write();
  const version = { epoch: 1, time: 40, node: B };
  to(C).answer('timeout');
  to(B).answer({ outcome: 'superseded', version });
  const second = asked.slice(-3);
  assert.equal(
    second.map((one) => [one.to, recordVersion(one.body.record!).time]),
    [A, B, C].map((owner) => [owner, 41]),
  );
  const [toA, toB, toC] = second;
  toA!.answer({ outcome: 'ok' });
  toB!.answer({ outcome: 'ok' });
  assert.equal([outcomes.length, outcomes[0]!.ok, missed], [1, true, []]);
  toC!.answer('unreachable');
  assert.equal(missed, [C]);
  stop();
});

/** [what an owner says to a write, whether it is to get it later] */
const MISSES: readonly (readonly [object | string, boolean])[] = [
  ['unreachable', true],
  ['timeout', true],
  ['lost', true],
  ...['readOnly', 'busy', 'corrupt', 'clockAhead', 'expired'].map(
    (outcome) => [{ outcome }, true] as const,
  ),
  [FENCED, false],
  ...['superseded', 'promised'].map(
    (outcome) => [{ outcome, version: { epoch: 1, time: 40, node: B } }, false] as const,
  ),
];
for (const [answer, isMissed] of MISSES) {
  const said = typeof answer === 'string' ? answer : (answer as typeof DONE).outcome;
  test(`write: acknowledged, one owner says ${said} -> ${isMissed ? 'a' : 'no'} hint`, () => {
    for (const isLate of [false, true]) {
      const { begin, to, missed, stop } = open();
      begin.write();
      if (!isLate) to(C).answer(answer);
      to(A).answer(DONE);
      to(B).answer(DONE);
      if (isLate) to(C).answer(answer);
      // What something newer stands in the way of is stamped again, and has missed nobody so far.
      assert.equal(missed, isMissed ? [C] : []);
      stop();
    }
  });
}

test('write: what is in its way is shown when time is up -> it is not stamped again', async () => {
  const { begin, to, asked, outcomes, pass, stop } = open();
  begin.write();
  await pass(TIMEOUT_MS);
  to(A).answer({ outcome: 'superseded', version: { epoch: 1, time: 40, node: B } });
  const { ok, applied } = outcomes[0] as Failure;
  assert.equal([ok, applied, asked.length], [false, 'unknown', 2]);
  stop();
});

test('write: the ring comes when time is up -> nothing is sent to its owners', async () => {
  const { begin, to, asked, rings, outcomes, pass, stop } = open();
  begin.write();
  to(A).answer(FENCED);
  await pass(TIMEOUT_MS);
  rings.adopt(ringOf(2, [B, C, D]));
  assert.equal([outcomes.length, outcomes[0]!.ok, asked.length], [1, false, 2]);
  stop();
});

test('an owner shows a version of an epoch to come -> it counts as one that failed', () => {
  const version = { epoch: 0xffffffff, time: 8, node: B };
  const poison = record('k', { version });
  const { begin, to, asked, agree, outcomes, stop } = open();
  begin.write();
  to(B).answer({ outcome: 'superseded', version });
  agree();
  begin.read();
  // By whichever owner is asked for the value.
  asked[0]!.answer({ outcome: 'ok', version, record: poison });
  agree();
  begin['linearizable read']();
  to(B).answer({ outcome: 'ok', version, record: poison });
  agree();
  assert.equal(
    outcomes.map((outcome) => outcome.ok && ('record' in outcome ? outcome.record : 'written')),
    ['written', undefined, undefined],
  );
  stop();
});

for (const kind of ['read', 'linearizable read'] as const) {
  test(`${kind}: a value expires -> by the time of the cluster`, () => {
    const { begin, asked, outcomes, time, stop } = open();
    const held = record('k', { version: { epoch: 1, time: 8, node: A }, expiresAt: 1000 });
    const holds = { outcome: 'ok', version: recordVersion(held), record: held };
    for (const wallMs of [999, 1000]) {
      time.wallMs = wallMs;
      begin[kind]();
      while (asked[0]) asked[0].answer(asked[0].type === 'replica.write' ? DONE : holds);
    }
    const absent = kind === 'read' ? 'expired' : 'deleted';
    assert.equal(
      outcomes.map((outcome) => outcome.ok && 'absent' in outcome && outcome.absent),
      [false, absent],
    );
    stop();
  });
}

test('a copy that a promise kept away -> stored under a ballot, of when it was made', async () => {
  const copy = record('k', { version: { epoch: 1, time: 8, node: B } });
  const { coordinator, asked, to, stop } = open();
  const settled = coordinator.settle(KEY, copy);
  to(A).answer({ outcome: 'ok' });
  to(B).answer({ outcome: 'ok' });
  const writes = asked.filter(({ type }) => type === 'replica.write');
  assert.is(writes.length, 3);
  const [stored] = writes.map(({ body }) => decodeRecord(body.record!));
  assert.equal(
    [stored!.origin, Buffer.from(stored!.value).toString()],
    [{ epoch: 1, time: 8, node: B }, 'value of k'],
  );
  for (const { answer } of writes) answer({ outcome: 'ok' });
  assert.is(await settled, true);
  const failing = coordinator.settle(KEY, copy);
  while (asked[0]) asked[0].answer('unreachable');
  assert.is(await failing, false);
  stop();
});

test('read: a promise bars the repair -> a linearizable read settles it', () => {
  const { begin, to, asked, outcomes, stop } = open();
  begin.read();
  const [first, other] = asked.map((one) => one.to) as [string, string];
  const held = record('k', { version: { epoch: 1, time: 8, node: A } });
  const holds = { outcome: 'ok', version: recordVersion(held), record: held };
  const barred = { outcome: 'promised', version: { epoch: 1, time: 9, node: B } };
  to(first).answer(holds);
  to(other).answer({ outcome: 'ok' });
  assert.equal(
    asked.map(({ type }) => type),
    ['replica.write'],
  );
  asked[0]!.answer(barred);
  asked[0]!.answer(barred);
  assert.equal(
    asked.map(({ to: owner, type }) => [owner, type]).sort(),
    [A, B, C].map((owner) => [owner, 'replica.read']),
  );
  asked[0]!.answer(holds);
  asked[0]!.answer(holds);
  const found = outcomes[0] as Found;
  assert.equal([outcomes.length, found.ok, found.reached], [1, true, 'linearizable']);
  assert.is(Buffer.from(found.record!.value).toString(), 'value of k');
  stop();
});

test('read: a row is damaged, other owners agree -> found, and the damaged one is healed', () => {
  const { begin, asked, outcomes, stop } = open();
  begin.read();
  const held = record('k', { version: { epoch: 1, time: 8, node: A } });
  const holds = { outcome: 'ok', version: recordVersion(held), record: held };
  const damaged = asked[0]!.to;
  asked[0]!.answer({ outcome: 'corrupt' });
  while (outcomes.length === 0) asked[0]!.answer(holds);
  assert.ok(outcomes[0]!.ok);
  assert.equal(
    asked.map(({ to, type }) => [to, type]),
    [[damaged, 'replica.write']],
  );
  assert.is(asked[0]!.body.record, held);
  asked[0]!.answer(DONE);
  assert.is(outcomes.length, 1);
  stop();
});

test('read: the newest is a delete -> written back, so that it stays deleted', () => {
  const { begin, asked, outcomes, stop } = open();
  begin.read();
  const versions = [8, 9].map((time) => ({ epoch: 1, time, node: A }));
  const value = record('k', { version: versions[0]! });
  const deleted = record('k', {
    version: versions[1]!,
    tombstone: true,
    contentType: '',
    value: Buffer.alloc(0),
  });
  const stale = asked[1]!.to;
  asked[0]!.answer({ outcome: 'ok', version: versions[1], record: deleted });
  asked[0]!.answer({ outcome: 'ok', version: versions[0], record: value });
  assert.equal(
    asked.map(({ to, type, body }) => [to, type, body.record]),
    [[stale, 'replica.write', deleted]],
  );
  assert.is(outcomes.length, 0);
  asked[0]!.answer(DONE);
  const { ok, absent } = outcomes[0] as Found;
  assert.equal([ok, absent], [true, 'deleted']);
  stop();
});

test.run();
