/** One HTTP request and its answer: reading the target and the body, writing what comes back. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Problem } from './problem.js';

/** Of a body that is too large this much more is read, so that the client sees the answer. */
const DISCARD_BYTES = 8 << 20;

const NO_PARAMETERS = new URLSearchParams();

export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  /** The raw path, not decoded. */
  readonly path: string;
  readonly parameters: URLSearchParams;
  readonly #query: string;
  readonly #common: () => readonly string[];

  /** `common`: headers of every answer when it is sent, as a flat list of names and values. */
  constructor(request: IncomingMessage, response: ServerResponse, common: () => readonly string[]) {
    this.request = request;
    this.response = response;
    this.#common = common;
    this.method = request.method!;
    // A proxy may send the absolute form.
    const target = request.url!.replace(/^https?:\/\/[^/?]*/i, '');
    const query = target.indexOf('?');
    this.path = query < 0 ? target : target.slice(0, query);
    this.#query = query < 0 ? '' : target.slice(query + 1);
    this.parameters = this.#query === '' ? NO_PARAMETERS : new URLSearchParams(this.#query);
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  /**
   * Refuses query parameters other than these, and those that could be read in two ways: nothing
   * that was asked for may be ignored.
   */
  allowParameters(...names: string[]): void {
    if (this.parameters.size === 0) return;
    if (!isDecodable(this.#query)) {
      throw new Problem('bad_request', 'the query is not valid UTF-8 with percent escapes');
    }
    const seen = new Set<string>();
    for (const name of this.parameters.keys()) {
      const quoted = JSON.stringify(name);
      if (!names.includes(name)) {
        const allowed = names.length > 0 ? `; allowed here: ${names.join(', ')}` : '';
        throw new Problem('bad_request', `unknown query parameter ${quoted}${allowed}`);
      }
      if (seen.has(name)) {
        throw new Problem('bad_request', `the query parameter ${quoted} is given twice`);
      }
      seen.add(name);
    }
  }

  /** An integer query parameter, or undefined if it is not there. */
  integer(name: string, min: number, max: number): number | undefined {
    const text = this.parameters.get(name);
    if (text === null) return undefined;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new Problem('bad_request', `${name} has to be an integer from ${min} to ${max}`);
  }

  /** Reads the body; nothing is called if the client goes away before its end. */
  body(maxBytes: number, done: (body: Buffer) => void): void {
    const { request } = this;
    const declared = Number(request.headers['content-length'] ?? 0);
    const tooLarge = () => {
      this.#discardBody();
      this.problem(new Problem('value_too_large', `the body is larger than ${maxBytes} bytes`));
    };
    if (declared > maxBytes) return tooLarge();
    if (request.headers.expect !== undefined) this.response.writeContinue();
    let first: Buffer | undefined;
    let chunks: Buffer[] | undefined;
    let size = 0;
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) {
        request.off('data', onData).off('end', onEnd);
        return tooLarge();
      }
      if (!first) first = chunk;
      else if (chunks) chunks.push(chunk);
      else chunks = [first, chunk];
    };
    const onEnd = () => {
      this.attempt(() => done(chunks ? Buffer.concat(chunks, size) : (first ?? EMPTY)));
    };
    request.on('data', onData).on('end', onEnd);
  }

  #discardBody(): void {
    let discarded = 0;
    this.request.on('data', (chunk: Buffer) => {
      discarded += chunk.length;
      if (discarded > DISCARD_BYTES) this.request.socket.destroy();
    });
  }

  /** Runs a handler, or what follows it: what it throws becomes the answer. */
  attempt(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (error instanceof Problem) this.problem(error);
      else throw error;
    }
  }

  /** `headers`: a flat list of names and values. */
  send(status: number, headers: readonly string[], body?: Buffer | string): void {
    if (this.response.headersSent) return;
    const all = [...headers, ...this.#common()];
    if (body !== undefined) all.push('Content-Length', String(Buffer.byteLength(body)));
    this.response.writeHead(status, all);
    this.response.end(this.method === 'HEAD' ? undefined : body);
  }

  text(status: number, text: string): void {
    this.send(status, ['Content-Type', 'text/plain; charset=utf-8'], text);
  }

  json(status: number, value: unknown): void {
    const text = `${JSON.stringify(value, undefined, 2)}\n`;
    this.send(status, ['Content-Type', 'application/json; charset=utf-8'], text);
  }

  problem(problem: Problem): void {
    const headers = ['Content-Type', 'application/problem+json'];
    headers.push(...Object.entries(problem.headers).flat());
    this.send(problem.status, headers, `${JSON.stringify(problem)}\n`);
  }
}

/** `URLSearchParams` would put U+FFFD in the place of what it cannot decode: another key. */
function isDecodable(query: string): boolean {
  try {
    decodeURIComponent(query);
    return true;
  } catch {
    return false;
  }
}

const EMPTY = Buffer.alloc(0);
