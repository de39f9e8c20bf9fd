/** One HTTP request and its answer: reading the target and the body, writing what comes back. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { present } from '../../core/assert.js';
import { OVERLOADED, OVERLOADED_RETRY } from '../../core/failures.js';
import type { MemoryBudget } from '../../core/memory-budget.js';
import { checkBodyForm } from './codings.js';
import { MALFORMED } from './malformed.js';
import { Problem, type ProblemCounts, quoted } from './problem.js';
import type { Upload, UploadWatch } from './upload-watch.js';

/** Of a body that is too large this much more is read, so that the client sees the answer. */
const DISCARD_BYTES = 8 << 20;

/** Node's own pool of small buffers is no larger. */
const MOST_SHARED_BYTES = 16 << 10;

const NO_HEADERS: readonly string[] = [];
const NO_PARAMETERS = new URLSearchParams();

/** What the exchanges of a door have in common. */
export interface ExchangeMeans {
  /** Headers of every answer when it is sent, as a flat list of names and values. */
  readonly common: () => readonly string[];
  readonly held: MemoryBudget;
  /** Room for answers to operators, who have to be told something when there is no other. */
  readonly reserve: MemoryBudget;
  readonly uploads: UploadWatch;
  /** Counts those that are answered. */
  readonly problems: ProblemCounts;
}

/** A body that is read in pieces. */
export interface BodyReading {
  /** Nothing more is read until `resume`; twice is as good as once. */
  pause(): void;
  resume(): void;
  /** The rest of it is of no use. */
  discard(): void;
}

export class Exchange implements Upload {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  /** The raw path, not decoded. */
  readonly path: string;
  readonly parameters: URLSearchParams;
  readonly #query: string;
  readonly #means: ExchangeMeans;
  #promised: readonly string[] = NO_HEADERS;
  /** Of all that is held, what is held for this request. */
  #held = 0;
  #reserved = 0;
  #isForOperators = false;
  /** Bytes of its body. */
  received = 0;

  constructor(request: IncomingMessage, response: ServerResponse, means: ExchangeMeans) {
    this.request = request;
    this.response = response;
    this.#means = means;
    this.method = present(request.method, 'the method of a request');
    // A proxy may send the absolute form.
    const url = present(request.url, 'the target of a request');
    const target = url.replace(/^https?:\/\/[^/?]*/i, '');
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
      if (!names.includes(name)) {
        const allowed = names.length > 0 ? `; allowed here: ${names.join(', ')}` : '';
        throw new Problem('bad_request', `unknown query parameter ${quoted(name)}${allowed}`);
      }
      if (seen.has(name)) {
        const what = `the query parameter ${quoted(name)} is given twice`;
        throw new Problem('bad_request', what);
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

  /** From now on there is room for its answer when there is none for clients. */
  forOperators(): void {
    this.#isForOperators = true;
  }

  /**
   * Reads the body; nothing is called if the client goes away before its end. What counts is what
   * has come; a body that would find no room is refused before it is sent.
   */
  body(maxBytes: number, done: (body: Buffer) => void): void {
    const { request } = this;
    const { held, uploads } = this.#means;
    checkBodyForm(request);
    const declared = Number(request.headers['content-length'] ?? 0);
    if (declared > maxBytes) return this.#refuseBody(tooLarge(maxBytes));
    if (!held.hasRoomFor(declared)) return this.#refuseBody(this.#overloaded());
    if (request.headers.expect !== undefined) this.response.writeContinue();
    let body: Buffer = EMPTY;
    const refuse = (problem: Problem) => {
      request.off('data', onData).off('end', onEnd).off(MALFORMED, refuse);
      this.#refuseBody(problem);
    };
    const onData = (chunk: Buffer) => {
      const { received } = this;
      const needed = received + chunk.length;
      if (needed > maxBytes) return refuse(tooLarge(maxBytes));
      const capacity = capacityFor(needed, received, body.length, declared);
      if (!this.hold(capacity - body.length)) return refuse(this.#overloaded());
      body = append(body, received, chunk, capacity);
      this.received = needed;
    };
    const onEnd = () => {
      const { received } = this;
      uploads.remove(this);
      this.attempt(() => done(received === body.length ? body : body.subarray(0, received)));
    };
    request.on('data', onData).on('end', onEnd).once(MALFORMED, refuse);
    uploads.add(this);
  }

  /**
   * Reads a body as it comes, however long it is. `ended` is told why, if there is no rest of it;
   * it is not called if the client goes away before its end.
   */
  pieces(to: { take(piece: Buffer): void; ended(problem?: Problem): void }): BodyReading {
    const { request } = this;
    const { uploads } = this.#means;
    checkBodyForm(request);
    if (request.headers.expect !== undefined) this.response.writeContinue();
    let isPaused = false;
    const onData = (piece: Buffer) => {
      this.received += piece.length;
      to.take(piece);
    };
    const stop = () => {
      request.off('data', onData).off('end', onEnd).off(MALFORMED, onMalformed);
      uploads.remove(this);
    };
    const onEnd = () => {
      stop();
      to.ended();
    };
    const onMalformed = (problem: Problem) => {
      stop();
      to.ended(problem);
    };
    request.on('data', onData).on('end', onEnd).once(MALFORMED, onMalformed);
    uploads.add(this);
    return {
      pause: () => {
        if (isPaused) return;
        isPaused = true;
        request.pause();
        // Who is not read from cannot be slow.
        uploads.remove(this);
      },
      resume: () => {
        if (!isPaused) return;
        isPaused = false;
        request.resume();
        uploads.add(this);
      },
      discard: () => {
        stop();
        this.#discardBody();
        request.resume();
      },
    };
  }

  /** Of a body that comes too slowly. */
  giveUp(): void {
    this.request.emit(MALFORMED, tooSlow());
  }

  #refuseBody(problem: Problem): void {
    // Nobody needs any more what has come of it.
    this.release();
    this.#discardBody();
    this.problem(problem);
  }

  #discardBody(): void {
    let discarded = 0;
    this.request.on('data', (chunk: Buffer) => {
      discarded += chunk.length;
      if (discarded > DISCARD_BYTES) this.request.socket.destroy();
    });
  }

  #overloaded(): Problem {
    const isNamed = this.header('idempotency-key') !== undefined;
    return Problem.from(isNamed ? OVERLOADED_RETRY : OVERLOADED);
  }

