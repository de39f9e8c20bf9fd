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
import { keyFromText, keyProblem } from '../core/data/key.js';
import { parseVersion } from '../core/data/version.js';
import type { Condition, Level } from '../core/requests.js';
import type { Clock, Random } from '../ports.js';
import { systemClock, systemRandom } from '../system.js';
import { ClusterClient } from './client.js';
import { InvalidRequest } from './errors.js';
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
  /** Only over what has this ETag, or one of these; `*`: over any value. */
  readonly ifMatch?: string | readonly string[];
  /** Only where there is no value. */
  readonly ifAbsent?: boolean;
  /** As in `Idempotency-Key`: 1 to 255 characters; one is made if none is given. */
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

  /** As `connect`, which does not wait for a node. */
  constructor(options: ConnectOptions, clock: Clock, random: Random) {
    this.#options = options;
    this.#deadlineMs = options.deadlineMs ?? DEADLINE_MS;
    this.#prefix = random.hex(ID_DIGITS);
    const seeds = options.nodes.map((node) => node.replace(/^(?:https?|wss?):\/\/|\/+$/g, ''));
    if (seeds.length === 0) throw invalid('bad_request', 'nodes has to name at least one');
    const { maxPending = MAX_PENDING, program = 'quorate/client' } = options;
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
  async get(key: Key, { level = 'quorum', deadlineMs }: ReadOptions = {}) {
    const bytes = keyOf(key);
    return this.#cluster.run<Found | undefined>({
      kind: 'get',
      key: bytes,
      value: NOTHING,
      contentType: '',
      ttl: 0,
      checksum: keyChecksum(bytes),
      level,
      condition: undefined,
      id: undefined,
      deadlineMs: deadlineMs ?? this.#deadlineMs,
    });
  }

  async put(key: Key, value: string | Uint8Array, options: PutOptions = {}) {
    const bytes = keyOf(key);
    const isText = typeof value === 'string';
    const { contentType = isText ? TEXT_TYPE : BYTES_TYPE, ttl = 0 } = options;
    if (!Number.isInteger(ttl) || ttl < 0 || ttl > 0xffffffff) {
      throw invalid('bad_request', 'ttl has to be a number of seconds');
    }
    if (contentType.length > 255) throw invalid('bad_request', 'the content type is too long');
    const content = isText ? Buffer.from(value) : bufferOf(value);
    const checksum = contentChecksum(bytes, contentType, content);
    const { level = 'quorum', deadlineMs, idempotencyKey } = options;
    return this.#cluster.run<Written>({
      kind: 'put',
      key: bytes,
      value: content,
      contentType,
      ttl,
      checksum,
      level,
      condition: conditionOf(options),
      id: idempotencyKey ?? this.#idFor(level),
      deadlineMs: deadlineMs ?? this.#deadlineMs,
    });
  }

  /** Whether or not there is a value. */
  async delete(key: Key, options: WriteOptions = {}) {
    const bytes = keyOf(key);
    const { level = 'quorum', deadlineMs, idempotencyKey } = options;
    return this.#cluster.run<Written>({
      kind: 'delete',
      key: bytes,
      value: NOTHING,
      contentType: '',
      ttl: 0,
      checksum: keyChecksum(bytes),
      level,
      condition: conditionOf(options),
      id: idempotencyKey ?? this.#idFor(level),
      deadlineMs: deadlineMs ?? this.#deadlineMs,
    });
  }

  #idFor(level: Level): string | undefined {
    if (this.#options.idempotentWrites === false) return undefined;
    if (!LEVELS_OF_RETRIES.includes(level)) return undefined;
    return `${this.#prefix}-${(this.#writes++).toString(36)}`;
  }

  /** Takes nothing more; resolves when what is under way has ended. */
  close(): Promise<void> {
    return this.#cluster.close();
  }
}

function keyOf(key: Key): Buffer {
  const bytes = typeof key === 'string' ? keyFromText(key) : bufferOf(key);
  const problem = typeof bytes === 'string' ? bytes : keyProblem(bytes);
  if (problem !== undefined) throw invalid('key_invalid', problem);
  return bytes as Buffer;
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function conditionOf({ ifMatch, ifAbsent }: WriteOptions): Condition | undefined {
  if (ifMatch !== undefined && ifAbsent) {
    throw invalid('bad_request', 'ifMatch and ifAbsent exclude each other');
  }
  if (ifAbsent) return { kind: 'absent' };
  if (ifMatch === undefined) return undefined;
  if (ifMatch === '*') return { kind: 'present' };
  const tags = typeof ifMatch === 'string' ? [ifMatch] : ifMatch;
  // Tags of another store match nothing here, as in REST.
  const versions = tags.flatMap((tag) => parseVersion(tag.replaceAll('"', '')) ?? []);
  return { kind: 'matches', versions };
}

function invalid(code: string, detail: string): InvalidRequest {
  return new InvalidRequest({ code, status: 400, detail, applied: 'no' });
}
