/** Who is not let in, over real sockets: refused with a reason, and both logs say why. */
import { once } from 'node:events';
import { createServer as createWebServer } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import * as assert from 'uvu/assert';
import { CLOSE } from '../../src/peers/closing.js';
import { Handshake } from '../../src/peers/handshake.js';
import { messages, small } from '../contract/transport.js';
import { suite } from '../support/runner/suite.js';
import { ManualClock } from './manual-clock.js';
import {
  closeEverything,
  HandmadePeer,
  News,
  nodeIdOf,
  SECRET,
  SocketNode,
  type SocketNodeOptions,
  SocketWorld,
} from './socket-nodes.js';

const test = suite('refused peers');
test.after.each(closeEverything);

const DIFFERENCES: readonly [string, Partial<SocketNodeOptions>, number][] = [
  ['another secret', { secret: 'another secret' }, CLOSE.secret],
  ['no secret', { secret: '' }, CLOSE.secret],
  ['the same node id', { id: nodeIdOf(0) }, CLOSE.identity],
];

for (const [name, difference, code] of DIFFERENCES) {
  test(`${name} -> refused with a reason in both logs, nobody is up`, async () => {
    const news = new News();
    const acceptor = await SocketNode.start({ id: nodeIdOf(0), news });
    const dialler = await SocketNode.start({ id: nodeIdOf(1), news, ...difference });
    const world = new SocketWorld(news, [acceptor, dialler]);
    dialler.transport.introduce(acceptor.self.address);
    await world.until(
      () => !!acceptor.logged('peer.refused') && !!dialler.logged('peer.refusedUs'),
    );
    const refused = acceptor.logged('peer.refused')!;
    const refusedUs = dialler.logged('peer.refusedUs')!;
    assert.is(refused.level, 'warn');
    assert.is(refused.fields.code, code);
    assert.is(refusedUs.fields.code, code);
    assert.is(refusedUs.fields.reason, refused.fields.reason);
    assert.equal([...acceptor.heard, ...dialler.heard], []);
  });
}

test('another cluster -> refused at both ends, with both named, nobody is up', async () => {
  const { acceptor, dialler, world } = await ofTwoClusters();
  dialler.transport.introduce(acceptor.self.address);
  await world.until(() => [acceptor, dialler].every((node) => !!node.logged('peer.refused')));
  for (const node of [acceptor, dialler]) {
    const { level, fields } = node.logged('peer.refused')!;
    assert.equal([level, fields.code], ['warn', CLOSE.cluster]);
    for (const cluster of ['c', 'd']) assert.match(String(fields.reason), cluster.repeat(32));
  }
  assert.equal([...acceptor.heard, ...dialler.heard], []);
  assert.equal(acceptor.claims, [], 'it was not dialled as a member');
  const { address } = acceptor.self;
  assert.ok(dialler.failures.some((each) => each.kind === 'cluster' && each.address === address));
});

test('another cluster at a member’s address -> it is told so, by who proved itself', async () => {
  for (const secret of [SECRET, 'another secret']) {
    const { acceptor, dialler, world } = await ofTwoClusters({ secret });
    const { address } = acceptor.self;
    const member = nodeIdOf(7);
    dialler.transport.setPeers([{ id: member, address }]);
    await world.until(() => acceptor.logged('peer.refused') !== undefined);
    const claim = { clusterId: 'd'.repeat(32), member, from: dialler.self.address };
    assert.equal(acceptor.claims[0], secret === SECRET ? claim : undefined);
    await world.close();
  }
});

test('nobody there, or no node -> said in words, also to whoever waits for it', async () => {
  const web = createWebServer((_, response) => response.end('a page')).listen(0, '127.0.0.1');
  await once(web, 'listening');
  const { world, node } = await loneNode();
  const { port } = web.address() as AddressInfo;
  const said = async (address: string, what: RegExp) => {
    node.transport.introduce(address);
    const isIt = (each: { address: string }) => each.address === address;
    await world.until(() => node.failures.some(isIt));
    assert.match(node.failures.find(isIt)!.reason, what);
  };
  await said(`127.0.0.1:${port}`, /^what listens there is no node, /);
  web.close();
  web.closeAllConnections();
  await said('127.0.0.1:1', /^nobody listens there, ECONNREFUSED$/);
  assert.is(node.logged('peer.unreachable')!.level, 'info');
  node.transport.setPeers([{ id: nodeIdOf(7), address: '127.0.0.1:2' }]);
  const isWarning = ({ event, level }: { event: string; level: string }) =>
    event === 'peer.unreachable' && level === 'warn';
  await world.until(() => node.log.some(isWarning));
});

test('another protocol version -> refused with a reason', async () => {
  const { node } = await loneNode();
  const peer = new HandmadePeer(node.self.address);
  await peer.open();
  const handshake = new Handshake({
    own: HandmadePeer.identity(),
    secret: SECRET,
    purpose: { channel: 'control', session: 'one' },
    versions: { oldest: 7, newest: 9 },
  });
  peer.socket.send(handshake.hello());
  const { code, reason } = await peer.end();
  assert.is(code, CLOSE.protocolVersion);
  assert.match(reason, '7 to 9');
  assert.is(node.logged('peer.refused')!.fields.code, CLOSE.protocolVersion);
});

