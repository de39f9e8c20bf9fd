/** What a mistyped word was probably meant to be. */
import * as assert from 'uvu/assert';
import { nearMiss } from '../../src/core/near-miss.js';
import { suite } from '../support/runner/suite.js';

const test = suite('near miss');

const CANDIDATES = ['data-dir', 'join', 'join-timeout', 'listen', 'log'];
const LONG = 'an-option-of-thirty-letters-ok';

const CASES: readonly [string, readonly string[], string | undefined][] = [
  ['dat', CANDIDATES, 'data-dir'],
  ['join', CANDIDATES, 'join'],
  ['join-', CANDIDATES, 'join-timeout'],
  ['jion', CANDIDATES, 'join'],
  ['lisen', CANDIDATES, 'listen'],
  ['lissten', CANDIDATES, 'listen'],
  ['lusten', CANDIDATES, 'listen'],
  ['l0g', CANDIDATES, 'log'],
  ['frobnicate', CANDIDATES, undefined],
  ['', CANDIDATES, undefined],
  ['jo', [], undefined],
  // Of two as near the first, of two that are not the nearer.
  ['log', ['lag', 'leg'], 'lag'],
  ['abcd', ['abxy', 'abcx'], 'abcx'],
  // Two letters of a short word, a third of a long one, and no more.
  ['abcde', ['abxyz'], undefined],
  ['abcde', ['abcxy'], 'abcxy'],
  [LONG, [`${LONG.slice(0, 20)}${'_'.repeat(10)}`], `${LONG.slice(0, 20)}${'_'.repeat(10)}`],
  [LONG, [`${LONG.slice(0, 19)}${'_'.repeat(11)}`], undefined],
  ['abc', ['abcd', 'abcde'], 'abcd'],
  ['abc', ['a', 'x'], 'a'],
  ['abc', ['b'], 'b'],
];

for (const [word, candidates, meant] of CASES) {
  test(`${word || 'nothing'} among ${candidates.join(', ') || 'nothing'} -> ${meant}`, () => {
    assert.is(nearMiss(word, candidates), meant);
  });
}

test.run();
