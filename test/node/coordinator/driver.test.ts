/**
 * The one driver, with each of its three operations: what it asks, and what it makes of rings that
 * change under a request. Owners answer as the test says.
 */
import * as assert from 'uvu/assert';
import { createActor } from 'xstate';
import { recordVersion } from '../../../src/core/data/record.js';
import type { Version } from '../../../src/core/data/version.js';
import type { Failure, Found, Written } from '../../../src/core/requests.js';
import type { Ring } from '../../../src/core/ring/ring.js';
import { Coordinator } from '../../../src/node/coordinator/coordinator.js';
import { record } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import { member, selfDrivenClock } from '../stabilizer/owners.js';

const test = suite('driver');

const [A, B, C, D] = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(16)) as [
  ...[string, string, string, string],
];
const KEY = Buffer.from('k');
const ringOf = (epoch: number, ids: readonly string[]): Ring => ({
  clusterId: '0'.repeat(32),
  epoch,
  replicas: 3,
  writeQuorum: 2,
  readQuorum: 2,
  members: ids.map(member),
  layout: [ids.map((_, index) => index)],
});

type Outcome = Written | Found | Failure;
interface Asked {
  readonly to: string;
  readonly type: string;
  readonly body: { readonly epoch: number; readonly record?: Buffer; readonly ballot?: Version };
  readonly answer: (reply: object | string) => void;
}

type Done = (reply: never, tookMs: number) => void;

const REPLY_TYPES: { readonly [type: string]: string } = {
  'replica.read': 'replica.found',
  'replica.write': 'replica.written',
  'replica.prepare': 'replica.promised',
};

function open() {
  const clock = selfDrivenClock();
  const asked: Asked[] = [];
  const rings = {
    inForce: ringOf(1, [A, B, C]),
    get epoch() {
      return rings.inForce.epoch;
    },
    /** Who waits for a newer ring. */
    waiting: [] as ((isThere: boolean) => void)[],
    whenAtLeast(_: object, run: (isThere: boolean) => void) {
      rings.waiting.push(run);
      return true;
    },
    adopt(ring: Ring) {
      rings.inForce = ring;
      for (const run of rings.waiting.splice(0)) run(true);
    },
    neverComes() {
      for (const run of rings.waiting.splice(0)) run(false);
    },
  };
  let time = 0;
  const missed: string[] = [];
  const coordinator = new Coordinator({
    settings: { hedgeAfterMs: 10, slowRequestMs: 500, maxInFlight: 10, maxInFlightBytes: 1 << 20 },
    rings: rings as never,
    calls: {
      request(to: string, type: string, body: Asked['body'], _: number, done: Done) {
        const answer = (reply: object | string) => {
          asked.splice(asked.indexOf(one), 1);
          const { epoch } = rings.inForce;
          const message = { type: REPLY_TYPES[type], epoch, ...(reply as object) };
          done((typeof reply === 'string' ? reply : message) as never, 0);
        };
        const one = { to, type, body, answer };
        asked.push(one);
      },
    } as never,
    versionClock: {
      stamp: (epoch: number) => ({ epoch, time: ++time, node: A }),
      observe: (version: Version) => {
        time = Math.max(time, version.time);
        return true;
      },
      isTooFarAhead: () => false,
    } as never,
    clock,
    random: { float: () => 0.5 } as never,
    standing: () => 'up',
    missed: (owner) => missed.push(owner),
    tell: () => undefined,
  });
  coordinator.attach(createActor(coordinator.machine).start());
  coordinator.send({ type: 'node.serving' });
  const outcomes: Outcome[] = [];
  const done = (outcome: Outcome) => outcomes.push(outcome);
  const write = { key: KEY, value: Buffer.from('v'), contentType: '', expiresAt: 0 };
  const common = { key: KEY, timeoutMs: 60_000 };
  return {
    asked,
    rings,
    missed,
    outcomes,
    coordinator,
    begin: {
      write: () => coordinator.write({ ...write, ...common, level: 'quorum' }, done),
      read: () => coordinator.read({ ...common, level: 'quorum' }, done),
      'linearizable write': () =>
        coordinator.write({ ...write, ...common, level: 'linearizable' }, done),
      'linearizable read': () => coordinator.read({ ...common, level: 'linearizable' }, done),
    },
    to: (owner: string) => {
      const found = asked.find(({ to }) => to === owner);
      assert.ok(found, `${owner} was asked`);
      return found;
    },
    /** All that is asked, and what is asked then, is done as asked. */
    agree() {
      while (asked[0]) asked[0].answer({ outcome: 'ok' });
    },
    stop: () => clock.stop(),
  };
}

const KINDS = ['write', 'read', 'linearizable write', 'linearizable read'] as const;
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

test.run();
