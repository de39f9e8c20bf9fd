/**
 * Redis' protocol. A put is `SET` and `WAIT 1` behind it in one write, and done when a replica has
 * acknowledged. `WAIT` holds up whatever follows on its connection: so one operation at a time.
 */
import { type Answer, type Channel, DONE, failed, type Operation } from '../load/channel.js';
import { Connection, Pending } from './connection.js';

const WAIT = command('WAIT', '1', '1000');

export class RespChannel implements Channel {
  readonly #pending = new Pending();
  #connection!: Connection;
  #isPut = false;
  #done: (answer: Answer) => void = () => undefined;

  static async open(port: number): Promise<RespChannel> {
    const channel = new RespChannel();
    channel.#connection = await Connection.open(port, (bytes) => channel.#read(bytes));
    return channel;
  }

  ask({ kind, key, value }: Operation, done: (answer: Answer) => void): void {
    this.#isPut = kind === 'put';
    this.#done = done;
    this.#connection.write(
      this.#isPut ? command('SET', key, value ?? '') + WAIT : command('GET', key),
    );
  }

  #read(bytes: Buffer): void {
    const all = this.#pending.with(bytes);
    if (!all) return;
    const text = all.toString('latin1');
    const answer = this.#isPut ? putAnswer(text) : getAnswer(text);
    if (answer) this.#done(answer);
    else this.#pending.keep(all);
  }

  close(): void {
    this.#connection.close();
  }
}

/** Of both answers: `+OK` and the number of replicas. */
function putAnswer(text: string): Answer | undefined {
  if (!/\r\n.*\r\n$/.test(text)) return undefined;
  return /^\+OK\r\n:[1-9]\d*\r\n$/.test(text) ? DONE : failed(text);
}

function getAnswer(text: string): Answer | undefined {
  const end = text.indexOf('\r\n');
  if (end < 0) return undefined;
  if (!text.startsWith('$') || text.startsWith('$-1')) return failed(text);
  const from = end + 2;
  const to = from + Number(text.slice(1, end));
  return text.length < to + 2 ? undefined : { outcome: 'done', text: text.slice(from, to) };
}

function command(...words: string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}
