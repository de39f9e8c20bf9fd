/**
 * The HTTP door: one listener for clients, operators and, by upgrade, peers. What it serves, it is
 * told (`routes.ts`). Limits against slow and greedy clients are Node's own, set tighter than its
 * defaults.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { present } from '../../core/assert.js';
import { MemoryBudget } from '../../core/memory-budget.js';
import type { Log } from '../../ports.js';
import type { DoorContext } from '../context.js';
import { checkTransferCoding } from './codings.js';
import { Exchange } from './exchange.js';
import { refuse, refuseMalformed } from './malformed.js';
import { checkHost, checkOrigin, foreignOrigin, isLoopbackAddress } from './origin-guard.js';
import { Pipelining } from './pipelining.js';
import { noProblems, Problem, type ProblemCode, type ProblemCounts } from './problem.js';
import { pathOf, upgradingAt } from './upgrades.js';
import { UploadWatch } from './upload-watch.js';

/** The one path that says why it refuses while the door closes: load balancers ask there. */
export const READY_PATH = '/health/ready';

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;
const KEEP_ALIVE_MS = 60_000;
/** How late the limits above may be noticed. */
const CHECK_CONNECTIONS_MS = 5000;
/** Idle clients get this long to use a connection once more and learn that it closes. */
const IDLE_GRACE_MS = 500;
/** A request that is not answered by then is cut off. */
const DRAIN_LIMIT_MS = 10_000;

export interface DoorLimits {
  /** Of bodies, answers and waiting requests; beyond it requests are refused. */
  readonly maxHeldBytes: number;
  /** A client that takes nothing of its answer is cut off after this, or twice this at most. */
  readonly stallMs: number;
  /** Of a body something has to come in this time: see `upload-watch.ts`. */
  readonly uploadLookMs: number;
  /** More are dropped: the file descriptors that are left are for the disk and for peers. */
  readonly maxConnections: number;
}

const DEFAULT_LIMITS: DoorLimits = {
  maxHeldBytes: 256 << 20,
  stallMs: 30_000,
  uploadLookMs: 10_000,
  maxConnections: 10_000,
};
/** Answers to operators find room here when there is none for clients. */
const OPERATORS_BYTES = 8 << 20;
/** Between two lines that say that connections are dropped. */
const SAY_DROPPED_MS = 10_000;

export interface DoorOptions {
  readonly log: Log;
  /** Answers a request, or throws a `Problem`. */
  readonly serve: (exchange: Exchange, context: DoorContext) => void;
  /** By which others reach this node; on loopback it may be asked for by this name, too. */
  readonly advertisedHost: string;
  /** Of pages of other sites that may come in; none unless they are named. */
  readonly corsOrigins?: readonly string[];
  readonly limits?: Partial<DoorLimits>;
}

/** Takes over the connection. What it throws as a `Problem` is answered, if nothing was yet. */
type Accept = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  context: DoorContext | undefined,
) => void;

export interface HttpDoor {
  /** How often it has answered with each. */
  readonly problems: Readonly<ProblemCounts>;
  /** Counts one that was answered by whoever took over the connection. */
  note(code: ProblemCode): void;
  /** What it holds for clients; what stands behind it counts there as well. */
  readonly held: MemoryBudget;
  /** The port in use. Rejects with Node's own error if it cannot be had. */
  listen(port: number, host: string): Promise<number>;
  /** From now on requests reach the node; before, they are answered 503. */
  open(context: Omit<DoorContext, 'whenClosing'>): void;
  /** Of `peers`: they name no origin; requests that do are from pages, and refused. */
  onUpgrade(path: string, accept: Accept, from?: 'peers' | 'clients'): void;
  /** Takes no new connections, answers what comes on the old ones, and closes them. */
  drain(): Promise<void>;
}

