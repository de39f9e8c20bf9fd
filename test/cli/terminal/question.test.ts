/** What somebody in front of a terminal is asked, and what becomes of the answer. */
import * as assert from 'uvu/assert';
import type { HttpDoor } from '../../../src/doors/http/server.js';
import { idOf, memberOf, openDoor, ringOf, StubBackend } from '../../doors/stub-backend.js';
import { eventually } from '../../support/eventually.js';
import { Child } from '../../support/processes/child.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('question');
/** Makes believe that somebody sits there. */
const TERMINAL = 'process.stdin.isTTY = process.stderr.isTTY = true';
const CLEAR = '\u001b[2J';
let door: HttpDoor;
let port: number;
let backend: StubBackend;

test.before.each(async () => {
  const odd = { ...memberOf(2), address: `127.0.0.1:1${CLEAR}` };
  backend = new StubBackend(ringOf([memberOf(1), odd]));
  ({ door, port } = await openDoor(backend));
});
test.after.each(() => door.drain());

test('what nodes say in it is shown, not sent; any answer but yes -> nothing is done', async () => {
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(TERMINAL)}` };
  const words = ['remove', idOf(2), '-n', `127.0.0.1:${port}`];
  const child = Child.ofScript('src/cli/quorate.js', words, { env, hasInput: true });
  await eventually(() => child.stderr.includes('[y/N]'));
  child.type('no\n');
  child.endInput();
  assert.is((await child.exited).code, 1, child.stderr);
  assert.match(child.stderr, 'Remove 127.0.0.1:1\\u001b[2J? [y/N]');
  assert.not.ok(child.stderr.includes(CLEAR), 'it would clear the screen');
  assert.match(child.stderr, /nothing was done/);
  assert.is(backend.asked.length, 1, 'the plan, and no more');
});

test.run();
