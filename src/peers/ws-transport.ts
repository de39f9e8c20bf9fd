/**
 * The peers of a node over WebSockets: who is dialled and who is let in.
 *
 * Of two members the one with the smaller id dials, so that a pair has one connection; an address
 * whose node is not known yet (an introduction) is dialled by whoever was told. Two may dial each
 * other at once all the same: `collision.ts` says which connection stays. What stands is in
 * `sessions.ts`.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { NodeId } from '../core/data/version.js';
import type { Message } from '../core/wire/messages.js';
import type {
  Clock,
  DialFailure,
  Log,
  PeerInfo,
  Random,
  Transport,
  TransportEvents,
} from '../ports.js';
import { CLOSE, closeSocket } from './closing.js';
import { refusalOfAccepted, refusalOfDialled, type Standing } from './collision.js';
import { Dialler, type Target } from './dialler.js';
import { explained, FailureLog, isQuiet } from './failure-log.js';
import { type GreetingFailure, greet } from './greet.js';
import { Handshake, type Hello, type PeerIdentity } from './handshake.js';
import type { Session, ShedCounts } from './session.js';
import { type Connection, Sessions } from './sessions.js';
import { PEER_PATH, SOCKET_OPTIONS } from './socket-options.js';

export interface PeerLimits {
  /** Queued to one peer; beyond it requests fail. Less starves bursts, more holds memory. */
  readonly maxQueuedBytes: number;
  /** For dialling and for both proofs. */
  readonly handshakeMs: number;
  /** Accepted sockets that have not proved themselves yet. */
  readonly maxHandshakes: number;
  /** A peer that was silent for so long is asked, twice, and then given up. */
  readonly keepAliveMs: number;
}

const DEFAULT_PEER_LIMITS: PeerLimits = {
  maxQueuedBytes: 64 << 20,
  handshakeMs: 5000,
  maxHandshakes: 512,
  keepAliveMs: 5000,
};

export interface WsTransportOptions {
  readonly self: PeerInfo;
  /** Unknown until the node founds or joins one. */
  readonly clusterId?: string;
  /** Empty only among nodes on loopback. */
  readonly secret: string;
  /** The node's ring epoch, for its hellos. */
  readonly epoch: () => number;
  readonly clock: Clock;
  /** Its digits are the nonces: they must not be guessable. */
  readonly random: Random;
  readonly log: Log;
  readonly limits?: Partial<PeerLimits>;
}

export interface WsTransport extends Transport {
  /** For the `upgrade` event of the HTTP server; answers 400 to any path but `PEER_PATH`. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Bytes that wait for a peer. */
  queuedBytes(peer: NodeId): number;
  /** Messages refused since the start because a peer did not keep up. */
  readonly shed: Readonly<ShedCounts>;
}

export function createWsTransport(options: WsTransportOptions): WsTransport {
  return new PeerSockets(options);
}

/** A link that stood so long was no failure: the next one is tried soon. */
const STEADY_MS = 5000;
const NONCE_DIGITS = 64;
const CLOSING = 'the node is closing';
const KIND_OF: { readonly [code: number]: DialFailure['kind'] } = {
  [CLOSE.cluster]: 'cluster',
  [CLOSE.self]: 'self',
  [CLOSE.identity]: 'identity',
};

class PeerSockets implements WsTransport {
  readonly #options: WsTransportOptions;
  readonly #limits: PeerLimits;
  readonly #self: PeerInfo;
  readonly #clock: Clock;
  readonly #failures: FailureLog;
  readonly #server: WebSocketServer;
  readonly #dialler: Dialler;
  readonly #sessions: Sessions;
  /** Every socket that is not gone yet. */
  readonly #sockets = new Set<WebSocket>();
  #members: ReadonlyMap<NodeId, Target> = new Map();
  /** Of every member, also of those that dial us. */
  #memberAt: ReadonlyMap<string, NodeId> = new Map();
  #events: TransportEvents | undefined;
  #clusterId: string;
  #started = false;
  #handshakes = 0;
  #keepAlive: unknown;
  #closed: Promise<void> | undefined;
  #socketGone: () => void = () => undefined;

