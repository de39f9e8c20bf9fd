/**
 * The peers of a node over WebSockets: who is dialled, which connection counts, who is up.
 *
 * Of two members the one with the smaller id dials, so that a pair has one connection; an address
 * whose node is not known yet (an introduction) is dialled by whoever was told. When two nodes dial
 * each other at once, the connection dialled by the smaller id wins, and both know it before either
 * stands: the smaller refuses the other's while its own proof is on its way, and nobody sends a
 * proof to a peer it is connected with. (BGP resolves the collision in the same way: RFC 4271,
 * section 6.8.) A dialler that connects again has lost its former connection, and a new boot id is
 * a new process: both replace what stood, which ends with `down` before the new `up`.
 *
 * Rejected alternative: letting both connections stand and moving the traffic over. It spares a
 * rare `down` and costs a protocol that keeps the order and loses nothing.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { present } from '../core/assert.js';
import type { NodeId } from '../core/data/version.js';
import type { Message } from '../core/wire/messages.js';
import type { Clock, Log, PeerInfo, Random, Transport, TransportEvents } from '../ports.js';
import { CLOSE, type CloseCode, closeSocket, Refusal } from './closing.js';
import { Dialler, type Target } from './dialler.js';
import { FailureLog } from './failure-log.js';
import { greet } from './greet.js';
import { clusterRefusal, Handshake, type Hello, type PeerIdentity } from './handshake.js';
import { Link } from './link.js';
import { Session, type ShedCounts } from './session.js';
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

export const DEFAULT_PEER_LIMITS: PeerLimits = {
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

class PeerSockets implements WsTransport {
  readonly #options: WsTransportOptions;
  readonly #limits: PeerLimits;
  readonly #self: PeerInfo;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #failures: FailureLog;
  readonly #server: WebSocketServer;
  readonly #dialler: Dialler;
  readonly #sessions = new Map<NodeId, Session>();
  /** Every socket that is not gone yet. */
  readonly #sockets = new Set<WebSocket>();
  readonly shed: ShedCounts = { gossip: 0, repair: 0, request: 0 };
  #members: ReadonlyMap<NodeId, Target> = new Map();
  #clusterId: string;
  #events: TransportEvents | undefined;
  #handshakes = 0;
  #keepAlive: unknown;
  #closed: Promise<void> | undefined;
  #socketGone: () => void = () => undefined;

  constructor(options: WsTransportOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_PEER_LIMITS, ...options.limits };
    this.#self = options.self;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#failures = new FailureLog(options.log);
    this.#clusterId = options.clusterId ?? '';
    this.#server = new WebSocketServer({
      ...SOCKET_OPTIONS,
      noServer: true,
      path: PEER_PATH,
      clientTracking: false,
    });
    this.#dialler = new Dialler({
      clock: options.clock,
      random: options.random,
      limitMs: this.#limits.handshakeMs,
      host: {
        handshake: (purpose) =>
          new Handshake({ own: this.#identity(), secret: options.secret, purpose }),
        isConnected: (peer) => this.isUp(peer),
        refusalOf: (target, peer) => this.#refusalOfDialled(target, peer),
        opened: (socket) => this.#track(socket),
        established: (target, peer, socket, raw) => this.#stand(peer, socket, raw, target),
        failed: (target, failure) =>
          this.#failures.note(target.address, failure, 'peer.unreachable'),
      },
    });
  }

  start(events: TransportEvents): void {
    this.#events = events;
    this.#scheduleKeepAlive();
  }

  /** Nothing connects before it is started. */
  get #started(): TransportEvents {
    return present(this.#events, 'who is told of peers, given at the start');
  }

  send(to: NodeId, message: Message): boolean {
    return this.#sessions.get(to)?.send(message) ?? false;
  }

  isUp(peer: NodeId): boolean {
    return this.#sessions.get(peer)?.isOpen ?? false;
  }

  connected(): NodeId[] {
    return [...this.#sessions.keys()].filter((peer) => this.isUp(peer));
  }

  queuedBytes(peer: NodeId): number {
    return this.#sessions.get(peer)?.queuedBytes ?? 0;
  }

  setPeers(peers: readonly { id: NodeId; address: string }[]): void {
    if (this.#closed) return;
    const former = this.#members;
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
    for (const { peer, dialledAddress, isOpen } of this.#sessions.values()) {
      if (isOpen && (dialledAddress === address || peer.address === address)) return;
    }
    this.#dialler.pursue({ address, peer: undefined, bulkOf: undefined });
  }

  setCluster(clusterId: string): void {
    this.#clusterId = clusterId;
    for (const session of [...this.#sessions.values()]) {
      const mismatch = clusterRefusal(clusterId, session.clusterId);
      if (mismatch) this.#dismiss(session, mismatch.code, mismatch.message);
    }
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#socketGone = () => {
        if (this.#sockets.size === 0) resolve();
      };
      this.#clock.clearTimeout(this.#keepAlive);
      for (const target of this.#dialler.targets) this.#dialler.abandon(target);
      for (const session of this.#sessions.values()) session.close(CLOSE.goingAway, CLOSING);
      this.#sessions.clear();
      for (const socket of this.#sockets) {
        closeSocket(socket, this.#clock, CLOSE.goingAway, CLOSING);
      }
      this.#socketGone();
    });
    return this.#closed;
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (!this.#events || this.#closed || this.#handshakes >= this.#limits.maxHandshakes) {
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
      admit: (peer) => this.#refusalOfAccepted(peer),
      established: (peer) => {
        this.#handshakes--;
        this.#failures.forget(source);
        this.#stand(peer, socket, raw, undefined);
      },
      failed: (failure) => {
        this.#handshakes--;
        if (!this.#closed) this.#failures.note(source, failure, 'peer.vanished');
      },
    });
  }

  #identity(): PeerIdentity {
    const { id: nodeId, bootId, address } = this.#self;
    const nonce = this.#options.random.hex(NONCE_DIGITS);
    const epoch = this.#options.epoch();
    return { nodeId, bootId, clusterId: this.#clusterId, address, epoch, nonce };
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

  /** Whether a peer that has proved itself has to go all the same. */
  #refusalOfAccepted(peer: Hello): Refusal | undefined {
    const mismatch = clusterRefusal(this.#clusterId, peer.clusterId);
    if (mismatch) return mismatch;
    if (peer.channel === 'bulk') return this.#refusalOfBulk(peer);
    const session = this.#sessionWith(peer);
    const weDialled = session?.dialler === this.#self.id || this.#dialler.isProvingTo(peer.nodeId);
    return weDialled && this.#self.id < peer.nodeId ? duplicate() : undefined;
  }

  /** Whether a peer that has only claimed who it is shall not get our proof. */
  #refusalOfDialled(target: Target, peer: Hello): Refusal | undefined {
    if (target.peer !== undefined && target.peer !== peer.nodeId) {
      return new Refusal(CLOSE.otherNode, `${peer.nodeId} answers where ${target.peer} was`);
    }
    const mismatch = clusterRefusal(this.#clusterId, peer.clusterId);
    if (mismatch) return mismatch;
    if (peer.channel === 'bulk') return this.#refusalOfBulk(peer);
    const isDuplicate = this.#sessionWith(peer) || this.#dialler.isProvingTo(peer.nodeId);
    return isDuplicate ? duplicate() : undefined;
  }

  #refusalOfBulk(peer: Hello): Refusal | undefined {
    const session = this.#sessionWith(peer);
    if (session?.id === peer.session && !session.hasBulk) return undefined;
    return new Refusal(CLOSE.noSession, 'no control socket belongs to this bulk socket');
  }

  /** The session with this very process, if it is open. */
  #sessionWith(peer: Hello): Session | undefined {
    const session = this.#sessions.get(peer.nodeId);
    return session?.isOpen && session.peer.bootId === peer.bootId ? session : undefined;
  }

  /** A socket is authenticated; `target` is what we dialled, if it was us. */
  #stand(peer: Hello, socket: WebSocket, raw: Socket, target: Target | undefined): void {
    if (target) this.#failures.forget(target.address);
    if (peer.channel === 'bulk') {
      const session = this.#sessionWith(peer);
      if (session?.id !== peer.session) return socket.terminate();
      session.addBulk(this.#linkOf(session, socket, raw));
      return this.#logLink(peer, target);
    }
    const former = this.#sessions.get(peer.nodeId);
    if (former) {
      const restarted = former.peer.bootId !== peer.bootId;
      this.#dismiss(former, CLOSE.replaced, `the peer ${restarted ? 'restarted' : 'reconnected'}`);
    }
    if (this.#closed) return socket.terminate();
    this.#open(peer, socket, raw, target);
  }

  #open(hello: Hello, socket: WebSocket, raw: Socket, target: Target | undefined): void {
    const peer = { id: hello.nodeId, bootId: hello.bootId, address: hello.address };
    const session = new Session({
      id: hello.session,
      peer,
      clusterId: hello.clusterId,
      dialler: target ? this.#self.id : peer.id,
      dialledAddress: target?.address,
      sinceMs: this.#clock.monotonic(),
      maxQueuedBytes: this.#limits.maxQueuedBytes,
      shed: this.shed,
      control: (of) => this.#linkOf(of, socket, raw),
    });
    this.#sessions.set(peer.id, session);
    this.#dialler.abandon({ address: peer.address, peer: undefined, bulkOf: undefined });
    if (target) this.#dialler.pursue(bulkTarget(session));
    this.#logLink(hello, target);
    this.#started.up(peer);
  }

  #linkOf(session: Session, socket: WebSocket, raw: Socket): Link {
    const { id } = session.peer;
    const events = this.#started;
    const link = new Link(socket, raw, this.#clock, {
      message: (message, waitedMs) => events.message(id, message, waitedMs),
      closed: (code, reason) => {
        if (session.ended(link, code, reason)) this.#end(session, session.fate ?? { code, reason });
      },
    });
    return link;
  }

  /** Once per session, whose sockets are gone or going: the peer is down, and dialled again. */
  #end(session: Session, { code, reason }: { code: number; reason: string }): void {
    const { id } = session.peer;
    if (this.#sessions.get(id) !== session) return;
    this.#sessions.delete(id);
    this.#dialler.abandon(bulkTarget(session));
    const member = this.#members.get(id);
    const stoodMs = this.#clock.monotonic() - session.sinceMs;
    if (member) this.#dialler.resume(member, stoodMs >= STEADY_MS);
    if (code === CLOSE.malformed) this.#log('warn', 'peer.malformed', { peer: id, reason });
    this.#started.down(id, reason);
  }

  /** Ends a session from our side: what has not been delivered yet never will be. */
  #dismiss(session: Session, code: CloseCode, reason: string): void {
    session.close(code, reason);
    this.#end(session, { code, reason });
  }

  #scheduleKeepAlive(): void {
    this.#keepAlive = this.#clock.setTimeout(() => {
      this.#scheduleKeepAlive();
      // After a stall timers run first: what the peers sent meanwhile is read before the verdict.
      setImmediate(() => {
        for (const session of [...this.#sessions.values()]) session.checkAlive();
      });
    }, this.#limits.keepAliveMs);
  }

  #logLink({ nodeId: peer, channel, epoch }: Hello, target: Target | undefined): void {
    this.#log('debug', 'peer.linked', { peer, channel, dialled: target !== undefined, epoch });
  }
}

function duplicate(): Refusal {
  return new Refusal(CLOSE.duplicate, 'the two nodes have another connection');
}

function bulkTarget({ id, peer, dialledAddress }: Session): Target {
  return { address: dialledAddress ?? peer.address, peer: peer.id, bulkOf: id };
}
