/**
 * `WS /client`, the door for programs: many operations in flight on one socket, in binary frames
 * (`core/wire/client`). Whoever comes in may do what REST lets anybody do to keys, by the same
 * rules, and is held to the same limits.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { MemoryBudget } from '../../core/memory-budget.js';
import type { Ring } from '../../core/ring/ring.js';
import type { AnswerOf } from '../../core/wire/client/answers.js';
import { CLIENT_FRAME_ROOM } from '../../core/wire/client/closing.js';
import type { Clock, Log } from '../../ports.js';
import type { DoorContext } from '../context.js';
import { Problem, type ProblemCode } from '../http/problem.js';
import { ClientConnection } from './connection.js';

export const CLIENT_PATH = '/client';

const LOOK_MS = 5000;

export interface ClientDoorMeans {
  readonly log: Log;
  /** Shared with whoever else holds something for clients. */
  readonly held: MemoryBudget;
  readonly note: (code: ProblemCode) => void;
}

export class ClientDoor {
  readonly #means: ClientDoorMeans;
  readonly #connections = new Set<ClientConnection>();
  #server: WebSocketServer | undefined;
  #maxPayload = 0;
  /** Of the next look; undefined if there is nobody to look at. */
  #timer: unknown;
  #told: { readonly ring: Ring; readonly message: AnswerOf<'client.ring'> } | undefined;

  constructor(means: ClientDoorMeans) {
    this.#means = means;
  }

  /** Takes over a connection. Throws a `Problem` while there is no node behind the door. */
  readonly accept = (
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    context: DoorContext | undefined,
  ): void => {
    if (!context) throw new Problem('not_ready', 'this node is starting');
    const server = this.#serverFor(context.settings.maxValueBytes);
    server.handleUpgrade(request, socket, head, (webSocket) =>
      this.#connect(webSocket, request.socket, context),
    );
  };

  /** How large frames may be is fixed when a server is made. */
  #serverFor(maxValueBytes: number): WebSocketServer {
    const maxPayload = maxValueBytes + CLIENT_FRAME_ROOM;
    if (this.#server && this.#maxPayload === maxPayload) return this.#server;
    this.#maxPayload = maxPayload;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      // Costs memory for each connection, and most of what travels is small.
      perMessageDeflate: false,
      // So it is known how much has come of a message: see `arriving.ts`.
      maxFragments: 1,
      maxPayload,
    });
    return this.#server;
  }

  #connect(socket: WebSocket, raw: Socket, context: DoorContext): void {
    const connection = new ClientConnection(socket, raw, {
      ...this.#means,
      context,
      ring: () => this.#ring(context.backend.ring()),
      closed: () => {
        forget();
        this.#connections.delete(connection);
        if (this.#connections.size > 0) return;
        context.clock.clearTimeout(this.#timer);
        this.#timer = undefined;
      },
    });
    const forget = context.whenClosing(() => connection.leave());
    this.#connections.add(connection);
    this.#lookLater(context.clock);
  }

  #lookLater(clock: Clock): void {
    if (this.#timer !== undefined) return;
    this.#timer = clock.setTimeout(() => {
      this.#timer = undefined;
      for (const connection of [...this.#connections]) connection.look();
      if (this.#connections.size > 0) this.#lookLater(clock);
    }, LOOK_MS);
  }

  /** Made once for each ring, however many are told. */
  #ring(ring: Ring | undefined): AnswerOf<'client.ring'> | undefined {
    if (!ring) return undefined;
    if (this.#told?.ring !== ring) this.#told = { ring, message: ringMessage(ring) };
    return this.#told.message;
  }
}

/** Those who have the data now: any of them can coordinate, also while owners change. */
function ringMessage({ epoch, members, layout }: Ring): AnswerOf<'client.ring'> {
  return {
    type: 'client.ring',
    epoch,
    members: members.map(({ id, address }) => ({ id, address })),
    owners: layout.map((owners) => [...owners]),
  };
}