  constructor(options: WsTransportOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_PEER_LIMITS, ...options.limits };
    this.#self = options.self;
    this.#clock = options.clock;
    this.#failures = new FailureLog(options.log);
    this.#clusterId = options.clusterId ?? '';
    this.#server = new WebSocketServer({
      ...SOCKET_OPTIONS,
      noServer: true,
      path: PEER_PATH,
      clientTracking: false,
    });
    this.#sessions = new Sessions({
      self: options.self.id,
      clock: options.clock,
      log: options.log,
      maxQueuedBytes: this.#limits.maxQueuedBytes,
      opened: (session) => this.#opened(session),
      ended: (session, stoodMs) => this.#ended(session, stoodMs),
    });
    this.#dialler = new Dialler({
      clock: options.clock,
      random: options.random,
      limitMs: this.#limits.handshakeMs,
      host: {
        handshake: ({ address }, purpose) => {
          const expects = this.#memberAt.get(address);
          const said = { ...purpose, ...(expects !== undefined && { expects }) };
          return new Handshake({ own: this.#identity(), secret: options.secret, purpose: said });
        },
        isConnected: (peer) => this.isUp(peer),
        refusalOf: (target, peer) => refusalOfDialled(target, peer, this.#standingWith(peer)),
        opened: (socket) => this.#track(socket),
        established: (target, hello, socket, raw) => {
          this.#failures.forget(target.address);
          this.#stand({ hello, socket, raw, dialledAddress: target.address });
        },
        failed: (target, failure) => this.#dialFailed(target, failure),
      },
    });
  }

  get shed(): Readonly<ShedCounts> {
    return this.#sessions.shed;
  }

  start(events: TransportEvents): void {
    this.#started = true;
    this.#events = events;
    this.#sessions.start(events);
    this.#scheduleKeepAlive();
  }

  send(to: NodeId, message: Message): boolean {
    return this.#sessions.with(to)?.send(message) ?? false;
  }

  isUp(peer: NodeId): boolean {
    return this.#sessions.with(peer)?.isOpen ?? false;
  }

  connected(): NodeId[] {
    const open = this.#sessions.all().filter(({ isOpen }) => isOpen);
    return open.map(({ peer }) => peer.id);
  }

  queuedBytes(peer: NodeId): number {
    return this.#sessions.with(peer)?.queuedBytes ?? 0;
  }

  setPeers(peers: readonly { id: NodeId; address: string }[]): void {
    if (this.#closed) return;
    const former = this.#members;
    this.#memberAt = new Map(peers.map(({ id, address }) => [address, id]));
    const ours = peers.filter(({ id }) => this.#self.id < id);
    this.#members = new Map(
      ours.map(({ id, address }) => [id, { address, peer: id, bulkOf: undefined }]),
    );
    for (const [id, target] of former) {
      if (this.#members.get(id)?.address !== target.address) this.#dialler.abandon(target);
    }
    for (const target of this.#members.values()) this.#dialler.pursue(target);
  }

  introduce(address: string): void {
    if (this.#closed) return;
    for (const { peer, dialledAddress, isOpen } of this.#sessions.all()) {
      if (isOpen && (dialledAddress === address || peer.address === address)) return;
    }
    this.#dialler.pursue({ address, peer: undefined, bulkOf: undefined });
  }

  setCluster(clusterId: string): void {
    this.#clusterId = clusterId;
    this.#sessions.keepOnly(clusterId);
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#socketGone = () => {
        if (this.#sockets.size === 0) resolve();
      };
      this.#clock.clearTimeout(this.#keepAlive);
      for (const target of this.#dialler.targets) this.#dialler.abandon(target);
      this.#sessions.close(CLOSE.goingAway, CLOSING);
      for (const socket of this.#sockets) {
        closeSocket(socket, this.#clock, CLOSE.goingAway, CLOSING);
      }
      this.#socketGone();
    });
    return this.#closed;
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (!this.#started || this.#closed || this.#handshakes >= this.#limits.maxHandshakes) {
      socket.destroy();
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (accepted) => {
      this.#track(accepted);
      this.#receive(accepted, request.socket);
    });
  }

  #receive(socket: WebSocket, raw: Socket): void {
    this.#handshakes++;
    const source = raw.remoteAddress ?? 'unknown';
    greet({
      socket,
      raw,
      handshake: new Handshake({ own: this.#identity(), secret: this.#options.secret }),
      clock: this.#clock,
      limitMs: this.#limits.handshakeMs,
      admit: (peer) => refusalOfAccepted(peer, this.#standingWith(peer)),
      established: (hello) => {
        this.#handshakes--;
        this.#failures.forget(source);
        this.#stand({ hello, socket, raw, dialledAddress: undefined });
      },
      failed: (failure) => {
        this.#handshakes--;
        if (this.#closed) return;
        this.#failures.note(source, failure, 'peer.vanished');
        const { by, code, peer } = failure;
        // Whom we refuse for its cluster has proved before that it holds our secret.
        if (by !== 'us' || code !== CLOSE.cluster || peer?.expects === undefined) return;
        const { clusterId, expects: member, address: from } = peer;
        this.#events?.claimed?.({ clusterId, member, from });
      },
    });
  }

  #dialFailed({ address, peer }: Target, failure: GreetingFailure): void {
    this.#failures.note(address, failure, 'peer.unreachable', peer !== undefined);
    if (this.#closed || isQuiet(failure.code)) return;
    const kind = KIND_OF[failure.code] ?? 'other';
    this.#events?.failed?.({ address, kind, reason: explained(failure) });
  }

  #identity(): PeerIdentity {
    const { id: nodeId, ...self } = this.#self;
    const nonce = this.#options.random.hex(NONCE_DIGITS);
    const epoch = this.#options.epoch();
    return { ...self, nodeId, clusterId: this.#clusterId, epoch, nonce };
  }

  #standingWith(peer: Hello): Standing {
    const rival = this.#sessions.rivalOf(peer);
    return {
      self: this.#self.id,
      clusterId: this.#clusterId,
      session: this.#sessions.withProcess(peer),
      isProving: this.#dialler.isProvingTo(peer.nodeId),
      rival: rival && { address: rival.peer.address, lives: rival.showsLife() },
    };
  }

  #track(socket: WebSocket): void {
    this.#sockets.add(socket);
    // Whoever uses the socket listens too; this one is for when nobody does any more.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#socketGone();
    });
  }

  /** A connection has proved itself. */
  #stand(connection: Connection): void {
    const { hello, socket } = connection;
    if (hello.channel === 'bulk') {
      if (!this.#sessions.addBulk(connection)) socket.terminate();
      return;
    }
    this.#sessions.replace(hello);
    // Whoever heard that the former one is down may have closed everything.
    if (this.#closed) return socket.terminate();
    this.#sessions.open(connection);
  }

  #opened(session: Session): void {
    const { address } = session.peer;
    this.#dialler.abandon({ address, peer: undefined, bulkOf: undefined });
    if (session.dialledAddress !== undefined) this.#dialler.pursue(bulkTarget(session));
  }

  /** The peer is down, and dialled again if it is ours to dial. */
  #ended(session: Session, stoodMs: number): void {
    this.#dialler.abandon(bulkTarget(session));
    const member = this.#members.get(session.peer.id);
    if (member) this.#dialler.resume(member, stoodMs >= STEADY_MS);
  }

  #scheduleKeepAlive(): void {
    this.#keepAlive = this.#clock.setTimeout(() => {
      this.#scheduleKeepAlive();
      // After a stall timers run first: what the peers sent meanwhile is read before the verdict.
      setImmediate(() => this.#sessions.checkAlive());
    }, this.#limits.keepAliveMs);
  }
}

function bulkTarget({ id, peer, dialledAddress }: Session): Target {
  return { address: dialledAddress ?? peer.address, peer: peer.id, bulkOf: id };
}
