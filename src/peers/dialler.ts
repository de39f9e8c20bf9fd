/**
 * Keeps dialling what shall be connected until it is, and says what became of each attempt. What
 * counts as connected, and who is refused, is decided by the transport.
 */
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { NodeId } from '../core/data/version.js';
import type { Clock, Random } from '../ports.js';
import { Backoff } from './backoff.js';
import { CLOSE, type Refusal } from './closing.js';
import { type GreetingFailure, greet } from './greet.js';
import type { Handshake, Hello, Purpose } from './handshake.js';
import { PEER_PATH, SOCKET_OPTIONS } from './socket-options.js';

/** What is dialled: a member, an introduction, or the bulk socket of a session. */
export interface Target {
  readonly address: string;
  /** Undefined for an introduction. */
  readonly peer: NodeId | undefined;
  /** The id of the session, of a bulk socket. */
  readonly bulkOf: string | undefined;
}

export interface DiallerHost {
  handshake(target: Target, purpose: Purpose): Handshake;
  isConnected(peer: NodeId): boolean;
  /** Asked before our proof is sent to a peer that has only claimed who it is. */
  refusalOf(target: Target, peer: Hello): Refusal | undefined;
  opened(socket: WebSocket): void;
  established(target: Target, peer: Hello, socket: WebSocket, raw: Socket): void;
  failed(target: Target, failure: GreetingFailure): void;
}

interface Pursuit {
  readonly target: Target;
  readonly backoff: Backoff;
  socket: WebSocket | undefined;
  /** Who claims to be at the other end, while our proof is on its way. */
  provingTo: NodeId | undefined;
}

const SESSION_DIGITS = 32;

export class Dialler {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #limitMs: number;
  readonly #host: DiallerHost;
  readonly #pursuits = new Map<string, Pursuit>();

  constructor(options: { clock: Clock; random: Random; limitMs: number; host: DiallerHost }) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#limitMs = options.limitMs;
    this.#host = options.host;
  }

  /** Dials now, and again until it stands. Nothing if that is under way. */
  pursue(target: Target): void {
    const key = keyOf(target);
    if (this.#pursuits.has(key)) return;
    const backoff = new Backoff(this.#clock, this.#random, () => this.#attempt(pursuit));
    const pursuit: Pursuit = { target, backoff, socket: undefined, provingTo: undefined };
    this.#pursuits.set(key, pursuit);
    this.#attempt(pursuit);
  }

  /** The connection that stood is gone: dials again; `steady` if it stood for long. */
  resume(target: Target, steady: boolean): void {
    const pursuit = this.#pursuits.get(keyOf(target));
    if (!pursuit) return;
    if (steady) pursuit.backoff.reset();
    if (!pursuit.socket) pursuit.backoff.retry();
  }

  abandon(target: Target): void {
    const pursuit = this.#pursuits.get(keyOf(target));
    if (!pursuit) return;
    this.#pursuits.delete(keyOf(target));
    pursuit.backoff.cancel();
    pursuit.socket?.terminate();
  }

  get targets(): Target[] {
    return [...this.#pursuits.values()].map(({ target }) => target);
  }

  isProvingTo(peer: NodeId): boolean {
    for (const { provingTo } of this.#pursuits.values()) if (provingTo === peer) return true;
    return false;
  }

  #attempt(pursuit: Pursuit): void {
    const { target } = pursuit;
    const member = target.bulkOf === undefined ? target.peer : undefined;
    if (member !== undefined && this.#host.isConnected(member)) return;
    let socket: WebSocket;
    try {
      socket = new WebSocket(`ws://${target.address}${PEER_PATH}`, SOCKET_OPTIONS);
    } catch (error) {
      const reason = `no address: ${(error as Error).message}`;
      return this.#failed(pursuit, { by: 'network', code: 0, reason, peer: undefined });
    }
    pursuit.socket = socket;
    this.#host.opened(socket);
    greet({
      socket,
      handshake: this.#host.handshake(
        target,
        target.bulkOf === undefined
          ? { channel: 'control', session: this.#random.hex(SESSION_DIGITS) }
          : { channel: 'bulk', session: target.bulkOf },
      ),
      clock: this.#clock,
      limitMs: this.#limitMs,
      admit: (peer) => {
        const refusal = this.#host.refusalOf(target, peer);
        if (!refusal) pursuit.provingTo = peer.nodeId;
        return refusal;
      },
      established: (peer, raw) => {
        this.#rest(pursuit);
        if (!this.#isCurrent(pursuit)) return socket.terminate();
        if (target.peer === undefined) this.#pursuits.delete(keyOf(target));
        this.#host.established(target, peer, socket, raw);
      },
      failed: (failure) => this.#failed(pursuit, failure),
    });
  }

  #failed(pursuit: Pursuit, failure: GreetingFailure): void {
    this.#rest(pursuit);
    if (!this.#isCurrent(pursuit)) return;
    const { target } = pursuit;
    this.#host.failed(target, failure);
    const isDone = failure.peer && this.#host.isConnected(failure.peer.nodeId);
    if (target.peer === undefined && (isDone || failure.code === CLOSE.self)) {
      this.#pursuits.delete(keyOf(target));
    } else {
      pursuit.backoff.retry();
    }
  }

  #rest(pursuit: Pursuit): void {
    pursuit.socket = undefined;
    pursuit.provingTo = undefined;
  }

  #isCurrent(pursuit: Pursuit): boolean {
    return this.#pursuits.get(keyOf(pursuit.target)) === pursuit;
  }
}

/** Neither node ids nor addresses look like one another. */
function keyOf({ address, peer, bulkOf }: Target): string {
  if (bulkOf !== undefined) return `bulk ${bulkOf}`;
  return peer ?? address;
}
