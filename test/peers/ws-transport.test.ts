/** The transport over real loopback sockets: the contract, and what is particular to sockets. */
import { once } from 'node:events';
import * as assert from 'uvu/assert';
import { Reader, Writer } from '../../src/core/codec.js';
import { NO_VERSION } from '../../src/core/data/version.js';
import { readMessage, writeMessage } from '../../src/core/wire/messages.js';
import { CLOSE } from '../../src/peers/closing.js';
import {
  callOf,
  isConnection,
  largeRecord,
  messages,
  small,
  transportContract,
} from '../contract/transport.js';
import { suite } from '../support/runner/suite.js';
import { closeEverything, HandmadePeer, type SocketNode, SocketWorld } from './socket-nodes.js';

const contract = suite('transport contract: sockets');
transportContract(contract, (nodes) => SocketWorld.connected(nodes));
contract.run();

const test = suite('ws transport');
test.after.each(closeEverything);

function two(world: SocketWorld): [SocketNode, SocketNode] {
  return [world.nodes[0]!, world.nodes[1]!];
}

/** Both have each other, and nobody lost anybody on the way. */
function connectedOnce(world: SocketWorld): boolean {
  return world.nodes.every(({ heard }) => heard.filter(isConnection).length === 1);
}

for (const index of [0, 1]) {
  test(`node ${index} introduces itself to the other -> connected, and it stays`, async () => {
    const world = await SocketWorld.apart(2);
    const [a, b] = two(world);
    const [dialler, acceptor] = index === 0 ? [a, b] : [b, a];
    dialler.transport.introduce(acceptor.self.address);
    await world.until(() => connectedOnce(world) && acceptor.sockets.length === 2);
    // Becoming members of one ring changes nothing, whoever dialled.
    for (const node of world.nodes) world.acquaint(node);
    a.transport.send(b.self.id, small(1));
    await world.until(() => messages(b).length === 1);
    assert.ok(connectedOnce(world));
    assert.is(dialler.sockets.length, 0);
    assert.is(acceptor.sockets.length, 2);
  });
}

test('both introduce themselves at once -> one connection, up once on both sides', async () => {
  for (let round = 0; round < 30; round++) {
    const world = await SocketWorld.apart(2);
    const [a, b] = two(world);
    a.transport.introduce(b.self.address);
    b.transport.introduce(a.self.address);
    for (const node of world.nodes) world.acquaint(node);
    await world.until(() => a.transport.isUp(b.self.id) && b.transport.isUp(a.self.id));
    a.transport.send(b.self.id, small(1));
    b.transport.send(a.self.id, small(2));
    await world.until(() => messages(a).length === 1 && messages(b).length === 1);
    assert.ok(connectedOnce(world), JSON.stringify([a.heard, b.heard]));
    await world.close();
  }
});

test('an introduction to nobody -> tried until somebody is there, logged once', async () => {
  const world = await SocketWorld.apart(2);
  const [a, b] = two(world);
  b.server.close();
  await once(b.server, 'close');
  a.transport.introduce(b.self.address);
  await world.until(() => a.logged('peer.unreachable') !== undefined);
  b.server.listen(Number(b.self.address.split(':')[1]), '127.0.0.1');
  await world.until(() => connectedOnce(world));
  assert.is(a.log.filter(({ event }) => event === 'peer.unreachable').length, 1);
  assert.match(String(a.logged('peer.unreachable')!.fields.reason), 'ECONNREFUSED');
});

test('the connections are cut -> down and up again on both sides', async () => {
  const world = await SocketWorld.connected(2);
  const [a, b] = two(world);
  b.cut();
  await world.until(() => [a, b].every(({ heard }) => heard.filter(isConnection).length === 3));
  for (const { heard } of [a, b]) {
    assert.equal(
      heard.map(({ type }) => type),
      ['up', 'down', 'up'],
    );
  }
});

test('the bulk socket alone is cut -> the peer is down: nothing is lost unnoticed', async () => {
  const world = await SocketWorld.apart(1);
  const node = world.nodes[0]!;
  const own = HandmadePeer.identity();
  const control = new HandmadePeer(node.self.address);
  await control.authenticate(own, { channel: 'control', session: 'one' });
  const bulk = new HandmadePeer(node.self.address);
  await bulk.authenticate(own, { channel: 'bulk', session: 'one' });
  bulk.socket.terminate();
  await world.until(() => node.heard.length === 2);
  assert.is(node.heard[1]!.type, 'down');
  await control.end();
});

test('what is large and what is bulk by its type -> leaves by the bulk socket', async () => {
  const world = await SocketWorld.apart(1);
  const node = world.nodes[0]!;
  const own = HandmadePeer.identity();
  const control = new HandmadePeer(node.self.address);
  await control.authenticate(own, { channel: 'control', session: 'one' });
  const sendAll = () => {
    const record = largeRecord(100_000);
    const to = own.nodeId;
    node.transport.send(to, { type: 'replica.write', call: 1, epoch: 1, timeoutMs: 9, record });
    const entries = [{ key: Buffer.from('k'), version: NO_VERSION }];
    const next = undefined;
    node.transport.send(to, {
      type: 'partition.listed',
      call: 2,
      outcome: 'ok',
      epoch: 1,
      entries,
      next,
    });
    node.transport.send(to, small(3));
  };
  await world.until(() => node.heard.length === 1);
  sendAll();
  // Without a bulk socket, control takes it all.
  assert.equal(callsIn(await control.frame(0)), [1, 2, 3]);
  const bulk = new HandmadePeer(node.self.address);
  await bulk.authenticate(own, { channel: 'bulk', session: 'one' });
  sendAll();
  assert.equal(callsIn(await bulk.frame(0)), [1, 2]);
  assert.equal(callsIn(await control.frame(1)), [3]);
});

