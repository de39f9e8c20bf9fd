/** How long a suspect has: the formula's values, and who counts as a confirmation. */
import * as assert from 'uvu/assert';
import { LAN } from '../../../actors/membership/config.js';
import {
  Suspicion,
  suspicionLimits,
  suspicionTimeoutMs,
} from '../../../actors/membership/suspicion.js';
import { ACCUSERS_LIMIT } from '../../../src/core/wire/limits.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('membership suspicion');

/** Milliseconds for 0 to 3 confirmations; with memberlist's multiplier of 4, two are wanted. */
const TABLE: readonly (readonly [members: number, timeouts: readonly number[]])[] = [
  [2, [4000, 4000, 4000, 4000]],
  [3, [4000, 4000, 4000, 4000]],
  [4, [24_000, 11_381, 4000, 4000]],
  [5, [24_000, 11_381, 4000, 4000]],
  [10, [24_000, 11_381, 4000, 4000]],
  [50, [40_775, 19_337, 6796, 6796]],
  [100, [48_000, 22_763, 8000, 8000]],
];

for (const [members, timeouts] of TABLE) {
  test(`${members} members -> ${timeouts.join(', ')} ms with 0, 1, 2, 3 confirmations`, () => {
    const limits = suspicionLimits(members, LAN);
    const actual = timeouts.map((_, confirmed) => suspicionTimeoutMs(limits, confirmed));
    assert.equal(actual.map(Math.round), timeouts);
  });
}

test('three confirmations wanted -> the first shortens most', () => {
  const limits = suspicionLimits(50, { ...LAN, suspicionMultiplier: 5 });
  assert.is(limits.confirmations, 3);
  const timeouts = [0, 1, 2, 3].map((confirmed) => suspicionTimeoutMs(limits, confirmed));
  assert.equal(timeouts.map(Math.round), [50_969, 29_732, 17_309, 8495]);
});

test('wanted are two less than the multiplier says, and no more than a message holds', () => {
  const wanted = [1, 2, 3, 1000].map(
    (suspicionMultiplier) => suspicionLimits(1000, { ...LAN, suspicionMultiplier }).confirmations,
  );
  assert.equal(wanted, [0, 0, 1, ACCUSERS_LIMIT - 1]);
});

test('plain SWIM -> the minimum, whoever confirms', () => {
  const limits = suspicionLimits(50, { ...LAN, lifeguard: false });
  assert.equal(limits, { minMs: limits.minMs, maxMs: limits.minMs, confirmations: 0 });
});

test('only different accusers confirm, and only as many as are wanted', () => {
  const suspicion = new Suspicion(suspicionLimits(5, LAN), 1000);
  assert.ok(suspicion.accuse(['a']));
  assert.is(suspicion.remainingMs(1000), 24_000);
  assert.not.ok(suspicion.accuse(['a']));
  assert.is(suspicion.remainingMs(1000), 24_000);
  assert.ok(suspicion.accuse(['a', 'b']));
  assert.is(Math.round(suspicion.remainingMs(1000)), 11_381);
  assert.ok(suspicion.accuse(['c', 'd']));
  assert.is(suspicion.remainingMs(2000), 3000);
  assert.not.ok(suspicion.accuse(['e']));
  assert.equal(suspicion.accusers, ['a', 'b', 'c']);
});

test('the list of accusers that is already in a message does not change', () => {
  const suspicion = new Suspicion(suspicionLimits(5, LAN), 0);
  suspicion.accuse(['a']);
  const sent = suspicion.accusers;
  suspicion.accuse(['b']);
  assert.equal(sent, ['a']);
});

test('restarted -> the whole time again, confirmations kept', () => {
  const suspicion = new Suspicion(suspicionLimits(5, LAN), 0);
  suspicion.accuse(['a', 'b', 'c']);
  suspicion.restart(60_000);
  assert.is(suspicion.remainingMs(60_000), 4000);
});

test.run();
