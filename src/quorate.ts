/**
 * A node with everything around it, in this process: opens the adapters, joins them to a node, and
 * serves. `main.ts` is one user of it, a program that embeds a node is another.
 *
 * A node that lost its place in the ring, or whose disk proved to be an old copy, ends as a member
 * but not as a process: it begins another life here, as somebody new, with the data for a start.
 */
import { type Address, formatAddress } from './cli/address.js';
import {
  type Asked,
  difference,
  foundingReplication,
  objectionTo,
  type Replication,
} from './core/ring/replication.js';
import { allMembers, namesMember, type Ring } from './core/ring/ring.js';
import { objectionToTuning, type Tuning, USUAL } from './core/settings.js';
import { upgradeToEvents } from './doors/admin/events/websocket.js';
import { CLIENT_PATH, ClientDoor } from './doors/client/door.js';
import { createHttpDoor, type HttpDoor } from './doors/http/server.js';
import { EVENTS_PATH, serve } from './doors/routes.js';
import type { Fact, FactOf } from './events/facts.js';
import { Metrics } from './metrics/metrics.js';
import { DamagedMeta } from './node/base/meta.js';
import { CachedStore } from './node/cache/cached-store.js';
import { type FormerMembership, nextIdentity, renounceIdentity } from './node/identity.js';
import { storedRing } from './node/ring/current-ring.js';
import { createNode, type QuorateNode } from './node.js';
import { createWsTransport, type WsTransport } from './peers/ws-transport.js';
import type { BulkWork, Log, Store } from './ports.js';
import { DataDirError, unreadable } from './store/data-dir.js';
import { setAside } from './store/set-aside.js';
import { type CountingStore, openSqliteStore } from './store/sqlite-store.js';
import {
  systemClock as clock,
  openFilesLimit,
  systemRandom as random,
  residentBytes,
  startedAt,
} from './system.js';
import { PROGRAM_VERSION } from './version.js';
import { createWorkerPool } from './workers/pool.js';

/** What has to be said of a node; what is left out of `Tuning` is as usual (`core/settings.ts`). */
export interface QuorateOptions extends Asked<Replication>, Partial<Tuning> {
  /** Where to listen; port 0 takes any free one. */
  readonly host: string;
  readonly port: number;
  /** Where others reach this node; port 0 stands for the one in use. */
  readonly advertise: Address;
  /** Pages of these origins may use the doors: `https://host`, with a port where it has one. */
  readonly corsOrigin?: readonly string[] | undefined;
  /** `host:port` of nodes to join by. */
  readonly introducers: readonly string[];
  /** So many nodes found the cluster together. */
  readonly expect: number | undefined;
  /** So long it tries to join; for ever if nothing is said. */
  readonly joinTimeoutMs?: number | undefined;
  /** Created if absent. */
  readonly dataDir: string;
  /** Empty if there is none. */
  readonly clusterSecret: string;
  /**
   * The database is damaged: it is moved into a folder of this name in the data directory, and the
   * node comes back as a new member. Nothing is done if there is such a folder already.
   */
  readonly rebuild?: string | undefined;
  readonly partitions: number;
  readonly weight: number;
  readonly zone: string;
}

/**
 * `listen`: the address cannot be had. `settings`: what was asked for cannot be, or not together.
 * `dataDir`: the data directory is in use, cannot be read or written, or is of another cluster or
 * shape. `refused`: the cluster will not have this node, or it found none in time.
 */
export type StartProblem = 'listen' | 'settings' | 'dataDir' | 'refused';

/** Why a node cannot start: one sentence, which no stack trace makes clearer. */
export class StartError extends Error {
  readonly problem: StartProblem;

  constructor(problem: StartProblem, message: string) {
    super(message);
    this.problem = problem;
  }
}

/** One identity of this process, from its start to its end. */
export interface Life {
  readonly node: QuorateNode;
  readonly introducers: readonly string[];
  /** That of the disk, if it names this node: it goes on with that. */
  readonly resumes: Ring | undefined;
}

export interface QuorateEvents {
  /** A life has begun; it does not serve yet. */
  begun(life: Life): void;
  /** `sinceMs`: from the beginning of this life. */
  told(fact: Fact, sinceMs: number): void;
}

/** `left`: as it was asked to; `renounced`: to begin anew; or why it failed. */
type Ending = 'left' | 'renounced' | 'stopped' | Error;
interface Adapters {
  readonly door: HttpDoor;
  readonly store: CachedStore;
  readonly commits: CountingStore['commits'];
  readonly bulkWork: BulkWork;
}

export class Quorate {
  /** Of the doors: `http://host:port`. */
  readonly url: string;
  readonly #options: QuorateOptions;
  readonly #tuning: Tuning;
  readonly #log: Log;
  readonly #address: string;
  readonly #adapters: Adapters;
  #node: QuorateNode | undefined;
  #transport: WsTransport | undefined;
  #metrics: Metrics | undefined;
  #stopped: Promise<void> | undefined;