test('sent in one turn -> leaves as one frame', async () => {
  const world = await SocketWorld.apart(1);
  const node = world.nodes[0]!;
  const peer = new HandmadePeer(node.self.address);
  await peer.authenticate();
  await world.until(() => node.heard.length === 1);
  const writer = new Writer();
  for (let call = 0; call < 1000; call++) {
    node.transport.send('dddddddddddddddd', small(call));
    writeMessage(writer, small(call));
  }
  assert.equal(await peer.frame(0), writer.finish());
  node.transport.send('dddddddddddddddd', small(1000));
  writeMessage(writer, small(1000));
  assert.equal(await peer.frame(1), writer.finish());
  assert.is(peer.frames.length, 2);
});

test('a frame of many messages -> delivered over several turns, in order', async () => {
  const world = await SocketWorld.apart(1);
  const node = world.nodes[0]!;
  const peer = new HandmadePeer(node.self.address);
  await peer.authenticate();
  const writer = new Writer();
  for (let call = 0; call < 5000; call++) writeMessage(writer, small(call));
  let thisTurn = 0;
  let mostInATurn = 0;
  node.onMessage = () => {
    if (thisTurn++ === 0)
      setImmediate(() => {
        thisTurn = 0;
      });
    mostInATurn = Math.max(mostInATurn, thisTurn);
  };
  peer.socket.send(writer.finish());
  await world.until(() => messages(node).length === 5000);
  // Once when it arrives, and once more at the end of the turn.
  assert.ok(mostInATurn <= 1024, `${mostInATurn} messages in one turn`);
  assert.equal(
    messages(node),
    Array.from({ length: 5000 }, (_, call) => small(call)),
  );
});

test('a new process of a peer connects -> the old connection gives way', async () => {
  const world = await SocketWorld.apart(1);
  const node = world.nodes[0]!;
  const former = new HandmadePeer(node.self.address);
  await former.authenticate();
  const present = new HandmadePeer(node.self.address);
  await present.authenticate();
  assert.is((await former.end()).code, CLOSE.replaced);
  assert.equal(
    node.heard.map(({ type }) => type),
    ['up', 'down', 'up'],
  );
});

test('another node answers at the address of a member -> refused, both logs say so', async () => {
  const world = await SocketWorld.apart(2);
  const [a, b] = two(world);
  a.transport.setPeers([{ id: 'eeeeeeeeeeeeeeee', address: b.self.address }]);
  await world.until(() => !!a.logged('peer.refused') && !!b.logged('peer.refusedUs'));
  assert.is(a.logged('peer.refused')!.fields.code, CLOSE.otherNode);
  assert.equal([...a.heard, ...b.heard], []);
});

/** The call numbers of the messages in a frame. */
function callsIn(frame: Buffer): number[] {
  const reader = new Reader(frame);
  const calls: number[] = [];
  while (!reader.done) calls.push(callOf(readMessage(reader)));
  return calls;
}

test('a bulk socket without its control socket -> refused', async () => {
  const world = await SocketWorld.apart(1);
  const peer = new HandmadePeer(world.nodes[0]!.self.address);
  const authenticated = peer.authenticate(undefined, { channel: 'bulk', session: 'none' });
  await authenticated.then(
    () => assert.unreachable('it was let in'),
    () => undefined,
  );
  assert.is((await peer.end()).code, CLOSE.noSession);
});

test('the cluster becomes known -> peers of another one are closed', async () => {
  const world = await SocketWorld.apart(2, { clusterId: '' });
  const [a, b] = two(world);
  const stranger = new HandmadePeer(a.self.address);
  await stranger.authenticate(HandmadePeer.identity({ clusterId: 'e'.repeat(32) }));
  a.transport.introduce(b.self.address);
  await world.until(() => a.transport.connected().length === 2);
  a.transport.setCluster('f'.repeat(32));
  assert.is((await stranger.end()).code, CLOSE.cluster);
  assert.equal(a.transport.connected(), [b.self.id]);
});

test('a peer falls silent -> asked, then given up', async () => {
  const world = await SocketWorld.apart(1, { limits: { keepAliveMs: 20 } });
  const node = world.nodes[0]!;
  const peer = new HandmadePeer(node.self.address);
  await peer.authenticate();
  await once(peer.socket, 'ping');
  peer.socket.pause();
  await world.until(() => node.heard.length === 2);
  const last = node.heard[1]!;
  assert.ok(last.type === 'down' && last.reason === 'the peer has fallen silent');
});

test('the receiver of a message throws -> it is not taken for a malformed frame', async () => {
  const world = await SocketWorld.connected(2);
  const [a, b] = two(world);
  b.onMessage = () => {
    throw new Error('planted');
  };
  const thrown = once(process, 'uncaughtException');
  a.transport.send(b.self.id, small(1));
  const [error] = (await thrown) as [Error];
  assert.is(error.message, 'planted');
  assert.ok(b.transport.isUp(a.self.id));
  b.cut();
});

test.run();
