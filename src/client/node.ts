/**
 * A node as a client sees it: dialled when it is first wanted, again after it was lost, and asked
 * by REST as long as its socket cannot be had.
 */
import type { NodeId } from '../core/data/version.js';
import type { AnswerOf } from '../core/wire/client/answers.js';
import { CLIENT_CLOSE } from '../core/wire/client/closing.js';
import { Backoff } from '../peers/backoff.js';
import type { Clock, Random } from '../ports.js';
import type { Answer, Operation } from './operation.js';
import { askByRest } from './rest.js';
import { ClientSocket } from './socket.js';

const CLIENT_PATH = '/client';
/** What answers so speaks HTTP, and knows no such door. */
const NO_DOOR: readonly number[] = [200, 400, 404, 405, 426, 501];
/** So long it is left at REST before the door is tried again. */
const REST_MS = 30_000;

export interface NodeEvents {
  /** It can be asked from now on. */
  opened(node: ClientNode): void;
  ring(ring: AnswerOf<'client.ring'>): void;
  answered(operation: Operation, answer: Answer, node: ClientNode): void;
  lost(operation: Operation, node: ClientNode): void;
  unsent(operation: Operation): void;
  /** Its socket is gone, or was not to be had; it is dialled again if it is still wanted. */
  failed(node: ClientNode, reason: string): void;
  isWanted(node: ClientNode): boolean;
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
  #isWelcome = false;
  #isLeaving = false;
  /** Since when it is asked by REST; undefined if it is not. */
  #restSince: number | undefined;
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
    return this.#isWelcome || this.#restSince !== undefined;
  }

  get pending(): number {
    return this.#socket?.pending ?? 0;
  }

  /** Nothing if it is connected, or about to be. */
  dial(): void {
    if (this.#socket || this.#isClosed) return;
    const socket = new ClientSocket(this.address, CLIENT_PATH, this.#clock, this.#program, {
      welcomed: ({ node }) => {
        this.id = node;
        this.#isWelcome = true;
        this.#restSince = undefined;
        this.#backoff.reset();
        this.#events.opened(this);
      },
      ring: (ring) => this.#events.ring(ring),
      answered: (operation, answer) => {
        this.#events.answered(operation, answer, this);
        if (this.#isLeaving) this.#closeIfIdle();
      },
      lost: (operation) => this.#events.lost(operation, this),
      unsent: (operation) => this.#events.unsent(operation),
      leaving: () => {
        this.#isWelcome = false;
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
    this.#isWelcome = false;
    this.#isLeaving = false;
    if (this.#isClosed) return;
    const hasNoDoor = NO_DOOR.includes(status) || code === CLIENT_CLOSE.protocolVersion;
    if (hasNoDoor) {
      this.#restSince = this.#clock.monotonic();
      this.#events.opened(this);
      return;
    }
    this.#restSince = undefined;
    this.#events.failed(this, reason || `closed with ${code}`);
    if (this.#events.isWanted(this)) this.#backoff.retry();
  }

  /** Only if it is open. */
  send(operation: Operation): void {
    if (this.#isWelcome) this.#socket?.send(operation);
    else this.#askByRest(operation);
  }

  #askByRest(operation: Operation): void {
    operation.at = this;
    const timeoutMs = operation.beginTry(this.#clock.monotonic());
    const { tries } = operation;
    const isCurrent = () => operation.tries === tries && !operation.isSettled;
    askByRest(this.address, operation, timeoutMs).then(
      (answer) => isCurrent() && this.#events.answered(operation, answer, this),
      (error: Error) => {
        this.#restSince = undefined;
        this.#events.failed(this, error.message);
        if (isCurrent()) this.#events.lost(operation, this);
        if (this.#events.isWanted(this)) this.#backoff.retry();
      },
    );
  }

  /** To be called at a steady pace. */
  look(now: number, expired: (operation: Operation) => void): void {
    this.#socket?.look(now, expired);
    if (this.#restSince !== undefined && now - this.#restSince > REST_MS) {
      this.#restSince = now;
      this.dial();
    }
  }

  /** A node that goes has been asked everything, once all is answered. */
  #closeIfIdle(): void {
    if (this.pending === 0) this.#socket?.close();
  }

  close(): void {
    this.#isClosed = true;
    this.#isWelcome = false;
    this.#restSince = undefined;
    this.#backoff.cancel();
    this.#socket?.close();
  }
}
