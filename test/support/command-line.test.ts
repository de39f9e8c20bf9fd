/** What tests and benchmarks understand of their command line, by a process of its own for each. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from './runner/suite.js';

const test = suite('command-line');
const ROOT = join(import.meta.dirname, '../..');

/** Programs that would begin to measure or to test if they understood. */
const REFUSED: readonly [program: string, args: string[], sentence: RegExp][] = [
  ['bench/run.js', ['--nonsense'], /^Unknown option '--nonsense'; there are --systems, /],
  ['bench/run.js', ['nonsense'], /^nonsense is no option/],
  ['bench/run.js', ['--lanes', '0'], /^--lanes has to be an integer of at least 1\n$/],
  ['bench/run.js', ['--warmup', ''], /^--warmup has to be an integer of at least 0\n$/],
  ['bench/membership/run.js', ['--jobs', 'x'], /^--jobs has to be an integer of at least 1\n$/],
  ['test/run.js', ['--nonsense'], /^Unknown option '--nonsense'; there are --quick, /],
  ['test/drill/hints.js', ['--nonsense'], /^Unknown option '--nonsense'; there are /],
];

for (const [program, args, sentence] of REFUSED) {
  test(`${program} ${args.join(' ')} -> one sentence, and exit code 2`, () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, program), ...args], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    assert.is(status, 2, stdout);
    assert.match(stderr, sentence);
    assert.is(stderr.trimEnd().split('\n').length, 1);
  });
}

test.run();
