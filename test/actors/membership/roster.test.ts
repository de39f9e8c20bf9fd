/** The conflict rule is one order, and a roster its maximum: whatever comes in whatever order. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { type Claim, compareClaims, Roster } from '../../../actors/membership/roster.js';
import { ROSTER_LIMIT } from '../../../src/core/wire/limits.js';
import { Stream } from '../../sim/world/random.js';
import { suite } from '../../support/runner/suite.js';
import { anyClaims, claim, idOf, reorderings } from './claims.js';

const test = suite('membership roster');
const stream = new Stream(1, 'roster');
const random = () => stream.float();

function rosterOf(...all: Claim[]): Roster {
  const roster = new Roster();
  for (const one of all) roster.apply(one, 0);
  return roster;
}

function stateOf(roster: Roster, name: string): string {
  const entry = roster.get(idOf(name));
  return entry ? `${entry.status}@${entry.incarnation}` : 'unknown';
}

const RISING: Claim[] = [
  claim('b1'),
  claim('b1', 'suspect'),
  claim('b1', 'dead'),
  claim('b1', 'left'),
  claim('b2'),
];

test('higher incarnation wins, then left over dead over suspect over alive', () => {
  for (const [i, lower] of RISING.entries()) {
    for (const higher of RISING.slice(i + 1)) {
      const wanted = `${higher.status}@${higher.incarnation}`;
      assert.is(stateOf(rosterOf(lower, higher), 'b'), wanted);
      assert.is(stateOf(rosterOf(higher, lower), 'b'), wanted);
    }
  }
});

test('the order of claims is total and consistent', () => {
  fc.assert(
    fc.property(anyClaims, anyClaims, anyClaims, (a, b, c) => {
      assert.is(Math.sign(compareClaims(a, b)), -Math.sign(compareClaims(b, a)) || 0);
      if (compareClaims(a, b) >= 0 && compareClaims(b, c) >= 0) {
        assert.ok(compareClaims(a, c) >= 0);
      }
    }),
  );
});

test('any order and repetition of the same claims -> the same view', () => {
  fc.assert(
    fc.property(reorderings(anyClaims), ([once, shuffled]) => {
      const view = (all: Claim[]) =>
        [...rosterOf(...all).entries()].sort((a, b) => (a.id < b.id ? -1 : 1));
      assert.equal(view(shuffled), view(once));
    }),
    { numRuns: 1000 },
  );
});

test('dead at 10, then a delayed alive at 2 -> stays dead', () => {
  assert.is(stateOf(rosterOf(claim('b10', 'dead'), claim('b2')), 'b'), 'dead@10');
});

test('dead at 1, then dead at 10, then alive at 2 -> stays dead: the incarnation is kept', () => {
  const roster = rosterOf(claim('b1', 'dead'), claim('b10', 'dead'), claim('b2'));
  assert.is(stateOf(roster, 'b'), 'dead@10');
});

test('the time of a status is the time of its last change, not of its last claim', () => {
  const roster = new Roster();
  roster.apply(claim('b1', 'dead'), 5);
  roster.apply(claim('b2', 'dead'), 9);
  assert.is(roster.get(idOf('b'))?.since, 5);
  roster.apply(claim('b3'), 12);
  assert.is(roster.get(idOf('b'))?.since, 12);
});

test('live members are the alive and the suspect ones', () => {
  const roster = rosterOf(claim('b1'), claim('c1', 'suspect'), claim('d1', 'dead'), claim('e1'));
  assert.is(roster.live, 3);
  roster.apply(claim('e1', 'left'), 0);
  roster.apply(claim('d2'), 0);
  roster.apply(claim('b1', 'suspect'), 0);
  assert.is(roster.live, 3);
  assert.equal(roster.sampleLive(9, random).sort(), [idOf('b'), idOf('c'), idOf('d')]);
  assert.equal(roster.sampleLive(9, random, idOf('c')).sort(), [idOf('b'), idOf('d')]);
  assert.is(roster.sampleLive(2, random).length, 2);
});

test('a dead stranger is forgotten, its incarnation only later; a ring member never', () => {
  const roster = rosterOf(claim('b10', 'dead'), claim('c1', 'dead'), claim('d1'));
  roster.setRing([idOf('c')]);
  const forgotten = (name: string, at: number) =>
    roster.isForgotten(roster.get(idOf(name))!, at, 100);
  assert.is(forgotten('b', 100), false);
  assert.is(forgotten('b', 101), true);
  assert.is(forgotten('c', 101), false);
  assert.is(forgotten('d', 101), false);
  roster.sweep(1000, 1000);
  roster.apply(claim('b2'), 1000);
  assert.is(stateOf(roster, 'b'), 'dead@10');
  roster.sweep(1001, 1000);
  assert.is(stateOf(roster, 'b'), 'unknown');
  assert.is(stateOf(roster, 'c'), 'dead@1');
});

test('a full roster takes no strangers, so that an exchange always fits its message', () => {
  const roster = new Roster();
  const stranger = (i: number): Claim => ({ ...claim('b1'), id: i.toString(16).padStart(16, '0') });
  for (let i = 0; i < ROSTER_LIMIT + 5; i++) roster.apply(stranger(i), 0);
  assert.is([...roster.entries()].length, ROSTER_LIMIT - 1);
  assert.ok(roster.apply({ ...stranger(0), status: 'dead' }, 0), 'a known one can still change');
});

test('dead for too long -> forgotten; it counts from its death', () => {
  const roster = new Roster();
  const entry = roster.apply(claim('b1', 'dead'), 5000)!;
  assert.not(roster.isForgotten(entry, 6000, 1000));
  assert.ok(roster.isForgotten(entry, 6001, 1000));
});

test('a sample of those who live -> any of them, each once, without an exception', () => {
  const roster = new Roster();
  for (const name of ['b', 'c', 'd', 'e']) roster.apply(claim(`${name}1`), 0);
  roster.apply(claim('f1', 'dead'), 0);
  const last = () => 0.99;
  assert.equal(roster.sampleLive(1, last), [idOf('e')]);
  assert.equal(
    roster.sampleLive(9, () => 0, idOf('c')),
    ['b', 'e', 'd'].map(idOf),
  );
});

test.run();