  /** Refuses a read whose answer may have so many bytes, if there is no room for them now. */
  requireRoom(bytes: number): void {
    if (!this.#means.held.hasRoomFor(bytes)) throw this.#overloaded();
  }

  /** Nothing is held for this request any more: its response is closed. */
  release(): void {
    this.#means.uploads.remove(this);
    this.#means.held.release(this.#held);
    this.#means.reserve.release(this.#reserved);
    this.#held = 0;
    this.#reserved = 0;
  }

  /** Counts what is held for this request; false, and nothing counted, if there is no room. */
  hold(bytes: number): boolean {
    if (this.#means.held.take(bytes)) {
      this.#held += bytes;
      return true;
    }
    if (!this.#isForOperators || !this.#means.reserve.take(bytes)) return false;
    this.#reserved += bytes;
    return true;
  }

  /** Some of that is not held any more; nothing is, once the response is closed. */
  letGo(bytes: number): void {
    const held = Math.min(bytes, this.#held);
    this.#held -= held;
    this.#means.held.release(held);
  }

  /** `headers` of the answer, whatever it will be: a flat list of names and values. */
  promise(headers: readonly string[]): void {
    this.#promised = headers;
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
    // Nobody would release what is held for a client that is gone.
    if (this.response.destroyed) return;
    const bytes = body === undefined || this.method === 'HEAD' ? 0 : Buffer.byteLength(body);
    // A read can be asked for again; what was done has to be said.
    if (!this.hold(bytes) && this.method === 'GET') return this.problem(this.#overloaded());
    this.#write(status, headers, Buffer.isBuffer(body) ? alone(body) : body);
  }

  /** Begins an answer that goes on; whoever asked for it writes to the response, and ends it. */
  stream(status: number, headers: readonly string[]): void {
    this.response.writeHead(status, [...headers, ...this.#means.common(), ...this.#promised]);
    this.response.flushHeaders();
  }

  /**
   * Writes a part of such an answer; `taken` is called when it has left for the network, and never
   * if the client is gone. Of what was only read, false, and nothing is written, if there is no
   * room for it; what was done has to be said.
   */
  part(text: string | Buffer, taken: () => void): boolean {
    const bytes = Buffer.byteLength(text);
    const isHeld = this.hold(bytes);
    if (!isHeld && this.method === 'GET') return false;
    this.response.write(text, (error) => {
      if (error || this.response.destroyed) return;
      if (isHeld) this.letGo(bytes);
      taken();
    });
    return true;
  }

  text(status: number, text: string): void {
    this.send(status, ['Content-Type', 'text/plain; charset=utf-8'], text);
  }

  /** `headers`: what stands beside the type. */
  json(status: number, value: unknown, headers: readonly string[] = []): void {
    const text = `${JSON.stringify(value, undefined, 2)}\n`;
    this.send(status, ['Content-Type', 'application/json; charset=utf-8', ...headers], text);
  }

  problem(problem: Problem): void {
    if (!this.response.headersSent) this.#means.problems[problem.code]++;
    const headers = ['Content-Type', 'application/problem+json'];
    headers.push(...Object.entries(problem.headers).flat());
    this.#write(problem.status, headers, `${JSON.stringify(problem)}\n`);
  }

  #write(status: number, headers: readonly string[], body?: Buffer | string): void {
    if (this.response.headersSent) return;
    const all = [...headers, ...this.#means.common(), ...this.#promised];
    if (body !== undefined) all.push('Content-Length', String(Buffer.byteLength(body)));
    this.response.writeHead(status, all);
    this.response.end(this.method === 'HEAD' ? undefined : body);
  }
}

const EMPTY = Buffer.alloc(0);

/** How much is allotted to a body of which `needed` bytes have come; `declared`: 0 if unknown. */
function capacityFor(needed: number, before: number, allotted: number, declared: number): number {
  if (before === 0) return needed;
  if (needed <= allotted) return allotted;
  return Math.max(needed, Math.min(2 * needed, declared || 2 * needed));
}

/** A body in one piece: kept apart, many small chunks would take many times their size. */
function append(body: Buffer, size: number, chunk: Buffer, capacity: number): Buffer {
  if (size === 0) return chunk;
  const roomy = capacity <= body.length ? body : Buffer.concat([body], capacity);
  chunk.copy(roomy, size);
  return roomy;
}

/** For as long as it waits, a small part of a large piece of memory would keep all of that. */
function alone(body: Buffer): Buffer {
  return body.buffer.byteLength > 2 * body.length + MOST_SHARED_BYTES ? Buffer.from(body) : body;
}

function tooLarge(maxBytes: number): Problem {
  return new Problem('value_too_large', `the body is larger than ${maxBytes} bytes`);
}

function tooSlow(): Problem {
  const detail = 'the body came too slowly, and was given up';
  return new Problem('request_timeout', detail, { headers: { Connection: 'close' } });
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
