import * as assert from 'uvu/assert';
import { suite } from '../runner/suite.js';
import { missing, obstacle } from './obstacle.js';

const test = suite('obstacles of tests');

test('a program is not there -> a reason; it is -> none; it fails -> no reason to skip', () => {
  assert.is(missing('no-such-program'), 'there is no no-such-program here');
  assert.is(missing(process.execPath), undefined);
  assert.throws(() => missing('false'), /^false is here, and fails/);
});

test('a command that fails -> why', () => {
  assert.match(obstacle('ls', ['/nowhere'])!, /^ls does not work here: .*\/nowhere/);
  assert.is(obstacle('true', []), undefined);
});

test.run();
