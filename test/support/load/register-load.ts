/**
 * Clients that know what may be read: each writes rising numbers to keys of its own and reads them
 * back.
 *
 * A key has one writer, which writes on only while it is told that all is well. When a write ends
 * otherwise, its outcome is open and the key is left alone. So a read has to return the number that
 * was acknowledged last, or the open one; anything else is a lost write. This holds whatever the
 * clocks do, because no two writes of a key that count ever overlap.
 */
import type { Answer, HttpClient } from '../http/http-client.js';
import { Failures, Seat } from './seat.js';

const WRITES_PER_KEY = 10;
const CHECKS_AT_A_TIME = 16;

/** What a key may hold: from what was acknowledged to what was tried; 0 is nothing. */
interface Bounds {
  acknowledged: number;
  tried: number;
}

export class RegisterLoad {
  /** Successes. */
  reads = 0;
  writes = 0;
  /** Requests that were sent and not carried out. */
  readonly failures = new Failures();
  /** Reads that returned what they must not. */
  readonly violations: string[] = [];
  readonly #name: string;
  readonly #ports: readonly number[];
  readonly #keys = new Map<string, Bounds>();
  readonly #clients: Promise<void>[];
  #lastSuccess = performance.now();
  #longestGapMs = 0;
  readonly #latenciesMs: number[] = [];
  #stopping = false;

  /** Starts `clients`, spread over `ports`; one moves on to the next port when a node fails it. */
  constructor(name: string, ports: readonly number[], clients: number) {
    this.#name = name;
    this.#ports = ports;
    this.#clients = Array.from({ length: clients }, (_, client) => this.#run(client));
  }

  /** The longest time without any success since the last call, which begins a new measurement. */
  takeLongestGapMs(): number {
    this.#noteGap();
    const longest = this.#longestGapMs;
    this.#longestGapMs = 0;
    return longest;
  }

  /** Every key that a write was tried of; one whose only write failed may have no value. */
  get keys(): string[] {
    return [...this.#keys.keys()];
  }

  /** Of every success since the last call. */
  takeLatenciesMs(): number[] {
    return this.#latenciesMs.splice(0);
  }

  /** Resolves when every request has ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#clients);
  }

  /**
   * Reads every key by every one of these nodes; what is wrong is added to `violations`. Returns
   * the number of reads.
   */
  async check(clients: readonly HttpClient[]): Promise<number> {
    const queue = [...this.#keys].flatMap(([key, bounds]) =>
      clients.map((client) => ({ key, bounds, client })),
    );
    const total = queue.length;
    const work = queue.values();
    const lane = async () => {
      for (const { key, bounds, client } of work) {
        this.#judge(key, bounds, await client.get(`/kv/${key}`), `port ${client.port}`);
      }
    };
    await Promise.all(Array.from({ length: CHECKS_AT_A_TIME }, lane));
    return total;
  }

  async #run(client: number): Promise<void> {
    const seat = new Seat({ ports: this.#ports, at: client, failed: this.failures.note });
    for (let serial = 0; !this.#stopping; serial++) {
      const key = `${this.#name}-${client}-${serial}`;
      const bounds = { acknowledged: 0, tried: 0 };
      while (!this.#stopping && bounds.acknowledged < WRITES_PER_KEY) {
        if (!(await this.#writeAndRead(seat, key, bounds))) break;
      }
    }
    seat.leave();
  }

  /** False if the key has to be left alone. */
  async #writeAndRead(seat: Seat, key: string, bounds: Bounds): Promise<boolean> {
    const number = bounds.acknowledged + 1;
    const written = await this.#attempt(seat, 'PUT', key, String(number));
    if (written === 'not sent') return true;
    bounds.tried = number;
    this.#keys.set(key, bounds);
    if (written?.status !== 204) return false;
    bounds.acknowledged = number;
    this.writes++;

    const found = await this.#attempt(seat, 'GET', key);
    if (found === undefined || found === 'not sent') return true;
    if (this.#judge(key, bounds, found, `port ${seat.port}`)) this.reads++;
    return true;
  }

  async #attempt(
    seat: Seat,
    method: string,
    key: string,
    body?: string,
  ): Promise<Answer | 'not sent' | undefined> {
    const started = performance.now();
    const reply = await seat.ask(method, `/kv/${key}`, body === undefined ? {} : { body });
    if (typeof reply === 'string') return reply === 'lost' ? undefined : reply;
    if (reply.status < 300 || reply.status === 404) {
      this.#noteGap();
      this.#latenciesMs.push(this.#lastSuccess - started);
      return reply;
    }
    // Worse ones are noted where they come in.
    if (reply.status < 500) this.failures.note(`${method} ${reply.status}`);
    return undefined;
  }

  #noteGap(): void {
    const now = performance.now();
    this.#longestGapMs = Math.max(this.#longestGapMs, now - this.#lastSuccess);
    this.#lastSuccess = now;
  }

  /** Whether the answer is one that the key may give. */
  #judge(key: string, { acknowledged, tried }: Bounds, answer: Answer, where: string): boolean {
    const number = answer.status === 404 ? 0 : answer.status === 200 ? Number(answer.text) : -1;
    if (number >= acknowledged && number <= tried) return true;
    const got = number >= 0 ? number : `${answer.status} ${answer.text}`;
    this.violations.push(`${key} at ${where}: ${acknowledged} to ${tried} expected, got ${got}`);
    return false;
  }
}
