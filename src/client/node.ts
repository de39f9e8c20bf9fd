/**
 * A node as a client sees it: dialled when it is first wanted, again after it was lost, and asked
 * by REST as long as its socket cannot be had.
 */
import { present } from '../core/assert.js';
import type { NodeId } from '../core/data/version.js';
import type { AnswerOf } from '../core/wire/client/answers.js';
import { CLIENT_CLOSE } from '../core/wire/client/closing.js';
import { Backoff } from '../peers/backoff.js';
import type { Clock, Random } from '../ports.js';
import { isAddress } from './checks.js';
import type { Operation } from './operation.js';
import { RestWay } from './rest-way.js';
import { ClientSocket, type WayEvents } from './socket.js';

const CLIENT_PATH = '/client';
/** What answers so speaks HTTP, and knows no such door. */
const NO_DOOR: readonly number[] = [200, 400, 404, 405, 426, 501];
/** So long it is left at REST before the door is tried again. */
const REST_MS = 30_000;

export interface NodeEvents extends WayEvents {
  /** It can be asked from now on. */
  opened(): void;
  ring(ring: AnswerOf<'client.ring'>): void;
  /** Its socket is gone, or was not to be had; it is dialled again if it is still wanted. */
  failed(reason: string): void;
  isWanted(): boolean;
  /** Whether that is the cluster that is asked. */
  isOurs(cluster: string): boolean;
}

export class ClientNode {
  /** `host:port` */
  readonly address: string;
  /** As long as it is not known, undefined. */
  id: NodeId | undefined;
  readonly #clock: Clock;
  readonly #program: string;
  readonly #events: NodeEvents;
  readonly #backoff: Backoff;
  #socket: ClientSocket | undefined;
  #isLeaving = false;
  #rest: RestWay | undefined;
  /** When the door was tried last. */
  #triedAt = 0;
  #isClosed = false;

  constructor(
    address: string,
    means: { clock: Clock; random: Random; program: string; events: NodeEvents },
  ) {
    this.address = address;
    this.#clock = means.clock;
    this.#program = means.program;
    this.#events = means.events;
    this.#backoff = new Backoff(means.clock, means.random, () => this.dial());
  }

  /** Whether it can be asked now. */
  get isOpen(): boolean {
    return this.#way !== undefined && !this.#isClosed;
  }

  get #way(): ClientSocket | RestWay | undefined {
    return this.#socket?.isOpen ? this.#socket : this.#rest;
  }

  /** Nothing if it is connected, or about to be, or said to be where nothing can be. */
  dial(): void {
    if (this.#socket || this.#isClosed || !isAddress(this.address)) return;
    const socket = new ClientSocket(this.address, CLIENT_PATH, this.#clock, this.#program, {
      ...this.#events,
      refusal: ({ cluster }) =>
        this.#events.isOurs(cluster) ? undefined : `it is of another cluster, ${cluster}`,
      welcomed: ({ node }) => {
        this.id = node;
        this.#backoff.reset();
        this.#endRest();
        this.#events.opened();
      },
      answered: (operation, answer) => {
        this.#events.answered(operation, answer);
        if (this.#isLeaving) this.#closeIfIdle();
      },
      leaving: () => {
        this.#isLeaving = true;
        this.#closeIfIdle();
      },
      closed: (why) => this.#lost(socket, why),
    });
    this.#socket = socket;
  }

  /** Dials, unless it has just failed. */
  want(): void {
    if (!this.#backoff.isWaiting) this.dial();
  }

  #lost(
    socket: ClientSocket,
    { code, status, reason }: { code: number; status: number; reason: string },
  ): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    this.#isLeaving = false;
    if (this.#isClosed) return;
    if (NO_DOOR.includes(status) || code === CLIENT_CLOSE.protocolVersion) return this.#askByRest();
    this.#endRest();
    this.#failed(reason || `closed with ${code}`);
  }

  #failed(reason: string): void {
    this.#events.failed(reason);
    if (this.#events.isWanted()) this.#backoff.retry();
  }

  #askByRest(): void {
    this.#triedAt = this.#clock.monotonic();
    this.#rest ??= new RestWay(this.address, this.#clock, {
      ...this.#events,
      answered: (operation, answer) => {
        this.#backoff.reset();
        this.#events.answered(operation, answer);
      },
      failed: (reason) => {
        this.#rest = undefined;
        this.#failed(reason);
      },
    });
    this.#events.opened();
  }

  #endRest(): void {
    const rest = this.#rest;
    this.#rest = undefined;
    rest?.end();
  }

  /** Only if it is open. */
  send(operation: Operation): void {
    present(this.#way, 'a way to a node that is open').send(operation);
  }

  /** To be called at a steady pace. */
  look(now: number): void {
    this.#socket?.look(now);
    this.#rest?.look(now);
    if (!this.#rest || now - this.#triedAt <= REST_MS) return;
    this.#triedAt = now;
    this.dial();
  }

  /** A node that goes has been asked everything, once all is answered. */
  #closeIfIdle(): void {
    if (this.#socket?.pending === 0) void this.#socket.close();
  }

  /** Resolves when nothing of it is left. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#backoff.cancel();
    this.#endRest();
    await this.#socket?.close();
  }
}
