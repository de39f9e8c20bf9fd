/** A program at the door `/client`, made by hand: it sends whatever a test says. */
import { once } from 'node:events';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { Reader, Writer } from '../../../src/core/codec.js';
import { contentChecksum, keyChecksum } from '../../../src/core/data/content-checksum.js';
import {
  ANSWER_TABLE,
  type AnswerOf,
  type ClientAnswer,
} from '../../../src/core/wire/client/answers.js';
import { type ClientRequest, REQUEST_TABLE } from '../../../src/core/wire/client/requests.js';
import { eventually } from '../../support/eventually.js';

export const HELLO: ClientRequest = { type: 'client.hello', least: 1, most: 1, program: 'a test' };

type Get = Extract<ClientRequest, { type: 'client.get' }>;
type Put = Extract<ClientRequest, { type: 'client.put' }>;
type Delete = Extract<ClientRequest, { type: 'client.delete' }>;

const COMMON = { sentAt: 0, timeoutMs: 0, level: 'quorum' } as const;
const UNCONDITIONAL = { condition: undefined, operation: undefined };

export function get(call: number, key: string, more: Partial<Get> = {}): Get {
  const bytes = Buffer.from(key);
  return { type: 'client.get', call, ...COMMON, checksum: keyChecksum(bytes), key: bytes, ...more };
}

export function put(call: number, key: string, value: string, more: Partial<Put> = {}): Put {
  const [bytes, content] = [Buffer.from(key), Buffer.from(value)];
  const { contentType = 'text/plain' } = more;
  const checksum = contentChecksum(bytes, contentType, more.value ?? content);
  const head = { type: 'client.put', call, ...COMMON, ...UNCONDITIONAL, ttl: 0 } as const;
  return { ...head, checksum, contentType, key: bytes, value: content, ...more };
}

export function remove(call: number, key: string, more: Partial<Delete> = {}): Delete {
  const bytes = Buffer.from(key);
  const head = { type: 'client.delete', call, ...COMMON, ...UNCONDITIONAL } as const;
  return { ...head, checksum: keyChecksum(bytes), key: bytes, ...more };
}

export function frameOf(...requests: readonly ClientRequest[]): Buffer {
  const writer = new Writer();
  for (const request of requests) REQUEST_TABLE.write(writer, request);
  return writer.finish();
}

export class Program {
  readonly socket: WebSocket;
  readonly heard: ClientAnswer[] = [];
  frames = 0;
  /** How the socket was closed. */
  readonly ended: Promise<{ code: number; reason: string }>;

  constructor(port: number, headers: { [name: string]: string } = {}) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/client`, { headers });
    this.socket.on('message', (data) => {
      this.frames++;
      const reader = new Reader(data as Buffer);
      while (!reader.done) this.heard.push(ANSWER_TABLE.read(reader));
    });
    this.socket.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
  }

  /** One that has said hello and knows the ring. */
  static async welcomed(port: number): Promise<Program> {
    const program = new Program(port);
    await once(program.socket, 'open');
    program.send(HELLO);
    await program.heardOf('client.ring');
    return program;
  }

  send(...requests: readonly ClientRequest[]): void {
    this.socket.send(frameOf(...requests));
  }

  /** The first message of a type. */
  heardOf<T extends ClientAnswer['type']>(type: T): Promise<AnswerOf<T>> {
    const isOfType = (answer: ClientAnswer): answer is AnswerOf<T> => answer.type === type;
    return eventually(() => this.heard.find(isOfType));
  }

  answerTo(call: number): Promise<ClientAnswer> {
    return eventually(() => this.heard.find((answer) => 'call' in answer && answer.call === call));
  }

  async failure(call: number): Promise<AnswerOf<'client.failed'>> {
    const answer = await this.answerTo(call);
    assert.is(answer.type, 'client.failed');
    return answer as AnswerOf<'client.failed'>;
  }
}
