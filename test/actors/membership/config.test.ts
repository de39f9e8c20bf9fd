/** Settings that cannot work together are refused when the detector is made. */
import * as assert from 'uvu/assert';
import { checkConfig, LAN, type MembershipConfig } from '../../../actors/membership/config.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('membership config');

test('the defaults fit', () => {
  assert.is(checkConfig(LAN), LAN);
});

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
