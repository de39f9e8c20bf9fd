/** Following a node that answers, and may tell nothing. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as assert from 'uvu/assert';
import { WebSocketServer } from 'ws';
import { follow } from '../../../src/cli/client/event-stream.js';
import { CommandFailed } from '../../../src/cli/client/failures.js';
import { Nodes } from '../../../src/cli/client/nodes.js';
import { systemClock } from '../../../src/system.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('cli: events');
const NODE = 'a'.repeat(16);
const FRAME = JSON.stringify({ type: 'beat', node: NODE, at: 0 });
/** A timer may be a moment early. */
const EARLY_MS = 20;

let server: Server;
/** When each connection came, ms. */
let connectedAt: number[];
/** What is told on each of them in turn, before it is closed. */
let told: readonly (readonly string[])[];

test.before.each(async () => {
  connectedAt = [];
  server = createServer((_, response) => response.writeHead(200, { 'x-quorate-node': NODE }).end());
  new WebSocketServer({ server }).on('connection', (socket) => {
    for (const text of told[connectedAt.length] ?? []) socket.send(text);
    connectedAt.push(systemClock.monotonic());
    socket.close();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
test.after.each(() => void server.close());

/** Until so many frames are heard; what is noted meanwhile. */
async function followed(frames: number): Promise<string[]> {
  const notes: string[] = [];
  const { port } = server.address() as AddressInfo;
  const nodes = new Nodes([`127.0.0.1:${port}`], () => undefined);
  let heard = 0;
  await follow(nodes, {}, { take: () => ++heard < frames, note: (text) => notes.push(text) });
  return notes;
}

for (const [what, first] of [
  ['nothing', []],
  ['what is no frame', ['{}']],
] as const) {
  test(`it answers, and tells ${what} -> nobody can be followed`, async () => {
    told = [first];
    try {
      await followed(1);
      assert.unreachable('there was nothing to hear');
    } catch (error) {
      assert.instance(error, CommandFailed);
      assert.is((error as CommandFailed).exit, 'unreachable');
    }
    assert.is(connectedAt.length, 1);
  });
}

test('it has told, and then tells nothing -> asked less and less often', async () => {
  told = [[FRAME], [], [], [FRAME]];
  const notes = await followed(2);
  assert.is(notes.length, 1, 'what breaks again is not said again');
  const pauses = connectedAt.slice(1).map((at, index) => at - connectedAt[index]!);
  for (const [index, least] of [250, 500, 1000].entries()) {
    assert.ok(pauses[index]! > least - EARLY_MS, `${pauses}`);
  }
});

test.run();
