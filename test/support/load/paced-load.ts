/**
 * Reads and writes of a fixed set of keys at a given rate, which know in the end what may be read.
 *
 * A key has at most one write under way, and each writes the next number. When one ends otherwise
 * than well, its outcome is open, and the key is only read from then on. So a read has to return
 * the number that was acknowledged last, or the open one, as with `RegisterLoad`.
 */
import type { Stream } from '../../sim/world/random.js';
import { eventually } from '../eventually.js';
import type { HttpClient } from '../http/http-client.js';
import { eachKey } from './key-set.js';
import { type End, type Job, jobOf, OpenLoad, Outcomes } from './open-load.js';

const FILLING_CLIENTS = 16;
const TIMEOUT_MS = 3000;
const FILL_WITHIN_MS = 300_000;

interface Slot {
  readonly key: string;
  acknowledged: number;
  tried: number;
  state: 'free' | 'being written' | 'open';
}

export class PacedLoad {
  readonly #random: Stream;
  readonly #valueBytes: number;
  readonly #slots: readonly Slot[];
  /** Nothing has been written to the others yet. */
  #filled = 0;
  /** One for each node, so that each gets its share, however quick it is. */
  readonly #loads: ReadonlyMap<number, OpenLoad>;
  #written = new Set<Slot>();

  /** `clients`: requests under way at a time, at most, at each of the nodes on `ports`. */
  constructor(options: {
    ports: readonly number[];
    clients: number;
    keys: number;
    valueBytes: number;
    random: Stream;
  }) {
    const { ports, clients: maxConnections, keys, valueBytes, random } = options;
    this.#random = random;
    this.#valueBytes = valueBytes;
    this.#slots = Array.from({ length: keys }, (_, i) => ({
      key: `paced-${i}`,
      acknowledged: 0,
      tried: 0,
      state: 'free',
    }));
    const jobs = () => this.#job();
    const load = (port: number) =>
      new OpenLoad({ ports: [port], jobs, maxConnections, timeoutMs: TIMEOUT_MS });
    this.#loads = new Map(ports.map((port) => [port, load(port)]));
  }

  /** Writes every key once, as quickly as it goes. */
  async fill(): Promise<void> {
    for (const load of this.#loads.values()) load.byClients(FILLING_CLIENTS);
    await eventually(() => this.#filled === this.#slots.length, FILL_WITHIN_MS);
    await this.pause();
    this.take();
  }

  /** So many requests a second from now on, of which each of these nodes gets as many. */
  atRate(perSecond: number, ports: readonly number[]): void {
    for (const [port, load] of this.#loads) {
      load.atRate(ports.includes(port) ? perSecond / ports.length : 0);
    }
  }

  /** Resolves when no write is under way any more. */
  async pause(): Promise<void> {
    this.atRate(0, []);
    await eventually(() => this.#slots.every(({ state }) => state !== 'being written'));
  }

  close(): void {
    for (const load of this.#loads.values()) load.close();
  }

  /** What ended since the last call. */
  take(): Outcomes {
    return Outcomes.of([...this.#loads.values()].map((load) => load.take()));
  }

  /** The keys of which a write was acknowledged since the last call, and none is open. */
  takeWritten(): string[] {
    const written = [...this.#written].filter(({ state }) => state !== 'open');
    this.#written = new Set();
    return written.map(({ key }) => key);
  }

  get keys(): string[] {
    return this.#slots.map(({ key }) => key);
  }

  /** By key, the number that was acknowledged last. */
  acknowledged(): Map<string, number> {
    return new Map(this.#slots.map(({ key, acknowledged }) => [key, acknowledged]));
  }

  /** Writes of which nobody can tell whether they were made. */
  get open(): number {
    return this.#slots.filter(({ state }) => state === 'open').length;
  }

  /** Reads every key by each of the clients; a line for each that holds what it must not. */
  async wrong(clients: readonly HttpClient[]): Promise<string[]> {
    const slots = new Map(this.#slots.map((slot) => [slot.key, slot]));
    const wrong: string[] = [];
    for (const client of clients) {
      await eachKey(this.keys, [client], async (key) => {
        const { acknowledged, tried } = slots.get(key)!;
        const { status, text } = await client.get(`/kv/${key}`);
        const number = Number(text.split(' ')[0]);
        const isKnown = status === 200 && text === this.#value(key, number);
        if (isKnown && number >= acknowledged && number <= tried) return;
        const wanted = `${acknowledged} to ${tried}`;
        wrong.push(`${key} at port ${client.port}: ${wanted} expected, got ${status} ${text}`);
      });
    }
    return wrong;
  }

  #job(): Job {
    const next = this.#slots[this.#filled];
    if (next) {
      this.#filled++;
      return this.#write(next);
    }
    const slot = this.#random.pick(this.#slots);
    const isWrite = slot.state === 'free' && this.#random.chance(0.5);
    return isWrite ? this.#write(slot) : jobOf('GET', `/kv/${slot.key}`);
  }

  #write(slot: Slot): Job {
    const number = ++slot.tried;
    slot.state = 'being written';
    const onEnd = (end: End) => {
      slot.state = end === '204' ? 'free' : 'open';
      if (end !== '204') return;
      slot.acknowledged = number;
      this.#written.add(slot);
    };
    return { ...jobOf('PUT', `/kv/${slot.key}`, this.#value(slot.key, number)), onEnd };
  }

  #value(key: string, number: number): string {
    return `${number} ${key} `.padEnd(this.#valueBytes, '.');
  }
}
