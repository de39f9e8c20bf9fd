/** A node at which a client is welcomed, and that answers as a test says, in its own time. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { Client, type ConnectOptions } from '../../src/client/connect.js';
import { Reader, Writer } from '../../src/core/codec.js';
import { contentChecksum } from '../../src/core/data/content-checksum.js';
import type { Version } from '../../src/core/data/version.js';
import {
  ANSWER_TABLE,
  type AnswerOf,
  type ClientAnswer,
} from '../../src/core/wire/client/answers.js';
import { type ClientRequest, REQUEST_TABLE } from '../../src/core/wire/client/requests.js';
import { systemClock, systemRandom } from '../../src/system.js';

export type Asked = Exclude<ClientRequest, { type: 'client.hello' }>;
type Failed = AnswerOf<'client.failed'>;

const VERSION: Version = { epoch: 1, time: 4096, node: '00000000000000a1' };

export function written({ call }: Asked): ClientAnswer {
  return { type: 'client.written', call, version: VERSION, reached: 'quorum' };
}

export function found({ call, key }: Asked, text = 'v'): AnswerOf<'client.value'> {
  const value = Buffer.from(text);
  const checksum = contentChecksum(key, 'text/plain', value);
  const about = { version: VERSION, reached: 'quorum', ttl: undefined, contentType: 'text/plain' };
  return { type: 'client.value', call, ...about, checksum, value };
}

export function failure({ call }: Asked, more: Partial<Failed>): Failed {
  return {
    type: 'client.failed',
    ...{ call, code: 'overloaded', status: 503, detail: 'why', applied: '' },
    ...{ needed: undefined, got: undefined, current: '', retryAfterMs: 0 },
    ...more,
  };
}

/** What it answers to what it is asked; nothing, if it says nothing. */
export type Behaviour = (asked: Asked, socket: WebSocket) => ClientAnswer | undefined;

export class FakeNode {
  readonly id: string;
  readonly asked: Asked[] = [];
  readonly frames: number[] = [];
  behaviour: Behaviour = (asked) => (asked.type === 'client.get' ? found(asked) : written(asked));
  window = { operations: 256, bytes: 4 << 20 };
  cluster = 'c'.repeat(32);
  /** What it says of its time. */
  time = 0;
  /** It never says a welcome. */
  isMute = false;
  /** With what it closes instead of a welcome. */
  closesWith: number | undefined;
  /** What it answers instead of an upgrade. */
  status: number | undefined;
  /** What plain requests are answered; it has no such door, unless it is said. */
  serve = (_request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(404).end();
  };
  ring: AnswerOf<'client.ring'> | undefined;
  readonly sockets = new Set<WebSocket>();
  readonly #server: Server;
  port = 0;
  /** How often it was dialled, and greeted. */
  upgrades = 0;
  hellos = 0;

  constructor(n: number) {
    this.id = n.toString(16).padStart(16, '0');
    const upgrades = new WebSocketServer({ noServer: true });
    this.#server = createServer((request, response) => this.serve(request, response));
    this.#server.on('upgrade', (request, socket: Socket, head) => {
      this.upgrades++;
      if (this.status === undefined) {
        return upgrades.handleUpgrade(request, socket, head, (accepted) => this.#take(accepted));
      }
      socket.end(`HTTP/1.1 ${this.status} Refused\r\nContent-Length: 0\r\n\r\n`);
    });
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Listens, on the port it had before if it had one. */
  async start(): Promise<this> {
    this.#server.listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** Cuts all connections, and takes no other. */
  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    for (const socket of this.sockets) socket.terminate();
  }

  #take(socket: WebSocket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('message', (data) => {
      const reader = new Reader(data as Buffer);
      let operations = 0;
      while (!reader.done) {
        const request = REQUEST_TABLE.read(reader);
        if (request.type === 'client.hello') this.#welcome(socket);
        else {
          operations++;
          this.asked.push(request);
          const answer = this.behaviour(request, socket);
          if (answer) this.say(socket, answer);
        }
      }
      if (operations > 0) this.frames.push(operations);
    });
  }

  #welcome(socket: WebSocket): void {
    const { id: node, window } = this;
    this.hellos++;
    if (this.isMute) return;
    if (this.closesWith !== undefined) return socket.close(this.closesWith, 'not you');
    const limits = { ...window, maxValueBytes: 1 << 20 };
    const { cluster, time } = this;
    this.say(socket, { type: 'client.welcome', version: 1, node, cluster, time, ...limits });
    if (this.ring) this.say(socket, this.ring);
  }

  say(socket: WebSocket, ...answers: readonly ClientAnswer[]): void {
    const writer = new Writer();
    for (const answer of answers) ANSWER_TABLE.write(writer, answer);
    socket.send(writer.finish());
  }

  sayToAll(...answers: readonly ClientAnswer[]): void {
    for (const socket of this.sockets) this.say(socket, ...answers);
  }
}

/** A ring of two partitions: the first node owns the lower half of the hashes before the second. */
export function ringOf(epoch: number, ...nodes: readonly FakeNode[]): AnswerOf<'client.ring'> {
  const members = nodes.map(({ id, address }) => ({ id, address }));
  const owners =
    nodes.length > 1
      ? [
          [0, 1],
          [1, 0],
        ]
      : [[0], [0]];
  return { type: 'client.ring', epoch, members, owners };
}

/** A client of these nodes, which can be asked. */
export async function clientOf(
  nodes: readonly FakeNode[],
  options: Partial<ConnectOptions> = {},
): Promise<Client> {
  const addresses = nodes.map(({ address }) => address);
  const client = new Client({ nodes: addresses, ...options }, systemClock, systemRandom);
  await client.ready();
  return client;
}
