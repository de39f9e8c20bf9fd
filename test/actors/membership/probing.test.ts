/** Whom to probe: everybody in turn, within two rounds, whatever comes and goes. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { ProbeOrder } from '../../../actors/membership/probing.js';
import { Stream } from '../../sim/world/random.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('membership probing');

function orderOf(seed: number, members: readonly string[]): ProbeOrder {
  const stream = new Stream(seed, 'probing');
  const order = new ProbeOrder(() => stream.float());
  for (const id of members) order.add(id);
  return order;
}

const everybody = () => true;
const some = fc.integer({ min: 1, max: 8 }).map((n) => [...'abcdefgh'].slice(0, n));

test('nobody to probe -> nobody', () => {
  assert.is(orderOf(1, []).take(everybody), undefined);
  assert.is(
    orderOf(1, ['a', 'b']).take(() => false),
    undefined,
  );
});

test('each round has every member once, so none waits longer than two rounds', () => {
  fc.assert(
    fc.property(some, fc.nat(), (members, seed) => {
      const order = orderOf(seed, members);
      for (let round = 0; round < 3; round++) {
        const probed = members.map(() => order.take(everybody)!);
        assert.equal([...probed].sort(), members);
      }
    }),
  );
});

test('rounds differ, and so do nodes', () => {
  const members = [...'abcdefgh'];
  const rounds = (seed: number) => {
    const order = orderOf(seed, members);
    return [1, 2, 3].map(() => members.map(() => order.take(everybody)).join(''));
  };
  assert.is(new Set([...rounds(1), ...rounds(2)]).size, 6);
});

test('whatever comes first -> every member takes every place of a round', () => {
  const members = ['a', 'b', 'c'];
  const order = orderOf(1, members);
  const places = new Set<string>();
  for (let round = 0; round < 100; round++) {
    for (const place of members.keys()) places.add(`${order.take(everybody)} ${place}`);
  }
  assert.is(places.size, 9);
  const two = orderOf(1, ['a', 'b']);
  const rounds = Array.from({ length: 50 }, () => `${two.take(everybody)}${two.take(everybody)}`);
  assert.equal([...new Set(rounds)].sort(), ['ab', 'ba']);
});

test('a newcomer -> takes any place of the round, the last and the next one, too', () => {
  let random = 0.99;
  const order = new ProbeOrder(() => random);
  const next = () => order.take(everybody);
  for (const id of ['a', 'b', 'c']) order.add(id);
  assert.is(next(), 'a');
  // Of four places the second.
  random = 0.3;
  order.add('d');
  assert.equal([next(), next(), next()], ['d', 'b', 'c']);
});

test('a newcomer in the middle of a round -> probed within the round or in the next', () => {
  fc.assert(
    fc.property(some, fc.nat(7), fc.nat(), (members, taken, seed) => {
      const order = orderOf(seed, members);
      for (let i = 0; i < taken; i++) order.take(everybody);
      order.add('new');
      const next = Array.from({ length: 2 * members.length + 1 }, () => order.take(everybody));
      assert.ok(next.includes('new'), next.join(' '));
      assert.is(order.take(everybody) === undefined, false);
    }),
  );
});

test('a newcomer does not make another one be skipped', () => {
  fc.assert(
    fc.property(fc.nat(3), fc.nat(), (taken, seed) => {
      const order = orderOf(seed, ['a', 'b', 'c', 'd']);
      const round = Array.from({ length: taken }, () => order.take(everybody)!);
      order.add('new');
      while (round.filter((id) => id !== 'new').length < 4) round.push(order.take(everybody)!);
      assert.equal(round.filter((id) => id !== 'new').sort(), ['a', 'b', 'c', 'd']);
    }),
  );
});

test('no target any more, then again -> in the rounds once', () => {
  const order = orderOf(1, ['a', 'b', 'c']);
  order.add('b');
  for (let i = 0; i < 6; i++)
    assert.is.not(
      order.take((id) => id !== 'b'),
      'b',
    );
  order.add('b');
  order.add('b');
  for (let i = 0; i < 2; i++) order.take(everybody);
  const probed = Array.from({ length: 30 }, () => order.take(everybody));
  assert.is(probed.filter((id) => id === 'b').length, 10);
});

test('a broken connection -> probed next, once, if it is a target', () => {
  const order = orderOf(3, ['a', 'b', 'c']);
  order.hurry('b');
  order.hurry('b');
  order.hurry('x');
  assert.is(
    order.take((id) => id !== 'x'),
    'b',
  );
  const rest = [1, 2, 3].map(() => order.take((id) => id !== 'x'));
  assert.equal(rest.sort(), ['a', 'b', 'c']);
});

test.run();
