/** Settings that cannot work together are refused when the detector is made. */
import * as assert from 'uvu/assert';
import { checkConfig, LAN, type MembershipConfig } from '../../../actors/membership/config.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('membership config');

test('the defaults fit', () => {
  assert.is(checkConfig(LAN), LAN);
});

test('what memberlist has a default for on a LAN -> that one', () => {
  const { periodMs, pingTimeoutMs, indirectProbes, syncIntervalMs } = LAN;
  assert.equal([periodMs, pingTimeoutMs, indirectProbes, syncIntervalMs], [1000, 500, 3, 30_000]);
  assert.equal([LAN.suspicionMultiplier, LAN.suspicionMaxMultiplier], [4, 6]);
});

const FIT: readonly Partial<MembershipConfig>[] = [
  { indirectProbes: 0 },
  { suspicionMultiplier: 1 },
  { suspicionMaxMultiplier: 1 },
  { rumourBytes: 600 },
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
  { forgetAfterMs: LAN.tombstoneMs },
  { retryDeadPeriods: 0 },
];

for (const change of UNFIT) {
  test(`${JSON.stringify(change)} -> refused`, () => {
    assert.throws(() => checkConfig({ ...LAN, ...change }), /^membership: /);
  });
}

test.run();
