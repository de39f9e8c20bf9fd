/**
 * Requests that come at a rate of their own, whatever becomes of those before them, as from very
 * many clients; and for comparison a fixed number of clients that each wait for their answer.
 *
 * A client that has no answer after a while goes away.
 */
import { connect, type Socket } from 'node:net';
import { systemClock as clock } from '../../../src/system.js';
import { AnswerReader, requestBytes } from '../http/raw-http.js';
import { percentile } from './drill.js';

const TICK_MS = 2;

export interface Job {
  readonly kind: string;
  /** A whole request, as it goes over the wire. */
  readonly bytes: Buffer;
  /** Called once it is over, unless the load was closed before. */
  readonly onEnd?: (end: End) => void;
}

export function jobOf(method: string, target: string, body?: string): Job {
  return { kind: method, bytes: requestBytes(method, target, body) };
}

/** A status, with the code of a problem behind it, or `gave up` or `broken`. */
export type End = string;

/** How requests ended. */
export class Outcomes {
  /** 2xx and 404. */
  good = 0;
  /** By status and code, or `gave up` or `broken`. */
  readonly bad = new Map<string, number>();
  /** Of the good ones, by kind. */
  readonly latenciesMs = new Map<string, number[]>();
  /** Nobody was free to send them. */
  unsent = 0;

  /** Of several, as if it were one. */
  static of(parts: readonly Outcomes[]): Outcomes {
    const all = new Outcomes();
    for (const { good, unsent, bad, latenciesMs } of parts) {
      all.good += good;
      all.unsent += unsent;
      for (const [end, count] of bad) all.bad.set(end, (all.bad.get(end) ?? 0) + count);
      for (const [kind, some] of latenciesMs) {
        all.latenciesMs.set(kind, [...(all.latenciesMs.get(kind) ?? []), ...some]);
      }
    }
    return all;
  }

  note({ kind }: Job, end: End, tookMs: number): void {
    if (/^(2|404)/.test(end)) {
      this.good++;
      const latencies = this.latenciesMs.get(kind);
      if (latencies) latencies.push(tookMs);
      else this.latenciesMs.set(kind, [tookMs]);
    } else this.bad.set(end, (this.bad.get(end) ?? 0) + 1);
  }

  get badText(): string {
    const texts = [...this.bad].map(([end, count]) => `${count} × ${end}`);
    if (this.unsent > 0) texts.push(`${this.unsent} not sent`);
    return texts.join(', ') || 'none';
  }

  /** NaN if there was none. */
  percentileMs(kind: string, part: number): number {
    return percentile(this.latenciesMs.get(kind) ?? [], part);
  }
}

export class OpenLoad {
  readonly #ports: readonly number[];
  readonly #jobs: () => Job;
  readonly #maxConnections: number;
  readonly #timeoutMs: number;
  readonly #idle: Connection[] = [];
  /** With a request under way, the oldest first. */
  readonly #busy = new Set<Connection>();
  #opened = 0;
  #outcomes = new Outcomes();
  #perSecond = 0;
  #clients = 0;
  #owed = 0;
  #tickedAt = clock.monotonic();
  #closed = false;

  constructor(options: {
    ports: readonly number[];
    jobs: () => Job;
    maxConnections: number;
    /** When a client goes away. */
    timeoutMs: number;
  }) {
    this.#ports = options.ports;
    this.#jobs = options.jobs;
    this.#maxConnections = options.maxConnections;
    this.#timeoutMs = options.timeoutMs;
    this.#tick();
  }

  /** So many requests a second from now on. */
  atRate(perSecond: number): void {
    this.#perSecond = perSecond;
    this.#clients = 0;
    this.#owed = 0;
  }

  /** So many clients from now on, each with one request at a time. */
  byClients(clients: number): void {
    this.#perSecond = 0;
    this.#clients = clients;
  }

  /** What ended since the last call. */
  take(): Outcomes {
    const taken = this.#outcomes;
    this.#outcomes = new Outcomes();
    return taken;
  }

  close(): void {
    this.#closed = true;
    for (const connection of [...this.#idle, ...this.#busy]) connection.close();
  }

  #tick(): void {
    if (this.#closed) return;
    const now = clock.monotonic();
    this.#owed += ((now - this.#tickedAt) / 1000) * this.#perSecond;
    this.#tickedAt = now;
    for (const connection of this.#busy) {
      if (now - connection.sentAt < this.#timeoutMs) break;
      connection.giveUp();
    }
    if (this.#clients > 0) this.#owed = this.#clients - this.#busy.size;
    for (; this.#owed >= 1; this.#owed--) this.#send();
    clock.setTimeout(() => this.#tick(), TICK_MS);
  }

  #send(): void {
    const connection = this.#idle.pop() ?? this.#open();
    if (!connection) {
      this.#outcomes.unsent++;
      return;
    }
    const job = this.#jobs();
    this.#busy.add(connection);
    connection.send(job, (end) => {
      this.#busy.delete(connection);
      this.#outcomes.note(job, end, clock.monotonic() - connection.sentAt);
      job.onEnd?.(end);
      if (end !== 'gave up' && end !== 'broken') this.#idle.push(connection);
      if (this.#busy.size < this.#clients) this.#send();
    });
  }

  #open(): Connection | undefined {
    if (this.#idle.length + this.#busy.size >= this.#maxConnections) return undefined;
    const connection = new Connection(this.#ports[this.#opened++ % this.#ports.length]!, () => {
      const at = this.#idle.indexOf(connection);
      if (at >= 0) this.#idle.splice(at, 1);
    });
    return connection;
  }
}

class Connection {
  sentAt = 0;
  readonly #socket: Socket;
  #done: ((end: End) => void) | undefined;
  readonly #answer = new AnswerReader();

  constructor(port: number, onGone: () => void) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (bytes: Buffer) => this.#read(bytes));
    // What it was, its close tells.
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      onGone();
      this.#end('broken');
    });
  }

  send({ bytes }: Job, done: (end: End) => void): void {
    this.sentAt = clock.monotonic();
    this.#done = done;
    this.#socket.write(bytes);
  }

  giveUp(): void {
    this.#end('gave up');
    this.#socket.destroy();
  }

  close(): void {
    this.#done = undefined;
    this.#socket.destroy();
  }

  #read(bytes: Buffer): void {
    const status = this.#answer.read(bytes);
    if (status === undefined) return;
    const { code } = this.#answer;
    this.#end(code ? `${status} ${code}` : String(status));
  }

  #end(how: End): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(how);
  }
}
