/** All mutants of a file in one: each, when it is meant, is what it is alone. */
import * as assert from 'uvu/assert';
import { suite } from '../../support/runner/suite.js';
import { compile } from './compile.js';
import { mutatedFiles } from './mutated-files.js';
import { compiledWith, mutationsOf } from './mutations.js';
import { compiledWithAll } from './schemata.js';

const test = suite('mutants: all in one');

/** What a program says, with `isMutant` as given. */
function run(compiled: string, isMutant: (number: number) => boolean): string {
  const said: unknown[] = [];
  try {
    new Function('say', 'isMutant', compiled)((what: unknown) => said.push(what), isMutant);
  } catch (error) {
    said.push(String(error));
  }
  return said.map(String).join(' ');
}

const PROGRAM = `
const least: number = 3;
const sum = (numbers: number[], most = 100) => {
  let total = 0;
  for (let at = 0; at < numbers.length; at++) {
    if (numbers[at]! < least && at > 0 || numbers[at] === 7) total += numbers[at]! * 2 + 1;
    else say(at);
  }
  return total > most ? { total: most, isMost: true } : { total, isMost: !(total < most) };
};
if (sum([1, 2, 7]).total >= 20) say('much'); else say('little');
say(JSON.stringify(sum([5, 1, 2, 100, 2], 9)));
`;

test('a program -> none meant: as it was; one meant: as with that one alone', () => {
  const mutations = mutationsOf('a.ts', PROGRAM);
  assert.ok(mutations.length > 20, String(mutations.length));
  const all = compiledWithAll(mutations, 'a.ts', PROGRAM);
  const nobody = (): boolean => {
    throw new Error('there is no other mutant in it');
  };
  assert.is(
    run(all, () => false),
    run(compile('a.ts', PROGRAM), nobody),
  );
  for (const [number, mutation] of mutations.entries()) {
    // It would count for ever.
    if (mutation.before === 'at++') continue;
    const alone = run(compiledWith(mutation, 'a.ts', PROGRAM), nobody);
    assert.is(
      run(all, (asked) => asked === number),
      alone,
      `${mutation.before} -> ${mutation.after}`,
    );
  }
});

test('this project -> every file that is mutated can be compiled with all of its mutants', () => {
  for (const { path, text } of mutatedFiles()) {
    const mutations = mutationsOf(path, text);
    const compiled = compiledWithAll(mutations, path, text);
    const asked = new Set([...compiled.matchAll(/isMutant\((\d+)\)/g)].map(([, n]) => Number(n)));
    assert.is(asked.size, mutations.length, path);
  }
});

test.run();
