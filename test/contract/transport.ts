/**
 * What every `Transport` promises, as a suite: run on real sockets and on simulated ones. It asks
 * for a world of connected nodes and drives it through the port alone.
 *
 * Order is checked among small messages: a large one may overtake, or be overtaken.
 */
import * as assert from 'uvu/assert';
import { encodeRecord } from '../../src/core/data/record.js';
import type { NodeId } from '../../src/core/data/version.js';
import type { Message } from '../../src/core/wire/messages.js';
import type { PeerInfo, Transport } from '../../src/ports.js';
import type { Suite } from '../support/runner/suite.js';

export type Heard =
  | { readonly type: 'up'; readonly peer: PeerInfo }
  | { readonly type: 'down'; readonly peer: NodeId; readonly reason: string }
  | { readonly type: 'message'; readonly from: NodeId; readonly message: Message };

export interface TransportNode {
  readonly self: PeerInfo;
  readonly transport: Transport;
  /** Everything its transport told it since it started. */
  readonly heard: readonly Heard[];
  /** Called on each message after it was noted. */
  onMessage: (from: NodeId, message: Message) => void;
}

export interface TransportWorld {
  /** Sorted by id; each has all the others as peers and is connected with them. */
  readonly nodes: readonly TransportNode[];
  /** Lets things happen until `holds`. */
  until(holds: () => boolean): Promise<void>;
  /** The process of a node dies, and another starts with its id and address. */
  restart(index: number): Promise<void>;
  close(): Promise<void>;
}

const UNKNOWN: NodeId = 'ffffffffffffffff';

