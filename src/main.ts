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
import { createHttpDoor } from './http/server.js';
import { nextIdentity } from './node/identity.js';
import { createNode } from './node.js';
import { createWsTransport } from './peers/ws-transport.js';
import { DataDirError, openSqliteStore } from './store/sqlite-store.js';
import { systemClock as clock, systemRandom as random } from './system.js';
import { createHasher } from './workers/hasher.js';

const EXIT = { ok: 0, failure: 1, usage: 2, dataDir: 3, impatient: 130 } as const;
const MAX_IN_FLIGHT = 10_000;
const MAX_IN_FLIGHT_BYTES = 256 << 20;
const HEDGE_AFTER_MS = 50;

/** A failure that one sentence explains; no stack trace helps. */
class StartError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

async function run(options: Options): Promise<void> {
  const startedAt = clock.monotonic();
  const log = createLog({
    level: options.logLevel,
    format: options.logFormat,
    clock,
    write: (line) => process.stdout.write(line),
  });
  const door = createHttpDoor(log);
  const port = await door.listen(options.port, options.host).catch(explainListenError(options));
  const url = `http://${hostInUrl(options.host)}:${port}`;
  const store = await openSqliteStore({
    dataDir: options.dataDir,
    partitions: options.partitions,
    clock,
    log,
  }).catch(explainStoreError);
  const identity = nextIdentity(store, random);
  const { advertise, introducers } = options;
  const address = formatAddress({ ...advertise, port: advertise.port || port });
  if (introducers.includes(address)) {
    throw new StartError(`this node cannot join itself: ${address} is its own address`, EXIT.usage);
  }
  const transport = createWsTransport({
    self: { id: identity.id, bootId: identity.bootId, address },
    secret: options.clusterSecret,
    epoch: () => node.epoch(),
    clock,
    random,
    log,
  });
  const hasher = createHasher();
  const node = createNode(
    {
      identity,
      self: { id: identity.id, address, weight: options.weight, zone: options.zone },
      introducers,
      partitions: options.partitions,
      replicas: options.replicas,
      writeQuorum: options.writeQuorum,
      readQuorum: options.readQuorum,
      maxClockDriftMs: options.maxClockDriftMs,
      maxInFlight: MAX_IN_FLIGHT,
      maxInFlightBytes: MAX_IN_FLIGHT_BYTES,
      hedgeAfterMs: HEDGE_AFTER_MS,
    },
    { clock, random, log, store, transport, hasher },
  );

  let stopping = false;
  const stop = async () => {
    if (stopping) process.exit(EXIT.impatient);
    stopping = true;
    log('info', 'node.stopping');
    await door.drain();
    await node.stop();
    await Promise.all([hasher.close(), store.close()]);
    process.exit(EXIT.ok);
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());

  node.watch((fact) => {
    switch (fact.type) {
      case 'node.serving':
        console.log(`ready in ${Math.round(clock.monotonic() - startedAt)} ms`);
        break;
      case 'node.failed':
        // Nothing in flight can be trusted to be stored, so nothing is finished in order.
        console.error(`quorate: ${fact.reason}`);
        process.exit(EXIT.failure);
        break;
      case 'ring.changed': {
        const { epoch, members, transition } = fact.ring;
        const size = transition?.members.length ?? members.length;
        log('info', 'ring.changed', { epoch, members: size, changing: transition !== undefined });
        break;
      }
      case 'peer.up':
        log('info', 'peer.up', { id: fact.id, address: fact.address });
        break;
      case 'peer.down':
        log('warn', 'peer.down', { id: fact.id, reason: fact.reason });
        break;
      case 'member.alive':
        log('info', fact.type, { id: fact.id, address: fact.address });
        break;
      case 'member.suspect':
      case 'member.dead':
      case 'member.left':
        log('warn', fact.type, { id: fact.id, address: fact.address });
    }
  });
  door.onUpgrade('/peer', (request, socket, head) =>
    transport.handleUpgrade(request, socket, head),
  );
  node.start();
  const { maxValueBytes, requestTimeoutMs } = options;
  door.open({ backend: node, settings: { maxValueBytes, requestTimeoutMs }, clock });

  console.log(`quorate ${version()}, node ${identity.id}`);
  console.log(`serving  ${url}/kv/{key}`);
  console.log(`status   ${url}/admin/status`);
  console.log(`data     ${options.dataDir}`);
  console.log(ringState(options, node.ring()?.epoch));
}

function ringState(options: Options, epoch: number | undefined): string {
  if (epoch !== undefined) return `ring     epoch ${epoch}`;
  if (options.introducers.length > 0)
    return `ring     joining by ${options.introducers.join(', ')}`;
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

function main(): void {
  try {
    const argv = process.argv.slice(2);
    const readFile = (path: string) => readFileSync(path, 'utf8');
    const options = parseOptions({ argv, env: process.env, readFile });
    if (options === 'help') return console.log(helpText());
    if (options === 'version') return console.log(version());
    void run(options).catch(giveUp);
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
