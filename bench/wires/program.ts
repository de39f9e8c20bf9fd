/** This store's own client, as a program uses it. */
import { type Client, connect, QuorateError } from '../../src/client/connect.js';
import {
  type Answer,
  type Channel,
  DONE,
  failed,
  type Operation,
  REFUSED,
} from '../load/channel.js';

export class ProgramChannel implements Channel {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  /** The other nodes are learnt from this one. */
  static async open(port: number): Promise<ProgramChannel> {
    return new ProgramChannel(await connect({ nodes: [`127.0.0.1:${port}`] }));
  }

  ask(operation: Operation, done: (answer: Answer) => void): void {
    this.#asked(operation).then(done, (error: Error) => done(refusal(error)));
  }

  async #asked({ kind, key, value = '', version = '' }: Operation): Promise<Answer> {
    if (kind === 'get') {
      const found = await this.#client.get(key);
      if (!found) return failed('there is nothing');
      return { outcome: 'done', text: found.value.toString('latin1'), version: found.etag };
    }
    const bytes = Buffer.from(value, 'latin1');
    if (kind === 'put') {
      await this.#client.put(key, bytes);
      return DONE;
    }
    const { etag } = await this.#client.put(key, bytes, { ifMatch: version });
    return { outcome: 'done', text: '', version: etag };
  }

  close(): void {
    void this.#client.close();
  }
}

function refusal(error: Error): Answer {
  if (!(error instanceof QuorateError)) throw error;
  if (error.code === 'precondition_failed') return REFUSED;
  if (error.applied === 'unknown') return { outcome: 'unknown', text: error.message };
  return failed(`${error.code} ${error.message}`);
}
