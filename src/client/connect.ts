/**
 * A client for programs in JavaScript and TypeScript:
 *
 *     import { connect } from 'quorate/client';
 *     const client = await connect({ nodes: ['127.0.0.1:8080'] });
 *     await client.put('greeting', 'hello');
 *     (await client.get('greeting'))?.text();
 *
 * It speaks to the door `/client` of nodes, and REST where that cannot be had: `docs/client.md`.
 */
import { contentChecksum, keyChecksum } from '../core/data/content-checksum.js';
import type { Level } from '../core/requests.js';
import type { Clock, Random } from '../ports.js';
import { systemClock, systemRandom } from '../system.js';
import {
  addressOf,
  bufferOf,
  conditionOf,
  contentTypeOf,
  deadlineOf,
  idOf,
  keyOf,
  programOf,
  readLevel,
  ttlOf,
  writeLevel,
} from './checks.js';
import { ClusterClient } from './client.js';
import { InvalidRequest } from './errors.js';
import type { Wanted } from './operation.js';
import type { Found, Written } from './results.js';

export {
  InvalidRequest,
  OutcomeUnknown,
  PreconditionFailed,
  QuorateError,
  Unavailable,
} from './errors.js';
export type { Found, Written } from './results.js';

export interface ConnectOptions {
  /** `host:port` of some nodes; the others are learnt from them. */
  readonly nodes: readonly string[];
  /** How long an operation may take in all, if it does not say: 5,000 ms. */
  readonly deadlineMs?: number;
  /** How long to wait for the first node: 5,000 ms. */
  readonly connectTimeoutMs?: number;
  /** Operations under way at a time; more are refused with `queue_full`: 10,000. */
  readonly maxPending?: number;
  /** Whether writes get an id, by which they can be sent again: true. */
  readonly idempotentWrites?: boolean;
  /** Who this is, in the logs of nodes. */
  readonly program?: string;
}

export interface ReadOptions {
  /** How many owners must answer; `quorum` unless said otherwise. */
  readonly level?: 'one' | 'quorum' | 'all' | 'linearizable' | number;
  /** From the call on, ms. */
  readonly deadlineMs?: number;
}

export interface WriteOptions {
  readonly level?: Level;
  readonly deadlineMs?: number;
  /** Only over what has this ETag, or one of these, 100 at most; `*`: over any value. */
  readonly ifMatch?: string | readonly string[];
  /** Only where there is no value. */
  readonly ifAbsent?: boolean;
  /**
   * As in `Idempotency-Key`: 1 to 255 characters of ASCII. What was written under it before is
   * looked for, so the same one can be given again after `OutcomeUnknown`. One is made if none is
   * given.
   */
  readonly idempotencyKey?: string;
}

export interface PutOptions extends WriteOptions {
  /** Of bytes `application/octet-stream`, of a text `text/plain`, unless said otherwise. */
  readonly contentType?: string;
  /** Seconds until it expires; never, unless said otherwise. */
  readonly ttl?: number;
}

export type Key = string | Uint8Array;

const DEADLINE_MS = 5000;
const MAX_PENDING = 10_000;
const TEXT_TYPE = 'text/plain; charset=utf-8';
const BYTES_TYPE = 'application/octet-stream';
const NOTHING = Buffer.alloc(0);
/** At which a node finds again what a write has stored. */
const LEVELS_OF_RETRIES: readonly Level[] = ['quorum', 'all', 'linearizable'];
const ID_DIGITS = 16;

/** Resolves when a node can be asked; rejects with `Unavailable` if none can be had in time. */
export async function connect(options: ConnectOptions): Promise<Client> {
  const client = new Client(options, systemClock, systemRandom);
  try {
    await client.ready();
    return client;
  } catch (error) {
    await client.close();
    throw error;
  }
}

/** Any number of operations may be under way. Values must not be changed until theirs has ended. */
export class Client {
  readonly #options: ConnectOptions;
  readonly #cluster: ClusterClient;
  /** Of ids of writes: of this client alone, and a number. */
  readonly #prefix: string;
  #writes = 0;
  readonly #deadlineMs: number;

  /** As `connect`, without waiting for a node. Throws `InvalidRequest` for what is no option. */
  constructor(options: ConnectOptions, clock: Clock, random: Random) {
    this.#options = options;
    this.#deadlineMs = deadlineOf(options.deadlineMs ?? DEADLINE_MS);
    this.#prefix = random.hex(ID_DIGITS);
    const seeds = options.nodes.map(addressOf);
    if (seeds.length === 0) {
      const detail = 'nodes has to name at least one';
      throw new InvalidRequest({ code: 'bad_request', status: 400, detail, applied: 'no' });
    }
    const { maxPending = MAX_PENDING } = options;
    const program = programOf(options.program ?? 'quorate/client');
    this.#cluster = new ClusterClient({ clock, random, seeds, maxPending, program });
  }

  /** Resolves when a node can be asked. */
  ready(): Promise<void> {
    return this.#cluster.ready(this.#options.connectTimeoutMs ?? DEADLINE_MS);
  }

  /** The epoch of the ring by which owners are asked; 0 as long as none is known. */
  get epoch(): number {
    return this.#cluster.ring?.epoch ?? 0;
  }

  /** The value; undefined if there is none. Rejects with a `QuorateError`, as all that follows. */
  async get(key: Key, { level, deadlineMs }: ReadOptions = {}) {
    const bytes = keyOf(key);
    return this.#cluster.run<Found | undefined>({
      kind: 'get',
      key: bytes,
      value: NOTHING,
      contentType: '',
      ttl: 0,
      checksum: keyChecksum(bytes),
      level: readLevel(level),
      condition: undefined,
      id: undefined,
      isNamed: false,
      deadlineMs: deadlineOf(deadlineMs ?? this.#deadlineMs),
    });
  }

  async put(key: Key, value: string | Uint8Array, options: PutOptions = {}) {
    const isText = typeof value === 'string';
    const type = contentTypeOf(options.contentType ?? (isText ? TEXT_TYPE : BYTES_TYPE));
    const content = isText ? Buffer.from(value) : bufferOf(value);
    return this.#write('put', keyOf(key), content, type, ttlOf(options.ttl), options);
  }

  /** Whether or not there is a value. */
  async delete(key: Key, options: WriteOptions = {}) {
    return this.#write('delete', keyOf(key), NOTHING, '', 0, options);
  }

  #write(
    kind: Wanted['kind'],
    key: Buffer,
    value: Buffer,
    contentType: string,
    ttl: number,
    options: WriteOptions,
  ): Promise<Written> {
    const { idempotencyKey, deadlineMs } = options;
    const level = writeLevel(options.level);
    const isNamed = idempotencyKey !== undefined;
    return this.#cluster.run<Written>({
      kind,
      key,
      value,
      contentType,
      ttl,
      checksum: kind === 'put' ? contentChecksum(key, contentType, value) : keyChecksum(key),
      level,
      condition: conditionOf(options),
      id: isNamed ? idOf(idempotencyKey) : this.#idFor(level),
      isNamed,
      deadlineMs: deadlineOf(deadlineMs ?? this.#deadlineMs),
    });
  }

  #idFor(level: Level): string | undefined {
    if (this.#options.idempotentWrites === false) return undefined;
    if (!LEVELS_OF_RETRIES.includes(level)) return undefined;
    return `${this.#prefix}-${(this.#writes++).toString(36)}`;
  }

  /** Takes nothing more; resolves when what is under way has ended, and all sockets are closed. */
  close(): Promise<void> {
    return this.#cluster.close();
  }
}
