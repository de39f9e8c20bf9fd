/**
 * Clients that use a few keys as registers with compare-and-set, and as counters. Keys are changed
 * for fresh ones after a while, or when too much on them is unknown, so that their histories can be
 * checked; now and then somebody comes back to an old one.
 */

import { OPERATION_BYTES, originOf } from '../../../src/core/data/record.js';
import type { Version } from '../../../src/core/data/version.js';
import type { Condition, Failure, Found, Written } from '../../../src/core/requests.js';
import { ANY_VALUE, type State } from '../../support/linearizability/register.js';
import type { Cluster } from '../cluster/cluster.js';
import type { Machine, Running } from '../cluster/machine.js';
import { ask } from '../load/ask.js';
import type { Stream } from '../world/random.js';
import type { World } from '../world/world.js';
import {
  type RegisterHistory,
  type RegisterOperation,
  type RegisterRequest,
  type RegisterResult,
  showRegisterOperation,
} from './history.js';
import type { RegisterOptions } from './options.js';

const MOST_OPERATIONS = 150;
const MOST_UNKNOWN = 6;
/** Visits to old keys are over when these are reached. */
const MOST_REVISITED = 250;
const MOST_UNKNOWN_REVISITED = 10;
const TIMEOUT_MS = 2000;
const WITHIN_BURST_MS = 2;
/** How often a client that counts tries again. */
const MOST_ATTEMPTS = 5;
/** How often a client asks again what became of a write. */
const MOST_RETRIES = 2;
const BEFORE_RETRY_MS = 200;

const AFTER_READING = ['matches', 'matches', 'matches', 'absent', 'present'] as const;

/** A place for one key after the other. */
interface Slot {
  readonly kind: 'register' | 'counter';
  readonly index: number;
  generation: number;
}

/** What a client saw or stored last. */
interface Known {
  readonly version: Version;
  readonly state: string;
}

/** A condition, and the state that it stands for. */
interface Expectation {
  readonly condition: Condition;
  readonly expected: State | typeof ANY_VALUE;
}

type Change = { readonly value: State } & (
  | { readonly kind: 'write' }
  | ({ readonly kind: 'cas' } & Expectation)
);

/** `ofAllTries`: that a condition failed means that no try was made, and not only this one. */
type Told = RegisterResult & { readonly ofAllTries?: boolean };

export class RegisterClients {
  readonly #world: World;
  readonly #cluster: Cluster;
  readonly #history: RegisterHistory;
  readonly #options: RegisterOptions;
  readonly #random: Stream;
  readonly #retries: Stream;
  readonly #slots: readonly Slot[];
  readonly #old: { key: string; kind: Slot['kind'] }[] = [];
  readonly #unknown = new Map<string, number>();
  #stopped = false;

  constructor(parts: {
    world: World;
    cluster: Cluster;
    history: RegisterHistory;
    options: RegisterOptions;
  }) {
    this.#world = parts.world;
    this.#cluster = parts.cluster;
    this.#history = parts.history;
    this.#options = parts.options;
    this.#random = parts.world.stream('registers');
    this.#retries = parts.world.stream('retries');
    const { registers, counters } = parts.options;
    const slots = (kind: Slot['kind'], count: number) =>
      Array.from({ length: count }, (_, index) => ({ kind, index, generation: 0 }));
    this.#slots = [...slots('register', registers), ...slots('counter', counters)];
  }

  start(): void {
    for (let client = 0; client < this.#options.clients; client++) this.#pause(new Map());
  }

  stop(): void {
    this.#stopped = true;
  }

  #pause(known: Map<string, Known>): void {
    const { burst, thinkMs } = this.#options;
    this.#later(thinkMs * burst, () => this.#act(known, burst));
  }

