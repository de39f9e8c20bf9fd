/**
 * Clients that write, delete and read a few keys through whatever node they come upon. A client
 * does one thing at a time and waits for its end, but not for ever: what was not answered in good
 * time, or was under way when its node died, is unknown to it. Some writes have an id, and are sent
 * again, to any node, when nobody can tell what came of them; all tries are one operation.
 */
import { OPERATION_BYTES } from '../../../src/core/data/record.js';
import type { Failure, Found, Level, Written } from '../../../src/core/requests.js';
import type { Cluster } from '../cluster/cluster.js';
import type { Machine, Running } from '../cluster/machine.js';
import type { Stream } from '../world/random.js';
import type { World } from '../world/world.js';
import { ask } from './ask.js';
import {
  type History,
  type Operation,
  type Request,
  type Result,
  showOperation,
} from './history.js';
import type { WorkOptions } from './options.js';
import { bytesOfValue, LARGE_BYTES, nameOfBytes } from './values.js';

export interface WorkloadOptions {
  readonly clients: number;
  readonly keys: number;
  readonly thinkMs: number;
  readonly readShare: number;
  readonly replicas: number;
  readonly work: WorkOptions;
}

/** At which a client may send a write again: where it is found if it was made. */
const LEVELS_OF_RETRIES: readonly Level[] = ['quorum', 'all', 'linearizable'];

const TIMEOUT_MS = 2000;
/** How many writes have an id, how often one is sent again, and after how long. */
const WITH_ID = 0.3;
const MOST_RETRIES = 2;
const BEFORE_RETRY_MS = 200;

export class Workload {
  readonly #world: World;
  readonly #cluster: Cluster;
  readonly #history: History;
  readonly #options: WorkloadOptions;
  readonly #random: Stream;
  readonly #retries: Stream;
  readonly #unusual: Stream;
  readonly #ownKeys: readonly string[];
  /** Writes that found themselves when they were sent again, or were made then. */
  retried = 0;
  /** Those of others, who make requests through this workload. */
  readonly otherKeys: string[] = [];
  #stopped = false;

  constructor(parts: {
    world: World;
    cluster: Cluster;
    history: History;
    options: WorkloadOptions;
  }) {
    this.#world = parts.world;
    this.#cluster = parts.cluster;
    this.#history = parts.history;
    this.#options = parts.options;
    this.#random = parts.world.stream('workload');
    this.#retries = parts.world.stream('plain retries');
    this.#unusual = parts.world.stream('unusual requests');
    this.#ownKeys = Array.from({ length: parts.options.keys }, (_, index) => `key ${index}`);
  }

  get keys(): string[] {
    return [...this.#ownKeys, ...this.otherKeys];
  }

  start(): void {
    for (let client = 0; client < this.#options.clients; client++) this.#think();
  }

  stop(): void {
    this.#stopped = true;
  }

  #think(): void {
    this.#world.scheduler.after(this.#random.exponential(this.#options.thinkMs), () => {
      if (!this.#stopped) this.#act();
    });
  }

