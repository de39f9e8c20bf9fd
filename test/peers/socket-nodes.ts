/** Transports on real loopback sockets, with everything they say kept, and a peer made by hand. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { NodeId } from '../../src/core/data/version.js';
import type { Message } from '../../src/core/wire/messages.js';
import { Handshake, type PeerIdentity, type Purpose } from '../../src/peers/handshake.js';
import {
  createWsTransport,
  type PeerLimits,
  type WsTransport,
} from '../../src/peers/ws-transport.js';
import type {
  AddressClaim,
  Clock,
  DialFailure,
  LogFields,
  LogLevel,
  PeerInfo,
} from '../../src/ports.js';
import { systemClock, systemRandom } from '../../src/system.js';
import type { Heard, TransportNode, TransportWorld } from '../contract/transport.js';

const CLUSTER = 'c'.repeat(32);
export const SECRET = 'a secret for tests';

export interface LogLine {
  readonly level: LogLevel;
  readonly event: string;
  readonly fields: LogFields;
}

const opened = new Set<{ close(): Promise<void> }>();

/** For `after.each`: nothing that a test opened outlives it. */
export async function closeEverything(): Promise<void> {
  for (const one of opened) await one.close();
  opened.clear();
}

/** Wakes those who wait whenever something was heard or logged. */
export class News {
  #waiting: (() => void)[] = [];

  tell(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((wake) => this.#waiting.push(wake));
  }
}

export interface SocketNodeOptions {
  readonly id: NodeId;
  readonly news: News;
  readonly clusterId?: string;
  readonly secret?: string;
  readonly limits?: Partial<PeerLimits>;
  readonly clock?: Clock;
}

export class SocketNode implements TransportNode {
  readonly log: LogLine[] = [];
  /** The accepted sockets, in order. */
  readonly sockets: Socket[] = [];
  readonly server: Server;
  heard: Heard[] = [];
  readonly failures: DialFailure[] = [];
  readonly claims: AddressClaim[] = [];
  self: PeerInfo;
  transport: WsTransport;
  onMessage: (from: NodeId, message: Message) => void = () => undefined;
  readonly #options: SocketNodeOptions;

  private constructor(server: Server, options: SocketNodeOptions) {
    this.server = server;
    this.#options = options;
    const { port } = server.address() as AddressInfo;
    this.self = { id: options.id, bootId: '', address: `127.0.0.1:${port}` };
    this.transport = this.boot();
    server.on('upgrade', (request, socket, head) => {
      this.sockets.push(request.socket);
      this.transport.handleUpgrade(request, socket, head);
      options.news.tell();
    });
  }

  static async start(options: SocketNodeOptions): Promise<SocketNode> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new SocketNode(server, options);
  }

  /** A new process, as far as the peers can tell. */
  boot(): WsTransport {
    const { news, clusterId = CLUSTER, secret = SECRET, limits = {}, clock } = this.#options;
    const heard: Heard[] = [];
    const note = (event: Heard) => {
      heard.push(event);
      news.tell();
    };
    this.heard = heard;
    this.self = { ...this.self, bootId: systemRandom.hex(16) };
    this.transport = createWsTransport({
      self: this.self,
      clusterId,
      secret,
      epoch: () => 1,
      clock: clock ?? systemClock,
      random: systemRandom,
      limits,
      log: (level, event, fields = {}) => {
        this.log.push({ level, event, fields });
        news.tell();
      },
    });
    this.transport.start({
      up: (peer) => note({ type: 'up', peer }),
      down: (peer, reason) => note({ type: 'down', peer, reason }),
      message: (from, message) => {
        note({ type: 'message', from, message });
        this.onMessage(from, message);
      },
      failed: (failure) => {
        this.failures.push(failure);
        news.tell();
      },
      claimed: (claim) => this.claims.push(claim),
    });
    return this.transport;
  }