export function transportContract(
  test: Suite,
  makeWorld: (nodes: number) => Promise<TransportWorld>,
): void {
  const inWorld = (nodes: number, name: string, body: (world: TransportWorld) => Promise<void>) =>
    test(name, async () => {
      const world = await makeWorld(nodes);
      try {
        await body(world);
      } finally {
        await world.close();
      }
    });

  inWorld(3, 'connected -> every peer is up exactly once', async ({ nodes }) => {
    for (const { self, heard, transport } of nodes) {
      const others = nodes.map((node) => node.self).filter(({ id }) => id !== self.id);
      const ups = heard.flatMap((event) => {
        if (event.type !== 'up') return [];
        const { epoch: _, ...peer } = event.peer;
        return [peer];
      });
      assert.equal(ups.sort(byId), others);
      assert.equal(
        transport.connected().sort(),
        others.map(({ id }) => id),
      );
      for (const { id } of others) assert.ok(transport.isUp(id));
    }
  });

  inWorld(2, 'sent in one turn and in many, both ways -> the same, in order', async (world) => {
    const [a, b] = world.nodes as [TransportNode, TransportNode];
    const groups = [1, 2000, 1, 1, 700, 3, 5000];
    let next = 0;
    for (const size of groups) {
      for (const end = next + size; next < end; next++) {
        assert.ok(a.transport.send(b.self.id, small(next)));
        assert.ok(b.transport.send(a.self.id, small(next)));
      }
      await world.until(() => messages(b).length > 0 && messages(a).length > 0);
    }
    await world.until(() => messages(a).length === next && messages(b).length === next);
    const sent = Array.from({ length: next }, (_, index) => small(index));
    assert.equal(messages(a), sent);
    assert.equal(messages(b), sent);
  });

  inWorld(2, 'sending -> nothing is delivered within the call', async (world) => {
    const [a, b] = world.nodes as [TransportNode, TransportNode];
    let sending = false;
    let deliveredWithin = 0;
    b.onMessage = (from, message) => {
      if (sending) deliveredWithin++;
      if (callOf(message) < 100) b.transport.send(from, small(1000));
    };
    a.onMessage = () => {
      if (sending) deliveredWithin++;
    };
    for (let call = 0; call < 100; call++) {
      sending = true;
      a.transport.send(b.self.id, small(call));
      sending = false;
    }
    await world.until(() => messages(a).length === 100);
    assert.is(deliveredWithin, 0);
  });

  inWorld(2, 'a request is answered from its handler -> the reply arrives', async (world) => {
    const [a, b] = world.nodes as [TransportNode, TransportNode];
    b.onMessage = (from, message) => {
      b.transport.send(from, { type: 'ring.accepted', call: callOf(message), ok: true, promised });
    };
    const promised = { round: 7, node: a.self.id };
    a.transport.send(b.self.id, small(42));
    await world.until(() => messages(a).length === 1);
    assert.equal(messages(a)[0], { type: 'ring.accepted', call: 42, ok: true, promised });
  });

  inWorld(2, 'a record of 1 MiB among small messages -> all arrive intact', async (world) => {
    const [a, b] = world.nodes as [TransportNode, TransportNode];
    const record = largeRecord(1 << 20);
    for (let call = 0; call < 50; call++) a.transport.send(b.self.id, small(call));
    const large: Message = { type: 'replica.write', call: 50, epoch: 1, timeoutMs: 2000, record };
    assert.ok(a.transport.send(b.self.id, large));
    for (let call = 51; call < 100; call++) a.transport.send(b.self.id, small(call));
    await world.until(() => messages(b).length === 100);
    const received = messages(b).find(({ type }) => type === 'replica.write');
    assert.ok(received?.type === 'replica.write' && received.record.equals(record));
    const calls = messages(b).map(callOf);
    assert.equal(
      calls.filter((call) => call !== 50),
      Array.from({ length: 100 }, (_, index) => index).filter((call) => call !== 50),
    );
  });

  inWorld(2, 'to a node that is not known, or to itself -> false', async ({ nodes }) => {
    const { transport, self } = nodes[0]!;
    assert.not(transport.send(UNKNOWN, small(1)));
    assert.not(transport.isUp(UNKNOWN));
    assert.not(transport.send(self.id, small(1)));
  });

  inWorld(2, 'the same peers are set again -> nothing happens', async (world) => {
    const [a, b] = world.nodes as [TransportNode, TransportNode];
    for (const { transport } of world.nodes) {
      const peers = world.nodes.map(({ self }) => self);
      transport.setPeers(peers);
      for (const { address } of peers) transport.introduce(address);
    }
    a.transport.send(b.self.id, small(1));
    await world.until(() => messages(b).length === 1);
    for (const { heard } of world.nodes) assert.is(heard.filter(isConnection).length, 1);
  });

  inWorld(3, 'a peer closes -> down once, then sends fail', async (world) => {
    const [a, b, c] = world.nodes as [TransportNode, TransportNode, TransportNode];
    await b.transport.close();
    await world.until(() => downs(a, b).length > 0 && downs(c, b).length > 0);
    assert.not(a.transport.send(b.self.id, small(1)));
    assert.not(a.transport.isUp(b.self.id));
    assert.equal(a.transport.connected(), [c.self.id]);
    a.transport.send(c.self.id, small(2));
    await world.until(() => messages(c).length === 1);
    assert.is(downs(a, b).length, 1);
    assert.is(downs(c, b).length, 1);
  });

  inWorld(2, 'goodbye, then closed -> goodbye arrives, then down', async (world) => {
    const [a, b] = world.nodes as [TransportNode, TransportNode];
    const goodbye: Message = { type: 'goodbye', reason: 'restarting', level: 0 };
    for (let call = 0; call < 3000; call++) b.transport.send(a.self.id, small(call));
    b.transport.send(a.self.id, goodbye);
    await b.transport.close();
    await world.until(() => downs(a, b).length > 0);
    assert.is(messages(a).length, 3001);
    assert.equal(messages(a).at(-1), goodbye);
    assert.is(a.heard.at(-1)?.type, 'down');
  });

  inWorld(
    2,
    'closed -> nothing is sent or heard any more, and closing again is fine',
    async (w) => {
      const [a, b] = w.nodes as [TransportNode, TransportNode];
      await a.transport.close();
      const heard = a.heard.length;
      await a.transport.close();
      assert.not(a.transport.send(b.self.id, small(1)));
      assert.equal(a.transport.connected(), []);
      a.transport.introduce(b.self.address);
      await w.until(() => downs(b, a).length === 1);
      assert.is(a.heard.length, heard);
    },
  );

  inWorld(2, 'a peer restarts while it is sent to -> nothing arrives twice', async (world) => {
    const [stays, first] = world.nodes as [TransportNode, TransportNode];
    let sent = 0;
    const send = (messages: number) => {
      const end = sent + messages;
      while (sent < end) stays.transport.send(first.self.id, small(sent++));
    };
    send(1000);
    await world.until(() => messages(first).length > 0);
    send(1000);
    const restarted = world.restart(1);
    send(1000);
    await restarted;
    await world.until(() => stays.heard.filter(isConnection).length === 3);
    send(1000);
    const second = world.nodes[1]!;
    await world.until(() => messages(second).some((message) => callOf(message) === sent - 1));
    // A world may go on with the same object for both lives.
    const arrived = [...new Set([first, second])].flatMap(messages).map(callOf);
    assert.is(new Set(arrived).size, arrived.length);
  });

  for (const index of [0, 1]) {
    inWorld(2, `node ${index} restarts -> down, then up with the new boot id`, async (world) => {
      const stays = world.nodes[1 - index]!;
      const { id, bootId } = world.nodes[index]!.self;
      await world.restart(index);
      const restarted = world.nodes[index]!;
      assert.is(restarted.self.id, id);
      assert.is.not(restarted.self.bootId, bootId);
      await world.until(() => stays.heard.filter(isConnection).length === 3);
      const [first, second, third] = stays.heard.filter(isConnection);
      assert.ok(first?.type === 'up' && first.peer.bootId === bootId);
      assert.ok(second?.type === 'down' && second.peer === id);
      assert.ok(third?.type === 'up' && third.peer.bootId === restarted.self.bootId);
      await world.until(() => restarted.transport.isUp(stays.self.id));
      stays.transport.send(id, small(1));
      restarted.transport.send(stays.self.id, small(2));
      await world.until(() => messages(restarted).length === 1 && messages(stays).length === 1);
    });
  }
}

/** A small message with a number to tell it by. */
export function small(call: number): Message {
  const key = Buffer.from(`key ${call}`);
  return { type: 'replica.read', call, epoch: 1, timeoutMs: 2000, withValue: false, key };
}

/** A record whose value is not one repeated byte. */
export function largeRecord(valueBytes: number): Buffer {
  const value = Buffer.alloc(valueBytes);
  for (let at = 0; at + 4 <= valueBytes; at += 4) value.writeUInt32BE((at * 2654435761) >>> 0, at);
  return encodeRecord({
    key: Buffer.from('large'),
    version: { epoch: 1, time: 1, node: UNKNOWN },
    tombstone: false,
    expiresAt: 0,
    contentType: 'application/octet-stream',
    value,
  });
}

export function messages(node: TransportNode): Message[] {
  return node.heard.flatMap((event) => (event.type === 'message' ? [event.message] : []));
}

export function isConnection(event: Heard): boolean {
  return event.type !== 'message';
}

export function callOf(message: Message): number {
  return 'call' in message ? message.call : -1;
}

function downs(node: TransportNode, of: TransportNode): Heard[] {
  return node.heard.filter((event) => event.type === 'down' && event.peer === of.self.id);
}

function byId(a: PeerInfo, b: PeerInfo): number {
  return a.id < b.id ? -1 : 1;
}
