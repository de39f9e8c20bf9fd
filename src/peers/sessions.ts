/**
 * The sessions of a node: with each peer at most one, from the proof of its control socket until
 * the last of its sockets has ended. A session that is replaced ends with `down` before the `up` of
 * the next.
 */
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { assert, present } from '../core/assert.js';
import type { NodeId } from '../core/data/version.js';
import type { Clock, Log, TransportEvents } from '../ports.js';
import { CLOSE, type CloseCode } from './closing.js';
import { clusterRefusal, type Hello } from './handshake.js';
import { Link } from './link.js';
import { Session, type ShedCounts } from './session.js';

/** An authenticated connection. */
export interface Connection {
  readonly hello: Hello;
  readonly socket: WebSocket;
  readonly raw: Socket;
  /** What we dialled, if it was us. */
  readonly dialledAddress: string | undefined;
}

export interface SessionsOptions {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly log: Log;
  readonly maxQueuedBytes: number;
  /** Before anybody else hears of it. */
  readonly opened: (session: Session) => void;
  readonly ended: (session: Session, stoodMs: number) => void;
}

export class Sessions {
  /** Messages refused since the start because a peer did not keep up. */
  readonly shed: ShedCounts = { gossip: 0, repair: 0, request: 0 };
  readonly #options: SessionsOptions;
  readonly #clock: Clock;
  readonly #byPeer = new Map<NodeId, Session>();
  #events: TransportEvents | undefined;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#clock = options.clock;
  }

  /** Whom to tell; no connection stands before. */
  start(events: TransportEvents): void {
    this.#events = events;
  }

  /** Open, or on its way to its end. */
  with(peer: NodeId): Session | undefined {
    return this.#byPeer.get(peer);
  }

  /** The session with this very process, if it is open. */
  withProcess({ nodeId, bootId }: Hello): Session | undefined {
    const session = this.#byPeer.get(nodeId);
    return session?.isOpen && session.peer.bootId === bootId ? session : undefined;
  }

  /**
   * The session with another process that has the same id, and says that it is somewhere else. At
   * the same address it is the peer before it was started again.
   */
  rivalOf({ nodeId, bootId, address }: Hello): Session | undefined {
    const session = this.#byPeer.get(nodeId);
    if (!session?.isOpen || session.peer.bootId === bootId) return undefined;
    return session.peer.address === address ? undefined : session;
  }

  all(): Session[] {
    return [...this.#byPeer.values()];
  }

  /** A control socket stands: a new session, in the place of any that stood. */
  open(connection: Connection): void {
    const { hello, dialledAddress } = connection;
    assert(!this.#byPeer.has(hello.nodeId), 'a peer has one session at a time');
    const { self, maxQueuedBytes } = this.#options;
    const { nodeId: id, bootId, address, epoch, programVersion } = hello;
    const peer = { id, bootId, address, epoch, ...(programVersion && { programVersion }) };
    const session = new Session({
      id: hello.session,
      peer,
      clusterId: hello.clusterId,
      dialler: dialledAddress === undefined ? peer.id : self,
      dialledAddress,
      sinceMs: this.#clock.monotonic(),
      maxQueuedBytes,
      shed: this.shed,
      control: (of) => this.#linkOf(of, connection),
    });
    this.#byPeer.set(peer.id, session);
    this.#options.opened(session);
    this.#logLink(hello, dialledAddress);
    this.#toTell().up(peer);
  }

  /** A bulk socket stands. False if its session is gone. */
  addBulk(connection: Connection): boolean {
    const { hello, dialledAddress } = connection;
    const session = this.withProcess(hello);
    if (session?.id !== hello.session) return false;
    session.addBulk(this.#linkOf(session, connection));
    this.#logLink(hello, dialledAddress);
    return true;
  }

  /** Another control socket of the peer stands: what stood before ends. */
  replace({ nodeId, bootId }: Hello): void {
    const former = this.#byPeer.get(nodeId);
    if (!former) return;
    const how = former.peer.bootId === bootId ? 'reconnected' : 'restarted';
    this.#dismiss(former, CLOSE.replaced, `the peer ${how}`);
  }

  /** Ends those with nodes of other clusters. */
  keepOnly(clusterId: string): void {
    for (const session of this.all()) {
      const mismatch = clusterRefusal(clusterId, session.clusterId);
      if (mismatch) this.#dismiss(session, mismatch.code, mismatch.message);
    }
  }

  /** Finds peers that vanished without a word. */
  checkAlive(): void {
    for (const session of this.all()) session.checkAlive();
  }

  /** Ends all, and tells nobody: the node is closing. */
  close(code: CloseCode, reason: string): void {
    for (const session of this.#byPeer.values()) session.close(code, reason);
    this.#byPeer.clear();
  }

  #linkOf(session: Session, { socket, raw, dialledAddress }: Connection): Link {
    const { id } = session.peer;
    const events = this.#toTell();
    const ends = { socket, raw, dialled: dialledAddress !== undefined };
    const link = new Link(ends, this.#clock, {
      message: (message, waitedMs) => events.message(id, message, waitedMs),
      closed: (code, reason) => {
        if (!session.ended(link, code, reason)) return;
        this.#end(session, present(session.fate, 'why a session ended'));
      },
    });
    return link;
  }

  /** Once per session, whose sockets are gone or going. */
  #end(session: Session, { code, reason }: { code: number; reason: string }): void {
    const { id } = session.peer;
    if (this.#byPeer.get(id) !== session) return;
    this.#byPeer.delete(id);
    this.#options.ended(session, this.#clock.monotonic() - session.sinceMs);
    if (code === CLOSE.malformed) {
      this.#options.log('warn', 'peer.malformed', { peer: id, reason });
    }
    this.#toTell().down(id, reason);
  }

  /** Ends a session from our side: what has not been delivered yet never will be. */
  #dismiss(session: Session, code: CloseCode, reason: string): void {
    session.close(code, reason);
    this.#end(session, { code, reason });
  }

  #toTell(): TransportEvents {
    return present(this.#events, 'somebody who hears of peers');
  }

  #logLink({ nodeId: peer, channel, epoch }: Hello, dialledAddress: string | undefined): void {
    const dialled = dialledAddress !== undefined;
    this.#options.log('debug', 'peer.linked', { peer, channel, dialled, epoch });
  }
}
