/** NATS' protocol: requests with an inbox of their own for the answer, many at a time. */
import { Connection, Pending } from './connection.js';

const LINE_END = '\r\n';

let opened = 0;

export class NatsConnection {
  readonly #inbox = `_INBOX.${process.pid}-${++opened}`;
  readonly #pending = new Pending();
  readonly #waiting = new Map<string, (payload: string) => void>();
  #connection!: Connection;
  #serial = 0;

  static async open(port: number): Promise<NatsConnection> {
    const nats = new NatsConnection();
    nats.#connection = await Connection.open(port, (bytes) => nats.#read(bytes));
    const options = { verbose: false, pedantic: false, lang: 'bench', headers: false };
    nats.#say(`CONNECT ${JSON.stringify(options)}\r\nSUB ${nats.#inbox}.* 1\r\n`);
    return nats;
  }

  /** `done` gets the payload of the answer, as text. */
  request(subject: string, payload: string, done: (payload: string) => void): void {
    const id = String(this.#serial++);
    this.#waiting.set(id, done);
    this.#say(`PUB ${subject} ${this.#inbox}.${id} ${payload.length}\r\n${payload}\r\n`);
  }

  #say(text: string): void {
    this.#connection.say(Buffer.from(text, 'latin1'));
  }

  #read(bytes: Buffer): void {
    const all = this.#pending.with(bytes);
    if (!all) return;
    let at = 0;
    for (;;) {
      const end = all.indexOf(LINE_END, at);
      if (end < 0) break;
      const words = all.toString('latin1', at, end).split(' ');
      const [verb, subject] = words;
      if (verb === 'MSG') {
        const from = end + 2;
        const to = from + Number(words.at(-1));
        if (all.length < to + 2) break;
        this.#end(subject ?? '', all.toString('latin1', from, to));
        at = to + 2;
        continue;
      }
      if (verb === 'PING') this.#say('PONG\r\n');
      else if (verb === '-ERR') throw new Error(`NATS says ${all.toString('latin1', at, end)}`);
      at = end + 2;
    }
    this.#pending.keep(all.subarray(at));
  }

  #end(subject: string, payload: string): void {
    const id = subject.slice(this.#inbox.length + 1);
    const done = this.#waiting.get(id);
    this.#waiting.delete(id);
    done?.(payload);
  }

  close(): void {
    this.#connection.close();
  }
}
