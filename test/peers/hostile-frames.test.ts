/**
 * Whatever a stranger or a broken peer sends, it costs that connection and nothing else: after each
 * attack two honest peers of the same node still reach each other through it.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { Reader, Writer } from '../../src/core/codec.js';
import { FRAME_BYTES_LIMIT } from '../../src/core/wire/limits.js';
import { type Message, readMessage, writeMessage } from '../../src/core/wire/messages.js';
import { CLOSE } from '../../src/peers/closing.js';
import { callOf, messages, small } from '../contract/transport.js';
import { suite } from '../support/runner/suite.js';
import { closeEverything, HandmadePeer, type SocketNode, SocketWorld } from './socket-nodes.js';

const test = suite('hostile frames');
const INTRUDER = HandmadePeer.identity().nodeId;
const RUNS = 60;

let world: SocketWorld;
let node: SocketNode;
let friend: SocketNode;
let checks = 0;

test.before(async () => {
  world = await SocketWorld.connected(2);
  [node, friend] = world.nodes as [SocketNode, SocketNode];
  friend.onMessage = (from, message) => void friend.transport.send(from, message);
});
test.after(closeEverything);

/** The friend was never lost, and answers. */
async function stillServing(): Promise<void> {
  const call = 1_000_000 + checks++;
  node.transport.send(friend.self.id, small(call));
  await world.until(() => heardFrom(friend.self.id).some((message) => callOf(message) === call));
  assert.not(node.heard.some((event) => event.type === 'down' && event.peer === friend.self.id));
}

function heardFrom(peer: string): Message[] {
  return node.heard.flatMap((event) =>
    event.type === 'message' && event.from === peer ? [event.message] : [],
  );
}

async function intruder(): Promise<HandmadePeer> {
  const peer = new HandmadePeer(node.self.address);
  await peer.authenticate();
  return peer;
}

const bytes = (maxLength: number) =>
  fc.uint8Array({ minLength: 1, maxLength }).map((array) => Buffer.from(array));

test('any frames before the proof -> closed with a reason, never up', async () => {
  const frame = fc.oneof(bytes(2000), fc.string({ minLength: 1 }), fc.constant(Buffer.alloc(9000)));
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 4 }), async (frames) => {
      const ups = node.heard.filter(({ type }) => type === 'up').length;
      const peer = new HandmadePeer(node.self.address);
      await peer.open();
      for (const one of frames) peer.socket.send(one);
      const { code, reason } = await peer.end();
      const wasCut = frames.some((one) => one.length > 8000);
      assert.ok(wasCut || (code === CLOSE.malformed && reason.length > 0), `${code} ${reason}`);
      assert.is(node.heard.filter(({ type }) => type === 'up').length, ups);
      await stillServing();
    }),
    { numRuns: RUNS },
  );
});

test('any bytes instead of frames -> the connection ends', async () => {
  const head =
    'GET /peer HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n';
  const [host, port] = node.self.address.split(':') as [string, string];
  await fc.assert(
    fc.asyncProperty(bytes(3000), async (garbage) => {
      const socket = connect(Number(port), host);
      socket.on('error', () => undefined);
      socket.resume();
      socket.write(head);
      socket.end(garbage);
      await once(socket, 'close');
      await stillServing();
    }),
    { numRuns: RUNS },
  );
});

test('any bytes from a proven peer -> what is whole is delivered, then closed', async () => {
  await fc.assert(
    fc.asyncProperty(bytes(2000), async (frame) => {
      const before = heardFrom(INTRUDER).length;
      const expected = decodable(frame);
      const peer = await intruder();
      peer.socket.send(frame);
      if (expected.whole) peer.socket.close();
      const { code } = await peer.end();
      if (!expected.whole) assert.is(code, CLOSE.malformed);
      await world.until(() => !node.transport.isUp(INTRUDER));
      assert.equal(heardFrom(INTRUDER).slice(before), expected.messages);
      await stillServing();
    }),
    { numRuns: RUNS },
  );
});

test('a valid frame cut short -> the messages before the cut, then closed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 30 }), fc.nat(), async (count, cut) => {
      const writer = new Writer();
      for (let call = 0; call < count; call++) writeMessage(writer, small(call));
      const whole = writer.length;
      writeMessage(writer, small(count));
      const length = whole + 1 + (cut % (writer.length - whole - 1));
      const before = heardFrom(INTRUDER).length;
      const peer = await intruder();
      peer.socket.send(writer.finish().subarray(0, length));
      const { code, reason } = await peer.end();
      assert.is(code, CLOSE.malformed);
      assert.match(reason, 'malformed frame');
      assert.equal(
        heardFrom(INTRUDER).slice(before),
        Array.from({ length: count }, (_, call) => small(call)),
      );
      await stillServing();
    }),
    { numRuns: RUNS },
  );
});

test('a malformed frame -> the log names the peer and the cause', async () => {
  const peer = await intruder();
  const lines = node.log.length;
  peer.socket.send(Buffer.from([0xff]));
  await peer.end();
  await world.until(() => !node.transport.isUp(INTRUDER));
  const line = node.log.slice(lines).find(({ event }) => event === 'peer.malformed')!;
  assert.is(line.level, 'warn');
  assert.equal(line.fields, { peer: INTRUDER, reason: 'malformed frame: unknown message tag' });
});

test('text, fragments, a frame that announces too much -> closed', async () => {
  const attacks: ((peer: HandmadePeer) => void)[] = [
    (peer) => peer.socket.send('text'),
    (peer) => {
      for (let index = 0; index < 100; index++) peer.socket.send(Buffer.alloc(1), { fin: false });
    },
    (peer) => writeRaw(peer, frameHeader(FRAME_BYTES_LIMIT + 1)),
    // An opcode that does not exist.
    (peer) => writeRaw(peer, Buffer.from([0x83, 0x80, 0, 0, 0, 0])),
  ];
  for (const attack of attacks) {
    const peer = await intruder();
    await world.until(() => node.transport.isUp(INTRUDER));
    attack(peer);
    await peer.end();
    await world.until(() => !node.transport.isUp(INTRUDER));
    await stillServing();
  }
});

test('a stranger sends the largest frame -> cut after a few kilobytes', async () => {
  const peer = new HandmadePeer(node.self.address);
  await peer.open();
  const accepted = node.sockets.at(-1)!;
  writeRaw(peer, frameHeader(FRAME_BYTES_LIMIT));
  const chunk = Buffer.alloc(64 << 10);
  for (let index = 0; index < 100; index++) writeRaw(peer, chunk);
  await peer.end();
  assert.ok(accepted.bytesRead < 1 << 20, `${accepted.bytesRead} bytes were read`);
  await stillServing();
});

/** What a frame holds before anything in it is wrong. */
function decodable(frame: Buffer): { messages: Message[]; whole: boolean } {
  const reader = new Reader(frame);
  const found: Message[] = [];
  try {
    while (!reader.done) found.push(readMessage(reader));
    return { messages: found, whole: true };
  } catch {
    return { messages: found, whole: false };
  }
}

/** Of a masked binary frame with a mask of zeros. */
function frameHeader(length: number): Buffer {
  const header = Buffer.alloc(14);
  header[0] = 0x82;
  header[1] = 0x80 | 127;
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}

/** Below the library: bytes as they are. */
function writeRaw(peer: HandmadePeer, data: Buffer): void {
  peer.raw.write(data);
}

test('in the end -> the node heard nothing from anybody that it should not have', () => {
  assert.ok(checks > 4 * RUNS, `${checks} checks`);
  assert.is(messages(friend).length, checks);
});

test.run();
