/**
 * `npm start`: reads the command line, opens the adapters, joins them to a node, and stops all of
 * it in order.
 *
 * Exit codes: 0 stopped as asked; 1 a failure at run time; 2 a command line that makes no sense;
 * 3 a data directory that another process uses or that does not fit; 130 a second Ctrl-C.
 */
import { readFileSync } from 'node:fs';
import { formatAddress } from './cli/address.js';
import { helpText } from './cli/help.js';
import { createLog } from './cli/log.js';
import { UsageError } from './cli/option-table.js';
import { type Options, parseOptions } from './cli/options.js';
import { difference, foundingReplication, objectionTo } from './core/ring/replication.js';
import { createHttpDoor, type HttpDoor } from './doors/http/server.js';
import { DamagedMeta } from './node/base/meta.js';
import type { Fact } from './node/facts.js';
import { nextIdentity } from './node/identity.js';
import { storedRing } from './node/ring/current-ring.js';
import { createNode, type QuorateNode } from './node.js';
import { createWsTransport, type WsTransport } from './peers/ws-transport.js';
import type { BulkWork, Log, Store } from './ports.js';
import { DataDirError, openSqliteStore } from './store/sqlite-store.js';
import { systemClock as clock, systemRandom as random } from './system.js';
import { createWorkerPool } from './workers/pool.js';

const EXIT = { ok: 0, failure: 1, usage: 2, dataDir: 3, impatient: 130 } as const;
/** More would only wait in line, until their clients have given up. */
const MAX_IN_FLIGHT = 1000;
const MAX_IN_FLIGHT_BYTES = 256 << 20;
const HEDGE_AFTER_MS = 50;
const HINT_WINDOW_MS = 3 * 3_600_000;
const HINT_BYTES_PER_SECOND = 8 << 20;

/** A failure that one sentence explains; no stack trace helps. */
class StartError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