  /** Takes the port and the data directory. Rejects with `StartError`. */
  static async open(options: QuorateOptions, log: Log): Promise<Quorate> {
    const tuning = { ...USUAL, ...definedOf(options) };
    const objection = objectionToTuning(tuning);
    if (objection) throw new StartError('settings', objection);
    const { host, advertise, dataDir, partitions } = options;
    const maxConnections = connectionsOf(openFilesLimit() ?? Infinity);
    const limits = { maxHeldBytes: tuning.maxInFlightBytes, maxConnections };
    const corsOrigins = options.corsOrigin ?? [];
    const advertisedHost = advertise.host;
    const door = createHttpDoor({ log, serve, advertisedHost, corsOrigins, limits });
    let store: CountingStore | undefined;
    try {
      const port = await door.listen(options.port, host).catch(explainListenError(options));
      const address = formatAddress({ ...advertise, port: advertise.port || port });
      requireOthers(options, address);
      const former = asideFor(options, address);
      const { storeCacheBytes: cacheBytes } = tuning;
      const opening = openSqliteStore({ dataDir, partitions, cacheBytes, clock, log });
      store = await opening.catch(explainDataDir);
      if (former) await renounced(store, former);
      requireAgreement(options, store);
      const cached = new CachedStore(store, tuning.recordCacheBytes);
      const { commits } = store;
      const adapters = { commits, door, store: cached, bulkWork: createWorkerPool() };
      const url = `http://${formatAddress({ host, port })}`;
      return new Quorate(options, tuning, log, { address, url, adapters });
    } catch (error) {
      await Promise.all([door.drain(), store?.close()]);
      throw error;
    }
  }

