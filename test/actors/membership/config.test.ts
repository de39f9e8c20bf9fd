/** Settings that cannot work together are refused when the detector is made. */
import * as assert from 'uvu/assert';
import { checkConfig, LAN, type MembershipConfig } from '../../../actors/membership/config.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('membership config');

test('the defaults fit', () => {
  assert.is(checkConfig(LAN), LAN);
});

test('the defaults -> memberlist’s on a LAN, and the others as they were chosen', () => {
  assert.equal(LAN, {
    periodMs: 1000,
    pingTimeoutMs: 500,
    indirectProbes: 3,
    suspicionMultiplier: 4,
    suspicionMaxMultiplier: 6,
    syncIntervalMs: 30_000,
    nackFraction: 0.5,
    rumourMultiplier: 8,
    rumourBytes: 4096,
    localHealthMax: 7,
    lateTimerMs: 50,
    gapPeriods: 2,
    retryDeadPeriods: 5,
    forgetAfterMs: 3_600_000,
    tombstoneMs: 86_400_000,
    lifeguard: true,
  });
});

const FIT: readonly Partial<MembershipConfig>[] = [
  { indirectProbes: 0 },
  { suspicionMultiplier: 1 },
  { suspicionMaxMultiplier: 1 },
  { rumourBytes: 600 },
  { pingTimeoutMs: 666 },
  { forgetAfterMs: LAN.tombstoneMs - 1 },
  { retryDeadPeriods: 1 },
];

for (const change of FIT) {
  test(`${JSON.stringify(change)} -> taken`, () => {
    const config = { ...LAN, ...change };
    assert.is(checkConfig(config), config);
  });
}

const UNFIT: readonly Partial<MembershipConfig>[] = [
  { periodMs: 0 },
  { pingTimeoutMs: Number.NaN },
  { indirectProbes: -1 },
  { pingTimeoutMs: 700 },
  { nackFraction: 1 },
  { suspicionMultiplier: 0.5 },
  { suspicionMaxMultiplier: 0.5 },
  { rumourBytes: 500 },
  { rumourBytes: 599 },
  { pingTimeoutMs: 667 },
  { forgetAfterMs: LAN.tombstoneMs },
  { retryDeadPeriods: 0 },
];

for (const change of UNFIT) {
  test(`${JSON.stringify(change)} -> refused`, () => {
    assert.throws(() => checkConfig({ ...LAN, ...change }), /^membership: /);
  });
}

test.run();
