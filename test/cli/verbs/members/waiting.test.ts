/** `quorate leave` and `remove`, by nodes that say what a test wants them to say. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import * as assert from 'uvu/assert';
import type { Ring } from '../../../../src/core/ring/ring.js';
import type { HttpDoor } from '../../../../src/doors/http/server.js';
import { systemClock } from '../../../../src/system.js';
import { idOf, memberOf, openDoor, ringOf, StubBackend } from '../../../doors/stub-backend.js';
import { type Ended, quorate } from '../../../support/cli/quorate.js';
import { eventually } from '../../../support/eventually.js';
import { freePorts } from '../../../support/processes/ports.js';
import { suite } from '../../../support/runner/suite.js';

const test = suite('quorate: members that go', { limitMs: 30_000 });
/** Member 1 is asked, and stays; 2 leaves, or joins. */
let port: number;
let alone: Ring;
let both: Ring;
let backend: StubBackend;
let door: HttpDoor;

async function open(): Promise<void> {
  ({ door } = await openDoor(backend, port));
}

test.before.each(async () => {
  port = await freePorts(2);
  const [first, second] = [memberOf(1, port), memberOf(2, port + 1)];
  alone = ringOf([first], 3);
  both = ringOf([first, second]);
  backend = new StubBackend(both);
  backend.more = { transfer: { members: [] }, change: { state: 'moving', waitsFor: '' } };
  await open();
});
test.after.each(() => door.drain());

function leaving(): Promise<Ended> {
  return quorate(['leave', String(port + 1), '--yes', '-n', `127.0.0.1:${port}`]);
}

test('who is asked is away for a moment -> it is waited for', async () => {
  const leave = leaving();
  await eventually(() => backend.asked.includes(idOf(2)));
  await door.drain();
  const silent = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1');
  await once(silent, 'connection');
  silent.close();
  await once(silent, 'close');
  backend.current = alone;
  await open();
  const { code, stdout, stderr } = await leave;
  assert.equal([code, stderr], [0, '']);
  assert.is(stdout, `127.0.0.1:${port + 1} has left\n`);
});

test('nobody answers for long -> exit 3, and that it has begun', async () => {
  const leave = leaving();
  await eventually(() => backend.asked.includes(idOf(2)));
  await door.drain();
  const since = systemClock.monotonic();
  const { code, stderr } = await leave;
  assert.is(code, 3);
  assert.match(stderr, /^quorate: the change has begun, and nobody says how .*: no node answers: /);
  assert.ok(systemClock.monotonic() - since > 5000, 'it was waited for');
});

test('a member that is only joining -> can be named', async () => {
  const { members, layout } = both;
  backend.current = { ...alone, transition: { members, layout } };
  const leave = leaving();
  await eventually(() => backend.asked.includes(idOf(2)));
  backend.current = alone;
  assert.is((await leave).code, 0);
});

test.run();