async function run(options: Options): Promise<void> {
  const log = createLog({
    level: options.logLevel,
    format: options.logFormat,
    clock,
    write: (line) => process.stdout.write(line),
  });
  const door = createHttpDoor({
    log,
    advertisedHost: options.advertise.host,
    limits: { maxHeldBytes: MAX_IN_FLIGHT_BYTES },
  });
  const port = await door.listen(options.port, options.host).catch(explainListenError(options));
  const store = await openSqliteStore({
    dataDir: options.dataDir,
    partitions: options.partitions,
    clock,
    log,
  }).catch(explainStoreError);
  requireAgreement(options, store);
  const bulkWork = createWorkerPool();
  const { advertise } = options;
  const address = formatAddress({ ...advertise, port: advertise.port || port });
  if (options.introducers.includes(address)) {
    throw new StartError(`this node cannot join itself: ${address} is its own address`, EXIT.usage);
  }

  const url = `http://${hostInUrl(options.host)}:${port}`;
  let life: Life | undefined;
  let stopping = false;
  const stop = async () => {
    if (stopping) process.exit(EXIT.impatient);
    stopping = true;
    log('info', 'node.stopping');
    await door.drain();
    await life?.node.stop();
    await Promise.all([bulkWork.close(), store.close()]);
    process.exit(EXIT.ok);
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
  // The terminal is gone; it may be said more than once, and nobody is impatient.
  process.on('SIGHUP', () => void (stopping || stop()));
  door.onUpgrade('/peer', (request, socket, head) =>
    life ? life.transport.handleUpgrade(request, socket, head) : socket.destroy(),
  );

  // A node that lost its place in the ring goes on as somebody new, with the data for a start.
  for (;;) {
    life = begin({ options, address, url, log, store, bulkWork, door });
    const ending = await life.ended;
    if (stopping) return;
    if (ending === 'left') return stop();
    await life.node.stop();
  }
}

/** One identity of this process, from its start to its end. */
interface Life {
  readonly node: QuorateNode;
  readonly transport: WsTransport;
  readonly ended: Promise<'left' | 'renounced'>;
}

function begin(parts: {
  options: Options;
  address: string;
  url: string;
  log: Log;
  store: Store;
  bulkWork: BulkWork;
  door: HttpDoor;
}): Life {
  const { options, address, url, log, store, bulkWork, door } = parts;
  const startedAt = clock.monotonic();
  const identity = nextIdentity(store, random);
  const { former } = identity;
  if (former?.left && options.introducers.length === 0) {
    const what = `the node of ${options.dataDir} has left its cluster`;
    throw new StartError(`${what}: --join brings it back, or name another folder`, EXIT.dataDir);
  }
  const introducers = new Set([...options.introducers, ...(former?.introducers ?? [])]);
  const transport = createWsTransport({
    self: { id: identity.id, bootId: identity.bootId, address },
    secret: options.clusterSecret,
    epoch: () => node.epoch(),
    clock,
    random,
    log,
  });
  const node = createNode(
    {
      identity,
      self: { id: identity.id, address, weight: options.weight, zone: options.zone },
      introducers: [...introducers],
      expect: former ? 0 : (options.expect ?? 0),
      clusterId: former?.clusterId,
      partitions: options.partitions,
      replicas: options.replicas,
      writeQuorum: options.writeQuorum,
      readQuorum: options.readQuorum,
      maxClockDriftMs: options.maxClockDriftMs,
      maxInFlight: MAX_IN_FLIGHT,
      maxInFlightBytes: MAX_IN_FLIGHT_BYTES,
      hedgeAfterMs: HEDGE_AFTER_MS,
      hintWindowMs: HINT_WINDOW_MS,
      hintBytesPerSecond: HINT_BYTES_PER_SECOND,
      evictAfterMs: options.evictAfterMs,
      compareEveryMs: options.compareEveryMs,
      transferBytesPerSecond: options.transferMibPerSecond << 20,
    },
    { clock, random, log, store, transport, bulkWork },
  );
  const ended = new Promise<'left' | 'renounced'>((resolve) => {
    node.watch((fact) => {
      if (fact.type === 'node.left') resolve('left');
      if (fact.type === 'node.renounced') resolve('renounced');
      if (fact.type === 'node.serving') {
        console.log(`ready in ${Math.round(clock.monotonic() - startedAt)} ms`);
      }
      // Nothing in flight can be trusted to be stored, so nothing is finished in order.
      if (fact.type === 'node.failed') giveUp(new StartError(fact.reason, EXIT.failure));
      logFact(log, fact);
    });
  });
  node.start();
  const { maxValueBytes, requestTimeoutMs } = options;
  door.open({ backend: node, settings: { maxValueBytes, requestTimeoutMs }, clock });

  console.log(`quorate ${version()}, node ${identity.id}`);
  console.log(`serving  ${url}/kv/{key}`);
  console.log(`status   ${url}/admin/status`);
  console.log(`data     ${options.dataDir}`);
  console.log(ringState([...introducers], options.expect, node.ring()?.epoch));
  return { node, transport, ended };
}

/** What the ring on disk says holds; without one, and none to join, the flags make the first. */
function requireAgreement(options: Options, store: Store): void {
  const ring = storedRing(store);
  const differing = ring && difference(ring, options);
  if (differing) {
    const what = `the cluster of ${options.dataDir} has ${differing}`;
    throw new StartError(`${what}; that was decided when it was created`, EXIT.dataDir);
  }
  const joins = options.introducers.length > 0 && options.expect === undefined;
  const objection = ring || joins ? undefined : objectionTo(foundingReplication(options));
  if (objection) throw new UsageError(objection);
}

function logFact(log: Log, fact: Fact): void {
  switch (fact.type) {
    case 'ring.changed': {
      const { epoch, members, transition } = fact.ring;
      const size = transition?.members.length ?? members.length;
      return log('info', fact.type, { epoch, members: size, changing: transition !== undefined });
    }
    case 'transfer.done':
      return log('info', fact.type, { records: fact.records, bytes: fact.bytes });
    case 'hints.drained': {
      const { target, records, dropped } = fact;
      return log('info', fact.type, { target, records, dropped });
    }
    case 'peer.up':
      return log('info', fact.type, { id: fact.id, address: fact.address });
    case 'peer.down':
      return log('warn', fact.type, { id: fact.id, reason: fact.reason });
    case 'member.alive':
      return log('info', fact.type, { id: fact.id, address: fact.address });
    case 'member.suspect':
    case 'member.dead':
    case 'member.left':
      return log('warn', fact.type, { id: fact.id, address: fact.address });
  }
}

function ringState(
  introducers: readonly string[],
  expect: number | undefined,
  epoch: number | undefined,
): string {
  if (epoch !== undefined) return `ring     epoch ${epoch}`;
  if (expect !== undefined) return `ring     waiting until ${expect} nodes have met`;
  if (introducers.length > 0) return `ring     joining by ${introducers.join(', ')}`;
  return 'ring     founding a new cluster';
}

function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

function explainListenError(options: Options) {
  return (error: NodeJS.ErrnoException): never => {
    const where = `${options.host}:${options.port}`;
    const why =
      { EADDRINUSE: 'it is in use', EACCES: 'permission denied', EADDRNOTAVAIL: 'no such address' }[
        error.code ?? ''
      ] ?? error.message;
    throw new StartError(`cannot listen on ${where}: ${why}`, EXIT.failure);
  };
}

function explainStoreError(error: unknown): never {
  if (!(error instanceof DataDirError)) throw error;
  const code = error.code === 'not_writable' ? EXIT.failure : EXIT.dataDir;
  throw new StartError(error.message, code);
}

function explainDamage({ dataDir }: Options) {
  return (error: unknown): never => {
    if (!(error instanceof DamagedMeta)) throw error;
    throw new StartError(
      `the database in ${dataDir} cannot be read: ${error.message}`,
      EXIT.dataDir,
    );
  };
}

function main(): void {
  // Whoever reads the output may go away; the node goes on.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
  try {
    const argv = process.argv.slice(2);
    const readFile = (path: string) => readFileSync(path, 'utf8');
    const options = parseOptions({ argv, env: process.env, readFile });
    if (options === 'help') return console.log(helpText());
    if (options === 'version') return console.log(version());
    void run(options).catch(explainDamage(options)).catch(giveUp);
  } catch (error) {
    giveUp(error);
  }
}

function giveUp(error: unknown): never {
  if (error instanceof StartError) {
    console.error(`quorate: ${error.message}`);
    process.exit(error.exitCode);
  }
  if (error instanceof UsageError) {
    console.error(`quorate: ${error.message}\nTry: npm start -- --help`);
    process.exit(EXIT.usage);
  }
  console.error(error);
  process.exit(EXIT.failure);
}

main();
