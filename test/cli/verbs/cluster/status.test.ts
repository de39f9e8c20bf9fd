/** Whom `quorate status` asks. */
import { createServer, type Server } from 'node:net';
import * as assert from 'uvu/assert';
import type { HttpDoor } from '../../../../src/doors/http/server.js';
import { memberOf, openDoor, ringOf, StubBackend } from '../../../doors/stub-backend.js';
import { quorate } from '../../../support/cli/quorate.js';
import { freePorts } from '../../../support/processes/ports.js';
import { suite } from '../../../support/runner/suite.js';

const test = suite('quorate: status');
let port: number;
let door: HttpDoor;
/** In the place of the second member: how often it was asked. */
let other: Server;
let asked = 0;

test.before(async () => {
  port = await freePorts(2);
  const backend = new StubBackend(ringOf([memberOf(1, port), memberOf(2, port + 1)]));
  backend.more = { verdict: { state: 'healthy' } };
  ({ door } = await openDoor(backend, port));
  other = createServer((socket) => {
    asked++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => other.listen(port + 1, '127.0.0.1', resolve));
});

test.after(async () => {
  other.close();
  await door.drain();
});

for (const [form, times] of [
  ['value', 0],
  ['json', 1],
] as const) {
  test(`-o ${form} -> the other member is asked ${times} times`, async () => {
    asked = 0;
    const { code, stderr } = await quorate(`status -n 127.0.0.1:${port} -o ${form}`);
    assert.equal([code, stderr, asked], [0, '', times]);
  });
}

test.run();
