/** What a coordinator makes of owners that refuse or are silent, beside the request itself. */
import * as assert from 'uvu/assert';
import { createActor } from 'xstate';
import { recordVersion } from '../../../src/core/data/record.js';
import type { Ring } from '../../../src/core/ring/ring.js';
import { Coordinator } from '../../../src/node/coordinator/coordinator.js';
import { locate } from '../../../src/node/operator/locate.js';
import { systemClock } from '../../../src/system.js';
import { damaged, record } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import { member, selfDrivenClock } from '../stabilizer/owners.js';

const test = suite('refusals');
const IDS = ['a', 'b', 'c'].map((digit) => digit.repeat(16));
const KEY = Buffer.from('k');
const RING: Ring = {
  clusterId: '0'.repeat(32),
  epoch: 3,
  replicas: 3,
  writeQuorum: 2,
  readQuorum: 2,
  members: IDS.map(member),
  layout: [[0, 1, 2]],
};
const found = { type: 'replica.found', epoch: 3, version: undefined, record: undefined };

test('locate: an owner that refuses has not said that it holds nothing', () => {
  for (const [outcome, answer] of [
    ['ok', 'absent'],
    ['corrupt', 'corrupt'],
    ['busy', 'no answer'],
    ['fenced', 'no answer'],
    ['expired', 'no answer'],
  ] as const) {
    const calls = {
      request: (...args: unknown[]) => (args[4] as (reply: object) => void)({ ...found, outcome }),
    };
    const said: string[] = [];
    const parts = {
      rings: { current: RING } as never,
      calls: calls as never,
      wallMs: systemClock.now,
    };
    locate({ key: KEY, ...parts }, (location) => {
      if ('owners' in location) said.push(...location.owners.map((owner) => owner.answer));
    });
    assert.equal(said, [answer, answer, answer], outcome);
  }
});

test('locate: what an owner holds -> its version and the time it has left there', () => {
  const held = [
    record(KEY, { expiresAt: 3500 }),
    record(KEY, { expiresAt: 0 }),
    damaged(record(KEY, {})),
  ];
  const calls = {
    request: (...args: unknown[]) => {
      const bytes = held[IDS.indexOf(args[0] as string)]!;
      const reply = { ...found, outcome: 'ok', version: recordVersion(bytes), record: bytes };
      (args[4] as (reply: object) => void)(reply);
    },
  };
  const parts = { rings: { current: RING } as never, calls: calls as never, wallMs: () => 1000 };
  locate({ key: KEY, ...parts }, (location) => {
    const said = 'owners' in location ? location.owners : [];
    assert.equal(
      said.map(({ answer, ttl }) => [answer, ttl]),
      [
        ['found', 3],
        ['found', undefined],
        ['corrupt', undefined],
      ],
    );
  });
});

test('reads at level one, the others silent -> their repairs are admitted, or left out', () => {
  const clock = selfDrivenClock();
  let silent = 0;
  const calls = {
    request: (to: string, ...args: unknown[]) => {
      if (to !== IDS[0]) return void silent++;
      (args[3] as (reply: object, tookMs: number) => void)({ ...found, outcome: 'ok' }, 0);
    },
  };
  const coordinator = new Coordinator({
    settings: { hedgeAfterMs: 10, slowRequestMs: 500, maxInFlight: 10, maxInFlightBytes: 1 << 20 },
    rings: { current: RING, inForce: RING, epoch: RING.epoch } as never,
    calls: calls as never,
    versionClock: { isTooFarAhead: () => false } as never,
    clock,
    wallMs: () => 0,
    random: {} as never,
    standing: (owner) => (owner === IDS[0] ? 'self' : 'up'),
    missed: () => undefined,
    tell: () => undefined,
  });
  coordinator.attach(createActor(coordinator.machine).start());
  coordinator.send({ type: 'node.serving' });
  let ended = 0;
  for (let i = 0; i < 1000; i++) {
    coordinator.read({ key: KEY, level: 'one', timeoutMs: 100 }, () => ended++);
  }
  assert.is(ended, 1000, 'each is answered, or told why not');
  assert.is(coordinator.inFlight, 10);
  assert.ok(silent <= 20, `${silent} calls wait for nobody`);
  clock.stop();
});

test.run();
