/**
 * Runs the real runner on fixtures, each with one way to fail that plain uvu would let pass, and
 * demands that the run fails and says why.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from './suite.js';

const test = suite('the test runner');

function run(...args: string[]): { status: number | null; text: string; lastLine: string } {
  const runner = join(import.meta.dirname, '../../run.js');
  const { status, stdout } = spawnSync(process.execPath, [runner, ...args], { encoding: 'utf8' });
  return { status, text: stdout, lastLine: stdout.trimEnd().split('\n').at(-1)! };
}

function fixture(name: string): string {
  return join(import.meta.dirname, `fixtures/${name}.fixture.js`);
}

/** [fixture, last line, what the output must say] */
const FAILING = [
  ['rejects-non-error', '1 passed, 1 failed', 'threw no proper Error but undefined'],
  ['throws-text', '0 passed, 1 failed', "threw no proper Error but 'boom'"],
  ['throwing-before', '0 passed, 1 failed', 'before broke'],
  ['throwing-after-each', '0 passed, 1 failed', 'after.each broke'],
  ['throwing-after', '1 passed, 1 failed', 'after broke'],
  ['never-run', '0 passed, 1 failed', '"never run" did not run to its end'],
  ['no-tests', '0 passed, 1 failed', 'suite "no tests" has no tests'],
  ['empty', '0 passed, 1 failed', 'no suite was run'],
  ['hanging-test', '1 passed, 1 failed', '"waits for ever" did not finish within 100 ms'],
  ['hanging-file', '0 passed, 1 failed', 'killed: it did not end within 2000 ms'],
  ['exits-early', '1 passed, 1 failed', '1 of 3 tests ended'],
  ['left-open', '1 passed, 1 failed', 'TCPServerWrap'],
  ['left-behind', '1 passed, 1 failed', 'left 1 process(es) behind'],
] as const;

for (const [name, lastLine, sentence] of FAILING) {
  test(`${name} -> fails`, () => {
    const result = run('--limit-ms', '2000', fixture(name));
    assert.is(result.status, 1, result.text);
    assert.is(result.lastLine, lastLine, result.text);
    assert.ok(result.text.includes(sentence), result.text);
  });
}

test('all well -> passes, counts skips and prints their reasons', () => {
  const result = run(fixture('passing'));
  assert.is(result.status, 0, result.text);
  assert.is(result.lastLine, '2 passed, 0 failed, 1 skipped');
  assert.ok(result.text.includes('cannot run: because the fixture says so'), result.text);
  assert.ok(result.text.includes('no process was left behind'), result.text);
});

test('one good and one bad file -> fails', () => {
  const result = run(fixture('passing'), fixture('throws-text'));
  assert.is(result.status, 1);
  assert.is(result.lastLine, '2 passed, 1 failed, 1 skipped');
});

test('nothing matches -> fails', () => {
  const result = run('no file has this in its path');
  assert.is(result.status, 1);
  assert.is(result.lastLine, '0 passed, 0 failed');
});

test.run();
