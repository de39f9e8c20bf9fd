/** What a whole node makes of a disk on which it has lived before: whom it asks, and till when. */
import * as assert from 'uvu/assert';
import { claim } from '../actors/membership/claims.js';
import { suite } from '../support/runner/suite.js';
import { codeOf, diskIn, idOf, OneNode, ringOf } from './one-node.js';

const test = suite('node: disk trust');

/** Longer than it waits for a word, and than a member takes to be dead. */
const LONG_MS = 20_000;

/** Alone in its ring, but for b, which is to join. */
function beforeItsNewcomer(): OneNode {
  const { members, layout } = ringOf(2, 'a', 'b');
  return new OneNode({ disk: diskIn({ ...ringOf(2, 'a'), transition: { members, layout } }) });
}

test('alone, and who was to join is dead -> nobody is left who could know better', () => {
  const one = beforeItsNewcomer().connect('b').silence('b').pass(1000);
  assert.is(one.state, 'confirming');
  assert.is.not(codeOf(one.write()), 'ok');
  one.pass(LONG_MS);
  assert.ok(one.facts.some(({ type }) => type === 'member.dead'));
  assert.is(codeOf(one.write()), 'ok');
});

test('alone, and who was to join says goodbye -> first that is told, then what follows', () => {
  const one = beforeItsNewcomer().connect('c').pass(100);
  assert.is(one.state, 'confirming');
  const goodbye = { ...claim('b2', 'left'), id: idOf('b') };
  one.hear('c', { type: 'swim.nack', probe: 0, rumours: [goodbye] }).pass(LONG_MS);
  const said = one.facts.flatMap((fact) => {
    if (fact.type === 'node.changed') return fact.state;
    return fact.type === 'member.left' ? fact.type : [];
  });
  assert.equal(said.slice(0, 4), ['booting', 'joining', 'confirming', 'member.left']);
  assert.is(codeOf(one.write()), 'ok');
});

test('alone, and who is to join answers -> its word is enough', () => {
  const one = beforeItsNewcomer().connect('b').pass(3000);
  assert.not(one.facts.some(({ type }) => type === 'member.dead'));
  assert.is(codeOf(one.write()), 'ok');
});

test('one of two, and the other is dead -> takes nothing: it may come back and know better', () => {
  const one = new OneNode({ disk: diskIn(ringOf(2, 'a', 'b')) }).connect('b').silence('b');
  one.pass(LONG_MS);
  assert.ok(one.facts.some(({ type }) => type === 'member.dead'));
  assert.is(one.state, 'serving');
  assert.is.not(codeOf(one.write()), 'ok');
});

test.run();