export function createHttpDoor(options: DoorOptions): HttpDoor {
  const { log, advertisedHost } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const held = new MemoryBudget(limits.maxHeldBytes);
  const pipelining = new Pipelining(held);
  const corsOrigins = new Set(options.corsOrigins);
  let isOnLoopback = false;
  let context: DoorContext | undefined;
  let draining = false;
  let answering = 0;
  let whenAnswered: (() => void) | undefined;
  const upgrades = new Map<string, { accept: Accept; from: 'peers' | 'clients' }>();
  const endless = new Set<() => void>();

  const common = (): string[] => {
    const headers = context
      ? ['X-Quorate-Node', context.backend.id, 'X-Quorate-Epoch', String(context.backend.epoch())]
      : [];
    if (corsOrigins.size > 0) headers.push('Vary', 'Origin');
    if (draining) headers.push('Connection', 'close');
    return headers;
  };
  const problems = noProblems();
  const reserve = new MemoryBudget(OPERATORS_BYTES);
  const clock = () => present(context, 'a door that is open').clock;
  const uploads = new UploadWatch(limits.uploadLookMs, clock);
  const means = { common, held, reserve, uploads, problems };

  const inTurn = (request: IncomingMessage, response: ServerResponse) => {
    if (Pipelining.isNext(response)) serve(request, response);
    else pipelining.wait(request, response, () => serve(request, response));
  };

  const serve = (request: IncomingMessage, response: ServerResponse) => {
    answering++;
    const exchange = new Exchange(request, response, means);
    response.on('timeout', cutIfStalled).once('close', () => {
      exchange.release();
      if (--answering === 0) whenAnswered?.();
    });
    exchange.attempt(() => {
      if (isOnLoopback) checkHost(exchange, advertisedHost);
      checkOrigin(exchange, corsOrigins);
      if (!context) throw new Problem('not_ready', 'this node is starting');
      if (draining && exchange.path === READY_PATH) {
        throw new Problem('shutting_down', 'this node is shutting down');
      }
      checkTransferCoding(request);
      options.serve(exchange, context);
    });
  };

  const server: Server & { httpAllowHalfOpen?: boolean } = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: CHECK_CONNECTIONS_MS,
      noDelay: true,
      IncomingMessage: upgradingAt((path) => upgrades.has(path)),
    },
    inTurn,
  );
  server.timeout = limits.stallMs;
  server.maxConnections = limits.maxConnections;
  let dropped = 0;
  let nextLineAt = 0;
  server.on('drop', () => {
    dropped++;
    const now = context?.clock.monotonic() ?? 0;
    if (now < nextLineAt) return;
    log('warn', 'http.dropped', { connections: dropped, most: limits.maxConnections });
    dropped = 0;
    nextLineAt = now + SAY_DROPPED_MS;
  });
  // Who says nothing more (`nc -N`) still waits for an answer. Not in Node's types.
  server.httpAllowHalfOpen = true;
  // Whether a body is wanted is decided where it is read.
  server.on('checkContinue', inTurn);
  server.on('clientError', refuseMalformed);
  server.on('upgrade', (request, socket: Duplex, head) => {
    const { accept, from } = present(upgrades.get(pathOf(request)), 'who takes upgrades here');
    const { origin } = request.headers;
    const header = (name: string) => request.headers[name]?.toString();
    // There is no answer whose headers would let a page in; the origin alone decides.
    const asked = { header, promise: () => undefined };
    try {
      if (from === 'peers' && origin !== undefined) throw foreignOrigin();
      if (from === 'clients') {
        if (isOnLoopback) checkHost(asked, advertisedHost);
        checkOrigin(asked, corsOrigins);
        if (draining) throw new Problem('shutting_down', 'this node is shutting down');
      }
      accept(request, socket, head, context);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problems[error.code]++;
      log('debug', 'http.upgrade_refused', { origin: origin?.slice(0, 100), why: error.code });
      refuse(socket, error);
    }
  });

  return {
    problems,
    note: (code) => void problems[code]++,
    held,
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          server.on('error', ({ message }) => log('error', 'http.failed', { reason: message }));
          const bound = server.address() as net.AddressInfo;
          isOnLoopback = isLoopbackAddress(bound.address);
          resolve(bound.port);
        });
      }),
    open(opened) {
      const whenClosing = (end: () => void) => {
        endless.add(end);
        return () => endless.delete(end);
      };
      context = { ...opened, whenClosing };
    },
    onUpgrade: (path, accept, from = 'peers') => upgrades.set(path, { accept, from }),
    drain: () =>
      new Promise((resolve) => {
        draining = true;
        for (const end of [...endless]) end();
        // http.Server's own close would also cut idle connections, one of which may just now be
        // carrying a request; and its callback would wait for the peers' sockets.
        net.Server.prototype.close.call(server);
        const finish = () => {
          server.closeIdleConnections();
          const limit = context?.clock.setTimeout(() => whenAnswered?.(), DRAIN_LIMIT_MS);
          whenAnswered = () => {
            context?.clock.clearTimeout(limit);
            uploads.close();
            resolve();
          };
          if (answering === 0) whenAnswered();
        };
        if (context) context.clock.setTimeout(finish, IDLE_GRACE_MS);
        else finish();
      }),
  };
}

/** On a timeout of the socket, which is none as long as the answer is not there or is taken. */
function cutIfStalled(socket: net.Socket): void {
  if (socket.writableLength > 0) socket.destroy();
}
