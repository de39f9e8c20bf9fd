/**
 * V8 is told the same however a node is started, but by the program that npm installs: an
 * interpreter with flags is not understood everywhere.
 */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { suite } from '../support/runner/suite.js';

const test = suite('flags of Node.js');

/** Where it says how nodes are started, and the line that does. */
const STARTS: readonly (readonly [file: string, line: RegExp])[] = [
  ['package.json', /"start": .*/],
  ['package.json', /"cluster": .*/],
  ['package.json', /"quorate": "exec .*/],
  ['deploy/Dockerfile', /^ENTRYPOINT .*/m],
  ['deploy/quorate@.service', /^ExecStart=.*/m],
];

test('npm start, a cluster, the image, the unit -> the same flags', () => {
  for (const [file, line] of STARTS) {
    const [start = ''] = line.exec(readFileSync(file, 'utf8')) ?? [];
    assert.equal(start.match(/--[\w-]+=\w+/g), ['--max-semi-space-size=8'], `${file} ${line}`);
  }
});

test.run();