  #later(meanMs: number, run: () => void): void {
    this.#world.scheduler.after(this.#random.exponential(meanMs), () => {
      if (!this.#stopped) run();
    });
  }

  #act(known: Map<string, Known>, left: number): void {
    if (left === 0) return this.#pause(known);
    const ended = () => this.#later(WITHIN_BURST_MS, () => this.#act(known, left - 1));
    const { kind, key } = this.#chooseKey();
    if (kind === 'counter') this.#count(key, MOST_ATTEMPTS, ended);
    else this.#use(key, known, ended);
  }

  #chooseKey(): { kind: Slot['kind']; key: string } {
    const random = this.#random;
    if (this.#old.length > 0 && random.chance(this.#options.revisitShare)) {
      const index = random.whole(0, this.#old.length - 1);
      const old = this.#old[index]!;
      if (!this.#isUsedUp(old.key, MOST_REVISITED, MOST_UNKNOWN_REVISITED)) return old;
      this.#old.splice(index, 1);
    }
    const slot = random.pick(this.#slots);
    const { kind, index } = slot;
    const key = () => `${kind} ${index}.${slot.generation}`;
    if (this.#isUsedUp(key(), MOST_OPERATIONS, MOST_UNKNOWN)) {
      this.#history.retire(key());
      this.#old.push({ key: key(), kind });
      slot.generation++;
    }
    return { kind, key: key() };
  }

  #isUsedUp(key: string, operations: number, unknown: number): boolean {
    const isOften = this.#history.of(key).length >= operations;
    return isOften || (this.#unknown.get(key) ?? 0) >= unknown;
  }

  #use(key: string, known: Map<string, Known>, ended: () => void): void {
    const random = this.#random;
    const learn = (operation: RegisterOperation) => {
      const { outcome, version } = operation;
      const state = operation.kind === 'read' ? operation.found : operation.value;
      if (outcome === 'ok' && version && state !== undefined) known.set(key, { version, state });
      ended();
    };
    if (random.chance(this.#options.readShare)) return this.#request(key, { kind: 'read' }, learn);
    const value = (id: number) => (random.chance(0.15) ? undefined : `v${id}`);
    if (random.chance(0.35)) {
      return this.#request(key, (id) => ({ kind: 'write', value: value(id) }), learn);
    }
    const condition = this.#condition(known.get(key));
    this.#request(key, (id) => ({ kind: 'cas', value: value(id), ...condition }), learn);
  }

  #condition(known: Known | undefined): Expectation {
    const kinds = known ? AFTER_READING : ['absent' as const];
    const kind = this.#random.pick(kinds);
    if (kind === 'matches') return matching(known!);
    return { condition: { kind }, expected: kind === 'absent' ? undefined : ANY_VALUE };
  }

  /** Reads the number and puts the next one in its place, if nobody else has meanwhile. */
  #count(key: string, attempts: number, ended: () => void): void {
    this.#request(key, { kind: 'read' }, (read) => {
      if (read.outcome !== 'ok') return ended();
      const { found, version } = read;
      const condition: Expectation =
        found === undefined
          ? { condition: { kind: 'absent' }, expected: undefined }
          : matching({ version: version!, state: found });
      const change = (id: number): Change => ({
        kind: 'cas',
        value: `${numberIn(found) + 1} by ${id}`,
        ...condition,
      });
      this.#request(key, change, ({ outcome }) => {
        if (outcome !== 'failed' || attempts === 1 || this.#stopped) ended();
        else this.#count(key, attempts - 1, ended);
      });
    });
  }

  /** To whatever machine; what cannot even be asked is over at once. */
  #request(
    key: string,
    what: { kind: 'read' } | ((id: number) => Change),
    ended: (operation: RegisterOperation) => void,
  ): void {
    const random = this.#random;
    const machine = random.pick(this.#cluster.machines);
    const timeoutMs = random.chance(0.9) ? TIMEOUT_MS : TIMEOUT_MS / 10;
    const { running } = machine;
    if (!running) return this.#later(this.#options.thinkMs, () => this.#request(key, what, ended));
    const id = this.#history.nextId();
    const request = { key, machine: machine.name, ...(what instanceof Function ? what(id) : what) };
    this.#send(running, id, request, timeoutMs, ended);
  }

  /** A linearizable read through one node. */
  read(
    { name }: Machine,
    running: Running,
    key: string,
    timeoutMs: number,
    ended: (operation: RegisterOperation) => void,
  ): void {
    const request: RegisterRequest = { key, machine: name, kind: 'read' };
    this.#send(running, this.#history.nextId(), request, timeoutMs, ended);
  }

  /**
   * Half of those that are made once at most have an id, and are sent again when nobody can tell
   * what came of them. (Others are made again if they have been overwritten meanwhile.)
   */
  #send(
    running: Running,
    id: number,
    request: RegisterRequest,
    timeoutMs: number,
    ended: (operation: RegisterOperation) => void,
  ): void {
    const { scheduler, trace } = this.#world;
    const operation = this.#history.invoke(id, request, scheduler.now);
    const end = ({ ofAllTries: _, ...result }: Told) => {
      if (result.outcome === 'unknown' && request.kind !== 'read') {
        this.#unknown.set(request.key, (this.#unknown.get(request.key) ?? 0) + 1);
      }
      this.#history.complete(operation, result, scheduler.now);
      trace.mix(operation.id + (result.version?.time ?? 0));
      if (trace.on) this.#world.note('client', showRegisterOperation(operation));
      ended(operation);
    };
    const isOnce = request.kind === 'cas' && request.condition.kind === 'matches';
    const hasId = isOnce && this.#retries.chance(0.5);
    const sent = hasId ? { ...request, operation: operationOf(id) } : request;
    const retry = (first: Told, triesLeft: number) => {
      scheduler.after(this.#retries.exponential(BEFORE_RETRY_MS), () => {
        const { running: other } = this.#retries.pick(this.#cluster.machines);
        if (!other) return end(first);
        this.#ask(other, sent, timeoutMs, operation, (second) => {
          const { outcome, ofAllTries } = second ?? {};
          if (outcome === 'ok') this.#history.checked.retried++;
          if (outcome === 'failed' && ofAllTries) this.#history.checked.neverMade++;
          const isKnown = outcome === 'ok' || (outcome === 'failed' && ofAllTries);
          if (second && isKnown) end(second);
          else if (triesLeft > 1) retry(first, triesLeft - 1);
          else end(first);
        });
      });
    };
    this.#ask(running, sent, timeoutMs, operation, (result) => {
      // A node that has not answered may still be at it.
      if (hasId && result?.outcome === 'unknown') retry(result, MOST_RETRIES);
      else end(result ?? { outcome: 'unknown' });
    });
  }

  #ask(
    running: Running,
    request: RegisterRequest & { readonly operation?: Uint8Array },
    timeoutMs: number,
    asked: RegisterOperation,
    ended: (result: Told | undefined) => void,
  ): void {
    const common = { key: Buffer.from(request.key), level: 'linearizable', timeoutMs } as const;
    ask<Told>(this.#world, running, {
      timeoutMs,
      send: (answer) => {
        if (request.kind === 'read') {
          running.node.read(common, (outcome) => answer(readResult(outcome)));
          return;
        }
        const { operation, value: text } = request;
        const value = text === undefined ? undefined : Buffer.from(text);
        const write = { ...common, value, contentType: 'text/plain', expiresAt: 0 };
        const also = {
          ...(operation && { operation }),
          ...(request.kind === 'cas' && { condition: request.condition }),
        };
        running.node.write({ ...write, ...also }, (outcome) => answer(writeResult(outcome)));
      },
      ended,
      show: () => showRegisterOperation(asked),
    });
  }
}

function matching({ version, state }: Known): Expectation {
  return { condition: { kind: 'matches', versions: [version] }, expected: state };
}

function operationOf(id: number): Uint8Array {
  return Buffer.from(`${id}`.padStart(OPERATION_BYTES));
}

/** What a counter holds. */
export function numberIn(state: State): number {
  return state === undefined ? 0 : Number.parseInt(state, 10);
}

function readResult(outcome: Found | Failure): RegisterResult {
  if (!outcome.ok) return { outcome: 'no', code: outcome.code };
  const { record } = outcome;
  const found = record && !record.tombstone ? Buffer.from(record.value).toString() : undefined;
  return { outcome: 'ok', version: record && originOf(record), found };
}

function writeResult(outcome: Written | Failure): Told {
  if (outcome.ok) return { outcome: 'ok', version: outcome.version, epoch: outcome.epoch };
  const { code, current, applied } = outcome;
  if (code === 'precondition_failed') {
    return { outcome: 'failed', code, version: current, ofAllTries: applied === 'no' };
  }
  return { outcome: applied ?? 'unknown', code };
}