  #act(): void {
    const random = this.#random;
    const isRead = random.chance(this.#options.readShare);
    const kind = isRead ? 'read' : random.chance(0.15) ? 'delete' : 'write';
    const level: Level = random.chance(0.9) ? 'quorum' : random.chance(0.5) ? 'all' : 'one';
    const key = random.pick(this.#ownKeys);
    const machine = random.pick(this.#cluster.machines);
    const patient = random.chance(0.9);
    if (!machine.running) return this.#think();
    const usual = { kind, key, level: kind === 'read' ? level : writeLevel(level) } as const;
    const request = this.#unusually(this.unusualValue(usual));
    const timeoutMs = patient ? TIMEOUT_MS : TIMEOUT_MS / 10;
    this.request(machine, machine.running, request, timeoutMs, () => this.#think());
  }

  /** Now and then at another level. */
  #unusually(request: Request): Request {
    const { work, replicas } = this.#options;
    const random = this.#unusual;
    if (random.chance(work.numericShare)) return { ...request, level: random.whole(1, replicas) };
    if (!random.chance(work.weakShare)) return request;
    return { ...request, level: request.kind === 'read' ? 'one' : random.pick(['any', 'one']) };
  }

  /** Now and then one that expires, or a large one. */
  unusualValue(request: Request): Request {
    if (request.kind !== 'write') return request;
    const { expiringShare, ttlMs, largeShare } = this.#options.work;
    const random = this.#unusual;
    return {
      ...request,
      ...(random.chance(expiringShare) && { ttlMs: Math.ceil(random.exponential(ttlMs)) }),
      ...(random.chance(largeShare) && { bytes: random.whole(...LARGE_BYTES) }),
    };
  }

  /** `ended` is called once, when the client has its answer or gives up. */
  request(
    machine: Machine,
    running: Running,
    request: Request,
    timeoutMs: number,
    ended: (operation: Operation) => void,
  ): void {
    const { scheduler } = this.#world;
    const operation = this.#history.invoke(request, machine.name, scheduler.now);
    const { key, level, value, ttlMs } = operation;
    const common = { key: Buffer.from(key), level, timeoutMs };
    const bytes = value === undefined ? undefined : bytesOfValue(value);
    const mayRetry = request.kind !== 'read' && LEVELS_OF_RETRIES.includes(level);
    const hasId = mayRetry && this.#retries.chance(WITH_ID);
    const write = {
      ...{ ...common, value: bytes, contentType: 'text/plain' },
      ...(hasId && { operation: Buffer.from(`${operation.id}`.padStart(OPERATION_BYTES)) }),
    };
    const end = (result: Result) => {
      this.#history.complete(operation, result, scheduler.now);
      this.#world.trace.mix(operation.id + (result.version?.time ?? 0));
      if (this.#world.trace.on) this.#world.note('client', showOperation(operation));
      ended(operation);
    };
    const send = (to: Running, triesLeft: number) =>
      ask<Result>(this.#world, to, {
        timeoutMs,
        send: (answer) => {
          if (request.kind === 'read') {
            to.node.read(common, (outcome) => answer(readResult(outcome)));
            return;
          }
          // As a door does it, by the time that the node takes for the cluster's.
          const expiresAt = ttlMs === undefined ? 0 : to.node.wallMs() + ttlMs;
          to.node.write({ ...write, expiresAt }, (outcome) => answer(writeResult(outcome)));
        },
        ended: (result = { outcome: 'unknown' }) => {
          if (hasId && triesLeft < MOST_RETRIES && result.outcome === 'ok') this.retried++;
          if (!hasId || result.outcome !== 'unknown' || triesLeft === 0) return end(result);
          scheduler.after(this.#retries.exponential(BEFORE_RETRY_MS), () => {
            const { running: other } = this.#retries.pick(this.#cluster.machines);
            operation.isRetried = true;
            if (other) send(other, triesLeft - 1);
            else end(result);
          });
        },
        show: () => showOperation(operation),
      });
    send(running, MOST_RETRIES);
  }
}

/** The level at which a write is made beside reads at that one. */
function writeLevel(level: Level): Level {
  return level === 'one' ? 'quorum' : level;
}

function readResult(outcome: Found | Failure): Result {
  if (!outcome.ok) return { outcome: 'no', code: outcome.code };
  const { record, absent } = outcome;
  const held = record && !record.tombstone ? nameOfBytes(record.value) : undefined;
  const hasExpired = absent === 'expired';
  const mayExpire = record?.expiresAt && absent !== 'deleted';
  return {
    ...{ outcome: 'ok', version: record?.version, held, found: absent ? undefined : held },
    ...(mayExpire && { expiry: { atMs: record.expiresAt, hasExpired } }),
  };
}

function writeResult(outcome: Written | Failure): Result {
  if (!outcome.ok) return { outcome: outcome.applied ?? 'unknown', code: outcome.code };
  const { version, epoch, reached } = outcome;
  return { outcome: 'ok', version, epoch, reached };
}