  private constructor(
    options: QuorateOptions,
    tuning: Tuning,
    log: Log,
    opened: { readonly address: string; readonly url: string; readonly adapters: Adapters },
  ) {
    this.#options = options;
    this.#tuning = tuning;
    this.#log = log;
    this.#address = opened.address;
    this.#adapters = opened.adapters;
    this.url = opened.url;
    const { door } = opened.adapters;
    door.onUpgrade(EVENTS_PATH, upgradeToEvents, 'clients');
    door.onUpgrade(CLIENT_PATH, new ClientDoor({ log, ...door }).accept, 'clients');
    door.onUpgrade('/peer', (request, socket, head) => {
      if (this.#transport) this.#transport.handleUpgrade(request, socket, head);
      else socket.destroy();
    });
  }

  /**
   * Lives, until it has left its cluster as it was asked to, or is stopped; all is closed then.
   * Rejects with `StartError` if a life cannot begin, and with an `Error` if it fails.
   */
  async run(events: QuorateEvents): Promise<void> {
    try {
      while (!this.#stopped) {
        const { ended, node } = this.#begin(events);
        const ending = await ended;
        if (ending instanceof Error) throw ending;
        if (ending !== 'renounced') break;
        await node.stop();
      }
    } finally {
      await this.stop();
    }
  }

  /** Turns unready, finishes what is in flight, says goodbye, and closes what it has opened. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    const { door, bulkWork, store } = this.#adapters;
    this.#log('info', 'node.stopping');
    await door.drain();
    this.#metrics?.close();
    await this.#node?.stop();
    await Promise.all([bulkWork.close(), store.close()]);
  }

  #begin(events: QuorateEvents): { node: QuorateNode; ended: Promise<Ending> } {
    const { store, bulkWork, door } = this.#adapters;
    const { dataDir, weight, zone, clusterSecret: secret, expect, ...options } = this.#options;
    const begunAt = clock.monotonic();
    const identity = explainDamage(dataDir, () => nextIdentity(store, random));
    const { id, bootId, former } = identity;
    if (former?.left && options.introducers.length === 0) {
      const what = `the node of ${dataDir} has left its cluster`;
      throw new StartError('dataDir', `${what}: --join brings it back, or name another folder`);
    }
    const introducers = [...new Set([...options.introducers, ...(former?.introducers ?? [])])];
    const address = this.#address;
    const log = this.#log;
    const epoch = () => node.epoch();
    const self = { id, bootId, address, programVersion: PROGRAM_VERSION };
    const transport = createWsTransport({ self, secret, epoch, clock, random, log });
    const { partitions, replicas, writeQuorum, readQuorum, joinTimeoutMs } = options;
    const settings = {
      ...this.#tuning,
      identity,
      self: { id, address, weight, zone },
      programVersion: PROGRAM_VERSION,
      introducers,
      expect: former ? 0 : (expect ?? 0),
      joinTimeoutMs,
      clusterId: former?.clusterId,
      partitions,
      replicas,
      writeQuorum,
      readQuorum,
    };
    const { held } = door;
    const ports = { clock, random, log, store, transport, bulkWork, residentBytes, held };
    const node: QuorateNode = explainDamage(dataDir, () => createNode(settings, ports));
    const ended = new Promise<Ending>((resolve) => {
      node.watch((fact) => {
        if (fact.type === 'node.left') resolve('left');
        if (fact.type === 'node.renounced') resolve('renounced');
        if (fact.type === 'node.stopped') resolve('stopped');
        if (fact.type === 'node.failed') resolve(errorOf(fact));
        events.told(fact, clock.monotonic() - begunAt);
      });
    });
    this.#node = node;
    this.#transport = transport;
    this.#metrics?.close();
    const { commits } = this.#adapters;
    const about = { version: PROGRAM_VERSION, processStartedAt: startedAt, clock };
    const metrics = new Metrics({ ...about, node, commits, transport, door });
    this.#metrics = metrics;
    node.start();
    const scrape = () => metrics.scrape();
    const byCluster = { ...clock, now: node.wallMs };
    door.open({ backend: node, settings: this.#tuning, clock: byCluster, scrape });
    const ring = storedRing(store);
    const resumes = ring && namesMember(ring, id) ? ring : undefined;
    events.begun({ node, introducers, resumes });
    return { node, ended };
  }
}

const MAX_CONNECTIONS = 10_000;
/** File descriptors for the disk, threads, and peers that are dialled. */
const RESERVED_FILES = 200;

/** How many connections may be accepted by a process that may have so many files open. */
function connectionsOf(files: number): number {
  const most = Math.max(Math.floor(files / 2), files - RESERVED_FILES);
  return Math.min(MAX_CONNECTIONS, most);
}

/** In a sentence, whose fault it is not where it was refused. */
function errorOf({ reason, cause }: FactOf<'node.failed'>): Error {
  return cause === 'refused' ? new StartError('refused', reason) : new Error(reason);
}

/** Without the names that were given no value. */
function definedOf(options: Partial<Tuning>): Partial<Tuning> {
  const given = Object.entries(options).filter(
    ([name, value]) => name in USUAL && value !== undefined,
  );
  return Object.fromEntries(given);
}

/** What the ring on disk says holds; without one, and none to join, the flags make the first. */
function requireAgreement(options: QuorateOptions, store: Store): void {
  const ring = explainDamage(options.dataDir, () => storedRing(store));
  const differing = ring && difference(ring, options);
  if (differing) {
    const what = `the cluster of ${options.dataDir} has ${differing}`;
    throw new StartError('dataDir', `${what}; that was decided when it was created`);
  }
  const joins = options.introducers.length > 0 && options.expect === undefined;
  const objection = ring || joins ? undefined : objectionTo(foundingReplication(options));
  if (objection) throw new StartError('settings', objection);
}

function requireOthers({ introducers }: QuorateOptions, self: string): void {
  if (!introducers.includes(self)) return;
  throw new StartError('settings', `this node cannot join itself: ${self} is its own address`);
}

/** What a damaged database was a member of, now that it is out of the way; see `rebuild`. */
function asideFor({ dataDir, rebuild, introducers }: QuorateOptions, self: string) {
  if (rebuild === undefined) return undefined;
  const mayGo = (texts: ReadonlyMap<string, string>): FormerMembership | undefined => {
    const ring = ringIn(texts);
    const others = ring ? allMembers(ring).map(({ address }) => address) : [];
    const known = others.filter((address) => address !== self);
    if (known.length === 0 && introducers.length === 0) {
      const why = ring ? 'knows no other member' : 'does not say any more who the others are';
      const what = `the database in ${dataDir} ${why}, and all would have to come from them`;
      throw new StartError('dataDir', `${what}: --rebuild needs --join and the address of one`);
    }
    return ring && { clusterId: ring.clusterId, introducers: known, left: false };
  };
  try {
    return setAside(dataDir, rebuild, mayGo);
  } catch (error) {
    return explainDataDir(error);
  }
}

function ringIn(texts: ReadonlyMap<string, string>): Ring | undefined {
  try {
    return storedRing({ meta: (name) => texts.get(name) });
  } catch (error) {
    if (!(error instanceof DamagedMeta)) throw error;
    return undefined;
  }
}

function renounced(store: Store, former: FormerMembership): Promise<void> {
  return new Promise((resolve) => renounceIdentity(store, former, resolve));
}

const WHY_NOT: { readonly [code: string]: string } = {
  EADDRINUSE: 'it is in use',
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'no such address',
};

function explainListenError({ host, port }: QuorateOptions) {
  return ({ code = '', message }: NodeJS.ErrnoException): never => {
    const why = WHY_NOT[code] ?? message;
    const others =
      code === 'EADDRINUSE' ? '. Another node there? Take another port to join it' : '';
    throw new StartError('listen', `cannot listen on ${host}:${port}: ${why}${others}`);
  };
}

function explainDataDir(error: unknown): never {
  if (!(error instanceof DataDirError)) throw error;
  throw new StartError('dataDir', error.message);
}

/** What the disk holds of a node may make no sense. */
function explainDamage<T>(dataDir: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DamagedMeta)) throw error;
    throw new StartError('dataDir', unreadable(dataDir, error.message).message);
  }
}
