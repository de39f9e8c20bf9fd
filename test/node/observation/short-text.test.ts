/** What values are called in a few words. */
import * as assert from 'uvu/assert';
import { shortText } from '../../../src/node/observation/short-text.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('short texts');

class Detector {}
class Told {
  toJSON() {
    return { suspects: ['a'], health: 0 };
  }
}

const CASES: readonly (readonly [value: unknown, text: string])[] = [
  [undefined, 'undefined'],
  [null, 'null'],
  [12, '12'],
  [false, 'false'],
  ['a "b"', '"a \\"b\\""'],
  [Buffer.from('abc'), '<3 bytes>'],
  [new Detector(), '<Detector>'],
  [new Told(), '{suspects: ["a"], health: 0}'],
  [() => 1, '<function>'],
  [[], '[]'],
  [[1, 2, 3, 4, 5, 6, 7, 8], '[1, 2, 3, 4, 5, 6, … 2 more]'],
  [{}, '{}'],
  [{ a: 1, b: { c: { d: 1 } } }, '{a: 1, b: {c: {…}}}'],
  [[[[1, 2]]], '[[[2 items]]]'],
  [{ a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1 }, '{a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, …}'],
];

for (const [value, text] of CASES) {
  test(`${text.slice(0, 40)}`, () => assert.is(shortText(value), text));
}

test('whatever it is -> at most 160 letters, and circles end', () => {
  const circle: { self?: object } = {};
  circle.self = circle;
  const many = Array.from({ length: 9 }, () => ({ name: 'x'.repeat(1000) }));
  for (const value of ['x'.repeat(1e6), many, circle, Object.create(null)]) {
    assert.ok(shortText(value).length <= 160);
  }
});

test.run();
