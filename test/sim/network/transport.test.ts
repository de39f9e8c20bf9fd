/** The contract of the Transport on the simulated one, and what only the simulated network does. */
import * as assert from 'uvu/assert';
import type { NodeId } from '../../../src/core/data/version.js';
import type { Message } from '../../../src/core/wire/messages.js';
import type { PeerInfo, TransportEvents } from '../../../src/ports.js';
import {
  type Heard,
  messages,
  small,
  type TransportNode,
  type TransportWorld,
  transportContract,
} from '../../contract/transport.js';
import { suite } from '../../support/runner/suite.js';
import { Process, WallClock } from '../world/clock.js';
import { World } from '../world/world.js';
import type { Host, NetworkOptions } from './network.js';
import { SimTransport } from './transport.js';

const NETWORK: NetworkOptions = {
  links: 'stream',
  leastDelayMs: 0.1,
  jitterMs: 0.5,
  tailChance: 0,
  tailMs: 0,
  loss: 0,
  duplication: 0,
  maxQueuedBytes: 64 << 20,
};
const LIMIT_MS = 60_000;

class SimNode implements TransportNode {
  readonly self: PeerInfo;
  readonly host: Host;
  readonly process: Process;
  readonly transport: SimTransport;
  readonly heard: Heard[] = [];
  onMessage: (from: NodeId, message: Message) => void = () => undefined;

  constructor(world: World, host: Host, self: PeerInfo) {
    const { scheduler, network, trace } = world;
    const wall = new WallClock(scheduler, { offsetMs: 0, driftPpm: 0 });
    this.self = self;
    this.host = host;
    this.process = new Process({ name: host.name, scheduler, wall, trace });
    this.transport = new SimTransport({ network, host, process: this.process, self, secret: '' });
    const events: TransportEvents = {
      up: (peer) => void this.heard.push({ type: 'up', peer }),
      down: (peer, reason) => void this.heard.push({ type: 'down', peer, reason }),
      message: (from, message) => {
        this.heard.push({ type: 'message', from, message });
        this.onMessage(from, message);
      },
    };
    this.transport.start(events);
  }
}

interface SimWorld extends TransportWorld {
  readonly nodes: SimNode[];
  readonly world: World;
}

async function makeWorld(count: number, network: Partial<NetworkOptions> = {}): Promise<SimWorld> {
  const world = new World({ seed: 1, network: { ...NETWORK, ...network }, trace: { keep: 0 } });
  const infos = Array.from({ length: count }, (_, index) => ({
    id: `${index + 1}`.repeat(16),
    bootId: `boot ${index}`,
    address: `m${index}:1`,
  }));
  const nodes = infos.map((self, index) => {
    return new SimNode(world, world.network.addHost(`m${index}`, self.address), self);
  });
  const until = async (holds: () => boolean) => {
    await world.run(world.now + LIMIT_MS, holds);
    assert.is(world.violation, undefined);
    assert.ok(holds(), 'it did not happen in time');
  };
  const connect = () => {
    for (const { transport } of nodes) transport.setPeers(infos);
  };
  connect();
  await until(() => nodes.every(({ transport }) => transport.connected().length === count - 1));
  return {
    world,
    nodes,
    until,
    async restart(index) {
      const { self, host, process, transport } = nodes[index]!;
      process.kill();
      transport.die();
      nodes[index] = new SimNode(world, host, { ...self, bootId: `${self.bootId}, again` });
      connect();
      await world.run(world.now);
    },
    close: () => Promise.resolve(),
  };
}

const test = suite('simulated transport');

transportContract(test, (nodes) => makeWorld(nodes));

test('the way is blocked for a while -> what was sent arrives afterwards, in order', async () => {
  const { world, nodes, until } = await makeWorld(2);
  const [a, b] = nodes as [SimNode, SimNode];
  const open = world.network.block(a.host, b.host);
  for (let call = 0; call < 10; call++) a.transport.send(b.self.id, small(call));
  await world.run(world.now + 1000);
  assert.is(messages(b).length, 0);
  open();
  await until(() => messages(b).length === 10);
  assert.equal(
    messages(b),
    Array.from({ length: 10 }, (_, call) => small(call)),
  );
});

test('the way stays blocked -> both ends notice', async () => {
  const { world, nodes, until } = await makeWorld(2);
  const [a, b] = nodes as [SimNode, SimNode];
  world.network.block(a.host, b.host);
  await until(() => a.transport.connected().length + b.transport.connected().length === 0);
});

test('a peer that is stopped -> hears everything when it goes on, timers first', async () => {
  const { world, nodes, until } = await makeWorld(2);
  const [a, b] = nodes as [SimNode, SimNode];
  const order: string[] = [];
  b.onMessage = () => void order.push('message');
  b.process.stop();
  a.transport.send(b.self.id, small(1));
  b.process.clock.setTimeout(() => void order.push('timer'), 100);
  await world.run(world.now + 1000);
  assert.equal(order, []);
  b.process.goOn();
  await until(() => order.length === 2);
  assert.equal(order, ['timer', 'message']);
});

test('datagrams -> lost, doubled and out of order, but whole', async () => {
  const { nodes, world } = await makeWorld(2, {
    links: 'datagram',
    loss: 0.2,
    duplication: 0.2,
    jitterMs: 5,
  });
  const [a, b] = nodes as [SimNode, SimNode];
  world.network.isCalm = false;
  for (let call = 0; call < 200; call++) {
    a.transport.send(b.self.id, small(call));
    await world.run(world.now + 1);
  }
  await world.run(world.now + 1000);
  const calls = messages(b).map((message) => (message as { call: number }).call);
  const distinct = new Set(calls);
  assert.ok(distinct.size < 200, 'some are lost');
  assert.ok(calls.length > distinct.size, 'some are doubled');
  assert.not.equal(
    calls,
    calls.toSorted((x, y) => x - y),
    'some are overtaken',
  );
  for (const message of messages(b))
    assert.equal(message, small((message as { call: number }).call));
});

test('too much waits for a peer -> sends fail', async () => {
  const { nodes, world } = await makeWorld(2, { maxQueuedBytes: 10_000 });
  const [a, b] = nodes as [SimNode, SimNode];
  world.network.block(a.host, b.host);
  let taken = 0;
  while (a.transport.send(b.self.id, small(taken))) taken++;
  assert.ok(taken > 0 && taken < 1000, `${taken} were taken`);
});

test.run();
