/** Which tests look at a file: the nearest first. */
import * as assert from 'uvu/assert';
import { suite } from '../../support/runner/suite.js';
import { sourceFiles } from '../../support/source-tree.js';
import { TestFinder } from './tests-of.js';

const test = suite('mutants: tests of a file');

const files = (imports: { readonly [path: string]: readonly string[] }) =>
  Object.entries(imports).map(([path, targets]) => ({
    path,
    text: targets.map((target) => `import { a } from '${target}';`).join('\n'),
  }));

test('its own test, then who imports it, then its folder, then who does by a helper', () => {
  const finder = new TestFinder(
    files({
      'test/core/data/key.test.ts': [],
      'test/core/data/other.test.ts': [],
      'test/core/ring.test.ts': ['../../src/core/data/key.js'],
      'test/node/far.test.ts': ['./helper.js'],
      'test/node/helper.ts': ['../support/keys.js'],
      'test/support/keys.ts': ['../../src/core/data/key.js'],
      'test/node/none.test.ts': ['../../src/core/text.js'],
      'test/process/cluster.test.ts': ['../../src/core/data/key.js'],
    }),
  );
  assert.equal(finder.testsOf('src/core/data/key.ts'), [
    'test/core/data/key.test.ts',
    'test/core/ring.test.ts',
    'test/core/data/other.test.ts',
    'test/node/far.test.ts',
  ]);
});

test('what production imports -> tested with that as well', () => {
  const [test, user, file] = ['test/b/user.test.ts', 'src/b/user.ts', 'src/core/b/a.ts'];
  const tests = files({ [test]: [] });
  assert.equal(new TestFinder(tests, files({ [user]: ['../core/b/a.js'] })).testsOf(file), [test]);
  assert.equal(new TestFinder(tests, files({ [user]: ['../core/b/c.js'] })).testsOf(file), []);
});

test('only its types are imported -> that is no test of it', () => {
  const path = 'test/a.test.ts';
  const finder = new TestFinder([{ path, text: "import type { A } from '../src/core/b/a.js';" }]);
  assert.equal(finder.testsOf('src/core/b/a.ts'), []);
});

test('this project -> every file that decides has a test', () => {
  const finder = new TestFinder(sourceFiles(['test']));
  const deciding = sourceFiles(['actors']).filter(({ path }) => path.endsWith('.ts'));
  assert.ok(deciding.length > 20);
  for (const { path } of deciding) assert.ok(finder.testsOf(path).length > 0, path);
});

test.run();
