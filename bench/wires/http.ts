/** HTTP/1.1 with keep-alive, one request at a time; what requests look like is the dialect's. */
import type { Answer, Channel, Operation } from '../load/channel.js';
import { Connection, Pending } from './connection.js';

export interface Dialect {
  request(operation: Operation): { method: string; target: string; head?: string; body?: string };
  /** `body`: as text, each character a byte. */
  answer(operation: Operation, status: number, head: string, body: string): Answer;
}

const HEAD_END = '\r\n\r\n';
const CHUNKED_END = '0\r\n\r\n';

export class HttpChannel implements Channel {
  readonly #dialect: Dialect;
  readonly #pending = new Pending();
  #connection!: Connection;
  #operation: Operation | undefined;
  #done: (answer: Answer) => void = () => undefined;

  private constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  static async open(port: number, dialect: Dialect): Promise<HttpChannel> {
    const channel = new HttpChannel(dialect);
    channel.#connection = await Connection.open(port, (bytes) => channel.#read(bytes));
    return channel;
  }

  ask(operation: Operation, done: (answer: Answer) => void): void {
    if (this.#operation) throw new Error('one request at a time');
    this.#operation = operation;
    this.#done = done;
    const { method, target, head = '', body } = this.#dialect.request(operation);
    const length = body === undefined ? '' : `Content-Length: ${body.length}\r\n`;
    this.#connection.write(
      `${method} ${target} HTTP/1.1\r\nHost: localhost\r\n${head}${length}\r\n${body ?? ''}`,
    );
  }

  #read(bytes: Buffer): void {
    const all = this.#pending.with(bytes);
    if (!all) return;
    const end = all.indexOf(HEAD_END);
    if (end < 0) {
      this.#pending.keep(all);
      return;
    }
    const from = end + HEAD_END.length;
    const head = all.toString('latin1', 0, from);
    const status = Number(head.slice(9, 12));
    if (/\r\nTransfer-Encoding: chunked/i.test(head)) {
      const text = all.toString('latin1', from);
      if (text.endsWith(CHUNKED_END)) this.#end(status, head, unchunked(text));
      else this.#pending.keep(all);
      return;
    }
    const length = Number(/\r\nContent-Length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (all.length < from + length) this.#pending.keep(all, from + length);
    else this.#end(status, head, all.toString('latin1', from, from + length));
  }

  #end(status: number, head: string, body: string): void {
    const operation = this.#operation!;
    this.#operation = undefined;
    this.#done(this.#dialect.answer(operation, status, head, body));
  }

  close(): void {
    this.#connection.close();
  }
}

function unchunked(text: string): string {
  let body = '';
  for (let at = 0; ; ) {
    const line = text.indexOf('\r\n', at);
    const length = Number.parseInt(text.slice(at, line), 16);
    if (!(length > 0)) return body;
    body += text.slice(line + 2, line + 2 + length);
    at = line + 2 + length + 2;
  }
}
