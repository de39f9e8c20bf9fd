/** The whole of it, on a file with good tests. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../support/runner/suite.js';
import type { Report } from './report.js';

const test = suite('npm run mutants', { limitMs: 120_000 });

const mutants = (...flags: readonly string[]) =>
  spawnSync(process.execPath, [join(import.meta.dirname, 'main.js'), ...flags], {
    encoding: 'utf8',
  });

test('a sample of a file -> every mutant is judged, and what survives is shown', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quorate-report-'));
  const json = join(folder, 'report.json');
  const flags = ['--files', 'core/ring/quorum.ts', '--sample', '3'];
  const little = ['--seeds', '0', '--test-seconds', '1'];
  const { status, stdout, stderr } = mutants(...flags, ...little, '--json', json);
  const { files, survivors } = JSON.parse(readFileSync(json, 'utf8')) as Report;
  const { mutants: count, killed, slow, survived } = files['src/core/ring/quorum.ts']!;
  assert.equal([count, killed + slow + survived, survivors.length], [3, 3, survived]);
  assert.ok(killed > 0, stdout + stderr);
  assert.is(status, survived === 0 ? 0 : 1);
  assert.match(stdout, `src/core/ring/quorum.ts`);
  rmSync(folder, { recursive: true });
});

test('no such file, an option that is none -> exit code 2, and why', () => {
  for (const flags of [['--files', 'no/such'], ['--bogus']]) {
    const { status, stderr } = mutants(...flags);
    assert.is(status, 2);
    assert.match(stderr, flags.at(-1)!.replace('--', ''));
  }
});

test.run();
