/** What is changed in a file, and what is left alone. */
import * as assert from 'uvu/assert';
import { suite } from '../../support/runner/suite.js';
import { compiledWith, mutationsOf } from './mutations.js';

const test = suite('mutants: mutations');

/** [a line, what becomes of it] */
const LINES: readonly (readonly [string, readonly string[]])[] = [
  ['if (a) b();', ['if (!(a)) b();', 'if (a) ;']],
  ['while (a.b) c = 5;', ['while (!(a.b)) c = 5;', 'while (a.b) ;', 'while (a.b) c = 6;']],
  ['const a = b ? c : d;', ['const a = !(b) ? c : d;']],
  ['const a = b < c;', ['const a = b <= c;']],
  ['const a = b >= c;', ['const a = b > c;']],
  ['if (a === b) throw c;', ['if (a !== b) throw c;']],
  ['const a = b !== c;', ['const a = b === c;']],
  ['const a = b && c;', ['const a = b || c;']],
  ['const a = b || c;', ['const a = b && c;']],
  ['const a = b + c - d;', ['const a = b - c - d;', 'const a = b + c + d;']],
  ['const a = b * c;', ['const a = b / c;']],
  ['const a = 0;', ['const a = 1;']],
  ['const a = 1_024;', ['const a = 1025;']],
  ['const a = 5_000;', ['const a = 50000;']],
  ['const a = b ? -1 : c;', ['const a = !(b) ? -1 : c;', 'const a = b ? -(-1) : c;']],
  ['const a = true;', ['const a = false;']],
  ['this.a.b(c);', [';']],
  ['await a();', [';']],
  ['a++;', [';']],
  ['this.#a ||= b;', [';']],
];
for (const [line, changed] of LINES) {
  test(`${line} -> ${changed.join(' or ')}`, () => {
    const mutants = mutationsOf('a.ts', line).map(
      ({ start, end, before, after }) =>
        line.slice(0, start) + after + line.slice(start + before.length, end) + line.slice(end),
    );
    assert.equal(mutants.sort(), [...changed].sort());
  });
}

for (const line of [
  "import { a } from './0.js';",
  'type A = true | 0;',
  'interface A { readonly b: 1 }',
  'const a = b as 0;',
  "assert(a < 0, 'that it fires cannot be tested');",
  "{ const isLess = a < 0; assert(isLess, 'nor what it looks at'); }",
  "const a = 'a text ' + b;",
  'const a = `b` + c;',
  'super(a);',
  'this.#assertAsked(a);',
]) {
  test(`${line} -> left alone`, () => assert.equal(mutationsOf('a.ts', line), []));
}

test('several lines -> each with its number, in their order', () => {
  const lines = ['const a = 1;', '', 'if (a > 2) {', '  b();', '}'].join('\n');
  assert.equal(
    mutationsOf('a.ts', lines).map(({ line, kind }) => [line, kind]),
    [
      [1, 'constant'],
      [3, 'condition'],
      [3, 'comparison'],
      [3, 'constant'],
      [4, 'statement'],
    ],
  );
});

test('compiled -> JavaScript with the mistake in it; what makes no sense is told', () => {
  const text = 'export const isLess = (a: number, b: number): boolean => a < b;\n';
  const [mutation] = mutationsOf('a.ts', text);
  assert.match(compiledWith(mutation!, 'a.ts', text), 'isLess = (a, b) => a <= b;');
  const wrong = { ...mutation!, after: '<<< ' };
  assert.throws(() => compiledWith(wrong, 'a.ts', text), /a\.ts with <<< : /);
});

test.run();