  /** Cuts every connection, as a crash does. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  logged(event: string): LogLine | undefined {
    return this.log.find((line) => line.event === event);
  }

  async stop(): Promise<void> {
    await this.transport.close();
    this.server.close();
    this.server.closeAllConnections();
  }
}

export class SocketWorld implements TransportWorld {
  readonly news: News;
  readonly nodes: readonly SocketNode[];

  constructor(news: News, nodes: readonly SocketNode[]) {
    this.news = news;
    this.nodes = nodes;
    opened.add(this);
  }

  /** Ids in ascending order, everyone connected with everyone, by both sockets. */
  static async connected(count: number, limits?: Partial<PeerLimits>): Promise<SocketWorld> {
    const world = await SocketWorld.apart(count, limits && { limits });
    for (const node of world.nodes) world.acquaint(node);
    await world.until(() =>
      world.nodes.every(
        ({ transport, log }) =>
          transport.connected().length === count - 1 &&
          log.filter(({ fields }) => fields.channel === 'bulk').length === count - 1,
      ),
    );
    return world;
  }

  static async apart(
    count: number,
    options: Partial<Omit<SocketNodeOptions, 'id' | 'news'>> = {},
  ): Promise<SocketWorld> {
    const news = new News();
    const nodes: SocketNode[] = [];
    for (let index = 0; index < count; index++) {
      nodes.push(await SocketNode.start({ ...options, id: nodeIdOf(index), news }));
    }
    return new SocketWorld(news, nodes);
  }

  acquaint({ transport }: SocketNode): void {
    transport.setPeers(this.nodes.map(({ self }) => self));
  }

  until(holds: () => boolean): Promise<void> {
    return this.news.until(holds);
  }

  async restart(index: number): Promise<void> {
    const node = this.nodes[index]!;
    const former = node.transport;
    node.cut();
    node.boot();
    await former.close();
    this.acquaint(node);
  }

  async close(): Promise<void> {
    for (const node of this.nodes) await node.stop();
  }
}

export function nodeIdOf(index: number): NodeId {
  return (index + 1).toString(16).repeat(16);
}

/** A peer made by hand: it speaks the handshake, and then whatever it is told to. */
export class HandmadePeer {
  readonly socket: WebSocket;
  /** What it received, frame by frame, the handshake included. */
  readonly frames: Buffer[] = [];
  readonly news = new News();
  /** The socket below, once open. */
  raw!: Socket;
  /** Code and reason, once closed. */
  closed: { readonly code: number; readonly reason: string } | undefined;

  constructor(address: string, path = '/peer') {
    this.socket = new WebSocket(`ws://${address}${path}`, { perMessageDeflate: false });
    this.socket.on('upgrade', (response) => {
      this.raw = response.socket;
    });
    this.socket.on('message', (data: Buffer) => {
      this.frames.push(data);
      this.news.tell();
    });
    opened.add(this);
    this.socket.on('error', () => undefined);
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      this.news.tell();
    });
  }

  static identity(overrides: Partial<PeerIdentity> = {}): PeerIdentity {
    return {
      nodeId: 'dddddddddddddddd',
      bootId: systemRandom.hex(16),
      clusterId: CLUSTER,
      address: '127.0.0.1:1',
      epoch: 1,
      nonce: systemRandom.hex(64),
      ...overrides,
    };
  }

  async open(): Promise<void> {
    await once(this.socket, 'open');
  }

  async frame(index: number): Promise<Buffer> {
    await this.news.until(() => this.frames.length > index || this.closed !== undefined);
    return this.frames[index] ?? Buffer.alloc(0);
  }

  async end(): Promise<{ code: number; reason: string }> {
    await this.news.until(() => this.closed !== undefined);
    return this.closed!;
  }

  async close(): Promise<void> {
    this.socket.terminate();
    await this.end();
  }

  /** Through the whole handshake; `purpose` is a control socket unless told otherwise. */
  async authenticate(own = HandmadePeer.identity(), purpose?: Purpose): Promise<void> {
    const session = systemRandom.hex(32);
    const handshake = new Handshake({
      own,
      secret: SECRET,
      purpose: purpose ?? { channel: 'control', session },
    });
    await this.open();
    this.socket.send(handshake.hello());
    handshake.readHello(await this.frame(0));
    this.socket.send(handshake.proof());
    handshake.checkProof(await this.frame(1));
    this.frames.length = 0;
  }
}
