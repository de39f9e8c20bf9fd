/** However a node is started, V8 is told the same. */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { suite } from '../support/runner/suite.js';

const test = suite('flags of Node.js');

/** Where it says how a node is started, and the line that does. */
const STARTS: readonly (readonly [file: string, line: RegExp])[] = [
  ['package.json', /"start": .*/],
  ['src/cli/quorate.ts', /^#!.*/],
  ['deploy/Dockerfile', /^ENTRYPOINT .*/m],
  ['deploy/quorate@.service', /^ExecStart=.*/m],
];

test('npm start, the program, the image, the unit -> the same flags', () => {
  for (const [file, line] of STARTS) {
    const [start = ''] = line.exec(readFileSync(file, 'utf8')) ?? [];
    assert.equal(start.match(/--[\w-]+=\w+/g), ['--max-semi-space-size=8'], file);
  }
});

test.run();
