/** The simulator's command line, and the file that it writes. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { parseRecording } from '../../src/events/recording.js';
import { suite } from '../support/runner/suite.js';

const test = suite('npm run sim');
const MAIN = join(import.meta.dirname, '..', 'sim', 'main.js');
/** Caught in the first seed. */
const FAILING = ['--seed', '1', '--planted', 'acknowledgeBeforeCommit'];

let folder: string;
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'quorate-run-'));
});
test.after(() => rmSync(folder, { recursive: true }));

test('a seed that fails -> exit code 1, the command that records it, and its recording', () => {
  const file = join(folder, 'run.json');
  const line = [MAIN, ...FAILING, '--record', file];
  const { status, stdout } = spawnSync(process.execPath, line, { encoding: 'utf8' });
  assert.is(status, 1);
  assert.match(stdout, `npm run sim -- ${FAILING.join(' ')} --record run.json`);
  const { head, frames } = parseRecording(readFileSync(file, 'utf8'));
  assert.is(head.run?.seed, 1);
  assert.is(frames.at(-1)?.type, 'violation');
});

test.run();