test('it dials itself -> refused, said once, and never tried again', async () => {
  const clock = new ManualClock();
  const { world, node } = await loneNode({ clock });
  node.transport.introduce(node.self.address);
  await world.until(() => node.logged('peer.refusedUs') !== undefined);
  clock.advance(60_000);
  assert.is(node.sockets.length, 1);
  assert.equal(node.heard, []);
});

test('a recorded handshake is played back -> refused', async () => {
  const { world, node } = await loneNode();
  const own = HandmadePeer.identity();
  const recorded = new Handshake({
    own,
    secret: SECRET,
    purpose: { channel: 'control', session: 'one' },
  });
  const hello = recorded.hello();
  const original = new HandmadePeer(node.self.address);
  await original.open();
  original.socket.send(hello);
  recorded.readHello(await original.frame(0));
  const proof = recorded.proof();
  original.socket.send(proof);
  await world.until(() => node.heard.length === 1);
  const replay = new HandmadePeer(node.self.address);
  await replay.open();
  replay.socket.send(hello);
  await replay.frame(0);
  replay.socket.send(proof);
  assert.is((await replay.end()).code, CLOSE.secret);
  assert.is(node.heard.length, 1);
});

test('nothing but silence after the upgrade -> refused when the time is over', async () => {
  const clock = new ManualClock();
  const { world, node } = await loneNode({ clock });
  const peer = new HandmadePeer(node.self.address);
  await peer.open();
  await world.until(() => node.sockets.length === 1);
  clock.advance(4999);
  assert.is(node.logged('peer.refused'), undefined);
  clock.advance(1);
  assert.is((await peer.end()).code, CLOSE.late);
  assert.is(node.logged('peer.refused')!.fields.code, CLOSE.late);
});

test('half a handshake, then silence -> refused when the time is over', async () => {
  const clock = new ManualClock();
  const { node } = await loneNode({ clock });
  const peer = new HandmadePeer(node.self.address);
  const purpose = { channel: 'control', session: 'one' } as const;
  const own = HandmadePeer.identity();
  const handshake = new Handshake({ own, secret: SECRET, purpose });
  await peer.open();
  peer.socket.send(handshake.hello());
  await peer.frame(0);
  clock.advance(5000);
  assert.is((await peer.end()).code, CLOSE.late);
  assert.is(node.logged('peer.refused')!.fields.peer, own.nodeId);
});

test('who is dialled never answers -> given up in time, and dialled again', async () => {
  const clock = new ManualClock();
  const { world, node } = await loneNode({ clock });
  const news = new News();
  let connections = 0;
  const mute = createServer((socket) => {
    connections++;
    socket.on('error', () => undefined);
    news.tell();
  }).listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const { port } = mute.address() as { port: number };
  node.transport.introduce(`127.0.0.1:${port}`);
  await news.until(() => connections === 1);
  clock.advance(5000);
  await world.until(() => node.logged('peer.unreachable') !== undefined);
  assert.match(String(node.logged('peer.unreachable')!.fields.reason), 'within 5000 ms');
  clock.advance(100);
  await news.until(() => connections === 2);
  await node.transport.close();
  mute.close();
});

test('an address that is none -> logged, tried again, and no exception', async () => {
  const clock = new ManualClock();
  const { world, node } = await loneNode({ clock });
  node.transport.introduce('no port:here#');
  await world.until(() => node.logged('peer.unreachable') !== undefined);
  assert.ok(clock.nextMs !== undefined);
});

test('too many handshakes at a time -> the next is cut, later there is room again', async () => {
  const { world, node } = await loneNode({ limits: { maxHandshakes: 2 } });
  const waiting = [new HandmadePeer(node.self.address), new HandmadePeer(node.self.address)];
  for (const peer of waiting) await peer.open();
  const oneTooMany = new HandmadePeer(node.self.address);
  await oneTooMany.end();
  waiting[0]!.socket.terminate();
  await world.until(() => node.log.some(({ event }) => event === 'peer.vanished'));
  await new HandmadePeer(node.self.address).authenticate();
  await world.until(() => node.heard.length === 1);
});

test('an upgrade to another path -> not taken', async () => {
  const { node } = await loneNode();
  const peer = new HandmadePeer(node.self.address, '/elsewhere');
  await peer.end();
  assert.equal(node.heard, []);
});

test('many refused, one right -> the right one is served', async () => {
  const { world, node } = await loneNode();
  for (let index = 0; index < 20; index++) {
    const [host, port] = node.self.address.split(':') as [string, string];
    const stranger = connect(Number(port), host);
    stranger.on('error', () => undefined);
    stranger.end('no HTTP at all\r\n\r\n');
  }
  const peer = new HandmadePeer(node.self.address);
  await peer.authenticate();
  await world.until(() => node.heard.length === 1);
  node.transport.send('dddddddddddddddd', small(1));
  assert.ok((await peer.frame(0)).length > 0);
  assert.equal(messages(node), []);
});

async function ofTwoClusters(difference: Partial<SocketNodeOptions> = {}) {
  const news = new News();
  const acceptor = await SocketNode.start({ id: nodeIdOf(0), news });
  const clusterId = 'd'.repeat(32);
  const dialler = await SocketNode.start({ id: nodeIdOf(1), news, clusterId, ...difference });
  return { acceptor, dialler, world: new SocketWorld(news, [acceptor, dialler]) };
}

async function loneNode(options: Partial<SocketNodeOptions> = {}) {
  const world = await SocketWorld.apart(1, options);
  return { world, node: world.nodes[0]! };
}

test.run();
