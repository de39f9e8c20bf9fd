/** How long the messages of a frame have waited, as whoever takes them is told. */
import { EventEmitter } from 'node:events';
import * as assert from 'uvu/assert';
import type { WebSocket } from 'ws';
import { Writer } from '../../src/core/codec.js';
import { writeMessage } from '../../src/core/wire/messages.js';
import { Link } from '../../src/peers/link.js';
import { suite } from '../support/runner/suite.js';
import { ManualClock } from './manual-clock.js';

const test = suite('link');

/** A socket that is open and takes everything. */
function fakeSocket() {
  const calls = { pause: () => undefined, resume: () => undefined, send: () => undefined };
  return Object.assign(new EventEmitter(), { OPEN: 1, readyState: 1, bufferedAmount: 0 }, calls);
}

function frameOf(count: number): Buffer {
  const writer = new Writer();
  for (let epoch = 0; epoch < count; epoch++) writeMessage(writer, { type: 'ring.fetch', epoch });
  return writer.finish();
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('more than a turn delivers -> the rest has waited, by the clock', async () => {
  const socket = fakeSocket();
  const clock = new ManualClock();
  const waits: number[] = [];
  const ends = { socket: socket as unknown as WebSocket, raw: undefined as never, dialled: true };
  new Link(ends, clock, {
    message: (_, waitedMs) => {
      // The first of each turn takes long.
      if (waits.length % 512 === 0) clock.advance(100);
      waits.push(waitedMs);
    },
    closed: () => assert.unreachable(),
  });
  socket.emit('message', frameOf(500), true);
  socket.emit('message', frameOf(700), true);
  while (waits.length < 1200) await turn();
  assert.equal(
    [0, 499, 500, 511, 512, 1023, 1024, 1199].map((index) => waits[index]),
    [0, 0, 0, 0, 100, 100, 200, 200],
  );
  clock.advance(1000);
  socket.emit('message', frameOf(1), true);
  await turn();
  assert.is(waits[1200], 0, 'a frame that comes later has a time of its own');
});

test.run();
