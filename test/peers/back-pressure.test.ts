/** A peer that stops reading costs a bounded number of bytes, and loses nothing that was taken. */
import * as assert from 'uvu/assert';
import { MESSAGE_BYTES_LIMIT } from '../../src/core/wire/limits.js';
import type { Message } from '../../src/core/wire/messages.js';
import { callOf, largeRecord, messages, small } from '../contract/transport.js';
import { suite } from '../support/runner/suite.js';
import { closeEverything, type SocketNode, SocketWorld } from './socket-nodes.js';

const test = suite('back-pressure');
test.after.each(closeEverything);

const CAP = 4 << 20;

function write(call: number, record: Buffer): Message {
  return { type: 'replica.write', call, epoch: 1, timeoutMs: 2000, record };
}

function repair(call: number): Message {
  return { type: 'partition.fetch', call, epoch: 1, keys: [Buffer.from('key')] };
}

const GOSSIP: Message = { type: 'ring.fetch', epoch: 1 };

async function stalled(): Promise<{ world: SocketWorld; from: SocketNode; to: SocketNode }> {
  const world = await SocketWorld.connected(2, { maxQueuedBytes: CAP });
  const [from, to] = world.nodes as [SocketNode, SocketNode];
  for (const socket of to.sockets) socket.pause();
  return { world, from, to };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Sends until one is refused; gives the event loop its turns. Returns how many were taken. */
async function fill(from: SocketNode, to: SocketNode, next: (call: number) => Message) {
  for (let taken = 0; ; taken++) {
    if (!from.transport.send(to.self.id, next(taken))) return taken;
    assert.ok(from.transport.queuedBytes(to.self.id) <= CAP);
    if (taken % 16 === 0) await turn();
  }
}

test('values to a peer that does not read -> refused at the cap, the taken arrive', async () => {
  const { world, from, to } = await stalled();
  const record = largeRecord(100_000);
  const taken = await fill(from, to, (call) => write(call, record));
  assert.ok(from.transport.queuedBytes(to.self.id) > CAP / 2);
  for (let call = 0; call < 1000; call++) {
    assert.not(from.transport.send(to.self.id, write(call, record)));
  }
  assert.is(from.transport.shed.request, 1001);
  assert.is(from.transport.shed.gossip + from.transport.shed.repair, 0);
  for (const socket of to.sockets) socket.resume();
  await world.until(() => messages(to).length === taken);
  assert.equal(
    messages(to).map(callOf),
    Array.from({ length: taken }, (_, call) => call),
  );
  await world.until(() => from.transport.send(to.self.id, write(taken, record)));
});

test('a full bulk queue -> gossip and small requests still pass, repair does not', async () => {
  const { world, from, to } = await stalled();
  const record = largeRecord(100_000);
  const taken = await fill(from, to, (call) => write(call, record));
  assert.ok(from.transport.send(to.self.id, GOSSIP));
  assert.not(from.transport.send(to.self.id, repair(1)));
  assert.ok(from.transport.send(to.self.id, small(taken)));
  assert.is(from.transport.shed.repair, 1);
  to.sockets[0]!.resume();
  await world.until(() => messages(to).length === 2);
  assert.equal(
    messages(to).map(({ type }) => type),
    ['ring.fetch', 'replica.read'],
  );
});

test('small messages, turn by turn -> gossip goes first, then repair, then requests', async () => {
  const { from, to } = await stalled();
  const padding = largeRecord(30_000);
  const refusedAt = { gossip: 0, repair: 0 };
  const queued = () => from.transport.queuedBytes(to.self.id);
  for (let call = 0; from.transport.send(to.self.id, write(call, padding)); call++) {
    if (!refusedAt.gossip && !from.transport.send(to.self.id, GOSSIP)) refusedAt.gossip = queued();
    if (!refusedAt.repair && !from.transport.send(to.self.id, repair(1))) {
      refusedAt.repair = queued();
    }
    await turn();
  }
  assert.ok(refusedAt.gossip > 0 && refusedAt.gossip <= CAP / 64 + padding.length + 100);
  assert.ok(refusedAt.repair >= CAP / 2 - 100);
  assert.ok(refusedAt.repair <= CAP / 2 + 2 * padding.length);
  assert.ok(queued() <= CAP && queued() > CAP - 2 * padding.length);
});

test('the largest message on an empty queue -> taken though it is above the cap', async () => {
  const { world, from, to } = await stalled();
  const record = largeRecord(16 << 20);
  assert.ok(from.transport.send(to.self.id, write(1, record)));
  await turn();
  assert.not(from.transport.send(to.self.id, write(2, record)));
  for (const socket of to.sockets) socket.resume();
  await world.until(() => messages(to).length === 1);
  assert.is(callOf(messages(to)[0]!), 1);
});

test('a message that no frame can hold -> an error for whoever made it', async () => {
  const world = await SocketWorld.connected(2);
  const [from, to] = world.nodes as [SocketNode, SocketNode];
  const record = Buffer.alloc(MESSAGE_BYTES_LIMIT / 16);
  const records = Array.from({ length: 17 }, () => record);
  const reply: Message = { type: 'partition.fetched', call: 1, outcome: 'ok', epoch: 1, records };
  assert.throws(() => from.transport.send(to.self.id, reply), /does not fit into a frame/);
  assert.ok(from.transport.isUp(to.self.id));
});

test('a peer that does not read is closed -> its queue is gone with it', async () => {
  const { world, from, to } = await stalled();
  await fill(from, to, (call) => write(call, largeRecord(100_000)));
  to.cut();
  await world.until(() => from.heard.some(({ type }) => type === 'down'));
  assert.is(from.transport.queuedBytes(to.self.id), 0);
});

test.run();
