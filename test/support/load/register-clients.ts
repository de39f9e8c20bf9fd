/**
 * Two loads for linearizable keys: clients that do all that can be done to a few registers and keep
 * the history of it, and clients that count together.
 */

import type { OutgoingHttpHeaders } from 'node:http';
import { Stream } from '../../sim/world/random.js';
import { type Asked, RegisterHistory } from '../linearizability/register-history.js';
import { Clients, type Hands, isCertainlyNotApplied } from './clients.js';
import type { Reply } from './seat.js';

/** Of one key: more would make the search for an order long. */
const MOST_OPERATIONS = 120;
const MOST_UNKNOWNS = 4;
const LEVEL = 'consistency=linearizable';

/** A key in use, and a value of it that was seen with its ETag. */
interface Register {
  readonly key: string;
  operations: number;
  unknowns: number;
  /** Clients that wait for an answer. */
  atWork: number;
  seen: { readonly value: string; readonly etag: string } | undefined;
}

export class RecordedLoad {
  readonly clients: Clients;
  readonly history = new RegisterHistory();
  readonly #name: string;
  readonly #random: Stream;
  readonly #inUse: Register[];
  /** More at one key when a node pauses would be more unknowns than can be ordered. */
  readonly #mostAtWork: number;
  #keys = 0;
  #values = 0;

  /** `registers`: keys in use at a time; each is given up for a new one after a while. */
  constructor(options: {
    name: string;
    ports: readonly number[];
    clients: number;
    registers: number;
    seed: number;
  }) {
    const { name, ports, clients, registers, seed } = options;
    this.#name = name;
    this.#random = new Stream(seed, name);
    this.#inUse = Array.from({ length: registers }, () => this.#fresh());
    this.#mostAtWork = Math.ceil(clients / registers);
    this.clients = new Clients(ports, clients, (hands) => this.#turn(hands));
  }

  get keys(): number {
    return this.#keys;
  }

  #fresh(): Register {
    const key = `${this.#name}-${this.#keys++}`;
    return { key, operations: 0, unknowns: 0, atWork: 0, seen: undefined };
  }

  async #turn(hands: Hands): Promise<void> {
    const free = this.#inUse.filter(({ atWork }) => atWork < this.#mostAtWork);
    const register = this.#random.pick(free);
    if (++register.operations === MOST_OPERATIONS) this.#giveUp(register);
    const { method, headers, asked } = choose(this.#random, register, `v${this.#values++}`);
    const body = method === 'PUT' && 'value' in asked ? { body: asked.value! } : {};
    const invoke = performance.now();
    register.atWork++;
    const reply = await hands(method, `/kv/${register.key}?${LEVEL}`, { headers, ...body });
    register.atWork--;
    const complete = performance.now();
    const { unknowns } = this.history;
    this.history.add({ key: register.key, invoke, complete }, asked, reply);
    register.unknowns += this.history.unknowns - unknowns;
    if (register.unknowns >= MOST_UNKNOWNS) this.#giveUp(register);
    register.seen = seenIn(asked, reply) ?? register.seen;
  }

  #giveUp(register: Register): void {
    const place = this.#inUse.indexOf(register);
    if (place >= 0) this.#inUse[place] = this.#fresh();
  }
}

interface Choice {
  readonly method: string;
  readonly headers: OutgoingHttpHeaders;
  readonly asked: Asked;
}

/** Half of them read, and most of the others write on a condition. */
function choose(random: Stream, { seen }: Register, value: string): Choice {
  const kind = random.whole(0, 19);
  if (kind < 9) return { method: 'GET', headers: {}, asked: { kind: 'read' } };
  if (kind < 11) return { method: 'PUT', headers: {}, asked: { kind: 'write', value } };
  if (kind < 12) return { method: 'DELETE', headers: {}, asked: { kind: 'delete' } };
  if (kind < 14 || !seen) {
    const asked = { kind: 'cas', expected: undefined, value } as const;
    return { method: 'PUT', headers: { 'If-None-Match': '*' }, asked };
  }
  const headers = { 'If-Match': seen.etag };
  const expected = seen.value;
  if (kind < 19) return { method: 'PUT', headers, asked: { kind: 'cas', expected, value } };
  return { method: 'DELETE', headers, asked: { kind: 'cas', expected, value: undefined } };
}

function seenIn(asked: Asked, reply: Reply): Register['seen'] {
  if (typeof reply === 'string' || reply.headers.etag === undefined) return undefined;
  const { etag } = reply.headers;
  if (reply.status === 200) return { etag, value: reply.text };
  if (reply.status !== 204 || asked.kind === 'read' || asked.kind === 'delete') return undefined;
  return asked.value === undefined ? undefined : { etag, value: asked.value };
}

/** Each reads the number under one key and, if it is still there, writes the next. */
export class CountingLoad {
  readonly clients: Clients;
  /** Numbers that a client was told it had written. */
  readonly acknowledged = new Set<number>();
  readonly #twice: number[] = [];
  /** Numbers of writes that may have been made. */
  readonly #perhaps = new Set<number>();
  unknowns = 0;
  refused = 0;

  constructor(key: string, ports: readonly number[], clients: number) {
    const target = `/kv/${key}?${LEVEL}`;
    this.clients = new Clients(ports, clients, (hands) => this.#increment(hands, target));
  }

  async #increment(hands: Hands, target: string): Promise<void> {
    const read = await hands('GET', target, {});
    if (typeof read === 'string' || (read.status !== 200 && read.status !== 404)) return;
    const next = read.status === 200 ? Number(read.text) + 1 : 1;
    const headers = next === 1 ? { 'If-None-Match': '*' } : { 'If-Match': read.headers.etag };
    const reply = await hands('PUT', target, { headers, body: String(next) });
    if (typeof reply !== 'string' && reply.status === 204) {
      if (this.acknowledged.has(next)) this.#twice.push(next);
      this.acknowledged.add(next);
    } else if (isCertainlyNotApplied(reply)) this.refused++;
    else {
      this.unknowns++;
      this.#perhaps.add(next);
    }
  }

  /** What cannot be if the clients are done and the counter says this, one sentence for each. */
  faults(text: string): string[] {
    const total = Number(text);
    if (!Number.isInteger(total)) return [`the counter says ${text}`];
    const faults = this.#twice.map((number) => `${number} was acknowledged twice`);
    for (const number of this.acknowledged) {
      if (number > total) faults.push(`${number} was acknowledged, and the counter is at ${total}`);
    }
    for (let number = 1; number <= total; number++) {
      if (this.acknowledged.has(number) || this.#perhaps.has(number)) continue;
      faults.push(`the counter is at ${total}, and nobody can have written ${number}`);
    }
    return faults;
  }
}
