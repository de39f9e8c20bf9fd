/** A keep-alive HTTP client that sends request targets exactly as they are given. */
import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The body as text. */
  readonly text: string;
}

export interface RequestOptions {
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
}

export class HttpClient {
  readonly port: number;
  readonly #host: string;
  readonly #agent: Agent;

  /** `connections`: at most this many at a time; 1 keeps requests on one connection. */
  constructor(port: number, connections = 16, host = '127.0.0.1') {
    this.port = port;
    this.#host = host;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** Rejects with the socket's error if no whole answer comes. Characters of `target` are bytes. */
  send(method: string, target: string, options: RequestOptions = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          host: this.#host,
          port: this.port,
          agent: this.#agent,
          method,
          path: target,
          headers: options.headers,
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', reject);
          incoming.on('end', () => {
            const body = Buffer.concat(chunks);
            const { statusCode, headers } = incoming;
            resolve({ status: statusCode!, headers, body, text: body.toString('utf8') });
          });
        },
      );
      outgoing.on('error', reject);
      // As bytes: Node would encode the target like a text body sent with it.
      if (options.body === undefined) outgoing.end();
      else outgoing.end(Buffer.from(options.body));
    });
  }

  get(target: string, headers?: OutgoingHttpHeaders): Promise<Answer> {
    return this.send('GET', target, headers ? { headers } : {});
  }

  put(target: string, body: string | Uint8Array, headers?: OutgoingHttpHeaders): Promise<Answer> {
    return this.send('PUT', target, { body, ...(headers && { headers }) });
  }

  delete(target: string, headers?: OutgoingHttpHeaders): Promise<Answer> {
    return this.send('DELETE', target, headers ? { headers } : {});
  }

  /** Requests that are under way fail. */
  close(): void {
    this.#agent.destroy();
  }
}

/** The stable word in an error answer. */
export function codeOf(answer: Answer): string {
  return (JSON.parse(answer.text) as { code: string }).code;
}
